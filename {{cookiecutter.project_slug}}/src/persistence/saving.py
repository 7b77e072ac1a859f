"""One save: what is wanted is checked, the rows are written where nobody sees them, and all show at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from persistence import bulk
from persistence.columns import Column
from persistence.dialect import Check, Dialect, check_name, own_name
from persistence.errors import DatabaseError, TableExistsError, UnsupportedValueError, UsageError
from persistence.planning import check_key, plan

IF_EXISTS = ("fail", "replace", "append", "upsert")


@dataclass(frozen=True)
class Order:
    """What `Database.save` is asked for.

    Attributes:
        table: the table's name.
        if_exists: one of `IF_EXISTS`.
        keys: the columns of the primary key, or none.
        spatial_index: whether a new table's geometry gets a spatial index.
        first: the first frame as it was given.
        following: those that follow.
        streamed: whether there may be any.
    """

    table: str
    if_exists: str
    keys: list[str]
    spatial_index: bool
    first: pd.DataFrame
    following: Iterable[pd.DataFrame]
    streamed: bool

    @classmethod
    def checked(
        cls, frames: bulk.Frames, table: str, if_exists: str, key: str | Sequence[str] | None, spatial_index: bool
    ) -> Order:
        """Return the order, having checked what needs no database."""
        check_name(table, "the table name")
        keys = _check_mode(if_exists, key)
        order = cls(table, if_exists, keys, spatial_index, *bulk.split_first(frames))
        _check_names(order.flat)
        _check_keys(order.flat, keys, unique=if_exists != "upsert")
        return order

    @cached_property
    def flat(self) -> pd.DataFrame:
        """The first frame with its index as columns."""
        return bulk.flat(self.first)

    @property
    def upserts(self) -> bool:
        """Whether rows are updated whose key exists."""
        return self.if_exists == "upsert"

    def rows(self, dialect: Dialect, columns: Sequence[Column], keys: Sequence[str]) -> bulk.Rows:
        """Return all rows, encoded for these columns, of which `keys` are the table's key."""
        frames = chain([self.flat], map(_named, self.following))
        return bulk.Rows(dialect, columns, keys, frames, None if self.streamed else len(self.flat))


