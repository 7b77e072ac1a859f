"""What all tests share: a clean copy of the template, a baked project, and the rule about the engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import stack


def pytest_configure() -> None:
    """Keep cookiecutter's replay files and the user's own configuration out of each other's way."""
    os.environ.pop("COOKIECUTTER_CONFIG", None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an engine where there is none, or fail it where one is required."""
    if item.get_closest_marker("engine") is None or stack.engine_answers():
        return
    reason = "no Docker engine with the compose plugin answers: bash deploy/install-docker.sh installs one"
    if os.environ.get("REQUIRE_ENGINE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clean copy of the template, as a clone has it."""
    return stack.copy_template(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def bake(template: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that generates a project with the given answers in this test's folder."""
    return lambda **answers: stack.bake(template, tmp_path, **answers)


@pytest.fixture(scope="session")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project generated with the default answers, to be read only."""
    return stack.bake(template, tmp_path_factory.mktemp("default"))
