"""The tests that a generated project has, and its notebooks, on the embedded database and this machine's Python."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from stack import run


def example_files(project: Path) -> list[str]:
    """Return what the project's README says goes without harm."""
    (said,) = re.findall(
        r"These are examples, and go without harm: (.*?) where", (project / "README.md").read_text(), re.S
    )
    return re.findall(r"`([^`]+)`", said)


def test_all_pass_and_the_notebooks_run(bake: Callable[..., Path]) -> None:
    project = bake()
    said = run(sys.executable, "-m", "pytest", cwd=project, env={"DATABASE": "sqlite"})
    assert " passed, 1 skipped" in said
    assert "start_r.ipynb reads DATABASE=mysql, which .env has otherwise" in said
    assert {path.name for path in (project / "outputs" / "notebooks").iterdir()} == {"map.ipynb", "start.ipynb"}
