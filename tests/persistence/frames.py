"""Hypothesis strategies for columns of every type that can be stored, and for whole frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
from hypothesis import strategies as st

UNICODE = st.text(st.characters(codec="utf-8"), max_size=40)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | UNICODE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(UNICODE, inner, max_size=3),
    max_leaves=8,
)
MOMENTS = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 30))
RECENT = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))
SPANS = st.timedeltas(dt.timedelta(days=-90_000), dt.timedelta(days=90_000))
ZONES = ("UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "+05:30")


def integers(dtype: str) -> st.SearchStrategy[int]:
    """All integers of a NumPy dtype; of uint64 those that SQLite can hold too."""
    limits = np.iinfo(dtype)
    return st.integers(int(limits.min), min(int(limits.max), 2**63 - 1))


def floats(width: Literal[16, 32, 64] = 64) -> st.SearchStrategy[float]:
    """All finite floats of a width."""
    return st.floats(allow_nan=False, allow_infinity=False, width=width)


def _series(dtype: Hashable) -> Callable[[list[Any]], pd.Series]:
    """Return the function that makes a Series of a dtype."""
    return lambda values: pd.Series(values, dtype=dtype)


def _moments(unit: str, zone: str | None) -> Callable[[list[Any]], pd.Series]:
    """Return the function that makes a Series of times."""

    def make(values: list[Any]) -> pd.Series:
        stamps = pd.Series(np.array(values, "datetime64[us]").astype(f"datetime64[{unit}]"))
        return stamps.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else stamps

    return make


def _categories(ordered: bool) -> Callable[[list[Any]], pd.Series]:
    """Return the function that makes a categorical Series, with a category that is not used."""

    def make(values: list[Any]) -> pd.Series:
        known = sorted({value for value in values if value is not None} | {"unused"}, reverse=True)
        return pd.Series(pd.Categorical(values, categories=known, ordered=ordered))

    return make


def _arrow(dtype: str, values: st.SearchStrategy[Any]) -> tuple[st.SearchStrategy[Any], Callable[..., pd.Series], bool]:
    return values, _series(f"{dtype}[pyarrow]"), True


DECIMALS = st.decimals(Decimal(-(10**12)), Decimal(10**12), allow_nan=False, places=6)
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], Callable[[list[Any]], pd.Series], bool]] = {
    **{name: (integers(name), _series(name), False) for name in ("int8", "int16", "int32", "int64")},
    **{name: (integers(name), _series(name), False) for name in ("uint8", "uint16", "uint32", "uint64")},
    **{name: (integers(name.lower()), _series(name), True) for name in ("Int8", "Int16", "Int32", "Int64", "UInt32")},
    "bool": (st.booleans(), _series("bool"), False),
    "boolean": (st.booleans(), _series("boolean"), True),
    "float16": (floats(16), _series("float16"), True),
    "float32": (floats(32), _series("float32"), True),
    "float64": (floats(), _series("float64"), True),
    "Float64": (floats(), _series("Float64"), True),
    "str": (UNICODE, _series("str"), True),
    "string": (UNICODE, _series("string"), True),
    "string[python]": (UNICODE, _series(pd.StringDtype("python")), True),
    "long str": (st.text("aé漢😀", min_size=256, max_size=300), _series("str"), True),
    "objects of text": (UNICODE, _series(object), True),
    "objects of integers": (integers("int64"), _series(object), True),
    "objects of booleans": (st.booleans(), _series(object), True),
    "objects of floats": (floats(), _series(object), True),
    "datetime64[s]": (MOMENTS.map(lambda moment: moment.replace(microsecond=0)), _moments("s", None), True),
    "datetime64[us]": (MOMENTS, _moments("us", None), True),
    "datetime64[ns]": (RECENT, _moments("ns", None), True),
    **{f"datetime64[us, {zone}]": (RECENT, _moments("us", zone), True) for zone in ZONES},
    "datetime64[ns, Europe/Berlin]": (RECENT, _moments("ns", "Europe/Berlin"), True),
    "timedelta64[us]": (SPANS, _series("timedelta64[us]"), True),
    "timedelta64[ns]": (SPANS, _series("timedelta64[ns]"), True),
    "dates": (st.dates(dt.date(1000, 1, 1)), _series(object), True),
    "times": (st.times(), _series(object), True),
    "decimals": (DECIMALS, _series(object), True),
    "bytes": (st.binary(max_size=40), _series(object), True),
    "documents": (st.lists(DOCUMENTS, max_size=3) | st.dictionaries(UNICODE, DOCUMENTS), _series(object), True),
    "categories": (st.sampled_from(["a", "B", "ö", "😀", "it's", 'back\\"slash']), _categories(False), True),
    "ordered categories": (st.sampled_from(["low", "high"]), _categories(True), True),
    "categories of integers": (
        st.integers(0, 5),
        lambda values: pd.Series(values, dtype="Int64").astype("category"),
        True,
    ),
    "int16[pyarrow]": _arrow("int16", integers("int16")),
    "double[pyarrow]": _arrow("double", floats()),
    "bool[pyarrow]": _arrow("bool", st.booleans()),
    "string[pyarrow]": _arrow("large_string", UNICODE),
    "timestamp[pyarrow]": _arrow("timestamp[us]", RECENT),
    "timestamp[pyarrow] with a zone": _arrow("timestamp[ns, tz=Asia/Tokyo]", RECENT.map(pd.Timestamp)),
    "date[pyarrow]": _arrow("date32[day]", st.dates(dt.date(1000, 1, 1))),
    "time[pyarrow]": _arrow("time64[us]", st.times()),
    "binary[pyarrow]": _arrow("binary", st.binary(max_size=40)),
}
"""For each type: its values, the function that makes a Series of them, and whether values may be missing."""


def columns(name: str, rows: int) -> st.SearchStrategy[pd.Series]:
    """A column of the type `name` with so many rows."""
    values, make, nullable = COLUMNS[name]
    cells = st.none() | values if nullable else values
    return st.lists(cells, min_size=rows, max_size=rows).map(make)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """A frame of up to six columns of any types, and up to twelve rows."""
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=6, unique=True))
    rows = draw(st.integers(0, 12))
    return pd.DataFrame({f"{number} {kind}": draw(columns(kind, rows)) for number, kind in enumerate(kinds)})
