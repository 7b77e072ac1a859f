"""A folder's part of a backup: files, links to files, folders and nothing, and hard links come back; none leads out."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backup_files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has neither such links nor such modes")
KILLED = "killed here"


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


def packed(folder: Path) -> bytes:
    stream = io.BytesIO()
    backup_files.pack(folder, None, stream)
    return stream.getvalue()


def restored(folder: Path, archive: bytes) -> None:
    backup_files.unpack(folder, io.BytesIO(archive))
    backup_files.swap(folder)


def filled(folder: Path) -> dict[str, str]:
    """Fill a folder with what a folder may hold."""
    (folder / "deep").mkdir(parents=True)
    (folder / "file").write_text("text")
    (folder / "deep" / "to_file").symlink_to("../file")
    (folder / "to_folder").symlink_to("deep")
    (folder / "to_nothing").symlink_to("gone")
    (folder / "to_elsewhere").symlink_to("/home/jovyan/work/data")
    os.link(folder / "file", folder / "same")
    (folder / "script").write_text("text")
    (folder / "script").chmod(0o775)
    (folder / "deep").chmod(0o2775)
    return shown(folder)


def test_links_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "outputs"
    before = filled(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(folder)  # a socket's path is short
        listener.bind("socket")
    os.mkfifo(folder / "fifo")
    archive = packed(folder)
    (folder / "fifo").unlink()
    (folder / "file").write_text("other")
    (folder / "later").write_text("later")
    restored(folder, archive)
    assert shown(folder) == before
    modes = [(folder / name).stat().st_mode & 0o7777 for name in ("script", "deep")]
    assert modes == [0o775, 0o2775]


def swapped_and_killed(folder: Path, left: int) -> None:
    """Swap a folder until so many names have changed."""
    rename = Path.rename

    def dying(path: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise RuntimeError(KILLED)
        return rename(path, target)

    with pytest.MonkeyPatch.context() as patch, suppress(RuntimeError):
        patch.setattr(Path, "rename", dying)
        backup_files.swap(folder)


@settings(deadline=None)
@given(moment=st.integers(0, 30), again=st.integers(0, 30))
def test_a_killed_swap_is_done_again(moment: int, again: int) -> None:
    """Killed at two moments, each before a name changes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "outputs")
        before = filled(folder)
        archive = packed(folder)
        for path in list(folder.iterdir()):
            path.rename(folder / f"old_{path.name}")
        backup_files.unpack(folder, io.BytesIO(archive))
        for left in (moment, again, 1000):
            swapped_and_killed(folder, left)
        assert shown(folder) == before


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
    before, archive = shown(folder), packed(folder)
    for _ in range(2):
        (folder / "kept" / "deep").chmod(0o555)
        (folder / "kept").chmod(0o555)
        restored(folder, archive)
        assert shown(folder) == before


def test_a_read_only_folder_gives_way() -> None:
    as_somebody(restored_twice)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.type, one.linkname, one.mode = kind, link, mode
    one.size = 4 if kind == tarfile.REGTYPE else 0
    return one


@pytest.mark.parametrize(
    "members",
    [
        [member("../outside")],
        [member("out", tarfile.SYMTYPE, "../.."), member("out/outside")],
        [member("out", tarfile.SYMTYPE, "{outside}"), member("out/outside")],
        [member("out", tarfile.SYMTYPE, "{outside}/outside"), member("out")],
        [member("a", tarfile.SYMTYPE, "."), member("b", tarfile.SYMTYPE, "a/.."), member("b/../outside")],
        [member("out", tarfile.LNKTYPE, "../../outside")],
        [member("device", tarfile.CHRTYPE)],
        [member("fifo", tarfile.FIFOTYPE)],
        [member(".restored-old/file")],
        [member("./.restoring-moving/file")],
        [member("/.restoring-moving/file")],
        [member("folder/../.restored-old/file")],
        [member("database.sqlite")],
        [member("./database.sqlite")],
    ],
)
def test_what_leads_outside_is_refused_and_changes_nothing(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    folder, outside = tmp_path / "work" / "outputs", tmp_path / "outside"
    outside.mkdir()
    before = filled(folder)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for one in members:
            one.linkname = one.linkname.replace("{outside}", str(outside))
            archive.addfile(one, io.BytesIO(b"evil") if one.isreg() else None)
    with pytest.raises((tarfile.TarError, OSError)):
        backup_files.unpack(folder, io.BytesIO(stream.getvalue()))
    assert list(outside.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside", "work"]
    backup_files.forget(folder)
    assert shown(folder) == before


def test_nobody_gets_rights_of_others(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(member("tool", mode=0o6755), io.BytesIO(b"evil"))
    restored(tmp_path, stream.getvalue())
    assert (tmp_path / "tool").stat().st_mode & 0o7777 == 0o755


def test_what_a_notebook_makes_meanwhile_gives_way(tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    before = filled(folder)
    archive = packed(folder)
    backup_files.unpack(folder, io.BytesIO(archive))
    swapped_and_killed(folder, 8)  # all that was there is away
    (folder / "deep").mkdir(exist_ok=True)
    (folder / "deep" / "later").write_text("later")
    backup_files.swap(folder)
    assert shown(folder) == before
