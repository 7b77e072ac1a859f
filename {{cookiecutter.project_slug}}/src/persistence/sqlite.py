# ruff: noqa: ANN401, S608 - values of every type; names are quoted by `quote`, values bound
"""The embedded database: one SQLite file, no server.

What SQL cannot say about the columns stands in a table of this package's own, `NOTES`. SQLite's DDL is transactional,
so a whole `save` is one transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from sqlalchemy import URL, Connection, create_engine, event

from persistence.columns import BY_SQL_TYPE, KIND, Column, encode
from persistence.convert import plain
from persistence.dialect import RESERVED, Check, Dialect, Slices
from persistence.errors import (
    ConnectionFailedError,
    DatabaseError,
    PersistenceError,
    UnsupportedValueError,
    UsageError,
    driver_error,
)
from persistence.settings import Settings

NOTES = f"{RESERVED}notes"
MARK = re.compile(rf"\(/\* ({RESERVED}\w+) \*/ ")
"""The name under which a table was built, in its CREATE TABLE, which SQLite keeps as it was written and edits for ALTER
TABLE. The notes go by it: a table that others make anew under the same name has none."""
LOCK_SECONDS = 30
MAX_INTEGER = 2**63 - 1
AFFINITY = (("INT", "int64"), ("CHAR", "text"), ("CLOB", "text"), ("TEXT", "text"), ("BLOB", "bytes"))
"""Kinds of columns made by others, by SQLite's rules of type affinity, where the type map does not know the name."""


