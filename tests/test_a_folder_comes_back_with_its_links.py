"""A folder's part of a backup: files, links to files, folders and nothing, and hard links come back and are counted."""

from __future__ import annotations

import os
import socket
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import backup_folders
from backup_archive import Split

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has neither such links nor such modes")


class Parts:
    """A sink that keeps what it is given, as a backup's parts."""

    def __init__(self) -> None:
        self.kept: list[tuple[dict[str, Any], bytes]] = []

    def add(self, name: str, data: bytes, **known: object) -> None:
        self.kept.append(({"name": name, **known}, data))


def shown(folder: Path) -> dict[str, str]:
    """Return what each name below a folder is, and how many names a file has."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_socket():  # no archive has these
            continue
        if path.is_symlink():
            kind = f"link to {path.readlink()}"
        else:
            kind = "folder" if path.is_dir() else f"{path.stat().st_nlink}: {path.read_text()}"
        found[path.relative_to(folder).as_posix()] = kind
    return found


def test_links_come_back_and_count_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "outputs"
    (folder / "deep").mkdir(parents=True)
    (folder / "file").write_text("text")
    (folder / "deep" / "to_file").symlink_to("../file")
    (folder / "to_folder").symlink_to("deep")
    (folder / "to_nothing").symlink_to("gone")
    os.link(folder / "file", folder / "same")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(folder)  # a socket's path is short
        listener.bind("socket")
    before, sink = shown(folder), Parts()
    files = backup_folders.dump(folder, sink, lambda *_: None)["files"]
    assert files == 5
    assert backup_folders.check(sink.kept) == files
    (folder / "file").write_text("other")
    (folder / "later").write_text("later")
    backup_folders.stage(folder, "token", sink.kept, lambda *_: None)
    backup_folders.finish(folder, "token")
    assert shown(folder) == before


@given(sizes=st.lists(st.integers(0, 20_000), min_size=1, max_size=3), piece=st.sampled_from([512, 4096, 10_240]))
def test_each_of_several_folders_gets_its_own_parts(sizes: list[int], piece: int) -> None:
    """However the archives' ends, which readers leave unread, fall on the parts."""
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_folders, "PIECE", piece)
        folders, sink = [], Parts()
        for number, size in enumerate(sizes):
            folder = Path(place, f"folder{number}")
            folder.mkdir()
            (folder / "file").write_text(f"{number}" * size)
            folders.append(folder)
            backup_folders.dump(folder, sink, lambda *_: None)
        before = [shown(folder) for folder in folders]
        found = Split(iter(sink.kept))
        assert [backup_folders.check(found.of(folder.name)) for folder in folders] == [1] * len(folders)
        found = Split(iter(sink.kept))
        for folder in folders:
            backup_folders.stage(folder, "token", found.of(folder.name), lambda *_: None)
            backup_folders.finish(folder, "token")
        assert [shown(folder) for folder in folders] == before


def as_somebody(action: Callable[[Path], None]) -> None:
    """Do something in a process for which modes hold, which they do not for root, with a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        child = os.fork()
        if not child:
            try:
                if os.getuid() == 0:
                    os.setuid(1234)
                action(Path(place))
                os._exit(0)
            finally:
                traceback.print_exc()
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0


def restored_twice(place: Path) -> None:
    folder = place / "outputs"
    (folder / "kept" / "deep").mkdir(parents=True)
    (folder / "kept" / "deep" / "file").write_text("text")
    before, sink = shown(folder), Parts()
    backup_folders.dump(folder, sink, lambda *_: None)
    for turn in range(2):
        (folder / "kept" / "deep").chmod(0o555)
        (folder / "kept").chmod(0o555)
        backup_folders.stage(folder, f"token{turn}", sink.kept, lambda *_: None)
        backup_folders.finish(folder, f"token{turn}")
        assert shown(folder) == before


def test_a_read_only_folder_gives_way() -> None:
    as_somebody(restored_twice)
