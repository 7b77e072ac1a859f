"""`make demo` as somebody who has just cloned runs it: with an engine, and without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stack
from make_sample import TRIPS

REAL_INPUT = stack.TEMPLATE.parent / "shared"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the template's own make needs a POSIX shell")
needs_real_input = pytest.mark.skipif(not REAL_INPUT.is_dir(), reason="no real input in ../shared/data")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone with what this checkout has beside it: the real input, and the tools' environment."""
    folder = tmp_path_factory.mktemp("demo")
    copy = stack.copy_template(folder)
    if REAL_INPUT.is_dir():
        (folder / "shared").symlink_to(REAL_INPUT)
    if (stack.TEMPLATE / ".venv").is_dir():
        (copy / ".venv").symlink_to(stack.TEMPLATE / ".venv")
    return copy


def demo(clone: Path, **variables: str) -> str:
    shutil.rmtree(clone / "build", ignore_errors=True)
    done = subprocess.run(
        ["make", "demo"], cwd=clone, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def with_engine(clone: Path, measured: Callable[[str, object], None]) -> dict[str, Any]:
    """Run the demo on the engine; return what it said, and the engine's containers and volumes before and after."""
    before = left()
    start = time.monotonic()
    said = demo(clone)
    measured("make demo with an engine, seconds", round(time.monotonic() - start))
    plots = {path.name: path.read_bytes()[:4] for path in (clone / "build").rglob("*.png")}
    return {"said": said, "before": before, "after": left(), "plots": plots}


@pytest.fixture(scope="module")
def without_engine(clone: Path, measured: Callable[[str, object], None]) -> dict[str, Any]:
    """Run the demo without an engine; return what it said."""
    start = time.monotonic()
    said = demo(clone, ENGINE="none")
    measured("make demo with ENGINE=none, seconds", round(time.monotonic() - start))
    plots = {path.name: path.read_bytes()[:4] for path in (clone / "build").rglob("*.png")}
    return {"said": said, "plots": plots}


def left() -> tuple[str, str, str]:
    """Return the engine's containers, volumes and networks of demos; other tests make theirs meanwhile."""
    return (
        stack.run("docker", "ps", "--all", "--quiet", "--filter", "name=demo-"),
        stack.run("docker", "volume", "ls", "--quiet", "--filter", "name=demo-"),
        stack.run("docker", "network", "ls", "--quiet", "--filter", "name=demo-"),
    )


def shows_the_starter_job(one: dict[str, Any]) -> None:
    assert f"{TRIPS:,} rows in table trips" in one["said"]
    assert "trips_per_hour.png" in one["plots"]
    for name, magic in one["plots"].items():
        assert magic == b"\x89PNG"
        assert f"/{name}" in one["said"]


def shows_the_real_job(one: dict[str, Any]) -> dict[str, Any]:
    (line,) = [line for line in one["said"].splitlines() if line.startswith("result: ")]
    result: dict[str, Any] = json.loads(line.removeprefix("result: "))
    assert (result["trips_saved"], result["hexagons_saved"], result["trips_joined"]) == (214_914, 854, 214_914)
    assert "both loaded again, equal to the input" in one["said"]
    assert "trips_per_hexagon.png" in one["plots"]
    return result


@pytest.mark.engine
def test_the_demo_with_an_engine_runs_the_stack(with_engine: dict[str, Any]) -> None:
    assert "way: Docker engine" in with_engine["said"]
    assert "JupyterLab answers 200 at http://127.0.0.1:" in with_engine["said"]
    shows_the_starter_job(with_engine)


@pytest.mark.engine
def test_the_demo_with_an_engine_leaves_nothing_running(with_engine: dict[str, Any]) -> None:
    assert with_engine["after"] == with_engine["before"]


@pytest.mark.engine
@needs_real_input
def test_the_demo_with_an_engine_maps_the_real_input(with_engine: dict[str, Any]) -> None:
    result = shows_the_real_job(with_engine)
    assert (result["database"], result["places_joined"]) == ("mysql", 20_939)
    assert "in SQL, as geopandas joins them" in with_engine["said"]


def test_the_demo_without_an_engine_uses_the_embedded_database(without_engine: dict[str, Any]) -> None:
    assert "way: no engine" in without_engine["said"]
    shows_the_starter_job(without_engine)


@needs_real_input
def test_the_demo_without_an_engine_maps_the_real_input(without_engine: dict[str, Any]) -> None:
    assert shows_the_real_job(without_engine)["database"] == "sqlite"
