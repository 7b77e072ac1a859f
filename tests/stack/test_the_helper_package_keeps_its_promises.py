"""tests/persistence in the container of a generated project, on its own MySQL and on an SQLite file in there."""

from __future__ import annotations

import os

import pytest

import stack
from stack import Stack

SOAK = bool(os.environ.get("SOAK"))


def test_all_of_its_tests_pass_on_the_projects_mysql(running: Stack) -> None:
    before = stack.files(stack.PERSISTENCE_TESTS)
    every = [path.stem.removeprefix("test_") for path in sorted(stack.PERSISTENCE_TESTS.glob("test_*.py"))]
    said = running.persistence_tests(*(name for name in every if SOAK or name not in stack.WITHOUT_SERVER))
    print(said[-3000:])
    assert " passed" in said
    assert " skipped" not in said
    assert stack.files(stack.PERSISTENCE_TESTS) == before


@pytest.mark.soak
def test_they_pass_on_a_file_in_the_container(running: Stack) -> None:
    said = running.persistence_tests(DATABASE="sqlite")
    print(said[-2000:])
    assert " passed" in said
