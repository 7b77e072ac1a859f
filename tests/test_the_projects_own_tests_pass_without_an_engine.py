"""The generated project's own tests, on the embedded database and this machine's Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import stack
from stack import run

# What SQLite does in its own way; with an engine all the others run on MySQL.
OWN = (
    *("column_types", "concurrent_writers", "geometry", "hostile_names", "if_exists", "index", "interrupted_saves"),
    *("killed_writers", "load_and_query", "names", "round_trip", "tables_of_others", "unsupported_values"),
)


def test_the_projects_own_tests_pass_on_sqlite(bake: Callable[..., Path]) -> None:
    project = bake()
    everything = os.environ.get("SOAK") or not stack.engine_answers()
    files = ["tests"] if everything else [f"tests/test_{name}.py" for name in OWN]
    said = run(sys.executable, "-m", "pytest", *files, cwd=project, env={"DATABASE": "sqlite"})
    print(said[-2000:])
    assert " passed" in said
