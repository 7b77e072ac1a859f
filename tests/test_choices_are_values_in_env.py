"""What is chosen at generation is a value in .env; every other file is the same for everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import stack
from stack import run

QUESTIONS = json.loads((stack.TEMPLATE / "cookiecutter.json").read_text())
DATABASES = {
    "mysql": {"DATABASE": "mysql", "COMPOSE_PROFILES": "mysql", "MYSQL_HOST": "mysql"},
    "external": {"DATABASE": "mysql", "COMPOSE_PROFILES": "", "MYSQL_HOST": "host.docker.internal"},
    "sqlite": {"DATABASE": "sqlite", "COMPOSE_PROFILES": "", "MYSQL_HOST": "mysql"},
}
NAMED = {"README.md", "pyproject.toml", ".env", ".env.example"}


def variables(project: Path) -> dict[str, str]:
    lines = (project / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.engine
@pytest.mark.parametrize("image", QUESTIONS["image"])
def test_every_image_gives_a_valid_compose_file(bake: Callable[..., Path], image: str) -> None:
    project = bake(image=image)
    chosen = variables(project)
    assert chosen["BASE_IMAGE"] == QUESTIONS["__images"][image]
    run("docker", "compose", "config", "--quiet", cwd=project)


@pytest.mark.engine
@pytest.mark.parametrize("database", QUESTIONS["database"])
def test_every_database_gives_a_valid_compose_file(bake: Callable[..., Path], database: str) -> None:
    project = bake(database=database)
    assert DATABASES[database].items() <= variables(project).items()
    services = run("docker", "compose", "config", "--services", cwd=project).split()
    server = {"mysql"} if database == "mysql" else set()
    assert set(services) == {"jupyter", "folders"} | server


def test_a_database_elsewhere_keeps_its_own_password(bake: Callable[..., Path]) -> None:
    assert variables(bake(database="external"))["MYSQL_PASSWORD"] == ""


def test_only_names_and_env_differ_between_two_sets_of_answers(project: Path, bake: Callable[..., Path]) -> None:
    other = bake(project_name="Another", author="Me", image="scipy-notebook", database="sqlite", jupyter_port="9999")
    one, two = stack.files(project), stack.files(other)
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} == NAMED


def test_every_image_has_a_fixed_tag_in_the_one_table() -> None:
    assert list(QUESTIONS["__images"]) == QUESTIONS["image"]
    for image in QUESTIONS["__images"].values():
        assert re.fullmatch(r"[a-z0-9./-]+:\d[\w.-]+", image), image


def test_the_weekly_workflow_tests_every_published_image() -> None:
    workflow = yaml.safe_load((stack.TEMPLATE / ".github" / "workflows" / "images.yaml").read_text())
    assert workflow["jobs"]["contract"]["strategy"]["matrix"]["image"] == QUESTIONS["image"]


def test_every_question_has_a_prompt_that_a_person_understands() -> None:
    asked = [name for name in QUESTIONS if not name.startswith("_")]
    assert set(QUESTIONS["__prompts__"]) == set(asked)
    for name in asked:
        prompt = QUESTIONS["__prompts__"][name]
        if isinstance(QUESTIONS[name], list):
            assert set(prompt) == {"__prompt__", *QUESTIONS[name]}


def test_every_variable_is_explained_above_it_or_above_its_group() -> None:
    lines = (stack.PROJECT_FOLDER / ".env.example").read_text().splitlines()
    explained = False
    for line in lines:
        explained = line.startswith("#") or (explained and line != "")
        assert explained or line == "", line
