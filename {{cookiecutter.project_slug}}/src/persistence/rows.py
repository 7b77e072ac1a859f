# ruff: noqa: ANN401 - Arrow ships no types
"""Columns of a frame as Arrow arrays on their way to the database, and what a database returned as columns of a frame.

Encoding is strict: a value that would not come back equal raises `UnsupportedValueError` with its column and row. A
column is converted at once; where that fails, the row is found by trying ever shorter parts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from geopandas.array import GeometryDtype
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from sqlalchemy import Connection

from persistence import geometry, progress
from persistence.errors import UnsupportedValueError
from persistence.types import (
    BY_PYTHON,
    FIRST_DAY,
    KIND,
    MAX_DIGITS,
    MAX_SCALE,
    MAX_VARCHAR,
    Column,
    Kind,
    dtype_name,
    kind_of_dtype,
    read_dtype,
)

SLICE_ROWS = 20_000
"""Rows that are encoded at a time, which bounds the memory that encoding takes."""
NOTE_LIMIT = 1024
"""Characters of a MySQL column comment (MySQL 9.7 reference manual, "CREATE TABLE Statement")."""
NOTE_MARGIN = 200
"""Of these, what is kept free for the parts of the note that are added last."""
SHORT = 255
REFUSALS = (pa.ArrowException, ValueError, TypeError, OverflowError, CRSError)
"""What converting a column raises for what is not possible."""
DAY, SECOND = 86_400_000_000, 1_000_000
"""In microseconds."""
_FIRST_MOMENT = (dt.datetime.combine(FIRST_DAY, dt.time()) - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
_LAST_MOMENT = (dt.datetime.max - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)


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


def _checked(series: pd.Series, name: str, first_row: int, convert: Callable[[pd.Series], Any]) -> Any:
    """Return what `convert` makes of a column; of what it refuses, name the first row."""
    try:
        return convert(series)
    except REFUSALS as error:
        why = _reason(error)

    def is_good(part: pd.Series) -> bool:
        try:
            convert(part)
        except REFUSALS:
            return False
        return True

    if not is_good(series.iloc[:0]):
        raise UnsupportedValueError(name, why)
    low, high = 0, len(series)  # without the row `high`, those before it are good up to `low`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_good(series.iloc[:middle]) else (low, middle)
    raise UnsupportedValueError(name, why, first_row + low, series.iloc[low])


def _reason(error: Exception) -> str:
    """Return why a column was refused, in a line."""
    if isinstance(error, UnicodeError):
        return "holds half of a surrogate pair, which is no character; replace it"
    if isinstance(error, OverflowError):
        return "beyond the 64 bits of an integer; use .astype(str)"
    return " ".join(str(error).split())


def _encode(column: Column, series: pd.Series) -> Any:
    """Return the column encoded; any error says what is wrong, but not where."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _encode_categories(column, series)
    kind = column.kind
    if isinstance(series.dtype, GeometryDtype):
        if kind.family != "geometry":
            raise ValueError(f"the column holds {kind.name}, the frame geometry")
        if series.isna().all():
            return pa.nulls(len(series), kind.wire)
        expected = column.note["crs"] if column.note else f"EPSG:{column.size}" if column.size else None
        return pa.array(geometry.to_wkb(series, expected, flat=kind.name == "geometry"), kind.wire)
    found, array = to_arrow(series)
    if array.null_count == len(array):
        return pa.nulls(len(array), kind.wire)
    if found.family != kind.family and (found.family, kind.name) != ("integer", "float"):
        raise ValueError(f"the column holds {kind.name}, the frame {found.name}")
    encoded = _ENCODERS.get(kind.name, _exact)(column, array)
    known = column.note.get("category", {}).get("values")
    if known is not None and not set(_plain_values(encoded)) <= {None, *known}:
        raise ValueError("not one of the categories that the table was created with")
    return encoded


def _encode_categories(column: Column, series: pd.Series) -> Any:
    """Return the encoded categories, each as often as it occurs."""
    dtype: Any = series.dtype
    if dtype.ordered and column.note.get("category", {}).get("ordered"):
        places = _categories(column).get_indexer(dtype.categories)
        if (np.diff(places[places >= 0]) < 0).any():
            raise ValueError(
                "its categories have another order than the table's; use .cat.reorder_categories or .cat.as_unordered"
            )
    codes = series.cat.codes.to_numpy()
    used = np.unique(codes[codes >= 0])
    words = _encode(column, pd.Series(dtype.categories[used], dtype=dtype.categories.dtype))
    return words.take(pa.array(np.searchsorted(used, codes), mask=codes < 0))


