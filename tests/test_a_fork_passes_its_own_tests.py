"""A team's fork: five edits, each in the one place that docs/forking.md names, and the fork's own tests still pass."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import stack
from stack import run

PROJECT = stack.PROJECT_FOLDER.name
# Long and untouched by the edits, or about this template alone.
NOT_RUN = (
    *("a_fork_passes_its_own_tests", "make_local_needs_no_docker", "the_demo_does_the_main_job"),
    *("the_helper_package_keeps_its_promises_on_sqlite", "what_is_handed_over_is_small", "make_takes_a_value_as_text"),
)
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "connect",
            "metadata": {},
            "outputs": [],
            "source": ["from persistence import Database\n", "\n", "Database.from_env().tables()"],
        }
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text, which has to be there, wherever it stands in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def another_port(fork: Path) -> None:
    edit(fork / "cookiecutter.json", '"jupyter_port": "8888"', '"jupyter_port": "9876"')


def newer_images(fork: Path) -> None:
    (date,) = set(re.findall(r"quay\.io/jupyter/[a-z-]+:([0-9-]+)", (fork / "cookiecutter.json").read_text()))
    edit(fork / "cookiecutter.json", date, "2026-12-07")
    mysql = stack.published_images()["MYSQL_IMAGE"]
    edit(fork / PROJECT / ".env.example", f"MYSQL_IMAGE={mysql}", f"MYSQL_IMAGE={mysql}.5")


def one_more_package(fork: Path) -> None:
    # One that others brought, so that the lock, which needs an index, is as `make lock` would write it.
    assert re.search(r"(?m)^shapely==", (fork / PROJECT / "requirements.lock").read_text())
    edit(fork / PROJECT / "pyproject.toml", '    "pytest",\n', '    "pytest",\n    "shapely",\n')


def one_more_notebook(fork: Path) -> None:
    text = json.dumps(NOTEBOOK, indent=1, ensure_ascii=False) + "\n"
    (fork / PROJECT / "notebooks" / "ours.ipynb").write_text(text, newline="\n")


def one_more_column(fork: Path) -> None:
    script = fork / "scripts" / "make_sample.py"
    edit(
        script,
        "COLUMNS = {\n",
        'COLUMNS = {\n    "Weekday": "the day it began on, 0 is Monday | whole number | never",\n',
    )
    edit(
        script,
        "                str(FIRST_TRIP_ID",
        "                str(start.weekday()),\n                str(FIRST_TRIP_ID",
    )
    run(sys.executable, script)


EDITS: tuple[Callable[[Path], None], ...] = (
    another_port,
    newer_images,
    one_more_package,
    one_more_notebook,
    one_more_column,
)


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template with all the edits."""
    fork = stack.copy_template(tmp_path_factory.mktemp("fork"))
    for change in EDITS:
        change(fork)
    return fork


def test_what_it_generates_has_the_edits(fork: Path, tmp_path: Path) -> None:
    project = stack.bake(fork, tmp_path)
    env = (project / ".env").read_text()
    assert "\nJUPYTER_PORT=9876\n" in env
    assert re.search(r"\nBASE_IMAGE=\S+:2026-12-07\n", env)
    assert '"shapely"' in (project / "pyproject.toml").read_text()
    assert (project / "notebooks" / "ours.ipynb").is_file()
    assert (project / "data" / "sample_trips.csv").read_text().startswith("Weekday,TripID,")
    assert "| `Weekday` | the day it began on" in (project / "data" / "README.md").read_text()


def test_its_own_tests_pass(fork: Path) -> None:
    tests = sorted(path.relative_to(fork) for path in (fork / "tests").glob("test_*.py"))
    chosen = [path for path in tests if path.stem.removeprefix("test_") not in NOT_RUN]
    assert len(chosen) >= 20
    said = run(sys.executable, "-m", "pytest", "-m", "not engine", *chosen, cwd=fork, timeout=1200)
    assert " passed" in said


def test_the_page_names_each_place(fork: Path) -> None:
    page = (fork / "docs" / "forking.md").read_text(encoding="utf-8")
    places = ("cookiecutter.json", "MYSQL_IMAGE", "pyproject.toml", "notebooks/", "scripts/make_sample.py")
    assert [place for place in places if f"`{place}`" not in page] == []
