"""What `make backup`, `make restore` and `make verify-backup` do beside the database: in the notebook's environment.

It knows the way to the database, with the application's own rights. A request comes as a line of JSON through standard
input, and behind it a backup where there is one; a backup goes out, or an answer as a line of JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy.exc import DBAPIError

import backup_finishing
import backup_folders
import backup_reading
import backup_sqlite
import backup_writing
from backup_archive import Manifest, RefusedError, Split, Writer, parts
from backup_definitions import Definition
from backup_mysql import TODO, connected, present, rows_of
from backup_progress import Progress
from persistence import PersistenceError
from persistence.dialect import own_name
from persistence.refusals import explain
from persistence.server import Server
from persistence.settings import PROJECT, Settings

IMPLIED = re.compile(r" CHARACTER SET \w+ COLLATE ")
UNPACKED = ".unpacked-"


class Nowhere:
    """A sink that keeps nothing."""

    def add(self, name: str, data: bytes, **known: object) -> None:
        """Drop the part."""


def dump(settings: Settings, request: Manifest, out: IO[bytes]) -> None:
    """Write a backup."""
    writer = Writer(out)
    with Progress("read") as say:
        if settings.database == "sqlite":
            found = backup_sqlite.dump(settings.path, writer, say)
        else:
            found = backup_reading.dump(Server(settings), writer, say)
        folders = [backup_folders.dump(PROJECT / name, writer, say) for name in request["folders"]]
    writer.close({**request["about"], **found, "folders": folders})


def state(settings: Settings) -> Manifest:
    """Return which tables and views there are, and whether an interrupted restore has something left to do."""
    if settings.database == "sqlite":
        found: list[str] = []
        if settings.path.exists():
            with closing(backup_sqlite.connect(settings.path)) as database:
                found = backup_sqlite.tables(database)
        version = sqlite3.sqlite_version
    else:
        with connected(Server(settings)) as connection:
            found = list(present(connection))
            version = rows_of(connection, "SELECT VERSION()")[0][0]
    tables = [name for name in found if name != TODO]
    return {"database": settings.database, "server": version, "tables": tables, "unfinished": TODO in found}


def restore(settings: Settings, manifest: Manifest, stream: IO[bytes]) -> list[str]:
    """Replace what there is by a backup, or change nothing; return what could not be made."""
    finish(settings)
    found, token = Split(parts(stream, manifest)), own_name()

    def left() -> Manifest:
        """Unpack the folders, the last thing that may fail."""
        for folder in manifest["folders"]:
            backup_folders.stage(PROJECT / folder["name"], token, found.of(folder["name"]), say)
        return {"folders": {folder["name"]: token for folder in manifest["folders"]}}

    with Progress("written") as say:
        try:
            if settings.database == "sqlite":
                _restore_file(settings.path, manifest, found, left, say)
            else:
                backup_writing.restore(Server(settings), manifest, found.of(None), say, left)
        except BaseException:
            with suppress(PersistenceError, DBAPIError, sqlite3.Error, OSError):
                if _unfinished(settings) is None:
                    print("Nothing was changed:", file=sys.stderr)
                    for folder in manifest["folders"]:
                        shutil.rmtree(PROJECT / folder["name"] / f"{backup_folders.BESIDE}{token}", ignore_errors=True)
            raise
    return finish(settings)


def _restore_file(path: Path, manifest: Manifest, found: Split, left: Callable[[], Manifest], say: Progress) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for dead in path.parent.glob(f"{UNPACKED}*"):
        shutil.rmtree(dead)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=UNPACKED) as folder:
        new = Path(folder) / path.name
        backup_sqlite.unpack(new, manifest, found.of(None), say)
        backup_sqlite.replace(new, path, left())


def _unfinished(settings: Settings) -> Manifest | None:
    if settings.database == "sqlite":
        return backup_sqlite.unfinished(settings.path)
    return backup_finishing.unfinished(Server(settings))


def finish(settings: Settings) -> list[str]:
    """Do what an interrupted restore has left to do; return what could not be made."""
    left = _unfinished(settings)
    if left is None:
        return []
    refused = [] if settings.database == "sqlite" else backup_finishing.finish(Server(settings), left)
    for name, token in left["folders"].items():
        backup_folders.finish(PROJECT / name, token)
    if settings.database == "sqlite":
        backup_sqlite.finished(settings.path)
    else:
        backup_finishing.finished(Server(settings))
    return refused


def verify(settings: Settings, manifest: Manifest, stream: IO[bytes]) -> list[str]:
    """Restore a backup where nothing is, and compare; return a line for each difference."""
    found = Split(parts(stream, manifest))
    with Progress("compared") as say:
        if settings.database == "sqlite":
            with tempfile.TemporaryDirectory() as folder:
                backup_sqlite.unpack(Path(folder) / settings.path.name, manifest, found.of(None), say)
            said = []
        else:
            said = _verify_server(Server(settings), manifest, found, say)
        for folder in manifest["folders"]:
            files = backup_folders.check(found.of(folder["name"]))
            if files != folder["files"]:
                said.append(f"{folder['name']} has {files} files instead of {folder['files']}")
    return said


def _verify_server(server: Server, manifest: Manifest, found: Split, say: Progress) -> list[str]:
    with connected(server) as connection:
        if present(connection):
            raise RefusedError("the server to verify with holds tables already, so that nothing was restored there")
    backup_writing.restore(server, manifest, found.of(None), say, lambda: {"folders": {}})
    left = backup_finishing.unfinished(server) or {}
    said = backup_finishing.finish(server, left)
    backup_finishing.finished(server)
    return said + differences(manifest, backup_reading.dump(server, Nowhere(), say))


def differences(one: Manifest, other: Manifest) -> list[str]:
    """Return a line for each table or other object that differs between two manifests."""
    said = []
    for kind, described in (("tables", _table), ("objects", _object)):
        before, after = (dict(map(described, manifest[kind])) for manifest in (one, other))
        said += [f"{name} differs" for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return sorted(said)


def _table(table: Manifest) -> tuple[str, Any]:
    # A server that was told a column's collation prints the character set too, which the collation implies.
    definition = Definition.parsed(IMPLIED.sub(" COLLATE ", table["create"]))
    return f"table {table['name']}", (table["rows"], table["sha256"], sorted(definition.lines), definition.options)


def _object(one: Manifest) -> tuple[str, Any]:
    return f"{one['kind'].lower()} {one['name']}", one


def main(command: str) -> None:
    """Do what is asked for; the answer goes to what is standard output at the start, and nothing else does."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    settings = Settings.read()
    stream = sys.stdin.buffer
    if command == "dump":
        dump(settings, request, out)
    else:
        answers: dict[str, Callable[[], Any]] = {
            "state": lambda: state(settings),
            "restore": lambda: restore(settings, request["manifest"], stream),
            "finish": lambda: finish(settings),
            "verify": lambda: verify(settings, request["manifest"], stream),
        }
        out.write(json.dumps(answers[command]()).encode())
    out.close()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (RefusedError, PersistenceError, OSError, sqlite3.Error) as error:
        sys.exit(str(error))
    except DBAPIError as error:
        sys.exit(str(explain(error, Settings.read())))
