# ruff: noqa: ANN401 - buffers are of any type
"""Folders of the project as parts of a backup, and back: a tar archive, cut into pieces.

What comes back is unpacked beside what is there. Once the database is in place, names change: first the old ones go
away, then the new ones come, as a plan says that is written before; so it can be gone on with at any moment.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from backup_archive import Manifest, RefusedError

if TYPE_CHECKING:
    from backup_reading import Say, Sink

PIECE = 2**22
BESIDE, DONE = ".restoring-", ".restored-"
"""Names of the folder in which a restore works, before and after all is in its place."""
DATABASE = ("database.sqlite", "database.sqlite-journal", "database.sqlite-wal", "database.sqlite-shm")


class _Pieces(io.RawIOBase):
    """A file that goes to a sink in compressed pieces."""

    def __init__(self, sink: Sink, folder: str, say: Say) -> None:
        super().__init__()
        self._sink, self._folder, self._say = sink, folder, say
        self._waiting, self._number = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._waiting += data
        while len(self._waiting) >= PIECE:
            self._send(PIECE)
        return len(data)

    def close(self) -> None:
        if not self.closed and self._waiting:
            self._send(len(self._waiting))
        super().close()

    def _send(self, size: int) -> None:
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._number += 1
        data = pa.compress(piece, codec="zstd", asbytes=True)
        name = f"folders/{self._folder}/{self._number:06}.tar.zst"
        self._sink.add(name, data, folder=self._folder, raw=len(piece))
        self._say(self._folder, 0)


class _Joined(io.RawIOBase):
    """The pieces of a file, read as one."""

    def __init__(self, parts: Iterator[tuple[dict[str, Any], bytes]]) -> None:
        super().__init__()
        self._parts, self._waiting = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._waiting:
            part, data = next(self._parts, ({}, b""))
            self._waiting = pa.decompress(data, part["raw"], codec="zstd", asbytes=True) if data else b""
        given, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


@contextmanager
def _opened(parts: Iterable[tuple[dict[str, Any], bytes]]) -> Iterator[tarfile.TarFile]:
    """Open a folder's archive, and read its parts to their end: the last may hold the archive's padding alone.

    Raises:
        RefusedError: they are no such archive.
    """
    pieces = iter(parts)
    try:
        with tarfile.open(fileobj=_Joined(pieces), mode="r|") as archive:
            yield archive
    except tarfile.TarError as error:
        raise RefusedError(f"the backup holds a folder that cannot be read: {error}") from error
    for _ in pieces:
        pass


def dump(folder: Path, sink: Sink, say: Say) -> Manifest:
    """Write a folder to the sink, but for the database; return the number of its files.

    Raises:
        RefusedError: a file cannot be read, or was changed meanwhile.
    """
    files = 0
    with _Pieces(sink, folder.name, say) as pieces, tarfile.open(fileobj=pieces, mode="w|") as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if is_own(name.parts[0]):
                continue
            try:
                archive.add(path, arcname=name.as_posix(), recursive=False)
            except OSError as error:
                raise RefusedError(f"{folder.name}/{name} cannot be read, or changes meanwhile: {error}") from error
            files += path.is_symlink() or not (path.is_dir() or path.is_socket())  # no archive has sockets
            say(folder.name, 0)
    return {"name": folder.name, "files": files}


def is_own(name: str) -> bool:
    """Say whether a name at a folder's top is the database's, or a restore's own."""
    return name in DATABASE or name.startswith((BESIDE, DONE))


def check(parts: Iterable[tuple[dict[str, Any], bytes]]) -> int:
    """Read a folder's archive to its end; return the number of its files."""
    with _opened(parts) as archive:
        return sum(not member.isdir() for member in archive)


def stage(folder: Path, token: str, parts: Iterable[tuple[dict[str, Any], bytes]], say: Say) -> None:
    """Unpack a folder's archive beside what is there.

    Raises:
        RefusedError: a name leads elsewhere, or this is no archive.
        OSError: it cannot be written.
    """
    for dead in folder.glob(f"{BESIDE}*"):
        _remove(dead)
    new = folder / f"{BESIDE}{token}" / "new"
    new.mkdir(parents=True)
    with _opened(parts) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts:
                raise RefusedError(f"the backup holds {member.name!r}, which is outside of {folder.name}")
            if member.isdir():  # into a folder that is read-only nothing could be unpacked
                member = member.replace(mode=member.mode | 0o700, deep=False)
            archive.extract(member, new, filter="fully_trusted")  # our own; links may lead elsewhere
            say(folder.name, 0)


def finish(folder: Path, token: str) -> None:
    """Put what was unpacked in the place of what was there; for the first time, or where it was interrupted."""
    for done in folder.glob(f"{DONE}*"):
        _remove(done)
    work = folder / f"{BESIDE}{token}"
    if not work.exists():
        return
    old, new, plan = work / "old", work / "new", work / "plan.json"
    old.mkdir(exist_ok=True)
    if not plan.exists():
        names = [path.name for path in folder.iterdir() if not is_own(path.name)]
        draft = work / "draft.json"
        draft.write_text(json.dumps(names))
        draft.replace(plan)
    for name in json.loads(plan.read_text()):
        if not _is_there(old / name) and _is_there(folder / name):
            _allow_changes(folder / name)
            (folder / name).rename(old / name)
    for path in sorted(new.iterdir()):
        path.rename(folder / path.name)
    done = folder / f"{DONE}{token}"
    work.rename(done)
    _remove(done)


def _remove(folder: Path) -> None:
    """Remove a folder, be there read-only ones in it."""
    for place, names, _ in os.walk(folder):
        for name in names:
            _allow_changes(Path(place, name))
    shutil.rmtree(folder)


def _allow_changes(path: Path) -> None:
    """Make a folder of ours writable: a read-only one can be neither emptied nor moved into another."""
    if path.is_dir() and not path.is_symlink():
        with suppress(PermissionError):
            path.chmod(path.stat().st_mode | 0o700)


def _is_there(path: Path) -> bool:
    """Say whether there is such a name, be it a link that leads nowhere."""
    return path.is_symlink() or path.exists()
