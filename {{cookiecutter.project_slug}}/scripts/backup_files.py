"""What backup.py runs in the notebook's container, as its user: folders and the SQLite file, as streams.

What is restored comes beside what is there, under names of its own. `load` and `swap` put it in place; they may be
killed, and are done again then.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

WORK = Path("/home/jovyan/work")
DATABASE, STAGED = "database.sqlite", ".restoring.sqlite"
NEW, MOVING, OLD = ".restoring-new", ".restoring-moving", ".restored-old"
OWN = (NEW, MOVING, OLD, STAGED, *(DATABASE + end for end in ("", "-journal", "-wal", "-shm")))
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY name"
LOCK_SECONDS = 60
PIECE = 2**20


def pack(top: Path, _: object, stdout: IO[bytes]) -> None:
    """Write a folder as a tar archive: files, folders and links, but for the database."""
    with tarfile.open(fileobj=stdout, mode="w|") as archive:
        for path in sorted(path for path in top.iterdir() if path.name not in OWN):
            archive.add(path, arcname=path.name, filter=lambda member: None if member.isdev() else member)


def safe(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    """Return a member as it may be unpacked: inside the folder, through no link, for no other user.

    A link may lead elsewhere, as it did; what would go through it is refused. Modes are what they were, but that a
    folder which its owner cannot write could not be filled.
    """
    parts = PurePosixPath(member.name.lstrip("/")).parts
    if ".." in parts or {*parts[:1]} & {*OWN} or member.issparse():
        raise tarfile.FilterError(f"{member.name!r} is nothing that a backup holds")
    checked = (tarfile.tar_filter if member.issym() else tarfile.data_filter)(member, path)
    mode = member.mode & 0o3777 | 0o700 if member.isdir() else member.mode & 0o777
    return checked.replace(mode=mode, deep=False)


def unpack(top: Path, stdin: IO[bytes], *_: object) -> None:
    """Unpack an archive beside what is there; refused where that could not be moved away."""
    for path in top.iterdir():
        others = path.is_dir() and not path.is_symlink() and path.stat().st_uid != os.getuid() and os.getuid() != 0
        if path.is_mount() or others:
            raise OSError(f"{path.name} is a mount or somebody else's folder, which cannot be replaced")
    for name in (NEW, OLD):
        remove(top / name)
    (top / NEW).mkdir()
    with tarfile.open(fileobj=stdin, mode="r|") as archive:
        for member in archive:
            archive.extract(member, top / NEW, filter=safe)
    while stdin.read(PIECE):  # what fills the archive's last block
        pass


def forget(top: Path, *_: object) -> None:
    """Remove what was unpacked and staged, since nothing is to come of it."""
    remove(top / NEW)
    (top / STAGED).unlink(missing_ok=True)


def swap(top: Path, *_: object) -> None:
    """Put what was unpacked in the place of what was there; its folder's name says how far that is."""
    if (top / NEW).exists():
        (top / OLD).mkdir(exist_ok=True)
        for path in [path for path in top.iterdir() if path.name not in OWN]:
            if path.is_dir() and not path.is_symlink():
                allow_changes(path)
            path.rename(top / OLD / path.name)
        (top / NEW).rename(top / MOVING)
    if (top / MOVING).exists():
        for path in list((top / MOVING).iterdir()):
            if (meanwhile := top / path.name).is_dir() and not meanwhile.is_symlink():  # a notebook has made it
                remove(meanwhile)
            path.rename(meanwhile)
        (top / MOVING).rmdir()
    remove(top / OLD)


def remove(folder: Path) -> None:
    """Remove a folder, whatever is in it."""
    if folder.exists():
        allow_changes(folder)
        shutil.rmtree(folder)


def allow_changes(path: Path) -> None:
    """Make folders writable, through no link: a read-only one can be neither emptied nor moved into another."""
    subprocess.run(["find", path, "-type", "d", "-exec", "chmod", "u+rwx", "{}", ";"], check=True)  # noqa: S603, S607


def connect(path: Path) -> closing[sqlite3.Connection]:
    """Open a database, waiting for others that hold a lock."""
    return closing(sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None))


def dump(top: Path, _: object, stdout: IO[bytes]) -> None:
    """Write the database as it is at one moment, and what is in it to standard error."""
    copy = Path(tempfile.mkdtemp(), DATABASE)
    copy.touch()
    with connect(top / DATABASE) as source, connect(copy) as target:
        source.backup(target)
    with copy.open("rb") as file:
        shutil.copyfileobj(file, stdout)
    look(copy.parent, None, sys.stderr.buffer)


def look(top: Path, _: object, stdout: IO[bytes], name: str = DATABASE) -> None:
    """Write what is in the database, as a manifest says it; raise where it is not whole."""
    with connect(top / name) as database:
        (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the database is damaged: {verdict}")
        tables = {}
        for (name,) in database.execute(TABLES).fetchall():
            quoted = '"' + name.replace('"', '""') + '"'
            tables[name] = {"rows": database.execute(f"SELECT COUNT(*) FROM {quoted}").fetchone()[0]}  # noqa: S608
    stdout.write(json.dumps({"server": "", "tables": tables, "objects": {}}).encode())


def stage(top: Path, stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Write a database beside what is there, and look into it."""
    with (top / STAGED).open("wb") as file:
        shutil.copyfileobj(stdin, file)
    look(top, stdin, stdout, STAGED)


def load(top: Path, *_: object) -> None:
    """Put what was staged into the database, in one transaction of SQLite's own, so that open notebooks see it."""

    def locked(status: int, *_: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise sqlite3.OperationalError(
                "a notebook holds a lock on the database: end its transaction, then make restore"
            )

    if (top / STAGED).exists():
        with connect(top / STAGED) as source, connect(top / DATABASE) as target:
            source.backup(target, progress=locked)
        (top / STAGED).unlink()


COMMANDS = {one.__name__: one for one in (pack, unpack, forget, swap, dump, look, stage, load)}


def main(command: str, folder: str) -> None:
    """Do what is asked for, without a folder in one that goes with the container; standard output is the answer."""
    top = WORK / folder if folder else Path(tempfile.mkdtemp())
    COMMANDS[command](top, sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, subprocess.SubprocessError, tarfile.TarError, sqlite3.Error, ValueError) as error:
        sys.exit(str(error))