def _plain_values(encoded: Any) -> list[Any]:
    """Return an array's values as JSON has them: where it has no type, text that sorts like the value."""
    kind = encoded.type
    textual = pa.types.is_temporal(kind)
    values: list[Any] = (encoded.cast(pa.string()) if textual else encoded).to_pylist()
    return values


def to_arrow(series: pd.Series) -> tuple[Kind, Any]:
    """Return a column's kind and its values as one Arrow array, decimals and documents as text."""
    kind = kind_of_dtype(series.dtype)
    if kind is None:
        kind = kind_of_objects(series) or KIND["text"]
        return kind, _from_objects(kind, series)
    array = pa.array(series, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if kind.name == "json":
        return kind, pa.array(map(_document, array.to_pylist()), kind.wire)
    return kind, array.cast(pa.string()) if kind.name == "decimal" else array


def kind_of_objects(series: pd.Series, expected: Kind | None = None) -> Kind | None:
    """Return the one kind that all objects of a column have, None when all are missing."""
    for python in dict.fromkeys(map(type, series.dropna())):
        kind = BY_PYTHON.get(python)
        if python is np.ndarray:
            raise ValueError("arrays have no SQL type; make them lists: .map(np.ndarray.tolist, na_action='ignore')")
        if kind is None:
            raise ValueError(f"objects of type {python.__name__} have no SQL type; use .astype(str)")
        if expected not in (None, kind):
            raise ValueError(f"a value of type {kind.name} in a column of {expected.name}; use one type")
        expected = kind
    return expected


def _from_objects(kind: Kind, series: pd.Series) -> Any:
    """Return Python's objects, all of this kind, as an Arrow array."""
    absent = series.isna().to_numpy()
    values = [None if missing else value for missing, value in zip(absent, series.tolist(), strict=True)]
    if kind.name in ("datetime", "time") and any(getattr(value, "tzinfo", None) for value in values):
        advice = (
            "pd.to_datetime(column, utc=True)" if kind.name == "datetime" else ".map(lambda t: t.replace(tzinfo=None))"
        )
        raise ValueError(f"an object with a time zone, which a column of objects does not keep; convert it: {advice}")
    if kind.name == "datetime":
        return pa.array(pd.Series(pd.to_datetime(pd.Series(values, dtype=object))), from_pandas=True)
    if kind.name == "duration":
        return pa.array(pd.Series(pd.to_timedelta(pd.Series(values, dtype=object))), from_pandas=True)
    if kind.name == "decimal" and not all(value is None or value.is_finite() for value in values):
        raise ValueError("SQL has no infinity")
    convert: Any = {"decimal": str, "bytes": bytes, "json": _document, "text": str}.get(kind.name)
    if convert:
        values = [None if value is None else convert(value) for value in values]
    return pa.array(values, kind.wire)


def _document(value: Any) -> str | None:
    """Return the JSON text of a value, of which it is certain that it gives the value back."""
    if value is None:
        return None
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        if json.loads(text, parse_int=_json_integer) == value and text.encode():
            return text
    except (TypeError, ValueError, RecursionError):
        pass
    raise ValueError(
        "JSON cannot hold it: use dicts with text keys, lists, texts, numbers of 64 bits, true, false and None"
    )


def _json_integer(text: str) -> int:
    """Return the integer, refusing what MySQL's JSON would turn into a rounded number."""
    if -(2**63) <= int(text) < 2**64:
        return int(text)
    raise ValueError(text)


def _exact(column: Column, array: Any) -> Any:
    """Return values in the column's width; Arrow raises for one out of its range."""
    return array.cast(column.kind.wire)


def _floats(column: Column, array: Any) -> Any:
    try:
        doubles = array.cast(column.kind.wire)
    except pa.ArrowInvalid:
        raise ValueError("DOUBLE would round this integer") from None
    if not pc.all(pc.is_finite(doubles), min_count=0).as_py():
        raise ValueError("SQL has neither infinity nor a NaN that is not a missing value; replace it")
    return doubles


def _texts(column: Column, array: Any) -> Any:
    words = array.cast(column.kind.wire)
    if column.size is not None and longest(words) > column.size:
        unit = "characters" if column.kind.name == "text" else "bytes"
        raise ValueError(f'longer than {column.size} {unit}; save with if_exists="replace", or widen the column in SQL')
    return words


def _datetimes(column: Column, array: Any) -> Any:
    """Return times as UTC, or without a zone as they are, in whole microseconds."""
    if (array.type.tz is not None) != column.note.get("zoned", False):
        raise ValueError("times with and without a time zone do not mix; use .dt.tz_localize()")
    moments = array.cast(pa.int64()).cast(pa.timestamp(array.type.unit))
    try:
        moments = moments.cast(column.kind.wire)
        is_known = _is_within(moments.cast(pa.int64()), _FIRST_MOMENT, _LAST_MOMENT)
    except pa.ArrowInvalid as error:
        if "lose data" in str(error):
            raise ValueError('DATETIME keeps microseconds; round with .dt.floor("us")') from None
        is_known = False
    if not is_known:
        raise ValueError("DATETIME spans the years 1000 to 9999")
    return moments


def _dates(column: Column, array: Any) -> Any:
    days = array.cast(column.kind.wire)
    first, last = ((limit - dt.date(1970, 1, 1)).days for limit in (FIRST_DAY, dt.date.max))
    if not _is_within(days.cast(pa.int32()), first, last):
        raise ValueError("DATE spans the years 1000 to 9999")
    return days


def _durations(column: Column, array: Any) -> Any:
    """Return durations as whole microseconds."""
    try:
        return array.cast(pa.duration("us")).cast(column.kind.wire)
    except pa.ArrowInvalid as error:
        if "lose data" in str(error):
            raise ValueError('durations keep microseconds; round with .dt.floor("us")') from None
        raise ValueError("durations end at 292,000 years") from None


def _decimals(column: Column, array: Any) -> Any:
    """Return the texts of decimals that the column's precision and scale hold unrounded."""
    precision, scale = column.size or (MAX_DIGITS, MAX_SCALE)
    whole, fraction = digits(array)
    room = precision - (scale if column.size else fraction)  # of a column to be planned, all digits count
    if whole > room or fraction > scale:
        raise ValueError(f"does not fit DECIMAL({precision},{scale})")
    return array.cast(column.kind.wire)


def _is_within(values: Any, least: int, most: int) -> bool:
    """Say whether all values that are present lie between the two, both included."""
    limits = pc.min_max(values).as_py()
    return limits["min"] is None or (limits["min"] >= least and limits["max"] <= most)


_ENCODERS: dict[str, Callable[[Column, Any], Any]] = {
    "float": _floats,
    "text": _texts,
    "bytes": _texts,
    "datetime": _datetimes,
    "date": _dates,
    "duration": _durations,
    "decimal": _decimals,
}
"""How a kind's values are checked and brought into its Arrow type."""


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
        flat = all(geometry.is_storable(geometry.shapes(series.iloc[rows]), crs) for rows in parts(len(series)))
        return replace(column, size=geometry.noted_srid(crs)) if flat else replace(column, kind=KIND["wkb"])
    if kind.name not in ("text", "bytes", "decimal"):
        return column
    arrays = [partial(encode, column, series.iloc[rows], rows.start) for rows in parts(len(series))]
    if isinstance(series.dtype, pd.CategoricalDtype):  # those too that do not occur yet
        arrays.append(partial(encode, column, pd.Series(series.dtype.categories, name=name)))
    if kind.name == "decimal":
        figures = [digits(array()) for array in arrays]
        return replace(column, size=_decimal_size(name, figures))
    most = max((longest(array()) for array in arrays), default=0)
    return replace(column, size=_room(column, most, key, open_ended))


def kind_of(series: pd.Series) -> Kind:
    """Return the kind of a whole column.

    Raises:
        UnsupportedValueError: the dtype, or the mixture of objects, has no kind.
    """
    dtype: Any = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return kind_of(pd.Series(dtype.categories, name=series.name))
    if isinstance(dtype, GeometryDtype):
        return KIND["geometry"]
    try:
        kind = kind_of_dtype(dtype)
    except TypeError as error:
        raise UnsupportedValueError(series.name, str(error)) from None
    if kind is None:
        for rows in parts(len(series)):
            convert = partial(kind_of_objects, expected=kind)
            kind = _checked(series.iloc[rows], str(series.name), rows.start, convert)
    return kind or KIND["text"]


def longest(values: Any) -> int:
    """Return the length of the longest text in characters, or of the longest value in bytes; 0 without any."""
    measure = pc.binary_length if pa.types.is_large_binary(values.type) else pc.utf8_length
    return pc.max(measure(values)).as_py() or 0


def digits(texts: Any) -> tuple[int, int]:
    """Return the most digits that decimals have before the point, and the most behind it."""
    whole, fraction = 0, 0
    for text in texts.drop_null().to_pylist():
        _, figures, exponent = Decimal(text).as_tuple()
        whole, fraction = max(whole, len(figures) + int(exponent)), max(fraction, -int(exponent))
    return whole, fraction


def _decimal_size(name: str, figures: list[tuple[int, int]]) -> tuple[int, int]:
    """Return (precision, scale) for all values."""
    whole, scale = max((whole for whole, _ in figures), default=1), max((scale for _, scale in figures), default=0)
    if whole + scale > MAX_DIGITS:
        why = f"DECIMAL has at most {MAX_DIGITS} digits, {MAX_SCALE} of them after the point; use .astype(str)"
        raise UnsupportedValueError(name, why)
    return max(whole + scale, 1), scale


def _room(column: Column, most: int, key: bool, open_ended: bool) -> int:
    """Return the capacity of a column whose longest value is this long."""
    if key:
        if most > MAX_VARCHAR:
            raise UnsupportedValueError(column.name, f"a key has at most {MAX_VARCHAR} characters")
        return max(most, SHORT)
    wanted = most if most > SHORT else min(2 * most, SHORT)
    capacities = [capacity for capacity, _ in column.kind.ladder]
    return capacities[-1] if open_ended else next(capacity for capacity in capacities if capacity >= wanted)


def _note(name: str, series: pd.Series) -> dict[str, Any]:
    """Return what SQL cannot say about a column: its dtype, CRS, categories, and whether its times have a zone."""
    dtype: Any = series.dtype
    if isinstance(dtype, GeometryDtype):
        return {"crs": geometry.crs_text(name, getattr(series.array, "crs", None))}
    if isinstance(dtype, pd.CategoricalDtype):
        return _category_note(name, series, dtype)
    zone = getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None)
    note: dict[str, Any] = {"dtype": dtype_name(name, dtype)}
    return {**note, "zoned": True} if zone is not None else note


