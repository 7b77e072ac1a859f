# ruff: noqa: ANN401, S608 - the connector and Arrow ship no types; names are quoted
"""A MySQL or MariaDB database out of a backup, all or nothing, with the rights of the application's own user.

The rows go to tables that nobody sees. One RENAME TABLE puts all of them in place, and with them a table of what is
left to do: who is killed before leaves the old tables, who is killed after leaves the new ones and the list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from backup_archive import Manifest, RefusedError, digest
from backup_definitions import Definition, quote
from backup_mysql import CHANGED, OBJECTS, SESSION, TODO, connected, named, number_of, present, rows_of, run
from persistence import infile, lanes
from persistence.dialect import RESERVED, own_name
from persistence.errors import PersistenceError, driver_error
from persistence.loading import NO_FILES, literal
from persistence.mysql import MySQL
from persistence.refusals import refusal
from persistence.server import Server

WRITTEN = {"whole": "CAST({} AS UNSIGNED)", "bytes": "UNHEX({})"}
"""What is stored for a field that is not the value as it stands, by its kind (see `backup_reading.READ`)."""
TRIES = 10
STATEMENT_CHARACTERS = 2**20
Say = Callable[[str, int], object]
Part = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A table to fill, and of each of its columns the kind of field."""

    table: str
    columns: dict[str, str]

    def load(self, connection: Connection, path: Path) -> int:
        """Load a file's rows, by statements where the server takes no files; return how many it took."""
        marks = {name: f"@field{number}" for number, name in enumerate(self.columns) if self.columns[name] in WRITTEN}
        fields = ", ".join(marks.get(name) or quote(name) for name in self.columns)
        values = [f"{quote(name)} = {WRITTEN[self.columns[name]].format(mark)}" for name, mark in marks.items()]
        statement = (
            f"LOAD DATA LOCAL INFILE {literal(path.as_posix())} INTO TABLE {quote(self.table)}"
            f" {infile.FORMAT} ({fields})" + (f" SET {', '.join(values)}" if values else "")
        )
        try:
            return int(run(connection, statement).rowcount)
        except DBAPIError as error:
            cause = driver_error(error)
            told = cause.__cause__ or cause  # the connector puts words of its own before the server's 3948
            if getattr(told, "errno", None) not in NO_FILES:
                raise
        return self._insert(connection, path)

    def _insert(self, connection: Connection, path: Path) -> int:
        """Insert a file's rows by statements of about a megabyte."""
        into = f"INSERT INTO {quote(self.table)} ({', '.join(map(quote, self.columns))}) VALUES "
        shapes = [WRITTEN.get(kind, "{}") for kind in self.columns.values()]
        columns = [column.to_pylist() for column in _parsed(path, list(self.columns)).columns]
        waiting: list[str] = []
        size = 0
        for row in zip(*columns, strict=True):
            written = (_value(shape, value) for shape, value in zip(shapes, row, strict=True))
            waiting.append(f"({', '.join(written)})")
            size += len(waiting[-1])
            if size > STATEMENT_CHARACTERS:
                run(connection, into + ", ".join(waiting))
                waiting, size = [], 0
        if waiting:
            run(connection, into + ", ".join(waiting))
        return len(columns[0])


