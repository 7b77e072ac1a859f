"""One save: what is wanted is checked, the rows are written where nobody sees them, and all show at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from persistence import files, progress
from persistence.errors import DatabaseError, TableExistsError, UnsupportedValueError, UsageError
from persistence.mysql import MySQL
from persistence.rows import encode, kind_of, parts, plan
from persistence.sqlite import SQLite
from persistence.types import MAX_NAME, Column, Target, check_name, own_name

IF_EXISTS = ("fail", "replace", "append", "upsert")

Store = MySQL | SQLite
"""The two databases. Both have the same methods; nothing else in the package asks which one it is talking to."""
Frames = pd.DataFrame | Iterable[Any] | str | Path
"""What `save` takes: a frame, an iterator of frames, a Dask frame, or the path of a CSV or Parquet file."""


class Save:
    """What `Database.save` is asked for, and its carrying out.

    Attributes:
        columns: the columns of a new table; where there are none, they are planned from the first frame.
    """

    columns: Sequence[Column] = ()
    _known: Sequence[str] = ()
    _count = 0

    def __init__(
        self, frames: Frames, table: str, if_exists: str, key: str | Sequence[str] | None, spatial_index: bool
    ) -> None:
        """Check what needs no database."""
        if if_exists not in IF_EXISTS:
            raise UsageError(f"if_exists is {if_exists!r}; it must be one of {', '.join(IF_EXISTS)}")
        if not (key is None or isinstance(key, Iterable)):
            raise UsageError(f"key is {key!r}; it is the name of a column, or a list of names")
        self._keys = [key] if isinstance(key, str) else list(dict.fromkeys(key or []))
        if if_exists == "upsert" and not self._keys:
            raise UsageError('if_exists="upsert" needs key=, the column whose value says which row is meant')
        self._table = check_name(table, "the table name")
        self._mode, self._spatial_index = if_exists, spatial_index
        self._streamed = not isinstance(frames, pd.DataFrame)
        if isinstance(frames, pd.DataFrame):
            frames = [frames]
        elif isinstance(frames, (str, Path)):
            frames = files.frames(frames)
        elif hasattr(frames, "to_delayed"):  # Dask's
            frames = files.partitions(frames)
        if isinstance(frames, bytes) or not isinstance(frames, Iterable):
            raise UsageError(
                f"save takes a DataFrame, a GeoDataFrame or an iterator of them, not {type(frames).__name__}"
            )
        self._following = iter(frames)
        first = next(self._following, None)
        if first is None:
            raise UsageError("the iterator gave no frame; there is nothing to save")
        self._first, self._flat = first, _flat(first)
        _check_keys(self._flat, self._keys, unique=if_exists != "upsert")

    def run(self, store: Store, connection: Connection) -> int:
        """Write the rows; return their number."""
        self._store, self._connection = store, connection
        store.tidy(connection)
        tables = store.tables(connection, surely=self._table)
        exists = self._table in tables
        if exists and self._mode == "fail":
            raise _exists(self._table)
        if exists and store.is_view(connection, self._table):
            raise UsageError(f"{self._table!r} is a view; choose another name")
        other = next((known for known in tables if known.casefold() == self._table.casefold()), self._table)
        if not exists and other != self._table and store.ignores_case(connection):
            raise UsageError(
                f"the table is named {other!r}, which to this database is the same as {self._table!r}; use that"
            )
        if exists and self._mode != "replace":
            self._add()
        else:
            if exists:
                store.check(connection, self._table, "replace")
            self._build(exists)
        return self._count

    # --- A new table

    def _build(self, exists: bool) -> None:
        """Build a new table under another name and give it its name when it is finished."""
        new, store, connection = own_name(), self._store, self._connection
        columns = store.settle(connection, list(self.columns) or self._planned(), self._keys)
        if self._spatial_index:
            columns = _index_places(columns, self._flat)
        store.create(connection, new, columns, self._keys)
        try:
            if self._mode == "upsert":
                self._merge(columns, Target(new, columns, self._keys, lambda: None))
            else:
                rows = self._rows(columns, self._keys)
                store.write(connection, new, columns, rows, numbered=not self._keys, hidden=True)
            store.index(connection, new, columns, self._count)
            self._swap(new, columns, exists)
        except BaseException:
            if not connection.invalidated:  # the next writer removes what a lost connection leaves
                with suppress(SQLAlchemyError):
                    store.discard(connection, new)
            raise

    def _planned(self) -> list[Column]:
        """Return a new table's columns, what else is to be known of the frame noted with them."""
        first, axis, columns = self._first, self._first.columns.name, list[Column]()
        active = getattr(first, "_geometry_column_name", "")
        for name, series in self._flat.items():
            column = plan(series, key=name in self._keys, open_ended=self._streamed)
            note: dict[str, Any] = {"index": first.index.names.index(name)} if name in first.index.names else {}
            if axis is not None:
                note["axis"] = axis
            if column.kind.family == "geometry" and active != "":
                note |= {"active": True} if name == active else {} if active in first.columns else {"active": False}
            columns.append(replace(column, note={**column.note, **note}))
        return columns

    def _swap(self, new: str, columns: list[Column], exists: bool) -> None:
        """Give the new table its name; where another writer made one meanwhile, do with that as `if_exists` says."""
        store, connection, table = self._store, self._connection, self._table
        while not store.swap(connection, new, table, replace=exists):
            exists = table in store.tables(connection, surely=table)
            if exists and self._mode == "fail":
                raise _exists(table)
            if exists and self._mode != "replace":
                keys = self._keys if self._mode == "upsert" else []
                store.merge(connection, new, Target(table, columns, keys, lambda: self._hold(columns)))
                store.discard(connection, new)
                return

    # --- A table that is there

    def _add(self) -> None:
        """Append or upsert the rows to the table.

        What its columns might change without a word is staged and looked at before, as are the rows of an upsert, which
        holds the table when all is staged: to hold it while rows stream in would be a deadlock with the next.
        """
        stored, primary = self._described()
        self._known, names = [column.name for column in stored], list(self._flat.columns)
        _check_known(names, self._known)
        for column in stored:
            if column.computed and column.name in names:
                raise UnsupportedValueError(column.name, "the database computes this column itself; leave it out")
            if column.required and not column.default and column.name not in names:
                raise UsageError(
                    f"the frame lacks {column.name!r}, which in table {self._table!r} has no default and is never"
                    " missing; add it"
                )
        columns = [column for column in stored if column.name in names]
        if self._mode == "upsert" or not all(map(self._is_exact, columns)):
            keys = primary if self._mode == "upsert" else []
            self._merge(columns, Target(self._table, columns, keys, lambda: self._hold(columns)))
        else:
            self._hold(columns)
            self._store.write(self._connection, self._table, columns, self._rows(columns, primary))

    def _is_exact(self, column: Column) -> bool:
        """Say whether a column of the table holds what is written as it is, or refuses it."""
        return bool(self._store.exact.match(column.declared or ""))

    def _described(self) -> tuple[list[Column], list[str]]:
        """Return the table's columns and its key, having checked that it takes the rows."""
        self._store.check(self._connection, self._table, self._mode)
        stored, primary = self._store.describe(self._connection, self._table)
        if self._keys and set(self._keys) != set(primary):
            raise UsageError(
                f"the key of table {self._table!r} is {', '.join(primary) or 'none'}, not "
                f'{", ".join(self._keys)}; give that key, or save with if_exists="replace"'
            )
        return stored, primary

    def _merge(self, columns: list[Column], target: Target) -> None:
        """Stage the rows in a temporary table, then write them all in one statement."""
        staged, store, connection = own_name(), self._store, self._connection
        store.create(connection, staged, store.settle(connection, columns, []), [], temporary=True)
        store.write(connection, staged, columns, self._rows(columns, target.key), numbered=True)
        store.merge(connection, staged, target)

    def _hold(self, columns: list[Column]) -> None:
        """Keep the table as it is; raise where a column is not what it was, or would change the values of a new one.

        A new one is compared by kind, capacity and note.
        """
        self._store.hold(self._connection, self._table, writes=True)
        known = {column.name: column for column in self._described()[0]}
        for column in columns:
            found = known.get(column.name)
            if found == column:
                continue
            if column.declared or not found or not self._is_exact(found) or not _is_like(found, column):
                raise DatabaseError(f"another program has changed table {self._table!r} meanwhile; run this again")

    # --- Rows

    def _rows(self, columns: list[Column], keys: Sequence[str]) -> Iterator[list[Any]]:
        """Yield all rows in slices: for each of the columns an Arrow array; of one that a frame lacks, all missing."""
        known = self._known or [column.name for column in columns]
        with progress.rows(None if self._streamed else len(self._flat), "saving") as advance:
            for frame in chain([self._flat], map(_flat, self._following)):
                _check_known(frame.columns, known)
                for rows in parts(len(frame)):
                    part, arrays = frame.iloc[rows], []
                    for column in columns:
                        absent = pd.Series([None] * len(part), name=column.name, dtype=object)
                        series = part.get(column.name, absent)
                        if column.name in keys or column.required:
                            what = "a key" if column.name in keys else "the table's column"
                            _check_present(series, f"{what} has no missing values", self._count)
                        arrays.append(encode(column, series, self._count))
                    yield arrays
                    self._count += len(part)
                    advance(len(part))


