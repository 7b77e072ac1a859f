# ruff: noqa: S608 - names are quoted
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
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from backup_archive import Manifest, RefusedError, digest
from backup_definitions import Definition, quote
from backup_loading import Target
from backup_mysql import CHANGED, TODO, connected, drop, number_of, present, rows_of, run
from persistence import infile, lanes
from persistence.dialect import RESERVED, own_name
from persistence.errors import PersistenceError
from persistence.loading import literal
from persistence.mysql import MySQL
from persistence.refusals import refusal
from persistence.server import Server

TRIES = 10
Say = Callable[[str, int], object]
Part = dict[str, Any]


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