class Saving:
    """The carrying out of an order over one connection."""

    def __init__(self, dialect: Dialect, connection: Connection, order: Order) -> None:
        """Prepare."""
        self.dialect, self.connection, self.order = dialect, connection, order

    def run(self) -> int:
        """Write the rows; return their number."""
        order = self.order
        self.dialect.tidy(self.connection)
        tables = self.dialect.tables(self.connection, surely=order.table)
        exists = order.table in tables
        if exists and order.if_exists == "fail":
            raise _exists(order.table)
        if not exists:
            self._check_case(tables)
        if exists and self.dialect.is_view(self.connection, order.table):
            raise UsageError(f"{order.table!r} is a view; choose another name")
        if exists and order.if_exists != "replace":
            return self._add()
        return self._build(self._plan(), exists)

    def _check_case(self, tables: Iterable[str]) -> None:
        """Raise where another table's name is the same to the database."""
        table = self.order.table
        other = next((name for name in tables if name.casefold() == table.casefold()), None)
        if other is not None and self.dialect.ignores_case(self.connection):
            raise UsageError(f"the table is named {other!r}, which to this database is the same as {table!r}; use that")

    def _plan(self) -> list[Column]:
        """Return the columns of a new table, having checked all values of the first frame."""
        order, encode = self.order, self.dialect.encode
        columns = [
            plan(order.flat[name], encode, key=name in order.keys, open_ended=order.streamed)
            for name in order.flat.columns
        ]
        columns = [_annotate(column, order.first) for column in columns]
        columns = self.dialect.settle(self.connection, columns, order.keys)
        return _index_places(columns, order.flat) if order.spatial_index else columns

    def _build(self, columns: list[Column], exists: bool) -> int:
        """Build a new table under another name and give it its name when it is finished."""
        new, dialect, rows = own_name(), self.dialect, self.order.rows(self.dialect, columns, self.order.keys)
        dialect.create(self.connection, new, columns, self.order.keys, temporary=False)
        try:
            if self.order.upserts:
                self._upsert(new, columns, rows, lambda: None)
            else:
                dialect.fill(self.connection, new, columns, bool(self.order.keys), iter(rows))
            dialect.index(self.connection, new, columns, rows.count)
            self._swap(new, columns, exists)
        except BaseException:
            with suppress(SQLAlchemyError):  # the next writer removes what a lost connection leaves
                dialect.discard(self.connection, new)
            raise
        return rows.count

    def _swap(self, new: str, columns: list[Column], exists: bool) -> None:
        """Give the new table its name; where another writer made one meanwhile, do with that as `if_exists` says."""
        order, dialect, connection = self.order, self.dialect, self.connection
        while not dialect.swap(connection, new, order.table, replace=exists):
            exists = order.table in dialect.tables(connection, surely=order.table)
            if exists and order.if_exists == "fail":
                raise _exists(order.table)
            if exists and order.if_exists != "replace":
                keys = order.keys if order.upserts else []
                dialect.merge(connection, new, order.table, columns, keys, lambda: self._hold_like(columns))
                dialect.discard(connection, new)
                return

    def _add(self) -> int:
        """Append or upsert the rows to the table, having checked all values of the first frame."""
        order = self.order
        stored, primary = self._describe() if order.upserts else self._hold()  # an upsert holds it when all is staged
        named = set(order.flat.columns)
        columns = [column for column in stored if column.name in named]
        lacking = [column.name for column in stored if column.name in primary and column.note and column not in columns]
        if lacking:
            raise UsageError(f"the frame lacks {lacking[0]!r}, a column of the key of table {order.table!r}; add it")
        bulk.check(self.dialect, columns, primary, order.flat)
        rows = order.rows(self.dialect, columns, primary)
        if order.upserts:
            self._upsert(order.table, columns, rows, lambda: self._hold_same(stored, primary))
        else:
            self.dialect.append(self.connection, order.table, stored, columns, iter(rows))
        return rows.count

    def _hold(self) -> tuple[list[Column], list[str]]:
        """Keep the table as it is; return the same as `_describe`."""
        self.dialect.hold(self.connection, self.order.table, writes=True)
        return self._describe()

    def _describe(self) -> tuple[list[Column], list[str]]:
        """Return the table's columns and its key, having checked that it takes the rows."""
        self.dialect.check_writable(self.connection, self.order.table, self.order.upserts)
        stored, primary = self.dialect.describe(self.connection, self.order.table)
        if self.order.keys and set(self.order.keys) != set(primary):
            raise UsageError(
                f"the key of table {self.order.table!r} is {', '.join(primary) or 'none'}, not "
                f'{", ".join(self.order.keys)}; give that key, or save with if_exists="replace"'
            )
        return stored, primary

    def _hold_same(self, stored: list[Column], primary: list[str]) -> None:
        """Keep the table as it is; raise where it is no longer as described."""
        if self._hold() != (stored, primary):
            raise _changed(self.order.table)

    def _hold_like(self, columns: list[Column]) -> None:
        """Keep the table as it is; raise where a column of another writer's table would change the new one's values."""
        stored, _ = self._hold()
        known = {column.name: column for column in stored}
        if not all(column.name in known and _takes(known[column.name], column) for column in columns):
            raise _changed(self.order.table)

    def _upsert(self, table: str, columns: list[Column], rows: bulk.Rows, check: Check) -> None:
        """Stage the rows in a temporary table, then write them all in one statement, before which `check` is called."""
        staged, dialect, connection = own_name(), self.dialect, self.connection
        dialect.create(connection, staged, columns, [], temporary=True)
        dialect.append(connection, staged, columns, columns, iter(rows))
        dialect.merge(connection, staged, table, columns, self.order.keys, check)
        dialect.unstage(connection, staged)


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
        (digits, scale), (wanted, places) = stored.size, new.size
        return bool(scale >= places and digits - scale >= wanted - places)
    return new.kind.name in ("text", "bytes") and bool(stored.size >= new.size)


def _check_mode(if_exists: str, key: str | Sequence[str] | None) -> list[str]:
    """Return the key's columns as a list, having checked the two arguments."""
    if if_exists not in IF_EXISTS:
        raise UsageError(f"if_exists is {if_exists!r}; it must be one of {', '.join(IF_EXISTS)}")
    if not (key is None or isinstance(key, (str, Iterable))):
        raise UsageError(f"key is {key!r}; it is the name of a column, or a list of names")
    keys = [key] if isinstance(key, str) else list(dict.fromkeys(key or []))
    if if_exists == "upsert" and not keys:
        raise UsageError('if_exists="upsert" needs key=, the column whose value says which row is meant')
    return keys


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a later frame with its index as columns, having checked their names."""
    flat = bulk.flat(frame)
    _check_names(flat)
    return flat


def _check_names(frame: pd.DataFrame) -> None:
    """Raise unless the frame has columns with possible, distinct names."""
    if not len(frame.columns):
        raise UsageError("the frame has no columns; there is nothing to save")
    names = [check_name(name, "the column name") for name in frame.columns]
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen:
            other = seen[name.casefold()]
            raise UsageError(f"columns {other!r} and {name!r} have the same name in SQL; rename one of them")
        seen[name.casefold()] = name


def _check_keys(frame: pd.DataFrame, keys: list[str], unique: bool) -> None:
    """Raise unless the key's columns are there, can be a key, and have each key once."""
    missing = [name for name in keys if name not in frame.columns]
    if missing:
        raise UsageError(f"key names {missing[0]!r}, but the frame has only the columns {', '.join(frame.columns)}")
    for name in keys:
        check_key(frame[name])
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


def _annotate(column: Column, first: pd.DataFrame) -> Column:
    """Return the column with its part in the frame noted: a level of the index, or the active geometry."""
    index: list[Any] = [name for name in first.index.names if name is not None]
    note = dict(column.note)
    if column.name in index:
        note["index"] = index.index(column.name)
    if column.name == getattr(first, "_geometry_column_name", None):
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
