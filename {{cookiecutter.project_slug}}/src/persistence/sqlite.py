# ruff: noqa: ANN401, S608 - values of every type; names are quoted by `quote`, values bound
"""The embedded database: one SQLite file, no server.

What SQL cannot say about the columns stands in a table of this package's own, `NOTES`. SQLite's DDL is transactional,
so a whole `save` is one transaction.
"""

from __future__ import annotations

import datetime as dt
import pickle
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
from sqlalchemy import URL, Connection, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from persistence import errors
from persistence.errors import DatabaseError, UnsupportedValueError, UsageError
from persistence.rows import Result, from_driver, noted, run
from persistence.settings import Settings
from persistence.types import BY_SQL_TYPE, KIND, RESERVED, Column, Target, quoted

NOTES = f"{RESERVED}notes"
MARK = re.compile(rf"\(/\* ({RESERVED}\w+) \*/ ")
"""The name under which a table was built, in its CREATE TABLE, which SQLite keeps as it was written and edits for ALTER
TABLE. The notes go by it: a table that others make anew under the same name has none."""
LOCK_SECONDS = 30
MAX_INTEGER = 2**63 - 1
AFFINITY = (("INT", "int64"), ("CHAR", "text"), ("CLOB", "text"), ("TEXT", "text"), ("BLOB", "bytes"), ("", "float"))
"""Kinds of columns made by others, by SQLite's rules of type affinity, where the type map does not know the name."""
SPOOL_BYTES = 2**24
"""What a query in parts keeps in memory of its rows; the rest waits in a temporary file."""
NO_ROWS = (
    "the statement returns no rows, and has been undone; use db.execute for one that changes rows, or use db.engine for"
    " statements that are not queries"
)
quote = partial(quoted, '"')


