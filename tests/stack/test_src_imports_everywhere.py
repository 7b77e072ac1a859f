"""A module and a package that a team puts into src/ import in the container's Python, in a notebook and in a test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from stack import Stack

TEAMS = {"src/theirs.py": "ANSWER = 42\n", "src/ours/deep.py": "from theirs import ANSWER as ANSWER\n"}
ASK = "import theirs\nfrom ours import deep\nassert theirs.ANSWER == deep.ANSWER == 42\nprint(deep.__file__)"


@pytest.fixture(scope="module")
def with_code(running: Stack) -> Iterator[Stack]:
    """The running stack with code in src/, a notebook and a test that use it."""
    cell: dict[str, Any] = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [{**cell, "source": ASK}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    test = "def test_it():\n" + "".join(f"    {line}\n" for line in ASK.splitlines())
    files = {"notebooks/theirs.ipynb": json.dumps(notebook), "tests/test_theirs.py": test, **TEAMS}
    (running.project / "src" / "ours").mkdir()
    for name, text in files.items():
        (running.project / name).write_text(text)
    yield running
    for name in files:
        (running.project / name).unlink()
    shutil.rmtree(running.project / "src" / "ours")
    running.compose("exec", "-T", "jupyter", "rm", "--force", "outputs/notebooks/theirs.ipynb")


def test_python_in_the_container_imports_it(with_code: Stack) -> None:
    assert with_code.python(ASK) == "/home/jovyan/work/src/ours/deep.py"


def test_a_notebook_and_a_test_import_it(with_code: Stack) -> None:
    asked = "tests/test_theirs.py tests/test_notebooks.py -k theirs"
    assert "2 passed" in with_code.make("test", ONLY=asked)
