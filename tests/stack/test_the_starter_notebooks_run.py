"""`make notebooks` executes every notebook for which the image has a kernel, twice without harm, and keeps the plot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stack import Stack, run

COUNTS = "from persistence import Database; db = Database.from_env(); print({t: len(db.load(t)) for t in db.tables()})"


SKIPPED = {"start_r.ipynb"}


@pytest.fixture(scope="module")
def said() -> list[str]:
    """Return what each run of `make notebooks` printed; `counts` fills it."""
    return []


@pytest.fixture(scope="module")
def counts(running: Stack, said: list[str]) -> list[str]:
    """Run the notebooks twice; return the tables' row counts after each."""
    seen = []
    for _ in range(2):
        said.append(run("make", "notebooks", cwd=running.project, env=running.variables))
        seen.append(running.python(COUNTS))
    return seen


def test_a_notebook_without_a_kernel_is_named(counts: list[str], said: list[str]) -> None:
    lines = [line.partition(": ")[2] for line in said[0].splitlines() if line.startswith("SKIPPED")]
    assert lines == ["start_r.ipynb: this image has no kernel for it, only python3"]


def test_a_second_run_leaves_the_same_tables(counts: list[str]) -> None:
    assert counts[0] == counts[1]
    assert "'trips'" in counts[0]


def test_every_cell_of_every_notebook_ran(running: Stack, counts: list[str], tmp_path: Path) -> None:
    running.compose("cp", "jupyter:/home/jovyan/work/outputs/notebooks", str(tmp_path / "executed"))
    names = {path.name for path in (running.project / "notebooks").glob("*.ipynb")}
    executed = {path.name: json.loads(path.read_text()) for path in (tmp_path / "executed").glob("*.ipynb")}
    assert names - SKIPPED == set(executed)
    for notebook in executed.values():
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
        assert not [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]


def test_the_plot_is_a_picture(running: Stack, counts: list[str], tmp_path: Path) -> None:
    running.compose("cp", "jupyter:/home/jovyan/work/outputs/trips_per_hour.png", str(tmp_path / "plot.png"))
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_the_notebooks_themselves_stay_as_they_are(running: Stack, counts: list[str]) -> None:
    for path in (running.project / "notebooks").glob("*.ipynb"):
        assert not [cell for cell in json.loads(path.read_text())["cells"] if cell.get("outputs")], path.name