def _category_note(name: str, series: pd.Series, dtype: Any) -> dict[str, Any]:
    """Return the note of a categorical column.

    Categories that do not fit are left out when they can be found again: unordered, sorted, each in use.
    """
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


# --- From the database ----------------------------------------------------------------------------------------------

UNREADABLE = (*REFUSALS, AttributeError, ShapelyError, LookupError)
"""What reading values raises that are not what the note says: others may have written them, or the note."""
_EXPECTED: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (pa.types.is_uint64, "uint64"),
    (pa.types.is_integer, "int64"),
    (pa.types.is_floating, "float64"),
    (pa.types.is_large_string, "str"),
    (pa.types.is_timestamp, "datetime64[us]"),
    (pa.types.is_duration, "timedelta64[us]"),
)
"""The dtypes that a user of pandas expects for Arrow types of which nothing else is known."""


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
    columns = [Column(entry[0], KIND["bytes"]) for entry in description]
    return Result(columns, [[_cells(values) for values in zip(*rows, strict=True)] or [_cells([])] * len(columns)])


def _cells(values: Sequence[Any]) -> Any:
    """Return a driver's values as an Arrow array, or as they are where they have no common type."""
    try:
        array = pa.array(values, from_pandas=False)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return list(values)
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
    return array.cast(wide.get(array.type, array.type)) if isinstance(array, pa.Array) else list(values)


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
    pieces: list[list[Any]] = [[] for _ in columns]
    with progress.rows(None, "loading") as advance:
        for batch in batches:
            for piece, found in zip(pieces, batch, strict=True):
                piece.append(found)
            advance(len(batch[0]) if batch else 0)
    joined = (_joined(pieces.pop(0)) for _ in columns)
    return frame(columns, joined)


