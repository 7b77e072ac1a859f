"""tests/persistence on the embedded database and this machine's Python."""

from __future__ import annotations

import os
import sys

from stack import PERSISTENCE_TESTS, engine_answers, run

# What SQLite does in its own way; with an engine all the others run on MySQL.
OWN = (
    *("column_types", "concurrent_writers", "geometry", "hostile_names", "if_exists", "index", "interrupted_saves"),
    *("killed_writers", "load_and_query", "names", "round_trip", "tables_of_others", "unsupported_values"),
)


def test_its_tests_pass() -> None:
    everything = os.environ.get("SOAK") or not engine_answers()
    names = ["."] if everything else [f"test_{name}.py" for name in OWN]
    pytest = (sys.executable, "-m", "pytest", *names)
    said = run(*pytest, cwd=PERSISTENCE_TESTS, env={"DATABASE": "sqlite", "PYTHONDONTWRITEBYTECODE": "1"}, timeout=1200)
    print(said[-2000:])
    assert " passed" in said
