"""The one class that notebooks use: `Database`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, overload

import pandas as pd
from pandas.api.types import is_list_like
from sqlalchemy import Connection, Engine

from persistence import bulk, reading
from persistence.columns import Column
from persistence.dialect import Dialect
from persistence.errors import TableMissingError, UsageError
from persistence.mysql import MySQL
from persistence.reading import Result
from persistence.saving import Order, Saving
from persistence.settings import Settings
from persistence.sqlite import SQLite

MANY = 20
"""Names that a message lists."""


class Database:
    """The project's database: a MySQL server, or an SQLite file.

    Every error is a `PersistenceError` whose message says what to do.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare the connection; it is made when it is first needed."""
        self.settings = settings
        self._dialect: Dialect = SQLite(settings) if settings.database == "sqlite" else MySQL(settings)

    @classmethod
    def from_env(cls) -> Database:
        """Return the database that the environment, ``/run/secrets`` and ``.env`` name (see `persistence.settings`).

        Raises:
            SettingsError: a setting is missing or wrong.
        """
        return cls(Settings.read())

    def __repr__(self) -> str:
        """Return the database's address, without the password."""
        return f"Database({self.engine.url.render_as_string(hide_password=True)})"

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for everything else."""
        return self._dialect.engine

    def close(self) -> None:
        """Close the idle connections; the object can be used again."""
        self.engine.dispose()

    def tables(self) -> list[str]:
        """Return the names of the tables and views, sorted."""
        with self._session() as connection:
            return sorted(self._dialect.tables(connection))

    def save(
        self,
        frame: bulk.Frames,
        table: str,
        if_exists: str = "fail",
        key: str | Sequence[str] | None = None,
        spatial_index: bool = False,
    ) -> int:
        """Write a frame, or an iterator of frames, to a table; return the number of rows.

        Other connections see the table as it was or as it is afterwards, nothing between; an error changes nothing.

        Args:
            frame: the data. A named index is stored as columns and is the index again after `load`; an unnamed
                integer index is not stored. With an iterator, the first frame determines the types.
            table: the table's name; any text up to 64 characters.
            if_exists: what to do when there is such a table: ``fail``; ``replace`` it by a new one; ``append`` to
                it; or ``upsert``: update the rows whose key exists and append the others, in the frame's order.
                Where there is none, it is created in each case. Columns that an appended frame lacks get their
                default, which is NULL unless the table says otherwise.
            key: the column, or columns, of the primary key. Required by ``upsert``.
            spatial_index: give a new table's geometry a spatial index, which speeds up SQL such as ``ST_Contains`` and
                costs the saving: MySQL indexes some 5,000 rows a second in EPSG:4326, and saves 100,000 and more
                without. The geometry must be two-dimensional and nowhere missing or empty. SQLite has no such index.

        Raises:
            UsageError: an argument, a name or the index is not possible.
            UnsupportedValueError: a value would not come back equal; names column, row and value.
            TableExistsError: there is such a table and `if_exists` is ``fail``.
            DatabaseError: the database refused the data, for example a key that exists already.
            ConnectionFailedError: the database cannot be reached.
        """
        order = Order.checked(frame, table, if_exists, key, spatial_index)
        with self._session(writes=True) as connection:
            return Saving(self._dialect, connection, order).run()

    def load(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Read a table with the dtypes with which it was saved; with geometry, as a GeoDataFrame.

        The order of the rows is the database's: that of the key where there is one, else usually that of insertion.

        Args:
            table: the table's name.
            columns: the columns to read, in this order; all by default.
            where: an SQL condition, as after ``WHERE``. Write values as ``%(name)s`` and pass them as `params`: they
                are bound by the driver, never formatted into the text. A list fits ``IN %(names)s``.
            params: the values for `where`.

        Raises:
            TableMissingError: there is no such table.
            UsageError: there is no such column, or a parameter is missing.
            DatabaseError: the condition is not valid SQL.
        """
        names = [columns] if isinstance(columns, str) else columns
        with self._session() as connection:
            tables = self._dialect.tables(connection, surely=table)
            if table not in tables:
                raise TableMissingError(f"there is no table {table!r}; {_listed(_nearest(table, tables))}")
            self._dialect.hold(connection, table)
            stored, _ = self._dialect.describe(connection, table)
            chosen = _choose(stored, names)
            sql = f"SELECT {', '.join(map(self._dialect.select, chosen))} FROM {self._dialect.quote(table)}"  # noqa: S608
            condition, values = self._dialect.bind("" if where is None else where, params)
            sql += f" WHERE ({condition}\n)" if where else ""  # a line of its own: the condition may end in a comment
            with self._dialect.reading(connection, sql, values) as result:
                return reading.whole(chosen, result.batches if result else [])

    @overload
    def query(self, sql: str, params: Mapping[str, Any] | None = None, chunksize: None = None) -> pd.DataFrame: ...
    @overload
    def query(
        self, sql: str, params: Mapping[str, Any] | None = None, *, chunksize: int
    ) -> Generator[pd.DataFrame]: ...
    @overload
    def query(self, sql: str, params: Mapping[str, Any] | None, chunksize: int) -> Generator[pd.DataFrame]: ...
    def query(
        self, sql: str, params: Mapping[str, Any] | None = None, chunksize: int | None = None
    ) -> pd.DataFrame | Generator[pd.DataFrame]:
        """Run a query and return its result.

        Args:
            sql: the query, one statement in the database's own SQL. Values are written as ``%(name)s``.
            params: the values; the server binds them, they are never formatted into the text. A list fits
                ``IN %(names)s``; missing values are NULL; times with a zone are compared in UTC, as they are stored.
                Without `params` the SQL is sent as it stands.
            chunksize: return an iterator of frames of so many rows, the last of fewer, instead of one frame. They are
                read from the database as they are asked for, so that one frame at a time is in memory; the iterator
                has a connection of its own until its end, or until it is closed or dropped.

        Returns:
            The rows, with the dtypes that the database tells. Of MySQL: every integer type is ``int64`` (``uint64``:
            BIGINT UNSIGNED, BIT), and ``Int64`` (``UInt64``) beside NULL, in chunks wherever the server says that NULL
            is possible; FLOAT, DOUBLE and DECIMAL are ``float64``; text, JSON, ENUM and SET are ``str``; DATETIME and
            TIMESTAMP ``datetime64[us]``; TIME ``timedelta64[us]``; DATE and binary data are objects; geometry makes a
            GeoDataFrame. A FLOAT is the number that it stores, not its first six digits; what is no day of the
            calendar (0000-00-00) is missing. SQLite has no types for results: the values decide, of each chunk its
            own, with ``Int64`` for integers in chunks; dates and geometry are the text and bytes that it stores, and
            `load` restores them.

        Raises:
            UsageError: a parameter is missing, `chunksize` is no positive integer, or the statement returns no rows
                (it has been executed then).
            DatabaseError: the database does not accept the statement.
        """
        if chunksize is None:
            with self._results(sql, params) as result:
                return reading.whole(result.columns, result.batches)
        if not isinstance(chunksize, int) or chunksize < 1:
            raise UsageError(f"chunksize is {chunksize!r}; it is a number of rows, at least 1")
        frames = self._stream(sql, params, chunksize)
        next(frames)  # what is wrong with the statement is said now
        return frames

    def _stream(self, sql: str, params: Mapping[str, Any] | None, rows: int) -> Generator[pd.DataFrame]:
        """Yield an empty frame when the statement has been run, then the result in frames of so many rows."""
        with self._results(sql, params, rows) as result:
            yield pd.DataFrame()
            for batch in result.batches:
                yield reading.frame(result.columns, batch)

    @contextmanager
    def _results(self, sql: str, params: Mapping[str, Any] | None, rows: int | None = None) -> Iterator[Result]:
        """Run a query on a connection of its own."""
        with self._session() as connection:
            statement, values = self._dialect.bind(sql, params)
            with self._dialect.reading(connection, statement, values, rows) as result:
                if result is not None:
                    yield result
            connection.commit()  # what was read to its end is kept: rows may be those that a statement wrote
            if result is None:
                connection.invalidate()  # no setting, lock or temporary table of this statement meets the next one
                raise UsageError("the statement returned no rows; use db.engine for statements that are not queries")

    @contextmanager
    def _session(self, writes: bool = False) -> Iterator[Connection]:
        """Open a connection, and turn the driver's errors into this package's."""
        try:
            with self._dialect.writing() if writes else self.engine.connect() as connection:
                yield connection
        except self._dialect.failures as error:
            raise self._dialect.explain(error) from error


def _nearest(name: str, names: Iterable[str]) -> list[str]:
    """Return names in order, those that resemble the given one first."""
    alike = get_close_matches(name, names := sorted(names), n=MANY)
    return [*alike, *(other for other in names if other not in alike)]


def _listed(tables: Sequence[str]) -> str:
    """Return some names in one line."""
    shown = [name if name.isprintable() else repr(name) for name in tables[:MANY]]
    more = f" and {len(tables) - MANY} more" if len(tables) > MANY else ""
    return f"there are {', '.join(shown)}{more}" if tables else "there are none"


def _choose(stored: list[Column], names: Sequence[str] | None) -> list[Column]:
    """Return the named columns, in the order of the names; all when there are none."""
    if names is None:
        return stored
    if not is_list_like(names):
        raise UsageError(f"columns is {names!r}; it is a list of names")
    names = list(names)
    known = {column.name: column for column in stored}
    missing = [name for name in names if not isinstance(name, str) or name not in known]
    if missing or not names:
        asked = f"no column {missing[0]!r}" if missing else "nothing named in `columns`"
        raise UsageError(f"there is {asked}; the table has {', '.join(known)}")
    return [known[name] for name in names]
