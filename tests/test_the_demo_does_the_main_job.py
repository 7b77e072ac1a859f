"""`make demo` as somebody who has just cloned runs it: with an engine, and without one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import stack


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone with the real input beside it, where this checkout has it, and the tools' environment."""
    folder = tmp_path_factory.mktemp("demo")
    copy = stack.copy_template(folder)
    if (stack.TEMPLATE.parent / "shared").exists():
        (folder / "shared").symlink_to(stack.TEMPLATE.parent / "shared")
    (copy / ".venv").symlink_to(stack.TEMPLATE / ".venv")
    return copy


def demo(clone: Path, **variables: str) -> str:
    shutil.rmtree(clone / "build", ignore_errors=True)
    done = subprocess.run(
        ["make", "demo"], cwd=clone, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shows_the_main_job(said: str, clone: Path) -> None:
    print(said)
    assert "rows in table trips" in said
    plots = list((clone / "build").rglob("*.png"))
    assert plots
    for plot in plots:
        assert plot.read_bytes().startswith(b"\x89PNG")
        assert str(plot.relative_to(clone)) in said
    if (clone.parent / "shared").exists():
        assert "214,914" in said
        assert "854" in said
        assert any("hexagon" in plot.name for plot in plots)


@pytest.mark.engine
def test_the_demo_with_an_engine_leaves_nothing_running(clone: Path) -> None:
    before = stack.run("docker", "ps", "--all", "--quiet"), stack.run("docker", "volume", "ls", "--quiet")
    said = demo(clone)
    assert "way: Docker engine" in said
    assert "JupyterLab answers 200" in said
    shows_the_main_job(said, clone)
    assert (stack.run("docker", "ps", "--all", "--quiet"), stack.run("docker", "volume", "ls", "--quiet")) == before


def test_the_demo_without_an_engine_uses_the_embedded_database(clone: Path) -> None:
    said = demo(clone, ENGINE="none")
    assert "way: no engine" in said
    shows_the_main_job(said, clone)
