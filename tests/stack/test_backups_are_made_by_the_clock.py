"""The lines of docs/backup.md for cron, run as cron runs them: a shell, a home and the path that they name, no more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import stack
from stack import CommandError, Stack, run

PAGE = (stack.TEMPLATE / "docs" / "backup.md").read_text(encoding="utf-8")
# Minute, hour, day of the month, month, day of the week; then what a shell is given, in which `%` would be a new line.
LINE = re.compile(r"^[0-9]+ [0-9]+ \* \* [*0-7] ([^%\n]+)$", re.MULTILINE)
OTHERS = ("other-project-20260101T000000Z.zip", "data-project-of-last-year.zip")


@pytest.fixture
def folder(running: Stack) -> Iterator[Path]:
    """Return the folder backups/ of a project that runs, with what the days before have left there."""
    folder = running.project / "backups"
    folder.mkdir()
    for name in (*OTHERS, *(f"data-project-202601{day}T031700Z.zip" for day in range(10, 30))):
        (folder / name).write_text("old")
    yield folder
    shutil.rmtree(folder)


def by_the_clock(one: Stack, line: str) -> str:
    """Run a line as cron does; return what its log has now."""
    path = re.findall(r"^PATH=(.*)$", PAGE, re.MULTILINE)[0]
    home = {"HOME": str(one.project.parent), "PATH": path}
    variables = [f"{name}={value}" for name, value in {**one.variables, **home}.items()]
    run("env", "--ignore-environment", *variables, "/bin/sh", "-c", line, cwd=one.project.parent)
    return (one.project / "backups" / "log").read_text(encoding="utf-8")


def test_the_lines_for_cron_keep_a_number_of_backups_and_verify_the_newest(running: Stack, folder: Path) -> None:
    daily, weekly = LINE.findall(PAGE)
    keep = int(re.findall(r"KEEP=([0-9]+)", daily)[0])
    said = by_the_clock(running, daily)
    names = sorted(path.name for path in folder.iterdir() if path.name not in (*OTHERS, ".part", "log"))
    assert len(names) == keep
    assert names[:-1] == [f"data-project-202601{day}T031700Z.zip" for day in range(30 - keep + 1, 30)]
    assert f"Wrote backups/{names[-1]}" in said
    assert said.count(f"since KEEP={keep}") == 20 - keep + 1
    assert {path.name for path in folder.iterdir()} >= {*OTHERS}
    assert f"{names[-1]} is sound, and came back as it was" in by_the_clock(running, weekly)


def test_a_backup_that_fails_removes_nothing(running: Stack, folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    for variables, words in (({"KEEP": "0"}, "KEEP='0' is no number"), ({"KEEP": "1", "WITH": "src"}, "is none of")):
        with pytest.raises(CommandError, match=words):
            running.make("backup", **variables)
        assert {path.name for path in folder.iterdir()} == before


def test_where_there_is_no_file_yet_the_proof_says_so(running: Stack) -> None:
    with pytest.raises(CommandError, match=r"name the file: make verify-backup FILE=backups/\.\.\."):
        running.make("verify-backup")
