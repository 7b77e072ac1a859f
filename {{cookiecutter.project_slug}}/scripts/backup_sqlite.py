# ruff: noqa: S608 - names are quoted
"""An SQLite file as parts of a backup, and back: its very bytes, read while nobody can write.

SQLite's own backup puts the new contents into the old file in one transaction, so that open notebooks see them too.
"""

from __future__ import annotations

import hashlib
import json
import marshal
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from backup_archive import Manifest, RefusedError
from backup_mysql import TODO
from backup_reading import Say, Sink

PIECE = 2**22
LOCK_SECONDS = 60
FETCHED = 10_000
"""Rows that are summed at a time; the checksums depend on it."""
MARSHAL = 2
"""The version of Python's format in which rows are summed, which no longer changes."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a database whose transactions are ours to begin and end."""
    return sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)


def quote(name: str) -> str:
    """Return a name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def dump(path: Path, sink: Sink, say: Say) -> Manifest:
    """Write the file to the sink as it is at one moment, and return what it holds; saving waits meanwhile.

    Raises:
        RefusedError: its changes may lie in another file (journal mode WAL).
        sqlite3.Error, OSError: it cannot be read.
    """
    found: Manifest = {"database": "sqlite", "server": sqlite3.sqlite_version, "name": path.name, "tables": []}
    if not path.exists():
        return found
    # The file is closed last: closing it would end the locks that this process holds on it.
    with path.open("rb") as raw, closing(connect(path)) as database:
        database.execute("BEGIN")
        if TODO in tables(database):
            raise RefusedError("a restore was interrupted at its very end: 'make restore' finishes it")
        if database.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            raise RefusedError(f"{path.name} is in WAL mode: run PRAGMA journal_mode = DELETE on it first")
        number = 0
        while piece := raw.read(PIECE):
            number += 1
            sink.add(f"database/{number:06}.zst", pa.compress(piece, codec="zstd", asbytes=True), raw=len(piece))
            say(path.name, 0)
        return {**found, "tables": [summed(database, name, say) for name in tables(database)]}


def tables(database: sqlite3.Connection) -> list[str]:
    """Return the names of the tables, the first read of a transaction."""
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite#_%' ESCAPE '#' ORDER BY name"
    return [name for (name,) in database.execute(sql)]


def summed(database: sqlite3.Connection, name: str, say: Say) -> Manifest:
    """Return a table's name, with the count and the checksum of its rows."""
    database.text_factory = bytes  # text need not be valid
    summed, rows = hashlib.sha256(), 0
    cursor = database.execute(f"SELECT * FROM {quote(name)} NOT INDEXED")
    while fetched := cursor.fetchmany(FETCHED):
        summed.update(marshal.dumps(fetched, MARSHAL))
        rows += len(fetched)
        say(name, len(fetched))
    say(name, 0)
    database.text_factory = str
    return {"name": name, "rows": rows, "sha256": summed.hexdigest()}


def unpack(path: Path, manifest: Manifest, parts: Iterable[tuple[dict[str, Any], bytes]], say: Say) -> None:
    """Write the database of a backup to a new file, and check that it is whole.

    Raises:
        RefusedError: its tables are not those of the manifest.
    """
    with path.open("wb") as file:
        for part, data in parts:
            file.write(pa.decompress(data, part["raw"], codec="zstd", asbytes=True))
    with closing(connect(path)) as database:
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        found = [summed(database, name, say) for name in tables(database)]
        if verdict != "ok" or found != manifest["tables"]:
            raise RefusedError(f"the unpacked database is not the one that was backed up ({verdict})")


def replace(new: Path, old: Path, left: Manifest) -> None:
    """Put the new file's contents into the old one, in one transaction, with the list of what is left to do.

    Raises:
        RefusedError: somebody holds a lock on the old file.
    """
    waited = 0

    def wait(status: int, remaining: int, total: int) -> None:
        nonlocal waited
        waited += status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if waited > LOCK_SECONDS:
            raise RefusedError("a notebook holds a lock on the database: end its transaction; nothing was changed")

    old.parent.mkdir(parents=True, exist_ok=True)
    with closing(connect(new)) as source, closing(connect(old)) as target:
        source.execute(f"CREATE TABLE {TODO} (todo TEXT NOT NULL)")
        source.execute(f"INSERT INTO {TODO} VALUES (?)", (json.dumps(left),))
        source.backup(target, progress=wait, sleep=1)


def unfinished(path: Path) -> Manifest | None:
    """Return what an interrupted restore has left to do."""
    if not path.exists():
        return None
    with closing(connect(path)) as database:
        if TODO not in tables(database):
            return None
        left: Manifest = json.loads(database.execute(f"SELECT todo FROM {TODO}").fetchone()[0])
        return left


def finished(path: Path) -> None:
    """Note that nothing is left to do."""
    with closing(connect(path)) as database:
        database.execute(f"DROP TABLE IF EXISTS {TODO}")
