"""Rows on their way in: frames are aligned with the table's columns, encoded slice by slice, and handed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from persistence.columns import Column
from persistence.dialect import Dialect
from persistence.errors import UnsupportedValueError, UsageError

SLICE_ROWS = 20_000
"""Rows that are encoded at a time, which bounds the memory that encoding takes."""

Frames = pd.DataFrame | Iterable[pd.DataFrame]


def split_first(frames: Frames) -> tuple[pd.DataFrame, Iterator[pd.DataFrame], bool]:
    """Return the first frame as it was given, an iterator over all of them made `flat`, and whether more may follow.

    Raises:
        UsageError: there is no frame, or something else than a frame.
    """
    if isinstance(frames, pd.DataFrame):
        return frames, iter([flat(frames)]), False
    if isinstance(frames, (str, bytes)) or not isinstance(frames, Iterable):
        raise UsageError(f"save takes a DataFrame, a GeoDataFrame or an iterator of them, not {type(frames).__name__}")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise UsageError("the iterator gave no frame; there is nothing to save")
    return first, map(flat, chain([first], iterator)), True


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its index as columns when the index has names.

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
        return frame.reset_index()
    if isinstance(index, pd.MultiIndex) or (len(index) and not pd.api.types.is_integer_dtype(index.dtype)):
        raise UsageError("the index holds data but has no name; use frame.rename_axis('name') or frame.reset_index()")
    return frame


def check(dialect: Dialect, columns: Sequence[Column], frame: pd.DataFrame) -> None:
    """Encode every value of the frame without keeping it, so that what cannot be stored is found before writing."""
    for _ in slices(dialect, columns, frame, 0):
        pass


def write(
    connection: Connection, dialect: Dialect, table: str, columns: list[Column], frames: Iterator[pd.DataFrame]
) -> int:
    """Append all frames to the table, of which the columns are these; return the number of rows."""
    written = 0

    def encoded() -> Iterator[list[Any]]:
        nonlocal written
        for frame in frames:
            yield from slices(dialect, columns, frame, written)
            written += len(frame)

    dialect.insert(connection, table, columns, encoded())
    return written


def slices(dialect: Dialect, columns: Sequence[Column], frame: pd.DataFrame, first_row: int) -> Iterator[list[Any]]:
    """Yield the frame's values in slices of rows: for each column of the table, its values as the dialect takes them.

    A column that the frame lacks is NULL.
    """
    known = {column.name for column in columns}
    unknown = [name for name in frame.columns if name not in known]
    if unknown:
        raise UnsupportedValueError(unknown[0], f"the table has no such column; it has {', '.join(sorted(known))}")
    for start in range(0, len(frame), SLICE_ROWS):
        part = frame.iloc[start : start + SLICE_ROWS]
        row = first_row + start
        absent = pd.Series([None] * len(part), dtype=object)
        yield [
            dialect.encode(column, part[column.name] if column.name in part.columns else absent, row)
            for column in columns
        ]
