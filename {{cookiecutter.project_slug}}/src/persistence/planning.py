# ruff: noqa: ANN401 - capacities and dtypes are of several types
"""From a frame's columns to the columns of a new table: capacity by content, and the note."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from geopandas.array import GeometryDtype

from persistence import bulk, geometry, vectors
from persistence.columns import KIND, MAX_VARCHAR, Column, encode, kind_of
from persistence.convert import digits, plain
from persistence.dtypes import dtype_name
from persistence.errors import UnsupportedValueError

NOTE_LIMIT = 1024
"""Characters of a MySQL column comment (MySQL 9.7 reference manual, "CREATE TABLE Statement")."""
NOTE_MARGIN = 100
"""Of these, what is kept free for the parts of the note that are added last."""
SHORT = 255

Encode = Callable[[Column, pd.Series, int], Any]


def plan(series: pd.Series, encode: Encode, key: bool = False, open_ended: bool = False) -> Column:
    """Return the column that holds this data, having checked every value.

    Args:
        series: the data; its name is the column's.
        encode: the database's encoder, which checks the values it is given.
        key: whether the column is part of the primary key, which rules out missing values and long text.
        open_ended: whether more data of unknown length follows; text and bytes then get the largest type.

    Raises:
        UnsupportedValueError: a value, the type or the categories cannot be stored exactly.
    """
    name, kind = str(series.name), kind_of(bulk.numbered(series))
    if key:
        bulk.check_present(series, 0)
    column = Column(name, kind, note=note_of(name, series))
    if kind.name == "geometry" and not _is_storable(series, column.note["crs"]):
        column = replace(column, kind=KIND["wkb"])
    sizes = [_measure(column, encode(column, series.iloc[rows], rows.start)) for rows in bulk.parts(len(series))]
    if isinstance(series.dtype, pd.CategoricalDtype):  # those too that do not occur yet
        sizes.append(_measure(column, encode(column, pd.Series(series.dtype.categories, name=name), 0)))
    return replace(column, size=_size(column, series, sizes, key, open_ended))


def _is_storable(series: pd.Series, crs: str | None) -> bool:
    """Say whether all geometries fit a GEOMETRY column."""
    shapes = np.asarray(series.array, dtype=object)
    present = shapes[~series.isna().to_numpy()]
    return all(geometry.is_storable(present[rows], crs) for rows in bulk.parts(len(present)))


def check_key(series: pd.Series) -> None:
    """Raise when a column is of a type that cannot be part of a primary key."""
    family = kind_of(bulk.numbered(series)).family
    if family in ("json", "bytes", "geometry"):
        raise UnsupportedValueError(series.name, f"a column of {family} cannot be a key")


def _measure(column: Column, encoded: Any) -> Any:
    """Return what the capacity depends on: the longest value's length, or the decimals' digits (before, after)."""
    if column.kind.name in ("text", "bytes"):
        return vectors.longest(encoded)
    if column.kind.name == "decimal":
        figures = [digits(Decimal(value)) for value in vectors.present(encoded)]
        return max((whole for whole, _ in figures), default=1), max((scale for _, scale in figures), default=0)
    return None


def _size(column: Column, series: pd.Series, sizes: list[Any], key: bool, open_ended: bool) -> Any:
    """Return the capacity to create the column with, with room for later rows."""
    if column.kind.name == "decimal":
        return _decimal_size(column.name, sizes)
    if column.kind.name == "geometry":
        return geometry.srid(getattr(series.array, "crs", None))
    if column.kind.name not in ("text", "bytes"):
        return None
    longest = max(sizes, default=0)
    if key:
        if longest > MAX_VARCHAR:
            raise UnsupportedValueError(column.name, f"a key has at most {MAX_VARCHAR} characters")
        return max(longest, SHORT)
    wanted = longest if longest > SHORT else min(2 * longest, SHORT)
    capacities = [capacity for capacity, _ in column.kind.ladder]
    return capacities[-1] if open_ended else next(capacity for capacity in capacities if capacity >= wanted)


def _decimal_size(name: str, sizes: list[tuple[int, int]]) -> tuple[int, int]:
    """Return (precision, scale) for all values; MySQL allows 65 and 30."""
    whole, scale = max((whole for whole, _ in sizes), default=1), max((scale for _, scale in sizes), default=0)
    if whole + scale > 65 or scale > 30:
        raise UnsupportedValueError(name, "DECIMAL has at most 65 digits, 30 of them after the point; use .astype(str)")
    return max(whole + scale, 1), scale


def note_of(name: str, series: pd.Series) -> dict[str, Any]:
    """Return what SQL cannot say about a column: its dtype, CRS, categories, and whether its times have a zone."""
    dtype: Any = series.dtype
    if isinstance(dtype, GeometryDtype):
        return {"crs": geometry.crs_text(name, getattr(series.array, "crs", None))}
    if isinstance(dtype, pd.CategoricalDtype):
        return _category_note(name, series, dtype)
    note: dict[str, Any] = {"dtype": dtype_name(name, dtype)}
    if isinstance(dtype, pd.ArrowDtype):
        zoned = pa.types.is_timestamp(dtype.pyarrow_dtype) and dtype.pyarrow_dtype.tz is not None
    else:
        zoned = isinstance(dtype, pd.DatetimeTZDtype)
    return {**note, "zoned": True} if zoned else note


def _category_note(name: str, series: pd.Series, dtype: Any) -> dict[str, Any]:
    """Return the note of a categorical column.

    Categories that do not fit are left out when they can be found again: unordered, sorted, each in use.
    """
    categories = pd.Series(dtype.categories, name=name)
    note = note_of(name, categories)
    known = [plain(value) for value in encode(Column(name, kind_of(categories), note=note), categories)]
    if any(isinstance(value, bytes) for value in known):
        raise UnsupportedValueError(name, "categories of bytes cannot be stored; use .astype(object)")
    whole = {**note, "category": {"ordered": bool(dtype.ordered), "values": known}}
    if len(json.dumps(whole)) <= NOTE_LIMIT - NOTE_MARGIN:
        return whole
    found = pd.Categorical(series.astype(dtype.categories.dtype))
    if dtype.ordered or not found.categories.equals(dtype.categories):
        raise UnsupportedValueError(name, "its categories do not fit a column comment; use fewer, or .astype(str)")
    return {**note, "category": {"ordered": False, "values": None}}
