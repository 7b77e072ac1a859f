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
Frames = pd.DataFrame | Iterable[pd.DataFrame] | str | Path
"""What `save` takes: a frame, an iterator of frames, or the path of a CSV or Parquet file."""


class Save:
    """What `Database.save` is asked for, and its carrying out.

    Attributes:
        columns: the columns of a new table; where None, they are planned from the first frame.
    """

    columns: list[Column] | None = None

    def __init__(
        self, frames: Frames, table: str, if_exists: str, key: str | Sequence[str] | None, spatial_index: bool
    ) -> None:
        """Check what needs no database."""
        self._table = check_name(table, "the table name")
        self._mode, self._keys, self._spatial_index = if_exists, _checked_key(if_exists, key), spatial_index
        self._first, self._following, self._streamed = _split_first(frames)
        self._flat = _flat(self._first)
        _check_keys(self._flat, self._keys, unique=if_exists != "upsert")
        self._count = 0

    def run(self, store: Store, connection: Connection) -> int:
        """Write the rows; return their number."""
        self._store, self._connection = store, connection
        store.tidy(connection)
        tables = store.tables(connection, surely=self._table)
        exists = self._table in tables
        if exists and self._mode == "fail":
            raise _exists(self._table)
        if not exists:
            self._check_case(tables)
        elif store.is_view(connection, self._table):
            raise UsageError(f"{self._table!r} is a view; choose another name")
        if exists and self._mode != "replace":
            self._add()
        else:
            if exists:
                store.check(connection, self._table, "replace")
            self._build(self._planned(), exists)
        return self._count

    def _check_case(self, tables: Iterable[str]) -> None:
        """Raise where another table's name is the same to the database."""
        name = self._table
        other = next((known for known in tables if known.casefold() == name.casefold()), None)
        if other is not None and self._store.ignores_case(self._connection):
            raise UsageError(f"the table is named {other!r}, which to this database is the same as {name!r}; use that")

    # --- A new table

    def _planned(self) -> list[Column]:
        """Return the columns of a new table."""
        flat, first, keys = self._flat, self._first, self._keys
        columns = self.columns
        if columns is None:
            planned = [plan(flat[name], key=name in keys, open_ended=self._streamed) for name in flat.columns]
            columns = [_annotated(column, first) for column in planned]
        columns = self._store.settle(self._connection, columns, keys)
        return _index_places(columns, flat) if self._spatial_index else columns

    def _build(self, columns: list[Column], exists: bool) -> None:
        """Build a new table under another name and give it its name when it is finished."""
        new, store, connection = own_name(), self._store, self._connection
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

    def _swap(self, new: str, columns: list[Column], exists: bool) -> None:
        """Give the new table its name; where another writer made one meanwhile, do with that as `if_exists` says."""
        store, connection, table = self._store, self._connection, self._table
        while not store.swap(connection, new, table, replace=exists):
            exists = table in store.tables(connection, surely=table)
            if exists and self._mode == "fail":
                raise _exists(table)
            if exists and self._mode != "replace":
                keys = self._keys if self._mode == "upsert" else []
                store.merge(connection, new, Target(table, columns, keys, lambda: self._hold_like(columns)))
                store.discard(connection, new)
                return

    # --- A table that is there

    def _add(self) -> None:
        """Append or upsert the rows to the table.

        What its columns might change without a word is staged and looked at before, as are the rows of an upsert, which
        holds the table when all is staged: to hold it while rows stream in would be a deadlock with the next.
        """
        stored, primary = self._described()
        columns = self._chosen(stored)
        if self._mode == "upsert" or not all(self._store.exact.match(column.declared or "") for column in columns):
            keys = primary if self._mode == "upsert" else []
            self._merge(columns, Target(self._table, columns, keys, lambda: self._hold_same(stored, primary)))
            return
        self._hold_same(stored, primary)
        self._store.write(self._connection, self._table, columns, self._rows(columns, primary))

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

    def _chosen(self, stored: list[Column]) -> list[Column]:
        """Return those of the table's columns that the first frame has, having checked the others."""
        names = list(self._flat.columns)
        self._known = [column.name for column in stored]
        _check_known(names, self._known)
        for column in stored:
            if column.computed and column.name in names:
                raise UnsupportedValueError(column.name, "the database computes this column itself; leave it out")
            if column.required and not column.default and column.name not in names:
                raise UsageError(
                    f"the frame lacks {column.name!r}, which in table {self._table!r} has no default and is never"
                    " missing; add it"
                )
        return [column for column in stored if column.name in names]

    def _merge(self, columns: list[Column], target: Target) -> None:
        """Stage the rows in a temporary table, then write them all in one statement."""
        staged, store, connection = own_name(), self._store, self._connection
        store.create(connection, staged, store.settle(connection, columns, []), [], temporary=True)
        store.write(connection, staged, columns, self._rows(columns, target.key), numbered=True)
        store.merge(connection, staged, target)

    def _hold_same(self, stored: list[Column], primary: list[str]) -> None:
        """Keep the table as it is; raise where it is no longer as described."""
        self._store.hold(self._connection, self._table, writes=True)
        if self._described() != (stored, primary):
            raise _changed(self._table)

    def _hold_like(self, columns: list[Column]) -> None:
        """Keep the table as it is; raise where a column of another writer's table would change the new one's values."""
        self._store.hold(self._connection, self._table, writes=True)
        known = {column.name: column for column in self._described()[0]}
        if not all(column.name in known and _takes(known[column.name], column) for column in columns):
            raise _changed(self._table)

    # --- Rows

    def _rows(self, columns: list[Column], keys: Sequence[str]) -> Iterator[list[Any]]:
        """Yield all rows in slices: for each of the columns an Arrow array."""
        total = None if self._streamed else len(self._flat)
        with progress.rows(total, "saving") as advance:
            for frame in chain([self._flat], map(_flat, self._following)):
                for part in self._slices(frame, columns, keys):
                    yield part
                    self._count += len(part[0])
                    advance(len(part[0]))

    def _slices(self, frame: pd.DataFrame, columns: list[Column], keys: Sequence[str]) -> Iterator[list[Any]]:
        """Yield a frame's rows; a column that it lacks is missing, which one of the key cannot be."""
        _check_known(frame.columns, getattr(self, "_known", [column.name for column in columns]))
        first_row = self._count
        for rows in parts(len(frame)):
            part, row, arrays = frame.iloc[rows], first_row + rows.start, []
            for column in columns:
                absent = pd.Series([None] * len(part), name=column.name, dtype=object)
                series = part[column.name] if column.name in part.columns else absent
                if column.name in keys or column.required:
                    _check_present(series, row, "a key" if column.name in keys else "the table's column")
                arrays.append(encode(column, series, row))
            yield arrays