class SQLite:
    """An SQLite file."""

    failures = (DBAPIError,)
    quote = staticmethod(quote)
    exact = re.compile("", re.DOTALL)

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the file and its folder are created by the first connection."""
        self.path = settings.path
        self.engine = create_engine(
            URL.create("sqlite", database=str(settings.path)),
            connect_args={"timeout": LOCK_SECONDS},
            poolclass=NullPool,  # a forked process must not use its parent's connections, and new ones cost nothing
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", self._make_folder)
        event.listen(self.engine, "connect", _take_over_transactions)
        event.listen(self.engine, "begin", _begin)
        # Closing alone keeps the file locked as long as a traceback keeps the cursor of what was interrupted.
        event.listen(self.engine, "invalidate", lambda connection, *_: connection.rollback())

    def _make_folder(self, *_: object) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise errors.ConnectionFailedError(
                f"the folder {self.path.parent} cannot be made: {error.strerror}"
            ) from None

    def explain(self, error: BaseException) -> errors.PersistenceError:
        """Return sqlite3's error with the file's name and what to do."""
        text = str(errors.driver_error(error))
        advice = next(advice for part, advice in errors.SQLITE if part in text)
        return DatabaseError(advice.format(path=self.path, text=text))

    def parameter(self, value: Any) -> Any:
        """Return a value as the columns hold it: where SQLite has no type, text that sorts like the value."""
        if isinstance(value, int) and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            raise UsageError(f"the parameter {value} is too large: SQLite's integers end at 2**63 - 1")
        if isinstance(value, dt.datetime):
            return value.isoformat(" ", "microseconds")
        if isinstance(value, dt.time):
            return value.isoformat("microseconds")
        return str(value) if isinstance(value, (dt.date, Decimal)) else value

    @contextmanager
    def session(self, writes: bool = False) -> Iterator[Connection]:
        """Open a connection; one to write with is the one transaction in which a save happens."""
        with self.engine.connect().execution_options(persistence_writes=writes) as connection:
            yield connection
            if writes:
                connection.commit()

    # --- Reading

    @contextmanager
    def reading(
        self, connection: Connection, sql: str, values: Sequence[Any], rows: int | None = None
    ) -> Iterator[Result]:
        """Run a query and read what it returns; of a query in parts, all before the first, so that no writer waits."""
        found = run(connection, sql, *values)
        cursor = found.cursor
        if not found.returns_rows or cursor is None:
            connection.rollback()
            raise UsageError(NO_ROWS)
        description = cursor.description
        if rows is None:
            yield from_driver(description, cursor.fetchall())
            return
        columns = [Column(entry[0], KIND["bytes"], nullable=True) for entry in description]
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            pickle.dump(cursor.fetchmany(rows), spool)
            while part := cursor.fetchmany(rows):
                pickle.dump(part, spool)
            end = spool.tell()
            connection.commit()
            spool.seek(0)
            yield Result(columns, _unspooled(spool, end, description))

    def changing(self, connection: Connection, sql: str, values: Sequence[Any]) -> int:
        """Run a statement that is no query; return the number of rows that it changed."""
        found = run(connection, sql, *values)
        if found.returns_rows:
            connection.rollback()
            raise UsageError("the statement returns rows, and has been undone; use db.query")
        return max(int(found.rowcount), 0)

    select = staticmethod(lambda column: quote(column.name))
    ignores_case = staticmethod(lambda connection: True)

    def leave(self, *_: object, **__: object) -> None:
        """Leave it to SQLite: a transaction sees nothing of what others write and is undone when its writer fails.

        All tables have transactions, foreign keys go by names, ON CONFLICT names the key, no index is spatial.
        """

    hold = check = tidy = index = discard = leave

    # --- What is there

    def tables(self, connection: Connection, surely: str = "") -> set[str]:
        """Return the names of tables and views."""
        rows = run(connection, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
        return {name for (name,) in rows if not name.startswith((RESERVED, "sqlite_"))}

    def is_view(self, connection: Connection, table: str) -> bool:
        """Look it up in SQLite's catalogue."""
        found = run(connection, "SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'view'", table)
        return found.first() is not None

    def describe(self, connection: Connection, table: str) -> tuple[list[Column], list[str]]:
        """Return the columns of a table, in order, and the names of those of its primary key."""
        made = dict(run(connection, "SELECT name, sql FROM sqlite_schema WHERE name IN (?, ?)", table, NOTES).all())
        mark = MARK.search(made.get(table) or "")
        sql = f"SELECT column_name, note FROM {NOTES} WHERE table_name = ?"
        notes = dict(run(connection, sql, mark[1]).all()) if mark and NOTES in made else {}
        sql = 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) WHERE hidden <> 1'
        shown = [row for row in run(connection, sql, table) if not row[0].startswith(RESERVED)]
        key = [row[0] for row in sorted(shown, key=lambda row: row[4]) if row[4]]
        columns = []
        for name, declared, required, default, pk, hidden in shown:
            bare = declared.upper().partition("(")[0].strip()
            kind = BY_SQL_TYPE.get(bare) or KIND[next(kind for part, kind in AFFINITY if part in bare)]
            column = noted(name, notes.get(name, ""), declared) or Column(name, kind, declared=declared)
            numbered = len(key) == 1 and pk and declared.upper() == "INTEGER"  # the number of the row
            given = bool(not required or default is not None or numbered or hidden)
            required = bool(required and not numbered)
            columns.append(replace(column, required=required, default=given, computed=hidden > 1))
        return columns, key

    # --- Making a table

    def settle(self, connection: Connection, columns: list[Column], key: Sequence[str]) -> list[Column]:
        """Return the columns without capacities: SQLite has none."""
        return [replace(column, size=None) for column in columns]

    def create(
        self, connection: Connection, table: str, columns: list[Column], key: Sequence[str], temporary: bool = False
    ) -> None:
        """Create a table, and note what SQL cannot say about it."""
        parts = [
            f"{quote(column.name)} {column.declared or column.kind.sqlite}{' NOT NULL' * (column.name in key)}"
            for column in columns
        ]
        parts += [f"PRIMARY KEY ({quote(*key)})"] if key else []
        if temporary:
            run(connection, f"CREATE TEMPORARY TABLE {quote(table)} ({', '.join(parts)})")
            return
        run(connection, f"CREATE TABLE {quote(table)} (/* {table} */ {', '.join(parts)})")
        names = "table_name TEXT, column_name TEXT, note TEXT, PRIMARY KEY (table_name, column_name)"
        run(connection, f"CREATE TABLE IF NOT EXISTS {NOTES} ({names})")
        notes = [(table, column.name, column.note_text()) for column in columns]
        connection.exec_driver_sql(f"INSERT INTO {NOTES} VALUES (?, ?, ?)", notes)

    def swap(self, connection: Connection, new: str, table: str, replace: bool) -> bool:
        """Drop the old table and rename the new one, within the transaction."""
        if replace:
            run(connection, f"DROP TABLE {quote(table)}")
        run(connection, f"ALTER TABLE {quote(new)} RENAME TO {quote(table)}")
        self._forget(connection)
        return True

    def _forget(self, connection: Connection) -> None:
        """Remove the notes of tables that are gone."""
        there = "SELECT 1 FROM sqlite_schema WHERE instr(sql, table_name)"
        run(connection, f"DELETE FROM {NOTES} WHERE NOT EXISTS ({there})")

    def drop(self, connection: Connection, table: str, view: bool) -> None:
        """Drop a table or a view."""
        run(connection, f"DROP {'VIEW' if view else 'TABLE'} {quote(table)}")
        if run(connection, "SELECT 1 FROM sqlite_schema WHERE name = ?", NOTES).first():
            self._forget(connection)

    # --- Rows

    def write(
        self, connection: Connection, table: str, columns: list[Column], slices: Iterator[list[Any]], **_: bool
    ) -> None:
        """Insert rows, a slice a call."""
        names, marks, first_row = quote(*(column.name for column in columns)), ", ".join("?" * len(columns)), 0
        for part in slices:
            cells = [_cells(column, values, first_row) for column, values in zip(columns, part, strict=True)]
            rows = list(zip(*cells, strict=True))
            connection.exec_driver_sql(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", rows)
            first_row += len(rows)

    def merge(self, connection: Connection, staged: str, target: Target) -> None:
        """Insert the staged rows, or update where the key exists; drop the temporary table in which they were."""
        target.hold()
        names = [column.name for column in target.columns]
        updates = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in names if name not in target.key)
        action = f"UPDATE SET {updates}" if updates else "NOTHING"
        sql = (
            f"INSERT INTO {quote(target.table)} ({quote(*names)})"
            f" SELECT * FROM {quote(staged)} WHERE true ORDER BY rowid"
        )
        run(connection, sql + (f" ON CONFLICT ({quote(*target.key)}) DO {action}" if target.key else ""))
        run(connection, f"DROP TABLE {quote(staged)}")


