"""`make test` in the generated project: its own tests on its MySQL, in its image, and nothing of them stays behind.

It executes every notebook for which the image has a kernel, as `make notebooks` does, again without harm.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import stack
from stack import CommandError, Stack, run

PROTECTED = ("scripts", "tests", "pyproject.toml")
COUNTS = "from persistence import Database; db = Database.from_env(); print({t: len(db.load(t)) for t in db.tables()})"
WITHOUT_KERNEL = "start_r.ipynb"
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


@pytest.fixture(scope="module")
def said(running: Stack) -> str:
    """Run `make test`; return what it printed."""
    before = stack.files(running.project)
    printed = running.make("test")
    assert stack.files(running.project) == before
    return printed


@pytest.fixture(scope="module")
def executed(running: Stack, said: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of outputs/ as `make test` leaves it."""
    copy = tmp_path_factory.mktemp("executed") / "outputs"
    running.compose("cp", "jupyter:/home/jovyan/work/outputs", str(copy))
    return copy


def test_its_tests_and_notebooks_pass(said: str) -> None:
    assert " passed, 1 skipped" in said


def test_a_notebook_without_a_kernel_is_named(said: str) -> None:
    lines = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("SKIPPED")]
    assert lines == [f"{WITHOUT_KERNEL}: this image has no kernel for it, only python3"]


def test_every_cell_of_every_notebook_ran(running: Stack, executed: Path) -> None:
    names = {path.name for path in (running.project / "notebooks").glob("*.ipynb")}
    copies = {path.name: json.loads(path.read_text()) for path in (executed / "notebooks").glob("*.ipynb")}
    assert names - {WITHOUT_KERNEL} == set(copies)
    for notebook in copies.values():
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
        assert not [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]


def test_the_plot_is_a_picture(executed: Path) -> None:
    assert (executed / "trips_per_hour.png").read_bytes().startswith(b"\x89PNG")


def test_the_notebooks_alone_run_again_and_leave_the_same_tables(running: Stack, said: str) -> None:
    before, counts = stack.files(running.project), running.python(COUNTS)
    assert "'trips'" in counts
    assert "test_" not in counts
    run("make", "notebooks", cwd=running.project, env=running.variables)
    assert running.python(COUNTS) == counts
    assert stack.files(running.project) == before


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