def _joined(pieces: list[Any]) -> Any:
    """Return a column's parts as one; of several, each is an array, and text is not copied."""
    return pieces[0] if len(pieces) == 1 else pa.chunked_array(pieces)


def frame(columns: Sequence[Column], values: Iterable[Any]) -> pd.DataFrame:
    """Return the columns' values as a frame: each column decoded, the index set, the geometry active.

    Args:
        columns: the columns.
        values: of each its values: an Arrow array, in one piece or several; a list where they have no common type.
    """
    series = {number: decode(column, found) for number, (column, found) in enumerate(zip(columns, values, strict=True))}
    built = pd.DataFrame(series)
    notes = {column.name: column.note for column in columns}
    axis = next((note["axis"] for note in notes.values() if "axis" in note), None)
    built.columns = pd.Index([column.name for column in columns], name=axis)
    active = next((name for name, note in notes.items() if note.get("active")), None)
    located = [column.note.get("active") for column in columns if column.kind.family == "geometry"]
    built = geometry.assemble(built, active, none=bool(located) and all(mark is False for mark in located))
    levels = sorted((note["index"], name) for name, note in notes.items() if "index" in note)
    with suppress(NotImplementedError):  # of a note that others wrote: pandas has no index of that dtype
        built = built.set_index([name for _, name in levels]) if levels else built
    return built