def _unspooled(spool: Any, end: int, description: Sequence[Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield the batches of rows that were put by; at least one."""
    while spool.tell() < end:
        yield from from_driver(description, pickle.load(spool)).batches  # noqa: S301 - this process's own


def _cells(column: Column, values: Any, first_row: int) -> list[Any]:
    """Return an Arrow array's values as SQLite's five types: times as text that sorts like them."""
    if pa.types.is_temporal(values.type):
        values = values.cast(pa.string())
    cells: list[Any] = values.to_pylist()
    if column.kind.name == "uint64":
        for row, value in enumerate(cells, first_row):
            if value is not None and value > MAX_INTEGER:
                raise UnsupportedValueError(column.name, "SQLite's integers end at 2**63 - 1", row, value)
    return cells


def _take_over_transactions(connection: Any, _: object) -> None:
    """Leave BEGIN to `_begin`: sqlite3 on its own does not begin before DDL, which would then not be rolled back."""
    connection.isolation_level = None
    connection.execute("PRAGMA legacy_alter_table = ON")  # a view of the table does not hinder renaming


def _begin(connection: Connection) -> None:
    """Begin; writers ask for the lock at once, so that two of them wait instead of failing half-way.

    Who asked for AUTOCOMMIT, as JupySQL does, never ends a transaction, and would keep all writers waiting.
    """
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("persistence_writes") else "BEGIN")
