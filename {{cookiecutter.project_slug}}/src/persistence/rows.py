# ruff: noqa: ANN401 - Arrow ships no types
"""Columns of a frame as Arrow arrays on their way to the database, and what a database returned as columns of a frame.

Encoding is strict: a value that would not come back equal raises `UnsupportedValueError` with its column and row. A
column is converted at once; where that fails, the row is found by trying ever shorter parts.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from geopandas import GeoDataFrame
from geopandas.array import GeometryDtype
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from sqlalchemy import Connection

from persistence import geometry, progress, types
from persistence.errors import UnsupportedValueError
from persistence.types import KIND, Column, Kind, dtype_name, kind_of_dtype, kind_of_type, read_dtype

T = TypeVar("T")
SLICE_ROWS = 20_000
"""Rows that are encoded at a time, which bounds the memory that encoding takes."""
NOTE_LIMIT = 1024
"""Characters of a MySQL column comment (MySQL 9.7 reference manual, "CREATE TABLE Statement")."""
NOTE_MARGIN = 200
"""Of these, what is kept free for the parts of the note that are added last."""
SHORT = 255
SIZED = ("text", "bytes", "decimal")
"""Kinds whose columns have a capacity."""
REFUSALS = (pa.ArrowException, ValueError, TypeError, OverflowError, CRSError)
"""What converting a column raises for what is not possible."""


def parts(length: int) -> Iterator[slice]:
    """Yield slices of at most `SLICE_ROWS`."""
    for start in range(0, length, SLICE_ROWS):
        yield slice(start, min(start + SLICE_ROWS, length))


# --- To the database ------------------------------------------------------------------------------------------------


def encode(column: Column, series: pd.Series, first_row: int = 0) -> Any:
    """Return a frame's column as `column` stores it: an Arrow array of the kind's `wire` type, null where missing.

    Args:
        column: the table's column.
        series: the data, of a kind that fits the column's.
        first_row: the number of the first row, for messages.

    Raises:
        UnsupportedValueError: the kind does not fit, or a value would not come back equal.
    """
    return _checked(series, column.name, first_row, partial(_encode, column))


def _checked(series: pd.Series, name: str, first_row: int, convert: Callable[[pd.Series], T]) -> T:
    """Return what `convert` makes of a column; of what it refuses, name the first row."""

    def refusal(rows: int) -> str:
        try:
            convert(series.iloc[:rows])
        except UnicodeError:
            return "holds half of a surrogate pair, which is no character; replace it"
        except OverflowError:
            return "beyond the 64 bits of an integer; use .astype(str)"
        except REFUSALS as error:
            return " ".join(str(error).split())
        return ""

    try:
        return convert(series)
    except REFUSALS:
        count = bisect_left(range(len(series)), True, key=lambda rows: bool(refusal(rows)))
    place = (first_row + count - 1, series.iloc[count - 1]) if count else ()
    raise UnsupportedValueError(name, refusal(count), *place)


def _encode(column: Column, series: pd.Series) -> Any:
    """Return the column encoded; any error says what is wrong, but not where."""
    kind, dtype, category = column.kind, series.dtype, column.note.get("category", {})
    if isinstance(dtype, pd.CategoricalDtype):
        if dtype.ordered and category.get("ordered"):
            places = _categories(column).get_indexer(dtype.categories)
            if (np.diff(places[places >= 0]) < 0).any():
                raise ValueError(
                    "its categories have another order than the table's; use .cat.reorder_categories or"
                    " .cat.as_unordered"
                )
        used = series.cat.remove_unused_categories().cat
        codes = used.codes.to_numpy()
        return _encode(column, pd.Series(used.categories)).take(pa.array(codes, mask=codes < 0))
    found, is_missing = _kind(series), series.isna().all()
    fits = found.family == kind.family or (found.family, kind.name) == ("integer", "float")
    if not fits and (not is_missing or found.name == "geometry"):
        raise ValueError(f"the column holds {kind.name}, the frame {found.name}")
    if is_missing:
        return pa.nulls(len(series), kind.wire)
    if found.name == "geometry":
        expected = column.note["crs"] if column.note else f"EPSG:{column.size}" if column.size else None
        return pa.array(geometry.to_wkb(series, expected, flat=kind.name == "geometry"), kind.wire)
    array = _to_arrow(found, series)
    if kind.name == "datetime" and (array.type.tz is not None) != column.note.get("zoned", False):
        raise ValueError("times with and without a time zone do not mix; use .dt.tz_localize()")
    encoded = _cast(kind, array)
    _check_size(column, encoded)
    if category.get("values") is not None and not set(_plain_values(encoded)) <= {None, *category["values"]}:
        raise ValueError("not one of the categories that the table was created with")
    return encoded


def _kind(series: pd.Series) -> Kind:
    """Return the kind of a column: of categories theirs, of objects the one that all of them have."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _kind(pd.Series(series.dtype.categories))
    if isinstance(series.dtype, GeometryDtype):
        return KIND["geometry"]
    kind = kind_of_dtype(series.dtype)
    for python in () if kind else dict.fromkeys(map(type, series.dropna())):
        if python is np.ndarray:
            raise ValueError("arrays have no SQL type; make them lists: .map(np.ndarray.tolist, na_action='ignore')")
        found = types.BY_PYTHON.get(python)
        if found is None:
            raise ValueError(f"objects of type {python.__name__} have no SQL type; use .astype(str)")
        if kind not in (None, found):
            raise ValueError(f"a value of type {found.name} in a column of {kind.name}; use one type")
        kind = found
    return kind or KIND["text"]


