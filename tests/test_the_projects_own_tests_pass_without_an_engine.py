"""The tests that a generated project has, and its notebooks, on the embedded database and this machine's Python."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from stack import run


def test_all_pass_and_the_notebooks_run(bake: Callable[..., Path]) -> None:
    project = bake()
    said = run(sys.executable, "-m", "pytest", cwd=project, env={"DATABASE": "sqlite"})
    assert " passed, 1 skipped" in said
    assert "start_r.ipynb reads DATABASE=mysql, which .env has otherwise" in said
    all_of_them = {path.name for path in (project / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (project / "outputs" / "notebooks").iterdir()} == all_of_them - {"start_r.ipynb"}
