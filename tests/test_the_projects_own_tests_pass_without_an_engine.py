"""The generated project's own tests, on the embedded database and this machine's Python."""

from __future__ import annotations

import sys
from pathlib import Path

import stack
from stack import run


def test_the_projects_own_tests_pass_on_sqlite(project: Path) -> None:
    # Progress is tried on a file of its own wherever the tests run: on MySQL's turn, too.
    beside = ("--ignore", "tests/test_progress.py") if stack.engine_answers() else ()
    said = run(sys.executable, "-m", "pytest", "tests", *beside, cwd=project, env={"DATABASE": "sqlite"})
    print(said[-2000:])
    assert " passed" in said
