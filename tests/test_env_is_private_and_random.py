"""Fifty generations in `make soak`, ten here: each .env is its owner's alone, no credential twice or anywhere else."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

import stack

CREDENTIALS = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")
GENERATIONS = 50 if os.environ.get("SOAK") else 10


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make cookiecutter keep its replay files in a folder of this module."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(stack.cookiecutter_settings(folder)))
        yield folder


@pytest.fixture(scope="module")
def projects(template: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("generations")
    return [stack.bake(template, folder / str(number)) for number in range(GENERATIONS)]


def credentials(project: Path) -> list[str]:
    lines = (project / ".env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return [variables[name] for name in CREDENTIALS]


@pytest.mark.skipif(not hasattr(__import__("os"), "getuid"), reason="Windows has no modes")
def test_every_env_can_be_read_by_its_owner_alone(projects: list[Path]) -> None:
    assert {stat.S_IMODE((project / ".env").stat().st_mode) for project in projects} == {0o600}


def test_no_credential_occurs_twice(projects: list[Path]) -> None:
    made = [value for project in projects for value in credentials(project)]
    assert len(set(made)) == len(made) == GENERATIONS * len(CREDENTIALS)


def test_every_credential_is_alphanumeric_and_holds_128_bits(projects: list[Path]) -> None:
    for project in projects:
        for value in credentials(project):
            assert re.fullmatch("[A-Za-z0-9]+", value)
            assert len(value) * math.log2(62) >= 128
    characters = {char for project in projects for value in credentials(project) for char in value}
    assert len(characters) == 62, "all of the alphabet is used"


def test_no_credential_is_in_cookiecutters_replay_file(projects: list[Path], home: Path) -> None:
    (replay,) = (home / "replay").glob("*.json")
    text = replay.read_text()
    assert "project_slug" in text
    assert not [value for project in projects for value in credentials(project) if value in text]


def test_no_credential_is_in_another_file_of_the_project(projects: list[Path]) -> None:
    for project in projects[:5]:
        others = [path for path in project.rglob("*") if path.is_file() and path.name != ".env"]
        for value in credentials(project):
            assert not [path for path in others if value.encode() in path.read_bytes()]