def _exists(table: str) -> TableExistsError:
    return TableExistsError(f'there is a table {table!r} already; use if_exists="replace", "append" or "upsert"')


def _changed(table: str) -> DatabaseError:
    return DatabaseError(f"another program has changed table {table!r} meanwhile; run this again")


def _takes(stored: Column, new: Column) -> bool:
    """Say whether a column of a table holds whatever a new one does, and gives it back the same."""
    said = ("zoned", "crs", "category")
    if stored.kind.name != new.kind.name or any(stored.note.get(part) != new.note.get(part) for part in said):
        return False
    if new.size is None or stored.size == new.size:
        return True
    if new.kind.name == "decimal":
        (precision, scale), (wanted, places) = stored.size, new.size
        return bool(scale >= places and precision - scale >= wanted - places)
    return new.kind.name in ("text", "bytes") and bool(stored.size >= new.size)


# --- Frames, and what can be checked of them without a database -------------------------------------------------------


def _split_first(frames: Frames) -> tuple[pd.DataFrame, Iterator[pd.DataFrame], bool]:
    """Return the first frame, an iterator over those that follow, and whether there may be any."""
    if isinstance(frames, pd.DataFrame):
        return frames, iter(()), False
    if isinstance(frames, (str, Path)):
        frames = files.frames(frames)
    if isinstance(frames, bytes) or not isinstance(frames, Iterable):
        raise UsageError(f"save takes a DataFrame, a GeoDataFrame or an iterator of them, not {type(frames).__name__}")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise UsageError("the iterator gave no frame; there is nothing to save")
    return first, iterator, True


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


def _checked_key(if_exists: str, key: str | Sequence[str] | None) -> list[str]:
    """Return the key's columns as a list, having checked the two arguments."""
    if if_exists not in IF_EXISTS:
        raise UsageError(f"if_exists is {if_exists!r}; it must be one of {', '.join(IF_EXISTS)}")
    if not (key is None or isinstance(key, (str, Iterable))):
        raise UsageError(f"key is {key!r}; it is the name of a column, or a list of names")
    keys = [key] if isinstance(key, str) else list(dict.fromkeys(key or []))
    if if_exists == "upsert" and not keys:
        raise UsageError('if_exists="upsert" needs key=, the column whose value says which row is meant')
    return keys


def _check_keys(frame: pd.DataFrame, keys: list[str], unique: bool) -> None:
    """Raise unless the key's columns are there, can be a key, and have each key once."""
    missing = [name for name in keys if name not in frame.columns]
    if missing:
        raise UsageError(f"key names {missing[0]!r}, but the frame has only the columns {', '.join(frame.columns)}")
    for name in keys:
        family = kind_of(frame[name]).family
        if family in ("json", "bytes", "geometry"):
            raise UnsupportedValueError(name, f"a column of {family} cannot be a key")
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


def _check_known(names: Iterable[str], known: Sequence[str]) -> None:
    """Raise for the first column that the table does not have."""
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnsupportedValueError(unknown[0], f"the table has no such column; it has {', '.join(known)}")


def _check_present(series: pd.Series, first_row: int, what: str) -> None:
    """Raise where a column that is never missing has a missing value."""
    missing = np.flatnonzero(series.isna())
    if len(missing):
        raise UnsupportedValueError(series.name, f"{what} has no missing values", first_row + int(missing[0]), None)


def _annotated(column: Column, first: pd.DataFrame) -> Column:
    """Return the column with its part in the frame noted: a level of the index, the axis' name, active geometry."""
    index: list[Any] = [name for name in first.index.names if name is not None]
    note = dict(column.note)
    if column.name in index:
        note["index"] = index.index(column.name)
    if first.columns.name is not None:
        note["axis"] = first.columns.name
    active = getattr(first, "_geometry_column_name", "") if column.kind.family == "geometry" else ""
    if column.name == active:
        note["active"] = True
    elif active is None or (active and active not in first.columns):
        note["active"] = False  # none is
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
