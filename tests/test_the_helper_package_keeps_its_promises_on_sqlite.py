"""tests/persistence on the embedded database and this machine's Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stack import PERSISTENCE_TESTS, WITHOUT_SERVER, engine_answers, run

# What SQLite does in its own way; with an engine all the others run on MySQL.
OWN = (
    *("column_types", "concurrent_writers", "if_exists", "killed_writers", "load_and_query", "tables_of_others"),
    *("tables_of_yesterday_load_and_take_more", "unsupported_values", *WITHOUT_SERVER),
)


def test_its_tests_pass(tmp_path: Path) -> None:
    everything = os.environ.get("SOAK") or not engine_answers()
    names = ["."] if everything else [f"test_{name}.py" for name in OWN]
    pytest = (sys.executable, "-m", "pytest", *names)
    # Nothing is written beside the tests: another test, perhaps at the same time, sees that nothing is.
    own = {"DATABASE": "sqlite", "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)}
    said = run(*pytest, cwd=PERSISTENCE_TESTS, env=own, timeout=1200)
    print(said[-2000:])
    assert " passed" in said
