# ruff: noqa: ANN401 - Arrow ships no types
"""Whole columns on their way to the database at once, as Arrow arrays.

A vector encoder returns what the strict encoder of the same kind (see `persistence.convert`) would, in the kind's Arrow
type. It refuses nothing itself: where it is not certain that every value would be accepted unchanged, it returns None
or lets Arrow raise, and the strict encoder looks at the values one by one and names the one that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from persistence.convert import FIRST_SECOND, LAST_SECOND, plain

if TYPE_CHECKING:
    from persistence.columns import Column

FIRST, LAST = (int(limit.astype("datetime64[us]").astype("int64")) for limit in (FIRST_SECOND, LAST_SECOND))
"""The range of DATETIME in microseconds since 1970; the very last second is left to the strict encoder."""
DIGITS = np.frombuffer("".join(f"{byte:02X}" for byte in range(256)).encode("ascii"), dtype="u2")
"""The two hexadecimal digits of each byte, as two ASCII characters."""


def exact(values: Any, column: Column) -> Any:
    """Return numbers and booleans in the column's width; Arrow raises for one that is out of its range."""
    return values.cast(column.kind.wire)


def floats(values: Any, column: Column) -> Any:
    """Return finite floats in double precision."""
    doubles = values.cast(column.kind.wire)
    return doubles if pc.all(pc.is_finite(doubles), min_count=0).as_py() else None


def texts(values: Any, column: Column) -> Any:
    """Return texts within the column's capacity."""
    words = values.cast(column.kind.wire)
    return words if column.size is None or longest(words) <= column.size else None


def datetimes(values: Any, column: Column) -> Any:
    """Return times as UTC, or without a zone as they are, in whole microseconds."""
    unit, zone = values.type.unit, values.type.tz
    if (zone is not None) != column.note.get("zoned", False):
        return None
    moments = values.cast(pa.int64()).cast(pa.timestamp(unit)).cast(column.kind.wire)
    limits = pc.min_max(moments.cast(pa.int64())).as_py()
    if len(moments) > moments.null_count and not (limits["min"] >= FIRST and limits["max"] <= LAST):
        return None
    return moments


def from_values(values: Sequence[Any], wire: Any) -> Any:
    """Return what a strict encoder gave as an array of the kind's Arrow type; what has none there is its text."""
    return pa.array(map(plain, values) if wire == pa.large_string() else values, wire, size=len(values))


def longest(values: Any) -> int:
    """Return the length of the longest text in characters, or of the longest value in bytes; 0 without any."""
    measure = pc.binary_length if pa.types.is_large_binary(values.type) else pc.utf8_length
    return pc.max(measure(values)).as_py() or 0


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
