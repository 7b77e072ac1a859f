"""`make backup KEEP=14` and `make verify-backup` count the files of this project's name in backups/, and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import backup
from project import Project, RefusedError

OTHERS = (
    *("other-20261121T094000Z.zip", "data-20261121T094000Z.zip", "data-project-two-20261121T094000Z.zip"),
    *("data-project-20261121.zip", "data-project-20261121T094000Z.zip.part", "data-project-20261121T094000Z.zip2"),
    *("data-project-before-the-move.zip", "data-project-2026112xT094000Z.zip", ".part", "log"),
)


def test_the_newest_comes_first_and_others_do_not_count(bake: Callable[..., Path]) -> None:
    folder = bake() / "backups"
    project = Project(folder.parent)
    assert backup.files(project) == []
    folder.mkdir()
    moments = ("20270101T000000", "20261231T235959", "20260101T120000")
    own = [folder / f"data-project-{moment}Z.zip" for moment in moments]
    for path in [own[1], *(folder / name for name in OTHERS), own[0], own[2]]:
        path.touch()
    assert backup.files(project) == own


@pytest.mark.parametrize(("typed", "number"), [("", 0), ("1", 1), ("14", 14), ("999999", 999_999)])
def test_keep_is_a_number_or_nothing(monkeypatch: pytest.MonkeyPatch, typed: str, number: int) -> None:
    monkeypatch.setenv("KEEP", typed)
    assert backup.kept() == number


@pytest.mark.parametrize("typed", ["0", "00", "014", "-1", "+3", "1.5", "1e3", "all", " 7", "7\n", "٣", "1000000"])
def test_what_else_keep_says_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("KEEP", typed)
    with pytest.raises(RefusedError, match="is no number of files: KEEP=14 keeps the newest 14") as refused:
        backup.kept()
    assert "\n" not in str(refused.value)
