"""The generated project's own tests, on the embedded database and this machine's Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stack import run

# The run on MySQL has the usual number.
EXAMPLES = {} if os.environ.get("SOAK") else {"HYPOTHESIS_PROFILE": "brief"}


def test_the_projects_own_tests_pass_on_sqlite(project: Path) -> None:
    said = run(sys.executable, "-m", "pytest", "tests", cwd=project, env={"DATABASE": "sqlite", **EXAMPLES})
    print(said[-2000:])
    assert " passed" in said
