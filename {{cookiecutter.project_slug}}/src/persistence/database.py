"""The one class that notebooks use: `Database`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn, overload
from weakref import finalize

import numpy as np
import pandas as pd
from pandas.api.types import is_list_like
from sqlalchemy import Connection, Engine

from persistence import files, rows
from persistence.errors import TableMissingError, UsageError, shorten
from persistence.mysql import MySQL
from persistence.saving import Frames, Save, Store
from persistence.settings import Settings
from persistence.sqlite import SQLite
from persistence.types import Column

MANY = 20
"""Names that a message lists."""
PARAMETER = re.compile(r"%\(([^)]+)\)s")
PARAMETERS = (str, bytes, bytearray, int, float, Decimal, dt.date, dt.time, type(pd.NaT))
"""The types of values that both drivers take; a datetime is a date."""
SURROGATE = re.compile("[\ud800-\udfff]")
NO_TEXT = "holds half a character (a surrogate), which no database stores; replace it"
DURATION = (
    'in a column that `save` made it is a number of microseconds: pass value // pd.Timedelta("1us");'
    ' for a TIME column of others, pass text such as "01:02:03"'
)


class Database:
    """The project's database: a MySQL server, or an SQLite file.

    Every error is a `PersistenceError` whose message says what to do.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare the connection; it is made when it is first needed."""
        self.settings = settings
        self._store: Store = SQLite(settings) if settings.database == "sqlite" else MySQL(settings)
        # A cell that makes it runs again and again, and a server has no more than 151 connections.
        finalize(self, self.engine.dispose).atexit = False

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

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: connections stay in their process, and the password in its place."""
        raise UsageError("a Database cannot be pickled; make one in the other process: Database.from_env()")

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for everything else."""
        return self._store.engine

    def close(self) -> None:
        """Close the idle connections; the object can be used again."""
        self.engine.dispose()

    def tables(self) -> list[str]:
        """Return the names of the tables and views, sorted."""
        with self._session() as connection:
            return sorted(self._store.tables(connection))

    def save(
        self,
        frame: Frames,
        table: str,
        if_exists: str = "fail",
        key: str | Sequence[str] | None = None,
        spatial_index: bool = False,
    ) -> int:
        """Write a frame, an iterator of frames or a Dask frame to a table; return the number of rows.

        Other connections see the table as it was or as it is afterwards, nothing between; an error changes nothing.

        Args:
            frame: the data. A named index is stored as columns and is the index again after `load`; an unnamed
                integer index is not stored. With an iterator, the first frame determines the types; with a Dask frame,
                the first partition.
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
        return self._save(Save(frame, table, if_exists, key, spatial_index))

    def _save(self, save: Save) -> int:
        with self._session(writes=True) as connection:
            return save.run(self._store, connection)

    @overload
    def load(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        npartitions: None = None,
    ) -> pd.DataFrame: ...
    @overload
    def load(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        npartitions: int,
    ) -> Any: ...  # noqa: ANN401 - a Dask frame
    def load(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        npartitions: int | None = None,
    ) -> Any:
        """Read a table with the dtypes with which it was saved; with geometry, as a GeoDataFrame.

        The order of the rows is the database's: that of the key where there is one, else usually that of insertion.

        Args:
            table: the table's name.
            columns: the columns to read, in this order; all by default.
            where: an SQL condition, as after ``WHERE``. Write values as ``%(name)s`` and pass them as `params`: they
                are bound by the driver, never formatted into the text. A list fits ``IN %(names)s``.
            params: the values for `where`.
            npartitions: return a Dask frame of so many partitions of equal length, all read here and now as they are at
                one moment, one after the other: the cluster holds them whose `Client` is open, else this process.

        Raises:
            TableMissingError: there is no such table.
            UsageError: there is no such column, a parameter is missing, or a Dask frame cannot have these partitions.
            DatabaseError: the condition is not valid SQL.
        """
        names = [columns] if isinstance(columns, str) else columns
        condition, values = _bind(self._store, "" if where is None else where, params)
        with self._session() as connection:
            chosen, _ = self._described(connection, table, names)
            ending = f" WHERE ({condition}\n)" if where else ""  # a line of its own: it may end in a comment
            size = None if npartitions is None else self._size(connection, table, ending, values, npartitions)
            with self._store.reading(connection, self._select(table, chosen) + ending, values, size) as result:
                if size is None:
                    return rows.whole(chosen, result.batches)
                # In each partition the same dtype, whether or not a value is missing there.
                chosen = [column if column.note else replace(column, nullable=True) for column in chosen]
                return files.partitioned(rows.frame(chosen, batch) for batch in result.batches)

    def _size(self, connection: Connection, table: str, ending: str, values: list[Any], npartitions: int) -> int:
        """Return how many rows a partition has, if these are so many."""
        if not isinstance(npartitions, int) or npartitions < 1:
            raise UsageError(f"npartitions is {npartitions!r}; it is a number of partitions, at least 1")
        sql = f"SELECT COUNT(*) FROM {self._store.quote(table)}{ending}"  # noqa: S608 - as in _select
        with self._store.reading(connection, sql, values) as counted:
            count = int(rows.whole(counted.columns, counted.batches).to_numpy()[0, 0])
            return max(1, -(-count // npartitions))

    def drop(self, table: str) -> None:
        """Remove a table, or a view.

        Raises:
            TableMissingError: there is no such table.
            DatabaseError: the database refuses it, for example because a foreign key names the table.
        """
        with self._session(writes=True) as connection:
            self._check_there(connection, table)
            self._store.drop(connection, table, self._store.is_view(connection, table))

    def execute(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Run a statement that is no query, and commit; return the number of rows that it inserted, matched or deleted.

        Each statement has a connection of its own: settings, locks and temporary tables end with it. Statements that
        belong together go over `engine`.

        Args:
            sql: the statement, in the database's own SQL. Values are written as ``%(name)s``.
            params: the values, as in `query`.

        Raises:
            UsageError: a parameter is missing, or the statement returns rows; nothing was run.
            DatabaseError: the database does not accept the statement.
        """
        statement, values = _bind(self._store, sql, params)
        with self._session(writes=True) as connection:
            changed = self._store.changing(connection, statement, values)
            connection.commit()
            connection.invalidate()  # no setting, lock or temporary table of this statement meets the next one
            return changed

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
            UsageError: a parameter is missing, `chunksize` is no positive integer, or the statement returns no rows;
                nothing was changed. `execute` is for those.
            DatabaseError: the database does not accept the statement.
        """
        if chunksize is None:
            with self._results(sql, params) as result:
                return rows.whole(result.columns, result.batches)
        if not isinstance(chunksize, int) or chunksize < 1:
            raise UsageError(f"chunksize is {chunksize!r}; it is a number of rows, at least 1")
        frames = self._stream(sql, params, chunksize)
        next(frames)  # what is wrong with the statement is said now
        return frames

    def _stream(self, sql: str, params: Mapping[str, Any] | None, size: int) -> Generator[pd.DataFrame]:
        """Yield an empty frame when the statement has been run, then the result in frames of so many rows."""
        with self._results(sql, params, size) as result:
            yield pd.DataFrame()
            for batch in result.batches:
                yield rows.frame(result.columns, batch)

    @contextmanager
    def _results(self, sql: str, params: Mapping[str, Any] | None, size: int | None = None) -> Iterator[rows.Result]:
        """Run a query on a connection of its own."""
        statement, values = _bind(self._store, sql, params)
        with self._session() as connection:
            with self._store.reading(connection, statement, values, size) as result:
                yield result
            connection.commit()  # what was read to its end is kept: rows may be those that a statement wrote
            if not result.columns:
                connection.invalidate()  # no setting, lock or temporary table of this statement meets the next one

    def _parts(self, table: str, columns: Sequence[Column], size: int) -> Generator[pd.DataFrame]:
        """Yield a table's rows in frames of so many, at least one."""
        with (
            self._session() as connection,
            self._store.reading(connection, self._select(table, columns), [], size) as result,
        ):
            for batch in result.batches:
                yield rows.frame(columns, batch)

    def _select(self, table: str, columns: Sequence[Column]) -> str:
        return f"SELECT {', '.join(map(self._store.select, columns))} FROM {self._store.quote(table)}"  # noqa: S608

    @contextmanager
    def _session(self, writes: bool = False) -> Iterator[Connection]:
        """Open a connection, and turn the driver's errors into this package's."""
        try:
            with self._store.session(writes) as connection:
                yield connection
        except self._store.failures as error:
            raise self._store.explain(error) from error

    def _described(
        self, connection: Connection, table: str, names: Sequence[str] | None = None
    ) -> tuple[list[Column], list[str]]:
        """Return a table's columns, or the named ones, and its key; keep it as it is until the transaction ends."""
        self._check_there(connection, table)
        self._store.hold(connection, table)
        stored, key = self._store.describe(connection, table)
        if names is None:
            return stored, key
        if not is_list_like(names):
            raise UsageError(f"columns is {names!r}; it is a list of names")
        names, known = list(names), {column.name: column for column in stored}
        missing = [f"no column {name!r}" for name in names if not isinstance(name, str) or name not in known]
        if missing or not names:
            asked = [*missing, "nothing named in `columns`"][0]
            raise UsageError(f"there is {asked}; the table has {', '.join(known)}")
        return [known[name] for name in names], key

    def _check_there(self, connection: Connection, table: str) -> None:
        """Raise where there is no such table, naming those that there are, first the ones that it resembles."""
        is_name = isinstance(table, str) and not SURROGATE.search(table)
        tables = self._store.tables(connection, surely=table if is_name else "")
        if table in tables:
            return
        nearest = dict.fromkeys([*get_close_matches(str(table), sorted(tables), n=MANY), *sorted(tables)])
        shown = [name if name.isprintable() else repr(name) for name in list(nearest)[:MANY]]
        more = f" and {len(tables) - MANY} more" if len(tables) > MANY else ""
        raise TableMissingError(f"there is no table {table!r}; there are {', '.join(shown) or 'none'}{more}")


def _bind(store: Store, sql: str, params: Mapping[str, Any] | None) -> tuple[str, list[Any]]:
    """Return the SQL with the drivers' placeholder for each ``%(name)s``, and the values to bind.

    A list, or what is like one, becomes as many placeholders in parentheses, for ``IN``. Values are never put into
    SQL. Without `params` the SQL stays as it is.
    """
    if not isinstance(sql, str):
        raise UsageError(f"the SQL is {shorten(sql)}; it is text")
    if SURROGATE.search(sql):
        raise UsageError(f"the SQL {NO_TEXT}")
    if params is None:
        return sql, []
    if not isinstance(params, Mapping):
        raise UsageError(f"params is {shorten(params)}; it is a dict of names and values")
    values: list[Any] = []

    def placeholder(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in params:
            raise UsageError(f"the SQL names %({name})s, but params has no {name!r}")
        is_list = is_list_like(params[name]) and not isinstance(params[name], Mapping)
        items = [store.parameter(_parameter(item)) for item in (params[name] if is_list else [params[name]])]
        values.extend(items)
        marks = ", ".join("?" * len(items))
        return f"({marks or 'NULL'})" if is_list else marks

    return PARAMETER.sub(placeholder, sql), values


def _parameter(value: Any) -> Any:  # noqa: ANN401 - values of every type
    """Return a value in a form that the drivers take: NumPy's and pandas' as Python's, times with a zone as UTC.

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