def _to_arrow(kind: Kind, series: pd.Series) -> Any:
    """Return the values of a column as one Arrow array, decimals and documents as text."""
    if kind.write:
        cells = (None if absent else kind.write(cell) for cell, absent in zip(series, series.isna(), strict=True))
        return pa.array(cells, kind.wire)
    if series.dtype == object and kind.name in ("datetime", "time", "duration"):
        if any(getattr(value, "tzinfo", None) for value in series):
            raise ValueError(
                "an object with a time zone, which a column of objects does not keep; convert it:"
                " pd.to_datetime(column, utc=True), or of times of day .map(lambda t: t.replace(tzinfo=None))"
            )
        if kind.name != "time":
            series = pd.to_datetime(series) if kind.name == "datetime" else pd.to_timedelta(series)
    array = pa.array(series, kind.wire if series.dtype == object else None, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _cast(kind: Kind, array: Any) -> Any:
    """Return an array as the kind's wire type, times in UTC; raise for a value that is not the same there."""
    try:
        cells = (array.cast(pa.duration("us")) if kind.name == "duration" else array).cast(kind.wire)
    except pa.ArrowInvalid as error:
        raise ValueError((kind.beyond if "out of bounds" in str(error) else kind.rounds) or str(error)) from None
    if kind.limits:
        least, most = (pa.scalar(limit, kind.wire) for limit in kind.limits)
        if not pc.all(pc.and_(pc.greater_equal(cells, least), pc.less_equal(cells, most)), min_count=0).as_py():
            raise ValueError(kind.beyond)
    return cells


def _check_size(column: Column, cells: Any) -> None:
    """Raise where the column has no room for a value; of one that is being planned, where none could have."""
    most, places = measure(column.kind, cells)
    if column.kind.name == "decimal":
        precision, scale = column.size or (types.MAX_DIGITS, types.MAX_SCALE)
        if places > scale or most > precision - (scale if column.size else places):
            raise ValueError(f"does not fit DECIMAL({precision},{scale})")
    elif column.kind.name in SIZED and column.size is not None and most > column.size:
        unit = "characters" if column.kind.name == "text" else "bytes"
        raise ValueError(f'longer than {column.size} {unit}; save with if_exists="replace", or widen the column in SQL')


def measure(kind: Kind, cells: Any) -> tuple[int, int]:
    """Return the most characters or bytes, and 0; of decimals the most digits before and after the point."""
    if kind.name != "decimal":
        length = {"text": pc.utf8_length, "bytes": pc.binary_length}.get(kind.name)
        return (pc.max(length(cells)).as_py() or 0) if length else 0, 0
    whole, fraction = 0, 0
    for number in map(Decimal, cells.drop_null().to_pylist()):
        if not number.is_finite():
            raise ValueError("SQL has no infinity")
        _, figures, exponent = number.as_tuple()
        whole, fraction = max(whole, len(figures) + int(exponent)), max(fraction, -int(exponent))
    return whole, fraction


def _plain_values(encoded: Any) -> list[Any]:
    """Return an array's values as JSON has them: where it has no type, text that sorts like the value."""
    return list((encoded.cast(pa.string()) if pa.types.is_temporal(encoded.type) else encoded).to_pylist())


# --- Columns of a new table -----------------------------------------------------------------------------------------


def plan(series: pd.Series, key: bool = False, open_ended: bool = False) -> Column:
    """Return the column that holds this data: its kind, its capacity with room for later rows, and the note.

    Args:
        series: the data; its name is the column's.
        key: whether the column is part of the primary key, which rules out long text.
        open_ended: whether more data of unknown length follows; text and bytes then get the largest type.

    Raises:
        UnsupportedValueError: the type, the categories or a value that had to be looked at cannot be stored exactly.
    """
    name, kind = str(series.name), kind_of(series)
    column = Column(name, kind, note=_note(name, series))
    if kind.name == "geometry":
        crs = column.note["crs"]
        flat = all(geometry.is_storable(series.iloc[rows], crs) for rows in parts(len(series)))
        return replace(column, size=geometry.noted_srid(crs)) if flat else replace(column, kind=KIND["wkb"])
    if kind.name not in SIZED:
        return column
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = pd.Series(series.dtype.categories)  # those too that do not occur yet
    arrays = (encode(column, series.iloc[rows], rows.start) for rows in parts(len(series)))
    most, places = map(max, zip((0, 0), *(measure(kind, array) for array in arrays), strict=True))
    if kind.name == "decimal":
        if most + places > types.MAX_DIGITS:
            why = f"DECIMAL has at most {types.MAX_DIGITS} digits, {types.MAX_SCALE} of them after the point"
            raise UnsupportedValueError(name, f"{why}; use .astype(str)")
        return replace(column, size=(max(most + places, 1), places))
    if key and most > types.MAX_VARCHAR:
        raise UnsupportedValueError(name, f"a key has at most {types.MAX_VARCHAR} characters")
    wanted = most if most > SHORT else min(2 * most, SHORT)
    capacities = [capacity for capacity, _ in kind.ladder if capacity >= wanted]
    return replace(column, size=max(most, SHORT) if key else capacities[-1 if open_ended else 0])


def kind_of(series: pd.Series) -> Kind:
    """Return the kind of a whole column.

    Raises:
        UnsupportedValueError: the dtype, or the mixture of objects, has no kind.
    """
    return _checked(series, str(series.name), 0, _kind)


def _note(name: str, series: pd.Series) -> dict[str, Any]:
    """Return what SQL cannot say about a column: its dtype, CRS, categories, and whether its times have a zone.

    Categories that do not fit are left out when they can be found again: unordered, sorted, each in use.
    """
    dtype: Any = series.dtype
    if isinstance(dtype, GeometryDtype):
        return {"crs": geometry.crs_text(name, getattr(series.array, "crs", None))}
    if not isinstance(dtype, pd.CategoricalDtype):
        return {"dtype": dtype_name(name, dtype), **({"zoned": True} if _is_zoned(dtype) else {})}
    categories = pd.Series(dtype.categories, name=name)
    note, kind = _note(name, categories), kind_of(categories)
    if kind.name in ("bytes", "json"):
        raise UnsupportedValueError(name, f"categories of {kind.name} cannot be stored; use .astype(object)")
    known = _plain_values(encode(Column(name, kind, note=note), categories))
    whole = {**note, "category": {"ordered": bool(dtype.ordered), "values": known}}
    if len(json.dumps(whole)) <= NOTE_LIMIT - NOTE_MARGIN:
        return whole
    found = pd.Categorical(series.astype(dtype.categories.dtype))
    if dtype.ordered or not found.categories.equals(dtype.categories):
        raise UnsupportedValueError(name, "its categories do not fit a column comment; use fewer, or .astype(str)")
    return {**note, "category": {"ordered": False, "values": None}}


def _is_zoned(dtype: Any) -> bool:
    return getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None) is not None


