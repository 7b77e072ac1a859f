# ruff: noqa: ANN401 - values of every type pass through here
"""Single values on their way to the driver and back, by kind.

An encoder takes the present values of a column, whose index holds their row numbers, and returns what a driver takes.
It is strict: a value that would not come back equal raises `UnsupportedValueError` with its column and row. A decoder
takes one value as either driver returns it; SQLite's text included.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from persistence import geometry
from persistence.errors import UnsupportedValueError

if TYPE_CHECKING:
    from persistence.columns import Column

EXACT_FLOAT = 2**53
FIRST_DAY = dt.date(1000, 1, 1)
FIRST_SECOND, LAST_SECOND = np.datetime64("1000-01-01", "s"), np.datetime64("9999-12-31T23:59:59", "s")
"""MySQL's supported range of DATE and DATETIME; the same rule holds on SQLite."""
MAX_SECONDS = np.iinfo("int64").max // 10**6
"""The longest duration that 64 bits of microseconds hold, about 292,000 years."""


def reject_first(present: pd.Series, bad: Any, why: str) -> None:
    """Raise for the first value where the mask `bad` is true."""
    positions = np.flatnonzero(np.asarray(bad, dtype=bool))
    if len(positions):
        reject(present, int(positions[0]), why)


def reject(present: pd.Series, position: int, why: str) -> None:
    """Raise for the value at a position."""
    row: Any = present.index[position]
    raise UnsupportedValueError(present.name, why, row=int(row), value=present.iloc[position])


def check_exact(present: pd.Series) -> None:
    """Raise for the first integer that a DOUBLE would round."""
    reject_first(present, [abs(int(value)) > EXACT_FLOAT for value in present], "DOUBLE would round this integer")


# --- Encoders -------------------------------------------------------------------------------------------------------


def booleans(present: pd.Series, column: Column) -> list[Any]:
    """Return Python's booleans."""
    return [bool(value) for value in present.tolist()]


def integers(present: pd.Series, column: Column) -> list[Any]:
    """Return Python's integers, within the range of the column's width."""
    values = [int(value) for value in present.tolist()]
    limits = np.iinfo(column.kind.name)
    if min(values) < limits.min or max(values) > limits.max:
        bad = [not limits.min <= value <= limits.max for value in values]
        reject_first(present, bad, f"outside the range of {column.kind.name}, {limits.min} to {limits.max}")
    return values


def floats(present: pd.Series, column: Column) -> list[Any]:
    """Return Python's floats; SQL has no others than finite ones."""
    values = present.to_numpy(dtype=float)
    why = "SQL has neither infinity nor a NaN that is not a missing value; replace it"
    reject_first(present, ~np.isfinite(values), why)
    return list(values.tolist())


def texts(present: pd.Series, column: Column) -> list[Any]:
    """Return Python's strings, of Unicode and within the column's capacity."""
    values = [str(value) for value in present.tolist()]
    if not _is_unicode("".join(values)):
        reject_first(present, [not _is_unicode(value) for value in values], "holds half of a surrogate pair")
    if column.size is not None and max(map(len, values)) > column.size:
        why = f'longer than {column.size} characters; save with if_exists="replace", or widen the column in SQL'
        reject_first(present, [len(value) > column.size for value in values], why)
    return values


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def datetimes(present: pd.Series, column: Column) -> list[Any]:
    """Return Python's datetimes without a zone; those with one become UTC."""
    if pd.api.types.is_object_dtype(present.dtype):
        zoned = [value.tzinfo is not None for value in present]
        reject_first(present, zoned, "an object with a time zone; convert the column with pd.to_datetime()")
    stamps: Any = pd.Series(pd.to_datetime(present))
    if (stamps.dt.tz is not None) != column.note.get("zoned", False):
        why = "times with and without a time zone do not mix; use .dt.tz_localize()"
        raise UnsupportedValueError(present.name, why)
    if stamps.dt.tz is not None:
        stamps = stamps.dt.tz_convert("UTC").dt.tz_localize(None)
    instants = stamps.to_numpy()
    seconds = instants.astype("datetime64[s]")
    reject_first(present, (seconds < FIRST_SECOND) | (seconds > LAST_SECOND), "DATETIME spans the years 1000 to 9999")
    whole = instants.astype("datetime64[us]")
    reject_first(present, whole != instants, 'DATETIME keeps microseconds; round with .dt.floor("us")')
    return list(whole.astype(object).tolist())


