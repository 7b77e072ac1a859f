"""Rows on their way in: frames are aligned with the table's columns, encoded slice by slice, and handed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from persistence import progress, sources
from persistence.columns import Column
from persistence.dialect import Dialect
from persistence.errors import UnsupportedValueError, UsageError

SLICE_ROWS = 20_000
"""Rows that are encoded at a time, which bounds the memory that encoding takes."""

Frames = pd.DataFrame | Iterable[pd.DataFrame] | str | Path
"""What `save` takes: a frame, an iterator of frames, or the path of a CSV or Parquet file."""


def split_first(frames: Frames) -> tuple[pd.DataFrame, Iterator[pd.DataFrame], bool]:
    """Return the first frame, an iterator over those that follow, and whether there may be any.

    Raises:
        UsageError: there is no frame, or something else than a frame.
    """
    if isinstance(frames, pd.DataFrame):
        return frames, iter(()), False
    if isinstance(frames, (str, Path)):
        frames = sources.frames(frames)
    if isinstance(frames, bytes) or not isinstance(frames, Iterable):
        raise UsageError(f"save takes a DataFrame, a GeoDataFrame or an iterator of them, not {type(frames).__name__}")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise UsageError("the iterator gave no frame; there is nothing to save")
    return first, iterator, True


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


class Rows:
    """The rows of frames, as slices of encoded columns; iterating counts them in `count`."""

    def __init__(
        self, dialect: Dialect, columns: Sequence[Column], frames: Iterable[pd.DataFrame], total: int | None
    ) -> None:
        """Prepare; the frames are `flat`, the columns a table's, the total is the number of rows where it is known."""
        self.count = 0
        self._dialect, self._columns, self._frames, self._total = dialect, columns, frames, total

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the slices, of each for every column what the dialect's `encode` returns."""
        with progress.rows(self._total, "saving") as advance:
            for frame in self._frames:
                first = self.count
                for part in slices(self._dialect, self._columns, frame, first):
                    yield part
                    self.count += len(part[0])
                    advance(len(part[0]))


def parts(length: int) -> Iterator[slice]:
    """Yield the slices of so many rows."""
    for start in range(0, length, SLICE_ROWS):
        yield slice(start, min(start + SLICE_ROWS, length))


def slices(dialect: Dialect, columns: Sequence[Column], frame: pd.DataFrame, first_row: int) -> Iterator[list[Any]]:
    """Yield the frame's values in slices of rows: for each column of the table, its values as the dialect takes them.

    A column that the frame lacks is NULL.
    """
    known = {column.name for column in columns}
    unknown = [name for name in frame.columns if name not in known]
    if unknown:
        raise UnsupportedValueError(unknown[0], f"the table has no such column; it has {', '.join(sorted(known))}")
    for rows in parts(len(frame)):
        part = frame.iloc[rows]
        absent = pd.Series([None] * len(part), dtype=object)
        yield [
            dialect.encode(column, part[column.name] if column.name in part.columns else absent, first_row + rows.start)
            for column in columns
        ]