def noted(name: str, text: object, declared: str) -> Column | None:
    """Return the column that a note describes, or None where that is not this package's, or of another type.

    Others may write anything into a comment, and change the type below it: a note by which not even a column without
    rows can be read is no note.
    """
    with suppress(Exception):
        note = json.loads(str(text))
        column = Column(name, kind := KIND[note.pop("kind")], note=note, declared=declared)
        bare = re.split(r"[( ]", declared.upper())[0] + " UNSIGNED" * ("UNSIGNED" in declared.upper())
        _noted(column, pa.nulls(0, kind.wire))
        dtype = read_dtype(note.get("dtype", "object"))
        if (
            bare in (*types.OWN_TYPES[kind.name], kind.sqlite, types.ALIASES.get(kind.name))
            and kind_of_dtype(dtype) in (None, kind)
            and _is_zoned(dtype) == note.get("zoned", False)
            and type(note.get("index", 0)) is int
            and type(note.get("axis", "")) in (str, int, float)
        ):
            return column
    return None


# --- From the database ----------------------------------------------------------------------------------------------

UNREADABLE = (*REFUSALS, AttributeError, ShapelyError, LookupError)
"""What reading values raises that are not what the note says: others may have written them, or the note."""


@dataclass(frozen=True)
class Result:
    """The rows of a query.

    Attributes:
        columns: what the database says about the columns.
        batches: the rows, at least one batch where there are columns: for each column its values, an Arrow array in one
            piece or several, or a list where they have no common type. They are read as they are asked for.
    """

    columns: list[Column]
    batches: Iterable[list[Any]] = field(repr=False)


