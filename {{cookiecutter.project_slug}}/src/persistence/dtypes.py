# ruff: noqa: ANN401 - dtypes and values of every type pass through here
"""The names under which pandas dtypes are written down beside a column, and the way back from a name.

A name is pandas' own (``Int64``, ``datetime64[us, Europe/Berlin]``), except where pandas cannot read its own name
back: a string dtype also names its storage, and an Arrow dtype is Arrow's serialized schema.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from persistence.errors import UnsupportedValueError

ARROW = "arrow:"
STRING_DTYPES = {
    f"{name}[{storage}]": pd.StringDtype(storage, na_value=missing)
    for name, missing in (("str", np.nan), ("string", pd.NA))
    for storage in ("python", "pyarrow")
}


def dtype_name(column: str, dtype: Any) -> str:
    """Return the dtype's name; raise `UnsupportedValueError` when no name gives it back."""
    if isinstance(dtype, pd.ArrowDtype):
        schema = pa.schema([("", dtype.pyarrow_dtype)])
        return ARROW + base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")
    for name, known in STRING_DTYPES.items():
        if dtype == known:
            return name
    try:
        if read_dtype(str(dtype)) == dtype:
            return str(dtype)
    except (TypeError, ValueError):
        pass
    raise UnsupportedValueError(column, f"its type {dtype} cannot be stored; convert it with .astype() first")


def read_dtype(name: str) -> Any:
    """Return the dtype of a name from `dtype_name`."""
    if name.startswith(ARROW):
        buffer = pa.py_buffer(base64.b64decode(name.removeprefix(ARROW)))
        return pd.ArrowDtype(pa.ipc.read_schema(buffer).field(0).type)
    return STRING_DTYPES.get(name) or pd.api.types.pandas_dtype(name)


def from_arrow(values: Any, name: str, nullable: bool = False) -> pd.Series:
    """Return an Arrow array as a Series of the named dtype, all values at once.

    As in `restore`, integers and booleans with missing values get the nullable dtype of the same width, and times with
    a zone arrive as UTC without one. Times that are finer than the dtype's unit keep their microseconds.

    Args:
        values: the array.
        name: the dtype's name.
        nullable: whether integers and booleans get the nullable dtype in any case.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit the dtype.
    """
    dtype = read_dtype(name)
    if isinstance(dtype, pd.ArrowDtype):
        kind = dtype.pyarrow_dtype
        moments = values.cast(pa.timestamp(kind.unit)) if pa.types.is_timestamp(kind) else values
        return pd.Series(pd.array(moments.cast(kind), dtype=dtype))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.Series(pd.DatetimeIndex(_ticks(values, "M", dtype.unit)).tz_localize("UTC").tz_convert(dtype.tz))
    if dtype.kind in "mM":
        return pd.Series(_ticks(values, dtype.kind, np.datetime_data(dtype)[0]))
    if pd.api.types.is_object_dtype(dtype):
        return pd.Series(_plain_objects(values), dtype=object)
    if isinstance(dtype, np.dtype) and dtype.kind in "iub" and (nullable or values.null_count):
        dtype = pd.api.types.pandas_dtype(_nullable(dtype.name))
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return pd.Series(values.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(dtype, copy=False))
    if isinstance(dtype, np.dtype):
        return pd.Series(values.cast(pa.from_numpy_dtype(dtype)).to_numpy(zero_copy_only=False))
    if not isinstance(dtype, pd.StringDtype):
        values = values.cast(pa.from_numpy_dtype(dtype.numpy_dtype))
    extension: Any = dtype
    return pd.Series(extension.__from_arrow__(values))


def _ticks(values: Any, kind: str, unit: str) -> Any:
    """Return times (kind M) or durations (m) in a unit; in microseconds, as they are stored, where they do not fit."""
    exact = values.cast(pa.timestamp("us") if kind == "M" else pa.duration("us")).to_numpy(zero_copy_only=False)
    ticks = exact.astype(f"{kind}8[{unit}]", copy=False)
    return ticks if unit == "us" or ((ticks.astype(exact.dtype) == exact) | np.isnat(exact)).all() else exact


