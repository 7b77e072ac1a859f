"""A module and a package that a team puts into src/ lie in its wheel under their own names, and are type-checked."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stack import CommandError, run

TEAMS = {
    "theirs.py": "ANSWER: int = 42\n",
    "ours/__init__.py": "",
    "ours/deep.py": "from theirs import ANSWER as ANSWER\n",
}
UV = Path(sys.executable).with_name("uv.exe" if sys.platform == "win32" else "uv")


def put(project: Path) -> None:
    """Put a module and a package into the project's src/."""
    for name, text in TEAMS.items():
        path = project / "src" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_the_wheel_holds_all_of_src(bake: Callable[..., Path], tmp_path: Path) -> None:
    project = bake()
    put(project)
    run(UV, "build", "--quiet", "--wheel", "--out-dir", tmp_path / "dist", cwd=project)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    source = project / "src"
    assert names == {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert {*TEAMS, "persistence/__init__.py"} <= names


def test_mypy_and_ruff_know_it(bake: Callable[..., Path]) -> None:
    project = bake()
    put(project)
    test = project / "tests" / "test_theirs.py"
    test.write_text("import pandas as pd\n\nfrom ours import deep\n\nBOTH = (pd, deep)\n")
    run(sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "I", "src", "tests", cwd=project)
    mypy = (sys.executable, "-m", "mypy", "--cache-dir", project / ".mypy_cache")
    run(*mypy, cwd=project)
    (project / "src" / "ours" / "deep.py").write_text("from theirs import ANSWER\n\nTEXT: str = ANSWER\n")
    with pytest.raises(CommandError, match=r"deep\.py:3: error: Incompatible types"):
        run(*mypy, cwd=project)