def _parsed(path: Path, names: list[str]) -> Any:
    """Return a file's rows as an Arrow table of texts."""
    reading = csv.ReadOptions(column_names=names, block_size=path.stat().st_size + 1)
    parsing = csv.ParseOptions(double_quote=True, newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=["NULL"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return csv.read_csv(BytesIO(path.read_bytes()), reading, parsing, converting)


def _value(shape: str, value: str | None) -> str:
    return "NULL" if value is None else shape.replace("{}", literal(value))


@dataclass
class Build:
    """The tables of a backup, built under names that nobody sees.

    Attributes:
        server: where to write.
        connection: the connection that holds the lock.
        manifest: what the backup holds.
        token: with what the names begin; the helper package drops tables whose token nobody locks.
    """

    server: Server
    connection: Connection
    manifest: Manifest
    token: str = field(default_factory=own_name)

    def fill(self, parts: Iterable[tuple[Part, bytes]], say: Say) -> None:
        """Build the tables: rows first, over two connections, then the indexes."""
        _lock(self.connection, self.token)
        tables = self.manifest["tables"]
        for number, table in enumerate(tables):
            run(self.connection, Definition.parsed(table["create"]).building(self._unseen(number)))
        numbers = {table["name"]: number for number, table in enumerate(tables)}
        with connected(self.server) as second:
            for name, own in groupby(parts, key=lambda item: item[0]["table"]):
                number = numbers[name]
                # Without a key, rows lie in the order in which they come.
                several = [self.connection, second] if tables[number]["keyed"] else [self.connection]
                work = partial(_load, Target(self._unseen(number), tables[number]["columns"]), say)
                lanes.run(several, ((part, self._file(part, data)) for part, data in own), work, _drop)
        for number, table in enumerate(tables):
            indexes = Definition.parsed(table["create"]).indexes()
            if indexes:
                say(f"{table['name']}: its indexes", 0)
                self._index(number, indexes)

    def swap(self, left: Manifest) -> None:
        """Put the tables in place and take away what was there, all at once; `left` is noted as what is left to do."""
        listed = f"{self.token}_todo"
        todo = {"token": self.token, "objects": self.manifest["objects"], "constraints": self._constraints(), **left}
        run(self.connection, f"CREATE TABLE {quote(listed)} (todo LONGTEXT NOT NULL) CHARACTER SET utf8mb4")
        run(self.connection, f"INSERT INTO {quote(listed)} VALUES ({literal(json.dumps(todo))})")
        self.connection.commit()
        new = [(self._unseen(number), table["name"]) for number, table in enumerate(self.manifest["tables"])]
        for attempt in range(TRIES):
            self.connection.rollback()
            old = [(name, f"{self.token}_old{number}") for number, name in enumerate(present(self.connection))]
            moves = [f"{quote(here)} TO {quote(there)}" for here, there in [*old, *new, (listed, TODO)]]
            try:
                run(self.connection, f"RENAME TABLE {', '.join(moves)}")
            except DBAPIError as error:
                if number_of(error) not in CHANGED or attempt == TRIES - 1:
                    raise
            else:
                return

    def _unseen(self, number: int) -> str:
        return f"{self.token}_{number}"

    def _file(self, part: Part, data: bytes) -> Path:
        """Write the lines of a part where the server may fetch them."""
        path = Path(self.server.folder(), part["name"].replace("/", "_"))
        path.write_bytes(pa.decompress(data, part["raw"], codec="zstd", asbytes=True))
        return path

    def _index(self, number: int, indexes: list[str]) -> None:
        """Add the indexes together, but for full text, of which InnoDB makes one at a time."""
        single = [line for line in indexes if line.startswith("FULLTEXT")]
        together = ", ".join(f"ADD {line}" for line in indexes if line not in single)
        for added in [together] * bool(together) + [f"ADD {line}" for line in single]:
            run(self.connection, f"ALTER TABLE {quote(self._unseen(number))} {added}")

    def _constraints(self) -> list[tuple[str, str, str]]:
        """Return table, quoted name and definition of each constraint."""
        return [
            (table["name"], name, line)
            for table in self.manifest["tables"]
            for line, name in Definition.parsed(table["create"]).constraints().items()
        ]


def _load(target: Target, say: Say, connection: Connection, item: tuple[Part, Path]) -> None:
    """Load one part; what the server would change is an error."""
    part, path = item
    loaded = target.load(connection, path)
    for _, number, words in rows_of(connection, "SHOW WARNINGS LIMIT 1"):
        raise refusal(number, f"{words} (table {part['table']})")
    if loaded != part["rows"]:
        raise RefusedError(f"the server took {loaded} of {part['rows']} rows of {part['table']}; nothing was changed")
    connection.commit()
    say(part["table"], loaded)


def _drop(item: tuple[Part, Path]) -> None:
    infile.remove(item[1])


def _lock(connection: Connection, name: str) -> None:
    if not rows_of(connection, f"SELECT GET_LOCK({literal(name)}, 0)")[0][0]:
        raise RefusedError("another restore runs on this database: wait for its end")


def restore(
    server: Server,
    manifest: Manifest,
    parts: Iterable[tuple[Part, bytes]],
    say: Say,
    left: Callable[[], Manifest],
) -> None:
    """Replace the tables and views by those of a backup, or change nothing; `finish` does the rest.

    Args:
        server: where to write.
        manifest: what the backup holds.
        parts: those of its tables.
        say: called with a table's name and the number of its rows that were written since the last call.
        left: called when all tables are built, to know what else is to be done once they are in place.

    Raises:
        RefusedError, PersistenceError, DBAPIError: it is not possible; what was there is as it was.
    """
    with connected(server) as connection:
        _lock(connection, f"{RESERVED}restore_{_mark(connection)}")
        MySQL(server.settings).tidy(connection)  # what an interrupted one left
        build = Build(server, connection, manifest)
        try:
            build.fill(parts, say)
            build.swap(left())
        except BaseException:
            with suppress(DBAPIError, PersistenceError), connected(server) as another:  # else the next one tidies up
                drop(another, build.token)
            raise


def _mark(connection: Connection) -> str:
    """Return a short mark of the database, whose name may be as long as a lock's."""
    return digest(rows_of(connection, "SELECT DATABASE()")[0][0].encode())[:16]


def drop(connection: Connection, start: str) -> None:
    """Drop the tables and views whose names begin so."""
    for name, kind in named(connection, start).items():
        run(connection, f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} IF EXISTS {quote(name)}")


def unfinished(server: Server) -> Manifest | None:
    """Return what an interrupted restore has left to do."""
    with connected(server) as connection:
        if TODO not in present(connection):
            return None
        left: Manifest = json.loads(rows_of(connection, f"SELECT todo FROM {TODO}")[0][0])
        return left


def finish(server: Server, left: Manifest) -> list[str]:
    """Do what is left when the new tables are in place, for the first time or again.

    Returns:
        What the server refused to make, in its words.
    """
    with connected(server) as connection:
        drop(connection, left["token"])
        for table, name, line in left["constraints"]:
            if not _has_constraint(connection, table, name):
                run(connection, f"ALTER TABLE {quote(table)} ADD {line}")
        for kind in ("PROCEDURE", "FUNCTION", "EVENT"):  # triggers went with the old tables
            for (name,) in rows_of(connection, OBJECTS[kind]):
                run(connection, f"DROP {kind} {quote(name)}")
        return _make(connection, left["objects"])


def finished(server: Server) -> None:
    """Note that nothing is left to do."""
    with connected(server) as connection:
        run(connection, f"DROP TABLE IF EXISTS {TODO}")


def _has_constraint(connection: Connection, table: str, name: str) -> bool:
    bare = name[1:-1].replace("``", "`")
    sql = (
        "SELECT 1 FROM information_schema.table_constraints WHERE table_schema = DATABASE()"
        f" AND table_name = {literal(table)} AND constraint_name = {literal(bare)}"
    )
    return bool(rows_of(connection, sql))


def _make(connection: Connection, objects: list[Manifest]) -> list[str]:
    """Make routines, views, triggers and events; return what the server refused.

    One may need another that comes later, as views do: what fails is tried again as long as that helps.
    """
    waiting = objects
    while waiting:
        refused: list[tuple[Manifest, str]] = []
        for one in waiting:
            try:
                _make_one(connection, one)
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                refused.append((one, f"{one['kind'].lower()} {one['name']}: {driver_error(error)}"))
        if len(refused) == len(waiting):
            return [words for _, words in refused]
        waiting = [one for one, _ in refused]
    return []


def _make_one(connection: Connection, one: Manifest) -> None:
    run(connection, f"DROP {one['kind']} IF EXISTS {quote(one['name'])}")
    for name in ("sql_mode", "time_zone"):
        if name in one:
            run(connection, f"SET SESSION {name} = {literal(one[name])}")
    try:
        run(connection, one["sql"])
    finally:
        run(connection, SESSION)
