# ruff: noqa: ANN401, S608 - values of every type; names are quoted by `quote`, values bound
"""Rows into a table of a server: as files by LOAD DATA, or by statements where the server takes no files.

A file loads while the next is written. A table that nobody else sees yet is filled over two connections at once, each
file a transaction of its own; whatever others can see is written over one connection in one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from persistence import infile, lanes
from persistence.columns import Column
from persistence.errors import DatabaseError, PersistenceError, driver_error
from persistence.product import Product
from persistence.refusals import refusal
from persistence.server import Server

ROW = "_persistence_row"
"""The invisible primary key of a table without a key: the number of the row, in which order rows are read."""
NO_FILES = (1148, 2068, 3948, 4166)
"""Errors of a server, or of a client's library, that does not load local files."""
COLLISIONS = (1205, 1213)
"""Errors of two connections that insert the same keys, or one of which is rolled back: waiting for the other took too
long, deadlock. Alone, a key that exists already is a warning (MySQL 9.7 reference manual, "LOAD DATA Statement")."""
BATCH_ROWS = 2_000
BATCH_CHARACTERS = 2**21
"""Rows, and characters of text or bytes, in one INSERT: well below the server's max_allowed_packet of 64 MB."""
log = logging.getLogger("persistence")

File = tuple[infile.Batch, Path]


def quote(name: str) -> str:
    """Return a name as a quoted identifier (MySQL 9.7 reference manual, "Schema Object Names")."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """Return text as a string of SQL, in which backslashes escape on every connection of `Server`."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass(frozen=True)
class Target:
    """Where rows go.

    Attributes:
        product: the server.
        table: the table's name.
        stored: all its visible columns, in order.
        columns: those of which the rows have values, in the rows' order.
        new: whether nobody else sees the table yet.
        numbered: whether the rows' numbers are written too, to `ROW`.
    """

    product: Product
    table: str
    stored: list[Column]
    columns: list[Column]
    new: bool = False
    numbered: bool = False

    def loading(self) -> str:
        """Return what follows the file's name in LOAD DATA."""
        marks = {column.name: f"@field{number}" for number, column in enumerate(self.columns)}
        fields = {column.name: self._field(column, marks[column.name]) for column in self.columns}
        names = [marks[name] if field else quote(name) for name, field in fields.items()]
        values = [f"{quote(name)} = {field}" for name, field in fields.items() if field]
        listed = ", ".join([ROW, *names] if self.numbered else names)
        return f"INTO TABLE {quote(self.table)} {infile.FORMAT} ({listed})" + (
            f" SET {', '.join(values)}" if values else ""
        )

    def row(self) -> str:
        """Return the placeholders of one row for INSERT, which then names no column.

        The connector would take a ``%s`` in a column's name for a parameter.
        """
        given = {column.name for column in self.columns}
        return f"({', '.join(self._value(column) if column.name in given else 'DEFAULT' for column in self.stored)})"

    def _value(self, column: Column) -> str:
        """Return the placeholder of one value."""
        return self.product.from_wkb("%s", int(column.size)) if column.kind.name == "geometry" else "%s"

    def _field(self, column: Column, mark: str) -> str:
        """Return the expression for a field that is not the column's value as it stands; nothing for one that is."""
        if column.kind.name == "geometry":
            return self.product.from_wkb(f"UNHEX({mark})", int(column.size))
        if pa.types.is_large_binary(column.kind.wire):
            return f"UNHEX({mark})"
        # As text, the year 0 would be 2000.
        return f"CAST({mark} AS UNSIGNED)" if (column.declared or "").lower().startswith("year") else ""


