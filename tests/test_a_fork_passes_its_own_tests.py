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
# What an edit of a fork may meet; the others are of the engine, the hooks or the scripts, which it leaves alone.
RUN = (
    *("choices_are_values_in_env", "docs_tell_what_the_code_does", "env_is_private_and_random"),
    *("generated_files_are_plain", "locks_hold_packages_and_hashes_alone", "notebooks_are_clean"),
    *("the_projects_own_tests_pass_without_an_engine", "the_readme_is_a_map", "the_sample_is_what_its_script_makes"),
    *("src_is_the_teams", "the_update_bot_sees_every_image"),
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
    tests = [f"tests/test_{name}.py" for name in RUN]
    said = run(sys.executable, "-m", "pytest", "-m", "not engine", *tests, cwd=fork, timeout=1200)
    assert " passed" in said


def test_the_page_names_each_place(fork: Path) -> None:
    page = (fork / "docs" / "forking.md").read_text(encoding="utf-8")
    places = ("cookiecutter.json", "MYSQL_IMAGE", "pyproject.toml", "notebooks/", "scripts/make_sample.py")
    assert [place for place in places if f"`{place}`" not in page] == []
