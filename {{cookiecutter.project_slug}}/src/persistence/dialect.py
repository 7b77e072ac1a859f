# ruff: noqa: ANN401 - values of every type pass through here
"""What differs between the two databases. Nothing else in the package asks which one it is talking to."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like
from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError

from persistence.columns import Column
from persistence.errors import PersistenceError, UsageError, shorten
from persistence.reading import Result, cells

RESERVED = "_persistence_"
"""The prefix of this package's own tables, which `tables` does not list."""
MAX_NAME = 64
PARAMETER = re.compile(r"%\(([^)]+)\)s")
PARAMETERS = (str, bytes, bytearray, int, float, Decimal, dt.date, dt.time, type(pd.NaT))
"""The types of values that both drivers take; a datetime is a date."""
SURROGATE = re.compile("[\ud800-\udfff]")
NO_TEXT = "holds half a character (a surrogate), which no database stores; replace it"
DURATION = (
    'in a column that `save` made it is a number of microseconds: pass value // pd.Timedelta("1us");'
    ' for a TIME column of others, pass text such as "01:02:03"'
)

Slices = Iterator[list[Any]]
"""Rows, some thousands at a time: for each of their columns what `encode` returned."""
Check = Callable[[], object]
"""What holds a table and raises where that is not as it should be."""


