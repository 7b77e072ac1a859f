"""The generated project's own tests, on the embedded database and this machine's Python."""

from __future__ import annotations

import sys
from pathlib import Path

from stack import run


def test_the_projects_own_tests_pass_on_sqlite(project: Path) -> None:
    said = run(sys.executable, "-m", "pytest", "tests", cwd=project, env={"DATABASE": "sqlite"})
    print(said[-2000:])
    assert " passed" in said
