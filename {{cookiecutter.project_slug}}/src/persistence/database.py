"""The one class that notebooks use: `Database`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from typing import Any, overload

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from persistence import bulk, reading
from persistence.columns import Column
from persistence.dialect import Dialect, check_name, own_name
from persistence.errors import TableExistsError, TableMissingError, UnsupportedValueError, UsageError
from persistence.mysql import MySQL
from persistence.planning import plan
from persistence.reading import Result
from persistence.settings import Settings
from persistence.sqlite import SQLite

MANY = 20
"""Names that a message lists."""
IF_EXISTS = ("fail", "replace", "append", "upsert")


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
                Where there is none, it is created in each case. Columns that an appended frame lacks become NULL.
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
        check_name(table, "the table name")
        keys = _check_mode(if_exists, key)
        first, following, streamed = bulk.split_first(frame)
        flat = bulk.flat(first)
        frames, total = chain([flat], map(bulk.flat, following)), None if streamed else len(flat)
        _check_columns(flat, keys, unique=if_exists != "upsert")
        with self._session(writes=True) as connection:
            self._dialect.tidy(connection)
            tables = self._dialect.tables(connection)
            if table in tables and if_exists == "fail":
                raise _exists(table)
            if tables.get(table):
                raise UsageError(f"{table!r} is a view; choose another name")
            if table in tables and if_exists != "replace":
                return self._add(connection, table, flat, frames, total, keys, if_exists)
            columns = self._plan(connection, first, flat, keys, streamed)
            if spatial_index:
                columns = _index_places(columns, flat)
            return self._build(connection, table, columns, frames, total, keys, if_exists, exists=table in tables)

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
            tables = self._dialect.tables(connection)
            if table not in tables:
                raise TableMissingError(f"there is no table {table!r}; {_listed(sorted(tables))}")
            self._dialect.hold(connection, table)
            stored, _ = self._dialect.describe(connection, table)
            chosen = _choose(stored, names)
            sql = f"SELECT {', '.join(map(self._dialect.select, chosen))} FROM {self._dialect.quote(table)}"  # noqa: S608
            condition, values = (where, {}) if where is None or params is None else self._dialect.bind(where, params)
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
            statement, values = (sql, {}) if params is None else self._dialect.bind(sql, params)
            with self._dialect.reading(connection, statement, values, rows) as result:
                if result is not None:
                    yield result
                    return
            connection.commit()
            raise UsageError("the statement returned no rows; use db.engine for statements that are not queries")

    @contextmanager
    def _session(self, writes: bool = False) -> Iterator[Connection]:
        """Open a connection, and turn the driver's errors into this package's."""
        try:
            with self._dialect.writing() if writes else self.engine.connect() as connection:
                yield connection
        except self._dialect.failures as error:
            raise self._dialect.explain(error) from error

    def _plan(
        self, connection: Connection, first: pd.DataFrame, flat: pd.DataFrame, keys: list[str], streamed: bool
    ) -> list[Column]:
        """Return the columns of a new table for this data, having checked all values of the first frame."""
        index = [name for name in first.index.names if name is not None]
        active = getattr(first, "_geometry_column_name", None)
        encode = self._dialect.encode
        planned = [plan(flat[name], encode, key=name in keys, open_ended=streamed) for name in flat.columns]
        return self._dialect.settle(connection, [_annotate(column, index, active) for column in planned], keys)

    def _build(
        self,
        connection: Connection,
        table: str,
        columns: list[Column],
        frames: Iterable[pd.DataFrame],
        total: int | None,
        keys: list[str],
        if_exists: str,
        exists: bool,
    ) -> int:
        """Build a new table under another name and give it its name when it is finished."""
        new, dialect = own_name(), self._dialect
        rows = bulk.Rows(dialect, columns, frames, total)
        dialect.create(connection, new, columns, keys, temporary=False)
        try:
            if if_exists == "upsert":
                self._upsert(connection, new, columns, rows, keys)
            else:
                dialect.fill(connection, new, columns, bool(keys), iter(rows))
            dialect.index(connection, new, columns, rows.count)
            self._swap(connection, new, table, columns, keys, if_exists, exists)
        except BaseException:
            with suppress(SQLAlchemyError):  # the next writer removes what a lost connection leaves
                dialect.discard(connection, new)
            raise
        return rows.count

    def _swap(
        self,
        connection: Connection,
        new: str,
        table: str,
        columns: list[Column],
        keys: list[str],
        if_exists: str,
        exists: bool,
    ) -> None:
        """Give the new table its name; where another writer made one meanwhile, do with that as `if_exists` says."""
        dialect = self._dialect
        while not dialect.swap(connection, new, table, replace=exists):
            exists = table in dialect.tables(connection)
            if exists and if_exists == "fail":
                raise _exists(table)
            if exists and if_exists != "replace":
                self._match(connection, table, [column.name for column in columns], keys)
                dialect.merge(connection, new, table, columns, keys if if_exists == "upsert" else [])
                dialect.discard(connection, new)
                return

    def _add(
        self,
        connection: Connection,
        table: str,
        flat: pd.DataFrame,
        frames: Iterable[pd.DataFrame],
        total: int | None,
        keys: list[str],
        if_exists: str,
    ) -> int:
        """Append or upsert the rows to a table that exists, having checked all values of the first frame."""
        stored, columns = self._match(connection, table, flat.columns, keys)
        bulk.check(self._dialect, columns, flat)
        rows = bulk.Rows(self._dialect, columns, frames, total)
        if if_exists == "upsert":
            self._upsert(connection, table, columns, rows, keys)
        else:
            self._dialect.append(connection, table, stored, columns, iter(rows))
        return rows.count

    def _match(
        self, connection: Connection, table: str, names: Iterable[str], keys: list[str]
    ) -> tuple[list[Column], list[Column]]:
        """Return the table's columns, and those of them that are named, having compared the keys."""
        stored, primary = self._dialect.describe(connection, table)
        if keys and set(keys) != set(primary):
            raise UsageError(
                f"the key of table {table!r} is {', '.join(primary) or 'none'}, not {', '.join(keys)}; give that key, "
                'or save with if_exists="replace"'
            )
        given = set(names)
        return stored, [column for column in stored if column.name in given]

    def _upsert(
        self, connection: Connection, table: str, columns: list[Column], rows: bulk.Rows, keys: list[str]
    ) -> None:
        """Stage the rows in a temporary table, then write them all in one statement."""
        staged = own_name()
        self._dialect.create(connection, staged, columns, [], temporary=True)
        self._dialect.append(connection, staged, columns, columns, iter(rows))
        self._dialect.merge(connection, staged, table, columns, keys)
        self._dialect.unstage(connection, staged)