class SQLite(Dialect):
    """An SQLite file."""

    quote_mark = '"'

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the file and its folder are created by the first connection."""
        self.path = settings.path
        self.engine = create_engine(
            URL.create("sqlite", database=str(settings.path)),
            connect_args={"timeout": LOCK_SECONDS},
            max_overflow=-1,
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", self._make_folder)
        event.listen(self.engine, "connect", _take_over_transactions)
        event.listen(self.engine, "begin", _begin)
        event.listen(self.engine, "invalidate", _roll_back)

    def _make_folder(self, *_: object) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConnectionFailedError(f"the folder {self.path.parent} cannot be made: {error.strerror}") from None

    def placeholder(self, key: str) -> str:
        """Return sqlite3's named placeholder."""
        return f":{key}"

    def parameter(self, value: Any) -> Any:
        """Return a value as the columns hold it."""
        value = super().parameter(value)
        if isinstance(value, int) and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            raise UsageError(f"the parameter {value} is too large: SQLite's integers end at 2**63 - 1")
        return plain(value)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one transaction in which a save happens."""
        with self.engine.connect().execution_options(persistence_writes=True) as connection, connection.begin():
            yield connection

    def tables(self, connection: Connection, surely: str = "") -> set[str]:
        """Return the names of tables and views."""
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
        return {name for (name,) in rows if not name.startswith((RESERVED, "sqlite_"))}

    def is_view(self, connection: Connection, table: str) -> bool:
        """Look it up in SQLite's catalogue."""
        return bool(
            connection.exec_driver_sql("SELECT 1 FROM sqlite_schema WHERE name = ? AND type = 'view'", (table,)).first()
        )

    def ignores_case(self, connection: Connection) -> bool:
        """Say yes: SQLite always does."""
        return True

    def hold(self, connection: Connection, table: str, writes: bool = False) -> None:
        """Leave it to the transaction, which sees nothing of what others write."""

    def check_writable(self, connection: Connection, table: str, upserts: bool) -> None:
        """Take every table: ON CONFLICT names the key, and all tables have transactions."""

    def describe(self, connection: Connection, table: str) -> tuple[list[Column], list[str]]:
        """Return the columns of a table and its key, from SQLite's catalogue and the notes."""
        notes = self._notes(connection, table)
        rows = connection.exec_driver_sql(
            "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,)
        ).all()
        shown = [row for row in rows if not row[0].startswith(RESERVED)]
        columns = [_column(name, declared, notes.get(name)) for name, declared, _ in shown]
        return columns, [name for name, _, pk in sorted(shown, key=lambda row: row[2]) if pk]

    def _notes(self, connection: Connection, table: str) -> dict[str, str]:
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE name IN (?, ?)", (table, NOTES))
        made: dict[str, str] = {name: text for name, text in found}
        mark = MARK.search(made.get(table) or "")
        if not mark or NOTES not in made:
            return {}
        rows = connection.exec_driver_sql(f"SELECT column_name, note FROM {NOTES} WHERE table_name = ?", (mark[1],))
        return {name: note for name, note in rows}

    def settle(self, connection: Connection, columns: list[Column], key: Sequence[str]) -> list[Column]:
        """Return the columns without capacities: SQLite has none."""
        return [Column(column.name, column.kind, None, column.note) for column in columns]

    def encode(self, column: Column, series: pd.Series, first_row: int) -> list[Any]:
        """Return the values as SQLite's five types."""
        values = encode(column, series, first_row)
        if column.kind.name in ("datetime", "date", "time", "decimal"):
            return [plain(value) for value in values]
        if column.kind.name == "uint64":
            for row, value in enumerate(values, first_row):
                if value is not None and value > MAX_INTEGER:
                    raise UnsupportedValueError(column.name, "SQLite's integers end at 2**63 - 1", row, value)
        return values

    def tidy(self, connection: Connection) -> None:
        """Leave it to SQLite: what a dead writer began is rolled back."""

    def create(
        self, connection: Connection, table: str, columns: list[Column], key: Sequence[str], temporary: bool
    ) -> None:
        """Create a table, and note what SQL cannot say about it."""
        parts = [
            f"{self.quote(column.name)} {column.declared or column.kind.sqlite}{' NOT NULL' * (column.name in key)}"
            for column in columns
        ]
        if key:
            parts.append(f"PRIMARY KEY ({self.quote_all(key)})")
        scope = "TEMPORARY " if temporary else ""
        mark = "" if temporary else f"/* {table} */ "
        connection.exec_driver_sql(f"CREATE {scope}TABLE {self.quote(table)} ({mark}{', '.join(parts)})")
        if temporary:
            return
        connection.exec_driver_sql(
            f"CREATE TABLE IF NOT EXISTS {NOTES}"
            " (table_name TEXT, column_name TEXT, note TEXT, PRIMARY KEY (table_name, column_name))"
        )
        connection.exec_driver_sql(
            f"INSERT INTO {NOTES} VALUES (?, ?, ?)", [(table, column.name, column.note_text()) for column in columns]
        )

    def fill(self, connection: Connection, table: str, columns: list[Column], keyed: bool, slices: Slices) -> None:
        """Insert rows, a slice a call."""
        self.append(connection, table, columns, columns, slices)

    def index(self, connection: Connection, table: str, columns: list[Column], rows: int) -> None:
        """Do without: SQLite has no spatial index."""

    def append(
        self, connection: Connection, table: str, stored: list[Column], columns: list[Column], slices: Slices
    ) -> None:
        """Insert rows, a slice a call."""
        names, marks = self.quote_all([column.name for column in columns]), ", ".join("?" * len(columns))
        for values in slices:
            rows = list(zip(*values, strict=True))
            connection.exec_driver_sql(f"INSERT INTO {self.quote(table)} ({names}) VALUES ({marks})", rows)

    def swap(self, connection: Connection, new: str, table: str, replace: bool) -> bool:
        """Drop the old table and rename the new one, within the transaction."""
        if replace:
            connection.exec_driver_sql(f"DROP TABLE {self.quote(table)}")
        connection.exec_driver_sql(f"ALTER TABLE {self.quote(new)} RENAME TO {self.quote(table)}")
        connection.exec_driver_sql(
            f"DELETE FROM {NOTES} WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE instr(sql, table_name))"
        )
        return True

    def discard(self, connection: Connection, new: str) -> None:
        """Leave it to the transaction, which is rolled back."""

    def merge(
        self, connection: Connection, staged: str, table: str, columns: list[Column], key: Sequence[str], check: Check
    ) -> None:
        """Insert the staged rows, or update where the key exists."""
        check()
        names = [column.name for column in columns]
        action = ""
        if key:
            updates = [f"{self.quote(name)} = excluded.{self.quote(name)}" for name in names if name not in key]
            action = f"ON CONFLICT ({self.quote_all(key)}) DO " + (
                f"UPDATE SET {', '.join(updates)}" if updates else "NOTHING"
            )
        connection.exec_driver_sql(
            f"INSERT INTO {self.quote(table)} ({self.quote_all(names)})"
            f" SELECT * FROM {self.quote(staged)} WHERE true ORDER BY rowid {action}"
        )

    def unstage(self, connection: Connection, staged: str) -> None:
        """Drop the temporary table."""
        connection.exec_driver_sql(f"DROP TABLE {self.quote(staged)}")

    def select(self, column: Column) -> str:
        """Return the quoted column."""
        return self.quote(column.name)

    def result_columns(self, description: Sequence[Sequence[Any]]) -> list[Column]:
        """Return the columns of a result, of which SQLite tells no more than the names."""
        return [Column(entry[0], KIND["bytes"]) for entry in description]

    def explain(self, error: BaseException) -> PersistenceError:
        """Return sqlite3's error with the file's name and what to do."""
        cause = driver_error(error)
        text = str(cause)
        if isinstance(cause, sqlite3.OperationalError) and "locked" in text:
            return DatabaseError(f"{self.path} is in use by another program; close it and run this again ({text})")
        if isinstance(cause, sqlite3.OperationalError) and ("unable to open" in text or "readonly" in text):
            return DatabaseError(f"{self.path} cannot be written; check the owner and mode of its folder ({text})")
        if isinstance(cause, sqlite3.IntegrityError) and "NOT NULL" in text:
            return DatabaseError(f"a column of the table that may not be NULL has no value; add it ({text})")
        if isinstance(cause, sqlite3.IntegrityError):
            return DatabaseError(f'a row of this key exists already; use if_exists="upsert" to update it ({text})')
        if "disk is full" in text:
            return DatabaseError(f"the disk that holds {self.path} is full; free some space")
        return DatabaseError(f"SQLite: {text}")


def _take_over_transactions(connection: Any, _: object) -> None:
    """Leave BEGIN to `_begin`: sqlite3 on its own does not begin before DDL, which would then not be rolled back."""
    connection.isolation_level = None
    connection.execute("PRAGMA legacy_alter_table = ON")  # a view of the table does not hinder renaming


def _roll_back(connection: Any, *_: object) -> None:
    """Roll back what was interrupted: closing alone keeps the file locked as long as a traceback keeps the cursor."""
    connection.rollback()


def _begin(connection: Connection) -> None:
    """Begin; writers ask for the lock at once, so that two of them wait instead of failing half-way.

    Who asked for AUTOCOMMIT, as JupySQL does, never ends a transaction, and would keep all writers waiting.
    """
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("persistence_writes") else "BEGIN")


def _column(name: str, declared: str, note: str | None) -> Column:
    """Return a column from its declaration, and from its note if it has one."""
    noted = Column.noted(name, note or "", declared)
    if noted:
        return noted
    bare = declared.upper().partition("(")[0].strip()
    found = next((kind for part, kind in AFFINITY if part in bare), "float")
    return Column(name, BY_SQL_TYPE.get(bare, KIND[found]), declared=declared)