def _plain_objects(values: Any) -> np.ndarray:
    """Return Python's objects, None where missing."""
    kind = values.type
    if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        objects: np.ndarray = values.to_numpy(zero_copy_only=False)
        return objects
    return _objects(values.to_pylist())


def expected(kind: Any) -> str:
    """Return the name of the dtype that a user of pandas expects for an Arrow type of which nothing else is known."""
    return next((name for test, name in _BY_ARROW if test(kind)), "object")


_BY_ARROW: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (pa.types.is_uint64, "uint64"),
    (pa.types.is_integer, "int64"),
    (pa.types.is_floating, "float64"),
    (pa.types.is_large_string, "str"),
    (pa.types.is_timestamp, "datetime64[us]"),
    (pa.types.is_duration, "timedelta64[us]"),
)


def restore(values: Sequence[Any], name: str) -> pd.Series:
    """Return plain Python values (None where missing) as a Series of the named dtype.

    A NumPy integer or boolean dtype has no missing value: where there is one, the nullable dtype of the same width is
    returned instead. Times with a zone arrive as UTC without one.
    """
    dtype = read_dtype(name)
    if isinstance(dtype, pd.ArrowDtype):
        return pd.Series(pd.array(_arrow(values, dtype.pyarrow_dtype), dtype=dtype))
    if isinstance(dtype, pd.DatetimeTZDtype):
        instants = np.array(values, "datetime64[us]").astype(f"datetime64[{dtype.unit}]")
        return pd.Series(pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(dtype.tz))
    if dtype.kind in "mM":
        return pd.Series(np.array(values, f"{dtype.kind}8[us]").astype(dtype))
    if pd.api.types.is_object_dtype(dtype):
        return pd.Series(_objects(values), dtype=object)
    if isinstance(dtype, np.dtype) and dtype.kind in "iub" and None in values:
        dtype = pd.api.types.pandas_dtype(_nullable(dtype.name))
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return pd.Series(np.array(values, dtype=float).astype(dtype))
    series: pd.Series = pd.Series(values, dtype=dtype)
    return series


def _arrow(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return the values as an Arrow array; times and durations go through their count of microseconds."""
    if pa.types.is_timestamp(kind):
        return pa.array(np.array(values, "datetime64[us]")).cast(pa.timestamp(kind.unit)).cast(kind)
    if pa.types.is_duration(kind):
        return pa.array(values, pa.duration("us")).cast(kind)
    return pa.array(values, kind)


def _objects(values: Sequence[Any]) -> np.ndarray:
    """Return a one-dimensional object array, also of lists."""
    array = np.empty(len(values), dtype=object)
    for position, value in enumerate(values):
        array[position] = value
    return array


def _nullable(name: str) -> str:
    """Return the nullable dtype's name of a NumPy one: ``uint8`` gives ``UInt8``."""
    return "boolean" if name == "bool" else name.replace("int", "Int").replace("uInt", "UInt")


def infer(values: Sequence[Any]) -> pd.Series:
    """Return values of which no dtype is known as the Series that a user of pandas expects.

    Integers stay integers beside missing values (``Int64``); decimals become floats, as in `pandas.read_sql`.
    """
    types = {type(value) for value in values if value is not None}
    for known, name in _EXPECTED:
        if types and types <= known:
            return restore(values, name)
    return pd.Series(_objects(values), dtype=object)


_EXPECTED: tuple[tuple[set[type], str], ...] = (
    ({int}, "int64"),
    ({int, float, Decimal}, "float64"),
    ({str}, "str"),
    ({dt.datetime}, "datetime64[us]"),
    ({dt.timedelta}, "timedelta64[us]"),
)