def decode(column: Column, cells: Any) -> pd.Series:
    """Return what the database gave for a column as a Series of the dtype that was saved.

    A column without a note (made by others, or the result of an expression) gets the dtype that its type or, where
    that says too little, its values suggest; so does one whose values are not what the note says.
    """
    if isinstance(cells, list):
        return _objects(cells)
    attempts = [partial(_noted, column)] if column.note else []
    for read in (*attempts, partial(_unnoted, column)):
        try:
            return read(cells)
        except UNREADABLE:
            continue
    return _series(cells, _expected(cells.type), column.nullable)


def _unnoted(column: Column, cells: Any) -> pd.Series:
    """Return a column of which only the database knows the type."""
    if column.kind.family == "geometry" and not column.note:
        return geometry.from_stored(cells.to_numpy(zero_copy_only=False))
    return _series(cells, column.kind.dtype or _expected(cells.type), column.nullable)


def _expected(kind: Any) -> str:
    return next((name for test, name in _EXPECTED if test(kind)), "object")


def _noted(column: Column, cells: Any) -> pd.Series:
    """Return a column as its note says."""
    if column.kind.family == "geometry":
        return geometry.from_wkb(cells.to_numpy(zero_copy_only=False), column.note["crs"])
    series = _values(column, cells)
    if "category" not in column.note:
        return series
    noted = column.note["category"]
    if noted["values"] is None:
        return pd.Series(pd.Categorical(series))
    categories = _categories(column)
    found = pd.Categorical(series, categories=categories, ordered=noted["ordered"])
    unknown = (found.codes < 0) & series.notna().to_numpy()
    if unknown.any():  # others wrote what was no category; in which order it stands, nobody knows
        found = pd.Categorical(series, categories=categories.append(pd.Index(series[unknown].unique())))
    return pd.Series(found)


def _categories(column: Column) -> pd.Index:
    """Return the categories with which the column was created."""
    known = column.note["category"]["values"]
    is_text = bool(known) and isinstance(known[0], str)
    categories: pd.Index = pd.Index(_values(column, pa.array(known, pa.string() if is_text else column.kind.wire)))
    return categories


def _values(column: Column, cells: Any) -> pd.Series:
    """Return the values of a noted column, but for geometry, in the dtype that was saved."""
    kind, dtype = column.kind.name, column.note["dtype"]
    if kind in ("json", "decimal"):
        parse: Callable[[Any], Any] = json.loads if kind == "json" else lambda cell: Decimal(str(cell))
        values = [None if cell is None else parse(cell) for cell in cells.to_pylist()]
        arrow = getattr(read_dtype(dtype), "pyarrow_dtype", None)
        return _objects(values) if arrow is None else _series(pa.array(values, arrow), dtype)
    if kind == "time" and pa.types.is_duration(cells.type):  # as MySQL sends times of day
        cells = cells.cast(pa.int64())
        if not _is_within(cells, 0, DAY - 1):
            raise ValueError("not a time of day")
    elif kind == "time" and not pa.types.is_temporal(cells.type):  # as SQLite has them; Arrow reads no times of day
        values = [None if cell is None else dt.time.fromisoformat(cell) for cell in cells.to_pylist()]
        cells = pa.array(values, column.kind.wire)
    if kind == "duration":
        return _series(cells.cast(pa.int64()).cast(pa.duration("us")), dtype)
    return _series(cells if cells.type == column.kind.wire else cells.cast(column.kind.wire), dtype)


def _series(values: Any, name: str, nullable: bool = False) -> pd.Series:
    """Return an Arrow array as a Series of the named dtype, all values at once.

    A NumPy integer or boolean dtype has no missing value: where there is one, the nullable dtype of the same width is
    returned instead. Times with a zone arrive as UTC without one. Times that are finer than the dtype's unit keep their
    microseconds.

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
        is_plain = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
        return _objects(values.to_numpy(zero_copy_only=False) if is_plain else values.to_pylist())
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


def _objects(values: Sequence[Any]) -> pd.Series:
    """Return Python's objects, None where missing; of lists too."""
    array = np.empty(len(values), dtype=object)
    array[:] = values if isinstance(values, np.ndarray) else None
    if not isinstance(values, np.ndarray):
        for position, value in enumerate(values):
            array[position] = value
    return pd.Series(array, dtype=object)


def _nullable(name: str) -> str:
    """Return the nullable dtype's name of a NumPy one: ``uint8`` gives ``UInt8``."""
    return "boolean" if name == "bool" else name.replace("int", "Int").replace("uInt", "UInt")