def _exists(table: str) -> TableExistsError:
    return TableExistsError(f'there is a table {table!r} already; use if_exists="replace", "append" or "upsert"')


def _is_like(stored: Column, new: Column) -> bool:
    """Say whether a column of a table gives back whatever a new one does."""
    said = ("zoned", "crs", "category")
    same = stored.kind is new.kind and all(stored.note.get(part) == new.note.get(part) for part in said)
    return same and (stored.size == new.size or (new.kind.name in ("text", "bytes") and stored.size > new.size))


# --- Frames, and what can be checked of them without a database -------------------------------------------------------


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its index as columns when the index has names, having checked all names.

    An unnamed integer index is row numbers, and is left out. Any other index without a name is data that would be
    lost, and is refused.
    """
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"save takes frames, not {type(frame).__name__}; use .to_frame() on a Series")
    index = frame.index
    if any(name is not None for name in index.names):
        if None in index.names:
            raise UsageError("the index has a level without a name; name it or use frame.reset_index()")
        taken = [name for name in index.names if name in frame.columns]
        if taken:
            raise UsageError(f"the index and a column are both named {taken[0]!r}; rename one of them")
        frame = frame.reset_index()
    elif isinstance(index, pd.MultiIndex) or (len(index) and not pd.api.types.is_integer_dtype(index.dtype)):
        raise UsageError("the index holds data but has no name; use frame.rename_axis('name') or frame.reset_index()")
    if not len(frame.columns):
        raise UsageError("the frame has no columns; there is nothing to save")
    seen: dict[str, str] = {}
    for column in frame.columns:
        name = check_name(column, "the column name")
        if name.casefold() in seen:
            other = seen[name.casefold()]
            raise UsageError(f"columns {other!r} and {name!r} have the same name in SQL; rename one of them")
        seen[name.casefold()] = name
    axis = frame.columns.name
    if axis is not None and (type(axis) not in (str, int, float) or len(str(axis)) > MAX_NAME or axis != axis):
        raise UsageError(f"the columns' axis is named {axis!r}; use short text, or frame.rename_axis(columns=None)")
    return frame


def _check_keys(frame: pd.DataFrame, keys: list[str], unique: bool) -> None:
    """Raise unless the key's columns are there, can be a key, and have each key once."""
    missing = [name for name in keys if name not in frame.columns]
    if missing:
        raise UsageError(f"key names {missing[0]!r}, but the frame has only the columns {', '.join(frame.columns)}")
    for name in keys:
        family = kind_of(frame[name]).family
        if family in ("json", "bytes", "geometry"):
            raise UnsupportedValueError(name, f"a column of {family} cannot be a key")
    first = pd.Index(frame[keys[0]]) if len(keys) == 1 else None
    if not keys or not unique or (first is not None and first.is_monotonic_increasing and first.is_unique):
        return  # a key that rises, the usual one, needs no memory to be known as unique
    repeated = frame.duplicated(keys).to_numpy()
    if repeated.any():
        row = int(repeated.argmax())
        raise UnsupportedValueError(", ".join(keys), "this key occurs twice", row, tuple(frame[keys].iloc[row]))


def _check_known(names: Iterable[str], known: Sequence[str]) -> None:
    """Raise for the first column that the table does not have."""
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnsupportedValueError(unknown[0], f"the table has no such column; it has {', '.join(known)}")


def _check_present(series: pd.Series, why: str, first_row: int = 0) -> None:
    """Raise where a value is missing."""
    missing = np.flatnonzero(series.isna())
    if len(missing):
        raise UnsupportedValueError(series.name, why, first_row + int(missing[0]), None)


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
        why = "a spatial index has no missing geometry; drop it, or leave spatial_index out"
        _check_present(frame[column.name], why)
    return [replace(column, spatial=column in located) for column in columns]