class Loader:
    """Writes rows to the tables of one server."""

    def __init__(self, server: Server, another: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Prepare; `another` opens a further connection to write with."""
        self._server = server
        self._another = another
        self._takes_files = True

    def write(self, connection: Connection, target: Target, slices: Iterator[list[Any]]) -> None:
        """Write all rows. Without `target.new` nothing is committed."""
        batches = infile.batches(slices)
        first = next(batches, None)
        if first is None:
            return
        if not self._load_first(connection, target, first):
            for batch in chain([first], batches):
                _insert(connection, target, batch)
            return
        second = next(batches, None)
        if second is None:
            return
        files = ((batch, self._file(target, batch)) for batch in chain([second], batches))
        work = partial(_load_hidden if target.new else _load, target=target)
        with self._connections(connection, target.new) as connections:
            try:
                lanes.run(connections, files, work, lambda file: infile.remove(file[1]))
            except lanes.CollisionError as error:
                raise error.args[0] from None

    def _load_first(self, connection: Connection, target: Target, batch: infile.Batch) -> bool:
        """Load the first rows from a file and return true, or say once that files are not possible here."""
        if not self._takes_files:
            return False
        try:
            path = infile.write(self._server.folder(), batch, target.numbered)
        except infile.UnwritableError as error:
            return self._give_up_files(error, "mend the temporary folder (TMPDIR), and make a new Database")
        try:
            _load(connection, (batch, path), target)
            if target.new:
                connection.commit()
        except DBAPIError as error:
            cause = driver_error(error)
            told = cause.__cause__ or cause  # the connector puts words of its own before the server's 3948
            if getattr(told, "errno", None) not in NO_FILES:
                raise
            return self._give_up_files(told, "switch the server's local_infile on")
        finally:
            infile.remove(path)
        return True

    def _give_up_files(self, reason: BaseException, advice: str) -> bool:
        self._takes_files = False
        log.warning("writing by statements, several times slower than by files: %s; %s", str(reason), advice)
        return False

    def _file(self, target: Target, batch: infile.Batch) -> Path:
        """Write a later file, without which the rows before it are not kept either."""
        try:
            return infile.write(self._server.folder(), batch, target.numbered)
        except infile.UnwritableError as error:
            raise DatabaseError(
                f"nothing was saved: the temporary folder {self._server.folder()} takes no more files ({error}); "
                "free some space there, or set TMPDIR to a folder that has some"
            ) from None

    @contextmanager
    def _connections(self, connection: Connection, new: bool) -> Iterator[list[Connection]]:
        """Open a second connection for a new table, if the server allows one more."""
        with ExitStack() as stack:
            connections = [connection]
            if new:
                try:
                    connections.append(stack.enter_context(self._another()))
                except (DBAPIError, PersistenceError) as error:
                    log.info("writing over one connection: %s", error)
            yield connections


def _load(connection: Connection, file: File, target: Target) -> None:
    """Load one file.

    With LOCAL the server makes errors warnings and goes on, so each warning is an error here.
    """
    batch, path = file
    statement = f"LOAD DATA LOCAL INFILE {literal(path.as_posix())} {target.loading()}"
    result = connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    warning = connection.exec_driver_sql("SHOW WARNINGS LIMIT 1").first()
    if warning:
        raise refusal(warning[1], warning[2])
    if result.rowcount != len(batch):
        raise DatabaseError(
            f"{target.product.name} loaded {result.rowcount} rows of a file of {len(batch)}; run this again"
        )


def _load_hidden(connection: Connection, file: File, target: Target) -> None:
    """Load one file into a table that nobody else sees, as a transaction of its own.

    An error ends the transaction at once: what it has locked, the other connection would wait for, up to the
    server's innodb_lock_wait_timeout.
    """
    try:
        _load(connection, file, target)
        connection.commit()
    except DBAPIError as error:
        connection.rollback()
        if getattr(driver_error(error), "errno", None) in COLLISIONS:
            raise lanes.CollisionError(error) from error
        raise
    except DatabaseError:
        connection.rollback()
        raise


def _insert(connection: Connection, target: Target, batch: infile.Batch) -> None:
    """Insert rows by statements of many rows each."""
    order = {column.name: position for position, column in enumerate(target.columns)}
    positions = [order[column.name] for column in target.stored if column.name in order]
    rows = chain.from_iterable(
        zip(*(_cells(part[position]) for position in positions), strict=True) for part in batch.slices
    )
    for values, count in _batches(rows):
        marks = ", ".join([target.row()] * count)
        connection.exec_driver_sql(f"INSERT INTO {quote(target.table)} VALUES {marks}", tuple(values))


def _cells(values: Any) -> list[Any]:
    """Return an array's values for the connector; a negative zero as text, because a number in SQL loses its sign."""
    cells: list[Any] = values.to_pylist()
    if pa.types.is_floating(values.type):
        return ["-0e0" if value == 0 and str(value) == "-0.0" else value for value in cells]
    return cells


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[list[Any], int]]:
    """Yield the values of many rows in one list, and the number of rows, bounded in rows and characters."""
    values: list[Any] = []
    count = size = 0
    for row in rows:
        values.extend(row)
        count += 1
        size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
        if count == BATCH_ROWS or size >= BATCH_CHARACTERS:
            yield values, count
            values, count, size = [], 0, 0
    if count:
        yield values, count