class Dialect(ABC):
    """One database: its SQL, its types, its errors. A `table` is always a plain name, quoted here."""

    engine: Engine
    quote_mark: str
    failures: tuple[type[Exception], ...] = (DBAPIError,)
    """The exceptions that `explain` explains."""

    def quote(self, name: str) -> str:
        """Return a name as a quoted identifier."""
        return self.quote_mark + name.replace(self.quote_mark, self.quote_mark * 2) + self.quote_mark

    def quote_all(self, names: Sequence[str]) -> str:
        """Return names as a comma-separated list of quoted identifiers."""
        return ", ".join(map(self.quote, names))

    def bind(self, sql: str, params: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        """Return the SQL with this driver's placeholders for ``%(name)s``, and the values to bind.

        A list, or what is like one, becomes as many placeholders in parentheses, for ``IN``. Values are never put into
        SQL. Without `params` the SQL stays as it is.
        """
        if not isinstance(sql, str):
            raise UsageError(f"the SQL is {shorten(sql)}; it is text")
        if SURROGATE.search(sql):
            raise UsageError(f"the SQL {NO_TEXT}")
        if params is None:
            return sql, {}
        if not isinstance(params, Mapping):
            raise UsageError(f"params is {shorten(params)}; it is a dict of names and values")
        values: dict[str, Any] = {}

        def placeholder(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in params:
                raise UsageError(f"the SQL names %({name})s, but params has no {name!r}")
            value = params[name]
            if is_list_like(value) and not isinstance(value, Mapping):
                return "(" + (", ".join(bound(item) for item in value) or "NULL") + ")"
            return bound(value)

        def bound(value: Any) -> str:
            key = f"p{len(values)}"
            values[key] = self.parameter(value)
            return self.placeholder(key)

        return PARAMETER.sub(placeholder, sql), values

    def parameter(self, value: Any) -> Any:
        """Return a value in a form that the driver takes: NumPy's and pandas' as Python's, times with a zone as UTC.

        Raises:
            UsageError: it has no such form, or not one only.
        """
        if value is None or value is pd.NA or value is pd.NaT:
            return None
        if isinstance(value, (dt.timedelta, np.timedelta64)):
            raise UsageError(f"the parameter {shorten(value)} is a duration; {DURATION}")
        if isinstance(value, np.datetime64):
            value = pd.Timestamp(value)
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, pd.Timestamp):
            value = value.to_pydatetime()
        if not isinstance(value, PARAMETERS):
            raise UsageError(f"a parameter is {shorten(value)}; pass text, bytes, a number, a date or a time instead")
        if isinstance(value, str) and SURROGATE.search(value):
            raise UsageError(f"the parameter {shorten(value)} {NO_TEXT}")
        if isinstance(value, dt.time) and value.tzinfo:
            raise UsageError(f"the parameter {shorten(value)} has a zone but no date; pass it without, or a datetime")
        if isinstance(value, dt.datetime) and value.tzinfo:
            value = pd.Timestamp(value).tz_convert("UTC").tz_localize(None).to_pydatetime()
        return None if pd.isna(value) else value

    @contextmanager
    def reading(
        self, connection: Connection, sql: str, values: dict[str, Any], rows: int | None = None
    ) -> Iterator[Result | None]:
        """Run a bound statement and read what it returns, None where that is no rows.

        Args:
            connection: the connection; nothing else uses it meanwhile.
            sql: the statement.
            values: the values to bind.
            rows: how many rows a batch has; by default they are as many as suits.
        """
        found = self.execute(connection.execution_options(stream_results=True), sql, values)
        if not found.returns_rows or found.cursor is None:
            yield None
            return
        columns = [
            replace(column, nullable=rows is not None) for column in self.result_columns(found.cursor.description)
        ]
        yield Result(columns, _batches(found, len(columns), rows))

    def execute(self, connection: Connection, sql: str, values: dict[str, Any]) -> CursorResult[Any]:
        """Run a bound statement; without values the SQL reaches the server as it stands."""
        if not values:
            return connection.execution_options(no_parameters=True).exec_driver_sql(sql)
        return connection.exec_driver_sql(sql, values)

    @abstractmethod
    def placeholder(self, key: str) -> str:
        """Return the driver's named placeholder."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """Open a connection to write with; an error leaves every table as it was."""

    @abstractmethod
    def tables(self, connection: Connection, surely: str = "") -> set[str]:
        """Return the names of all tables and views, this package's own left out.

        A table that another writer is replacing may be missing for a moment, unless it is the one that is named.
        """

    @abstractmethod
    def is_view(self, connection: Connection, table: str) -> bool:
        """Say whether this is the name of a view."""

    @abstractmethod
    def ignores_case(self, connection: Connection) -> bool:
        """Say whether table names that differ in case alone are one name."""

    @abstractmethod
    def hold(self, connection: Connection, table: str, writes: bool = False) -> None:
        """Keep a table from being replaced or changed in shape until the connection's transaction ends.

        Who says that it `writes` can write to the table afterwards without waiting for another who wants to replace it.
        """

    @abstractmethod
    def check_writable(self, connection: Connection, table: str, upserts: bool) -> None:
        """Raise `UsageError` where rows cannot be written to a table all at once, or updated by its key alone."""

    @abstractmethod
    def describe(self, connection: Connection, table: str) -> tuple[list[Column], list[str]]:
        """Return the columns of a table, in order, and the names of those of its primary key."""

    @abstractmethod
    def settle(self, connection: Connection, columns: list[Column], key: Sequence[str]) -> list[Column]:
        """Return planned columns as this database can hold them."""

    @abstractmethod
    def encode(self, column: Column, series: pd.Series, first_row: int) -> Any:
        """Return the values as `insert` takes them; raise for one that would not come back equal."""

    @abstractmethod
    def tidy(self, connection: Connection) -> None:
        """Remove what writers that died have left."""

    @abstractmethod
    def create(
        self, connection: Connection, table: str, columns: list[Column], key: Sequence[str], temporary: bool
    ) -> None:
        """Create a table."""

    @abstractmethod
    def fill(self, connection: Connection, table: str, columns: list[Column], keyed: bool, slices: Slices) -> None:
        """Write rows to a table that `create` made and nobody else sees; an error may leave some there."""

    @abstractmethod
    def index(self, connection: Connection, table: str, columns: list[Column], rows: int) -> None:
        """Add the spatial indexes of a table of so many rows that nobody else sees yet."""

    @abstractmethod
    def append(
        self, connection: Connection, table: str, stored: list[Column], columns: list[Column], slices: Slices
    ) -> None:
        """Append rows to a table of which `stored` are the columns and `columns` those of the rows."""

    @abstractmethod
    def swap(self, connection: Connection, new: str, table: str, replace: bool) -> bool:
        """Give the finished table `new` its name, in one step instead of the one that has it now.

        Returns false, having done nothing, when meanwhile another writer has made the table, or removed it.
        """

    @abstractmethod
    def discard(self, connection: Connection, new: str) -> None:
        """Remove an unfinished table after an error."""

    @abstractmethod
    def merge(
        self, connection: Connection, staged: str, table: str, columns: list[Column], key: Sequence[str], check: Check
    ) -> None:
        """Append the staged rows to a table in one statement; with a key, update the rows that have it already.

        `check` is called first in the transaction.
        """

    @abstractmethod
    def unstage(self, connection: Connection, staged: str) -> None:
        """Remove a temporary table that `create` made."""

    @abstractmethod
    def select(self, column: Column) -> str:
        """Return the expression that reads a column."""

    @abstractmethod
    def result_columns(self, description: Sequence[Sequence[Any]]) -> list[Column]:
        """Return the columns of a query's result, from the cursor's description."""

    @abstractmethod
    def explain(self, error: BaseException) -> PersistenceError:
        """Return a driver's error as one that says what to do."""


def _batches(found: CursorResult[Any], width: int, size: int | None) -> Iterator[list[Any]]:
    """Yield a driver's rows as columns; at least one batch."""
    batch = found.fetchmany(size) if size else found.fetchall()
    while True:
        yield [cells(column) for column in zip(*batch, strict=True)] or [cells([])] * width
        batch = found.fetchmany(size) if size else []
        if not batch:
            return


def own_name() -> str:
    """Return a new name for a table of this package's own."""
    return RESERVED + secrets.token_hex(6)


def check_name(name: object, what: str) -> str:
    """Return a table's or a column's name, or raise `UsageError` when MySQL could not hold it.

    The rules are those of the MySQL reference manual, "Schema Object Names" and "Identifier Length Limits"; they hold
    on SQLite too, so that a project can move from one to the other.
    """
    if not isinstance(name, str):
        raise UsageError(f"{what} {name!r} is not text; rename it, for example frame.columns.astype(str)")
    if not name or name.endswith(" "):
        raise UsageError(f"{what} {name!r} is empty or ends with a space; rename it")
    if len(name) > MAX_NAME:
        raise UsageError(f"{what} {name!r} has {len(name)} characters; at most {MAX_NAME} are possible")
    if any(char == "\0" or char > "\uffff" or "\ud800" <= char <= "\udfff" for char in name):
        raise UsageError(f"{what} {name!r} holds a character that no name can have (NUL, or beyond U+FFFF)")
    if name.lower().startswith((RESERVED, "sqlite_")):
        raise UsageError(f"{what} {name!r} begins with a reserved prefix; rename it")
    return name