def _listed(tables: Sequence[str]) -> str:
    """Return some names in one line."""
    shown = [name if name.isprintable() else repr(name) for name in tables[:MANY]]
    more = f" and {len(tables) - MANY} more" if len(tables) > MANY else ""
    return f"there are {', '.join(shown)}{more}" if tables else "there are none"


def _exists(table: str) -> TableExistsError:
    return TableExistsError(f'there is a table {table!r} already; use if_exists="replace", "append" or "upsert"')


def _check_mode(if_exists: str, key: str | Sequence[str] | None) -> list[str]:
    """Return the key's columns as a list, having checked the two arguments."""
    if if_exists not in IF_EXISTS:
        raise UsageError(f"if_exists is {if_exists!r}; it must be one of {', '.join(IF_EXISTS)}")
    keys = [key] if isinstance(key, str) else list(key or [])
    if if_exists == "upsert" and not keys:
        raise UsageError('if_exists="upsert" needs key=, the column whose value says which row is meant')
    return keys


def _check_columns(frame: pd.DataFrame, keys: list[str], unique: bool) -> None:
    """Raise unless the frame has columns with possible, distinct names, and the key's among them, each key once."""
    if not len(frame.columns):
        raise UsageError("the frame has no columns; there is nothing to save")
    names = [check_name(name, "the column name") for name in frame.columns]
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen:
            other = seen[name.casefold()]
            raise UsageError(f"columns {other!r} and {name!r} have the same name in SQL; rename one of them")
        seen[name.casefold()] = name
    missing = [name for name in keys if name not in names]
    if missing:
        raise UsageError(f"key names {missing[0]!r}, but the frame has only the columns {', '.join(names)}")
    if keys and unique:
        repeated = _repeated(frame, keys)
        if repeated.any():
            row = int(repeated.argmax())
            raise UnsupportedValueError(", ".join(keys), "this key occurs twice", row, tuple(frame[keys].iloc[row]))


def _repeated(frame: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Return the mask of the rows whose key occurred before; a rising key, the usual one, needs no memory for it."""
    if len(keys) == 1 and pd.Index(frame[keys[0]]).is_monotonic_increasing:
        values = frame[keys[0]].to_numpy()
        return np.concatenate([[False], values[1:] == values[:-1]]) if len(values) else np.zeros(0, dtype=bool)
    return frame.duplicated(keys).to_numpy()


def _annotate(column: Column, index: list[Any], active: str | None) -> Column:
    """Return the column with its part in the frame noted: a level of the index, or the active geometry."""
    note = dict(column.note)
    if column.name in index:
        note["index"] = index.index(column.name)
    if column.name == active:
        note["active"] = True
    return replace(column, note=note)


def _index_places(columns: list[Column], frame: pd.DataFrame) -> list[Column]:
    """Return the columns, those of geometry marked for a spatial index."""
    located = [column for column in columns if column.kind.family == "geometry"]
    if not located:
        raise UsageError("spatial_index=True, but the frame has no geometry; leave it out")
    for column in located:
        if column.kind.name != "geometry":
            raise UsageError(
                f"column {column.name!r} cannot have a spatial index: it holds three-dimensional or empty geometry, or "
                "coordinates beyond its CRS; use shapely.force_2d, drop what is empty, or leave spatial_index out"
            )
        missing = np.flatnonzero(frame[column.name].isna())
        if len(missing):
            why = "a spatial index has no missing geometry; drop it, or leave spatial_index out"
            raise UnsupportedValueError(column.name, why, int(missing[0]), None)
    return [replace(column, spatial=column in located) for column in columns]


def _choose(stored: list[Column], names: Sequence[str] | None) -> list[Column]:
    """Return the named columns, in the order of the names; all when there are none."""
    if names is None:
        return stored
    known = {column.name: column for column in stored}
    missing = [name for name in names if name not in known]
    if missing or not names:
        asked = f"no column {missing[0]!r}" if missing else "nothing named in `columns`"
        raise UsageError(f"there is {asked}; the table has {', '.join(known)}")
    return [known[name] for name in names]
