# ruff: noqa: ANN401 - Arrow ships no types
"""Whole columns on their way to the database and back at once, as Arrow arrays.

A vector encoder returns what the strict encoder of the same kind (see `persistence.convert`) would, in the kind's Arrow
type. It refuses nothing itself: where it is not certain that every value would be accepted unchanged, it returns None
or lets Arrow raise, and the strict encoder looks at the values one by one and names the one that is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from persistence import geometry
from persistence.convert import FIRST_DAY, FIRST_SECOND, LAST_SECOND, MAX_SECONDS, plain

if TYPE_CHECKING:
    from persistence.columns import Column

FIRST, LAST = (int(limit.astype("datetime64[us]").astype("int64")) for limit in (FIRST_SECOND, LAST_SECOND))
"""The range of DATETIME in microseconds since 1970; the very last second is left to the strict encoder."""
FIRST_DATE, LAST_DATE = ((limit - dt.date(1970, 1, 1)).days for limit in (FIRST_DAY, dt.date.max))
"""The range of DATE in days since 1970."""
LONGEST = (MAX_SECONDS - 2) * 10**6
"""The longest duration in microseconds; the last seconds are left to the strict encoder."""
DAY = 86_400_000_000
"""A day in microseconds."""
DIGITS = np.frombuffer("".join(f"{byte:02X}" for byte in range(256)).encode("ascii"), dtype="u2")
"""The two hexadecimal digits of each byte, as two ASCII characters."""


def arrow(series: pd.Series) -> Any:
    """Return a column as one Arrow array, missing values null."""
    values = pa.array(series, from_pandas=True)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def exact(series: pd.Series, column: Column) -> Any:
    """Return numbers, and booleans in the column's width; Arrow raises for one out of its range."""
    return arrow(series).cast(column.kind.wire)


def floats(series: pd.Series, column: Column) -> Any:
    """Return finite floats in double precision."""
    doubles = arrow(series).cast(column.kind.wire)
    return doubles if pc.all(pc.is_finite(doubles), min_count=0).as_py() else None


def texts(series: pd.Series, column: Column) -> Any:
    """Return texts, or bytes, within the column's capacity."""
    words = arrow(series).cast(column.kind.wire)
    return words if column.size is None or longest(words) <= column.size else None


def datetimes(series: pd.Series, column: Column) -> Any:
    """Return times as UTC, or without a zone as they are, in whole microseconds."""
    values = arrow(series)
    unit, zone = values.type.unit, values.type.tz
    if (zone is not None) != column.note.get("zoned", False):
        return None
    moments = values.cast(pa.int64()).cast(pa.timestamp(unit)).cast(column.kind.wire)
    return moments if _within(moments.cast(pa.int64()), FIRST, LAST) else None


def dates(series: pd.Series, column: Column) -> Any:
    """Return dates within MySQL's range."""
    days = arrow(series).cast(column.kind.wire)
    return days if _within(days.cast(pa.int32()), FIRST_DATE, LAST_DATE) else None


def durations(series: pd.Series, column: Column) -> Any:
    """Return durations as whole microseconds."""
    ticks = arrow(series).cast(pa.duration("us")).cast(column.kind.wire)
    return ticks if _within(ticks, -LONGEST, LONGEST) else None


def geometries(series: pd.Series, column: Column) -> Any:
    """Return shapely's geometries as WKB, where the column holds each of them."""
    shapes = np.asarray(series.array, dtype=object)
    crs = column.note.get("crs")
    if geometry.are_rings(shapes).any() or (
        column.kind.name == "geometry" and not geometry.is_storable(shapes[~series.isna()], crs)
    ):
        return None
    return pa.array(geometry.to_wkb(shapes), column.kind.wire)


def _within(values: Any, least: int, most: int) -> bool:
    """Say whether all values that are present lie between the two, both included."""
    limits = pc.min_max(values).as_py()
    return limits["min"] is None or (limits["min"] >= least and limits["max"] <= most)


def read(values: Any, kind: Any) -> Any:
    """Return what a database gave as an array of the Arrow type `kind`; Arrow raises where that is not exact.

    MySQL gives times of day as durations, SQLite gives them, and dates, as text.
    """
    if pa.types.is_duration(values.type) and pa.types.is_time(kind):
        limits = pc.min_max(values.cast(pa.int64())).as_py()
        if len(values) > values.null_count and not 0 <= limits["min"] <= limits["max"] < DAY:
            raise pa.ArrowInvalid("not a time of day")
        values = values.cast(pa.int64())
    return values if values.type == kind else values.cast(kind)


def from_values(values: Sequence[Any], wire: Any) -> Any:
    """Return what a strict encoder gave as an array of the kind's Arrow type; what has none there is its text."""
    return pa.array(map(plain, values) if wire == pa.large_string() else values, wire, size=len(values))


def longest(values: Any) -> int:
    """Return the length of the longest text in characters, or of the longest value in bytes; 0 without any."""
    if isinstance(values, list):
        return max(map(len, present(values)), default=0)
    measure = pc.binary_length if pa.types.is_large_binary(values.type) else pc.utf8_length
    return pc.max(measure(values)).as_py() or 0


def present(values: Any) -> list[Any]:
    """Return those of an array's, or a list's, values that are not missing."""
    cells = values if isinstance(values, list) else values.to_pylist()
    return [value for value in cells if value is not None]


def hexadecimal(values: Any) -> Any:
    """Return binary values as texts of their hexadecimal digits."""
    values = pa.concat_arrays([values])  # offsets of a part of an array need not begin at 0
    _, offsets, data = values.buffers()
    start = values.offset
    ends = np.frombuffer(offsets, dtype="i8")[start : start + len(values) + 1]
    digits = DIGITS[np.frombuffer(data or b"", dtype="u1")[ends[0] : ends[-1]]]
    texts = pa.LargeStringArray.from_buffers(
        len(values), pa.py_buffer((ends - ends[0]) * 2), pa.py_buffer(np.ascontiguousarray(digits))
    )
    return pc.if_else(values.is_valid(), texts, pa.scalar(None, pa.large_string()))
