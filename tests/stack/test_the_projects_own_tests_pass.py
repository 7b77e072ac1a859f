"""`make test` in the generated project: its own tests on its MySQL, in its image, and nothing of them stays behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import stack
from stack import CommandError, Stack

PROTECTED = ("scripts", "tests", "pyproject.toml")
TABLES = "from persistence import Database; print(Database.from_env().tables())"
INTRUDER = """
import errno
from pathlib import Path

work = Path("/home/jovyan/work")
changes = [lambda: (work / "pyproject.toml").write_text("changed")]
for folder in ("scripts", "tests"):
    file = next((work / folder).glob("*.py"))
    changes += [lambda file=file: file.write_text("changed"), file.unlink, file.with_name("new.py").touch]
for change in changes:
    try:
        change()
    except OSError as error:
        assert error.errno == errno.EROFS, error
    else:
        raise AssertionError("changed")
"""


def host_files(one: Stack) -> dict[str, bytes]:
    """Return what this machine's files of the project hold, without what notebooks are for."""
    return {name: content for name, content in stack.files(one.project).items() if not name.startswith("notebooks/")}


def test_its_tests_and_notebooks_pass_and_leave_nothing_in_the_project(running: Stack) -> None:
    before = stack.files(running.project)
    said = running.make("test")
    assert " passed, 1 skipped" in said
    assert "start_r.ipynb: this image has no kernel for it, only python3" in said
    assert stack.files(running.project) == before
    assert "test_" not in running.python(TABLES)


def test_a_part_is_chosen_by_only(running: Stack) -> None:
    assert "3 passed" in running.make("test", ONLY="tests/test_cleaning.py")
    assert "1 passed" in running.make("test", ONLY="tests/test_cleaning.py -k database")


@pytest.mark.parametrize("by", ["test", "notebook"])
def test_scripts_and_tests_of_this_machine_cannot_be_changed_by_a(running: Stack, by: str) -> None:
    intruder = running.project / {"test": "tests/test_intruder.py", "notebook": "notebooks/intruder.ipynb"}[by]
    write(intruder, INTRUDER)
    # Nothing but the mount keeps anybody from changing them.
    modes = {
        path: path.stat().st_mode
        for name in PROTECTED
        for path in (running.project / name, *(running.project / name).glob("*"))
    }
    try:
        for path, mode in modes.items():
            path.chmod(mode | 0o666)
        before = host_files(running)
        assert "1 passed" in running.make("test", ONLY="tests -k intruder")
        assert host_files(running) == before
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
        intruder.unlink()
        running.compose("exec", "-T", "jupyter", "rm", "--force", "outputs/notebooks/intruder.ipynb")


def test_a_test_and_a_notebook_that_fail_say_why(running: Stack) -> None:
    wrong = {"tests/test_wrong.py": "1 / 0", "notebooks/wrong.ipynb": "[][1]"}
    for name, code in wrong.items():
        write(running.project / name, code)
    try:
        with pytest.raises(CommandError, match="ZeroDivisionError") as failed:
            running.make("test", ONLY="tests -k wrong")
    finally:
        for name in wrong:
            (running.project / name).unlink()
    assert "list index out of range" in str(failed.value)
    assert "2 failed" in str(failed.value)


def write(path: Path, code: str) -> None:
    """Write code as a test or as a notebook."""
    text = "def test_it():\n" + "".join(f"    {line}\n" for line in code.splitlines())
    if path.suffix == ".ipynb":
        cell: dict[str, Any] = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
        cell["source"] = code
        text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    path.write_text(text)
    path.chmod(0o644)
