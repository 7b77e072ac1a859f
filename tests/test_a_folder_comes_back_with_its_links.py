"""A folder's part of a backup: files, links to files, folders and nothing, and hard links come back and are counted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import backup_folders


class Parts:
    """A sink that keeps what it is given, as a backup's parts."""

    def __init__(self) -> None:
        self.kept: list[tuple[dict[str, Any], bytes]] = []

    def add(self, name: str, data: bytes, **known: object) -> None:
        self.kept.append(({"name": name, **known}, data))


def shown(folder: Path) -> dict[str, str]:
    """Return what each name below a folder is."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = f"link to {path.readlink()}" if path.is_symlink() else "folder" if path.is_dir() else path.read_text()
        found[path.relative_to(folder).as_posix()] = kind
    return found


def test_links_come_back_and_count_as_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    (folder / "deep").mkdir(parents=True)
    (folder / "file").write_text("text")
    (folder / "deep" / "to_file").symlink_to("../file")
    (folder / "to_folder").symlink_to("deep")
    (folder / "to_nothing").symlink_to("gone")
    os.link(folder / "file", folder / "same")
    before, sink = shown(folder), Parts()
    files = backup_folders.dump(folder, sink, lambda *_: None)["files"]
    assert files == 5
    assert backup_folders.check(sink.kept) == files
    (folder / "file").write_text("other")
    (folder / "later").write_text("later")
    backup_folders.stage(folder, "token", sink.kept, lambda *_: None)
    backup_folders.finish(folder, "token")
    assert shown(folder) == before