def run(connection: Connection, sql: str, *values: Any) -> Any:
    """Run a statement with the driver's own placeholders; without values it reaches the database as it stands."""
    if values:
        return connection.exec_driver_sql(sql, values)
    return connection.execution_options(no_parameters=True).exec_driver_sql(sql)


def from_driver(description: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> Result:
    """Return the rows of a driver's cursor, which tells no more of the columns than their names."""

    def cells(values: Sequence[Any]) -> Any:
        try:
            return pa.array(values, from_pandas=False)
        except (pa.ArrowException, OverflowError, UnicodeError):
            return list(values)  # they have no common type

    columns = [Column(entry[0], KIND["bytes"]) for entry in description]
    return Result(columns, [[cells(values) for values in list(zip(*rows, strict=True)) or [()] * len(columns)]])


def regrouped(batches: Iterable[list[Any]], rows: int) -> Iterator[list[Any]]:
    """Yield the same rows in batches of so many, and one of the rest; at least one."""
    held: Any = None
    for batch in batches:
        more = pa.Table.from_arrays(batch, [str(number) for number in range(len(batch))])
        held = more if held is None else pa.concat_tables([held, more])
        while len(held) > rows:
            yield held.slice(0, rows).columns
            held = held.slice(rows)
    yield held.columns


def whole(columns: Sequence[Column], batches: Iterable[list[Any]]) -> pd.DataFrame:
    """Return all rows as one frame, holding no column longer than it is needed."""
    held: list[list[Any]] = []
    with progress.rows(None, "loading") as advance:
        for batch in batches:
            held.append(batch)
            advance(len(batch[0]) if batch else 0)
    gathered = ([batch.pop(0) for batch in held] for _ in columns)
    return frame(columns, (found[0] if len(found) == 1 else pa.chunked_array(found) for found in gathered))


def frame(columns: Sequence[Column], values: Iterable[Any]) -> pd.DataFrame:
    """Return the columns' values as a frame: each column decoded, the index set, the geometry active.

    Args:
        columns: the columns.
        values: of each its values: an Arrow array, in one piece or several; a list where they have no common type.
    """
    built = pd.DataFrame(dict(enumerate(map(decode, columns, values))))
    axis = next((column.note["axis"] for column in columns if "axis" in column.note), None)
    built.columns = pd.Index([column.name for column in columns], name=axis)
    kinds = zip(columns, built.dtypes, strict=True)
    located = {column.name: column.note.get("active") for column, dtype in kinds if isinstance(dtype, GeometryDtype)}
    if located:
        built = GeoDataFrame(built, geometry=max(located, key=lambda name: bool(located[name])))
        if all(mark is False for mark in located.values()):
            built._geometry_column_name = None  # what geopandas leaves when the active one is dropped
    levels = sorted((column.note["index"], column.name) for column in columns if "index" in column.note)
    with suppress(NotImplementedError):  # of a note that others wrote: pandas has no index of that dtype
        built = built.set_index([name for _, name in levels]) if levels else built
    return built


def decode(column: Column, cells: Any) -> pd.Series:
    """Return what the database gave for a column as a Series of the dtype that was saved.

    A column without a note (made by others, or the result of an expression) gets the dtype that its type or, where
    that says too little, its values suggest; so does one whose values are not what the note says.
    """
    if isinstance(cells, list):
        return pd.Series(cells, dtype=object)
    with suppress(*UNREADABLE):
        return _noted(column, cells)
    kind = kind_of_type(cells.type)
    usual = ({"text": "str", "duration": "timedelta64[us]"}.get(kind.name, kind.dtype) if kind else "") or "object"
    with suppress(*UNREADABLE):
        if column.kind.family == "geometry" and not column.note:
            return geometry.from_stored(cells.to_numpy(zero_copy_only=False))
        return _series(cells, column.kind.dtype or usual, column.nullable)
    return _series(cells, usual, column.nullable)


def _noted(column: Column, cells: Any) -> pd.Series:
    """Return a column as its note says."""
    if column.kind.family == "geometry":
        return geometry.from_wkb(cells.to_numpy(zero_copy_only=False), column.note["crs"])
    series = _values(column, cells)
    if "category" not in column.note:
        return series
    category = column.note["category"]
    if category["values"] is None:
        return pd.Series(pd.Categorical(series))
    categories, ordered = _categories(column), category["ordered"]
    unknown = pd.Index(series.dropna().unique()).difference(categories, sort=False)
    if len(unknown):  # others wrote what was no category; in which order it stands, nobody knows
        categories, ordered = categories.append(unknown), False
    return pd.Series(pd.Categorical(series, categories=categories, ordered=ordered))


def _categories(column: Column) -> Any:
    """Return the categories with which the column was created."""
    known = column.note["category"]["values"]
    wire = pa.string() if known and isinstance(known[0], str) else column.kind.wire
    return pd.Index(_values(column, pa.array(known, wire)))


def _values(column: Column, cells: Any) -> pd.Series:
    """Return the values of a noted column, but for geometry, in the dtype that was saved."""
    kind, name = column.kind, column.note["dtype"]
    if kind.name == "time" and pa.types.is_duration(cells.type):  # as MySQL sends them, and others that are none
        cells = _cast(kind, cells.cast(pa.int64()).cast(kind.wire))
    elif kind.read and not pa.types.is_temporal(cells.type):
        texts = cells.cast(pa.large_string()).to_pylist()
        values = [None if text is None else kind.read(text) for text in texts]
        arrow = getattr(read_dtype(name), "pyarrow_dtype", None)
        return pd.Series(values, dtype=object) if arrow is None else _series(pa.array(values, arrow), name)
    if kind.name == "duration":
        return _series(cells.cast(pa.int64()).cast(pa.duration("us")), name)
    return _series(cells.cast(kind.wire), name)


def _series(values: Any, name: str, nullable: bool = False) -> pd.Series:
    """Return an Arrow array as a Series of the named dtype, all values at once; Arrow raises for one that does not fit.

    A NumPy integer or boolean dtype has no missing value: where there is one, or `nullable`, the nullable dtype of the
    same width is returned instead. Times with a zone arrive as UTC without one; those that are finer than the dtype's
    unit, or beyond what it spans, keep their microseconds.
    """
    dtype = read_dtype(name)
    if dtype == np.dtype(object):
        is_plain = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
        return pd.Series(values.to_numpy(zero_copy_only=False) if is_plain else values.to_pylist(), dtype=object)
    if isinstance(dtype, np.dtype) and dtype.kind in "iub" and (nullable or values.null_count):
        named = "boolean" if name == "bool" else dtype.name.replace("int", "Int").replace("uInt", "UInt")
        dtype = pd.api.types.pandas_dtype(named)
    try:
        if isinstance(dtype, np.dtype):
            return pd.Series(values.cast(pa.from_numpy_dtype(dtype)).to_numpy(zero_copy_only=False))
        return pd.Series(dtype.__from_arrow__(values))
    except pa.ArrowInvalid:
        wider = re.sub(r"\[(s|ms|ns)\b", "[us", name)
        if wider == name:
            raise
        return _series(values, wider)