def dates(present: pd.Series, column: Column) -> list[Any]:
    """Return dates, within MySQL's range."""
    values = list(present)
    reject_first(present, [value < FIRST_DAY for value in values], "DATE spans the years 1000 to 9999")
    return values


def times(present: pd.Series, column: Column) -> list[Any]:
    """Return times of day."""
    values = list(present)
    reject_first(present, [value.tzinfo is not None for value in values], "TIME has no time zone")
    return values


def durations(present: pd.Series, column: Column) -> list[Any]:
    """Return durations as whole microseconds."""
    ticks = pd.Series(pd.to_timedelta(present)).to_numpy()
    seconds = ticks.astype("timedelta64[s]").astype("int64")
    reject_first(present, abs(seconds) > MAX_SECONDS - 1, "durations end at 292,000 years")
    whole = ticks.astype("timedelta64[us]")
    reject_first(present, whole != ticks, 'durations keep microseconds; round with .dt.floor("us")')
    return list(whole.astype("int64").tolist())


def decimals(present: pd.Series, column: Column) -> list[Any]:
    """Return decimals that the column's precision and scale hold unrounded."""
    values = list(present)
    reject_first(present, [not value.is_finite() for value in values], "SQL has no infinity")
    precision, scale = column.size or (65, 30)
    too_long = [whole > precision - scale or fraction > scale for whole, fraction in map(digits, values)]
    reject_first(present, too_long, f"does not fit DECIMAL({precision},{scale})")
    return values


def digits(value: Decimal) -> tuple[int, int]:
    """Return how many digits a finite decimal has before and after the point."""
    _, figures, exponent = value.as_tuple()
    return max(len(figures) + int(exponent), 0), max(-int(exponent), 0)


def documents(present: pd.Series, column: Column) -> list[Any]:
    """Return JSON texts, of each of which it is certain that it gives the value back."""
    values = [_json(value) for value in present]
    why = "JSON cannot hold it: use dicts with text keys, lists, texts, numbers of 64 bits, true, false and None"
    reject_first(present, [value is None for value in values], why)
    return values


def _json(value: Any) -> str | None:
    """Return the JSON text of a value, or None when there is none that gives it back."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        return text if _is_unicode(text) and json.loads(text, parse_int=_json_integer) == value else None
    except (TypeError, ValueError, RecursionError):
        return None


def _json_integer(text: str) -> int:
    """Return the integer, refusing what MySQL's JSON would turn into a rounded number."""
    if -(2**63) <= int(text) < 2**64:
        return int(text)
    raise ValueError(text)


def blobs(present: pd.Series, column: Column) -> list[Any]:
    """Return bytes, within the column's capacity."""
    values = [bytes(value) for value in present]
    if column.size is not None:
        reject_first(present, [len(value) > column.size for value in values], f"longer than {column.size} bytes")
    return values


def geometries(present: pd.Series, column: Column) -> list[Any]:
    """Return geometries as WKB; a GEOMETRY column holds fewer of them than a BLOB."""
    values = list(present)
    reject_first(present, geometry.are_rings(values), "a LinearRing has no WKB; make it a LineString")
    crs = column.note.get("crs")
    if column.kind.name == "geometry" and not geometry.is_storable(values, crs):
        why = "a GEOMETRY column holds finite, two-dimensional, non-empty geometries within the range of its CRS"
        reject_first(present, [not geometry.is_storable([value], crs) for value in values], why)
    return geometry.to_wkb(values)


# --- Decoders -------------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """Return text, which the connector gives as bytes for some columns."""
    return value if isinstance(value, str) else bytes(value).decode()


def datetime(value: Any) -> Any:
    """Return a datetime."""
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def date(value: Any) -> Any:
    """Return a date."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def time(value: Any) -> Any:
    """Return a time of day, which the connector gives as a duration."""
    if isinstance(value, dt.timedelta):
        return (dt.datetime.min + value).time()
    return dt.time.fromisoformat(value) if isinstance(value, str) else value


def duration(value: int) -> dt.timedelta:
    """Return the duration of so many microseconds."""
    return dt.timedelta(microseconds=value)


def decimal(value: Any) -> Decimal:
    """Return a decimal."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def plain(value: Any) -> Any:
    """Return an encoded value as SQLite and JSON hold it: where they have no type, text that sorts like the value."""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "microseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("microseconds")
    return str(value) if isinstance(value, Decimal) else value


def decode_all(values: Sequence[Any], decode: Any) -> Sequence[Any]:
    """Return the values decoded, None staying None."""
    return [None if value is None else decode(value) for value in values] if decode else values
