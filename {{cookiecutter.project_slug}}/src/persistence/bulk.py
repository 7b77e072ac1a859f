"""Rows on their way in: frames are aligned with the table's columns, encoded slice by slice, and handed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
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


def numbered(series: pd.Series, first_row: int = 0) -> pd.Series:
    """Return the series with its rows' numbers as the index."""
    return series.set_axis(range(first_row, first_row + len(series)))


def check_present(series: pd.Series, first_row: int) -> None:
    """Raise where a column of the key has a missing value."""
    missing = np.flatnonzero(series.isna())
    if len(missing):
        raise UnsupportedValueError(series.name, "a key has no missing values", first_row + int(missing[0]), None)


def check(dialect: Dialect, columns: Sequence[Column], keys: Sequence[str], frame: pd.DataFrame) -> None:
    """Encode every value of the frame without keeping it, so that what cannot be stored is found before writing."""
    for _ in slices(dialect, columns, keys, frame, 0):
        pass


class Rows:
    """The rows of frames, as slices of encoded columns; iterating counts them in `count`."""

    def __init__(
        self,
        dialect: Dialect,
        columns: Sequence[Column],
        keys: Sequence[str],
        frames: Iterable[pd.DataFrame],
        total: int | None,
    ) -> None:
        """Prepare.

        Args:
            dialect: the database.
            columns: those of the table to which the rows go.
            keys: the names of those that are the table's key.
            frames: the rows; the frames are `flat`.
            total: the number of rows, where it is known.
        """
        self.count = 0
        self._dialect, self._columns, self._keys, self._frames, self._total = dialect, columns, keys, frames, total

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the slices, of each for every column what the dialect's `encode` returns."""
        with progress.rows(self._total, "saving") as advance:
            for frame in self._frames:
                first = self.count
                for part in slices(self._dialect, self._columns, self._keys, frame, first):
                    yield part
                    self.count += len(part[0])
                    advance(len(part[0]))


def parts(length: int) -> Iterator[slice]:
    """Yield the slices of so many rows."""
    for start in range(0, length, SLICE_ROWS):
        yield slice(start, min(start + SLICE_ROWS, length))


def slices(
    dialect: Dialect, columns: Sequence[Column], keys: Sequence[str], frame: pd.DataFrame, first_row: int
) -> Iterator[list[Any]]:
    """Yield the frame's values in slices of rows: for each column of the table, its values as the dialect takes them.

    A column that the frame lacks is NULL, which one of the key cannot be.
    """
    known = {column.name for column in columns}
    unknown = [name for name in frame.columns if name not in known]
    if unknown:
        raise UnsupportedValueError(unknown[0], f"the table has no such column; it has {', '.join(sorted(known))}")
    for rows in parts(len(frame)):
        part = frame.iloc[rows]
        first = first_row + rows.start
        cells = [_cells(part, column.name) for column in columns]
        for series in cells:
            if series.name in keys:
                check_present(series, first)
        yield [dialect.encode(column, series, first) for column, series in zip(columns, cells, strict=True)]


def _cells(part: pd.DataFrame, name: str) -> pd.Series:
    """Return a column, missing values where there is none."""
    return part[name] if name in part.columns else pd.Series([None] * len(part), name=name, dtype=object)
