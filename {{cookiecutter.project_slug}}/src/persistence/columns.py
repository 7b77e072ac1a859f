# ruff: noqa: ANN401 - values of every type pass through here
"""The one table that says how each type of data is stored: `KINDS`.

A column of a frame has a kind. The kind gives its SQL type on each database, how its values are encoded for the driver
and how what the driver returns is decoded. What SQL cannot say (the exact dtype, a time zone, categories, a CRS) is
the column's note: JSON in the column's comment on MySQL, a row of a side table on SQLite.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from geopandas.array import GeometryDtype

from persistence import convert, foreign, geometry, vectors
from persistence.dtypes import expected, from_arrow, infer, restore
from persistence.errors import UnsupportedValueError


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, kind, capacity and note.

    Attributes:
        name: the column's name.
        kind: its row of the type map.
        size: the capacity: characters of text, bytes of binary data, (precision, scale) of decimals, the SRID of
            geometry; None where the kind has none or nothing limits it.
        note: what SQL cannot say. Empty for a column that this package did not create.
        declared: the SQL type as the database reports it, for a column that exists already.
        spatial: whether it is to have a spatial index, which leaves no room for NULL.
        nullable: whether integers without a note get a dtype with room for NULL even where there is none among them.
    """

    name: str
    kind: Kind
    size: Any = None
    note: dict[str, Any] = field(default_factory=dict)
    declared: str | None = None
    spatial: bool = False
    nullable: bool = False

    @classmethod
    def noted(cls, name: str, text: str, declared: str | None = None) -> Column | None:
        """Return the column that a note describes, or None when the text is no note of this package."""
        try:
            note = json.loads(text)
            return cls(name, KIND[note.pop("kind")], note=note, declared=declared)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def note_text(self) -> str:
        """Return the note as JSON in ASCII, which any comment can hold."""
        return json.dumps({"kind": self.kind.name, **self.note}, separators=(",", ":"))


@dataclass(frozen=True)
class Kind:
    """One row of the type map.

    Attributes:
        name: the kind's name, which notes and messages use.
        mysql: the SQL type, or a ladder of (capacity, SQL type) of which the first that is large enough is taken.
        sqlite: the declared type, chosen so that SQLite's type affinity changes no value.
        encode: from a column's present values to what the driver takes.
        wire: the Arrow type that holds encoded values; text where there is none of the kind.
        vector: from a whole column to an Arrow array of `wire`, where there is such a short way.
        objects: whether `vector` takes columns of Python's objects too.
        read: the Arrow type as which a whole column is read; None where its values are decoded one by one.
        decode: from one value of the driver to Python's; None where that is the identity.
        python: the exact types of the Python objects that are of this kind in a column of objects.
        arrow: the tests of the Arrow types that are of this kind.
        also: further MySQL types, of tables made by others, that are read and appended to as this kind.
        dtype: the dtype of a column of this kind that has no note; where empty, the values decide.
    """

    name: str
    mysql: str | tuple[tuple[int, str], ...]
    sqlite: str
    encode: Callable[[pd.Series, Column], list[Any]]
    decode: Callable[[Any], Any] | None = None
    python: tuple[type, ...] = ()
    arrow: tuple[Callable[[Any], bool], ...] = ()
    also: tuple[str, ...] = ()
    dtype: str = ""
    wire: Any = field(default_factory=pa.large_string)
    vector: Callable[[pd.Series, Column], Any] | None = None
    objects: bool = False
    read: Any = None

    @property
    def family(self) -> str:
        """The kinds of one family are appended to each other: all integers are one, both forms of geometry too."""
        return {"wkb": "geometry"}.get(self.name) or ("integer" if "int" in self.name else self.name)

    @property
    def ladder(self) -> tuple[tuple[int, str], ...]:
        """The capacities and SQL types, in rising order."""
        return ((0, self.mysql),) if isinstance(self.mysql, str) else self.mysql

    def mysql_type(self, size: Any) -> str:
        """Return the MySQL type with the capacity `size`."""
        if isinstance(self.mysql, str):
            return self.mysql.format(*(size if isinstance(size, tuple) else (size,)))
        if size is not None and 255 < size <= MAX_VARCHAR:
            return f"VARCHAR({size})"
        return next(sql for capacity, sql in self.mysql if size is not None and capacity >= size)


MAX_VARCHAR = 768
"""An InnoDB index entry has 3,072 bytes, a character of utf8mb4 up to four: the longest text that can be a key."""
TEXT_LADDER = (
    (32, "VARCHAR(32)"),
    (64, "VARCHAR(64)"),
    (128, "VARCHAR(128)"),
    (255, "VARCHAR(255)"),
    (2**16 // 4 - 1, "TEXT"),
    (2**24 // 4 - 1, "MEDIUMTEXT"),
    (2**32 // 4 - 1, "LONGTEXT"),
)
BLOB_LADDER = ((2**16 - 1, "BLOB"), (2**24 - 1, "MEDIUMBLOB"), (2**32 - 1, "LONGBLOB"))
SHAPES = (
    *("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMCOLLECTION"),
    "GEOMETRYCOLLECTION",
)


def _integer(name: str, sql: str, test: Callable[[Any], bool], dtype: str = "int64", **more: Any) -> Kind:
    """Return the kind of the integers of one width; its name is Arrow's too."""
    encode, vector, of = convert.integers, vectors.exact, pa.type_for_alias(name)
    return Kind(
        name, sql, sql, encode, arrow=(test,), dtype=dtype, wire=of, vector=vector, objects=True, read=of, **more
    )


def _geometry(name: str, sql: str, **more: Any) -> Kind:
    """Return one of the two forms of geometry."""
    wire, vector = pa.large_binary(), vectors.geometries
    return Kind(name, sql, "BLOB", convert.geometries, bytes, wire=wire, vector=vector, **more)


is_ = pa.types
KINDS = (
    Kind(
        "boolean",
        "BOOLEAN",
        "BOOLEAN",
        convert.booleans,
        bool,
        python=(bool, np.bool_),
        arrow=(is_.is_boolean,),
        wire=pa.bool_(),
        vector=vectors.exact,
        objects=True,
        read=pa.bool_(),
    ),
    _integer("int8", "TINYINT", is_.is_int8),
    _integer("int16", "SMALLINT", is_.is_int16, also=("YEAR",)),
    _integer("int32", "INT", is_.is_int32, also=("MEDIUMINT",)),
    _integer("int64", "BIGINT", is_.is_int64, python=(int, np.int64)),
    _integer("uint8", "TINYINT UNSIGNED", is_.is_uint8),
    _integer("uint16", "SMALLINT UNSIGNED", is_.is_uint16),
    _integer("uint32", "INT UNSIGNED", is_.is_uint32),
    _integer("uint64", "BIGINT UNSIGNED", is_.is_uint64, dtype="uint64"),
    Kind(
        "float",
        "DOUBLE",
        "DOUBLE",
        convert.floats,
        float,
        python=(float, np.float64),
        arrow=(is_.is_floating,),
        also=("FLOAT", "REAL"),
        dtype="float64",
        wire=pa.float64(),
        vector=vectors.floats,
        objects=True,
        read=pa.float64(),
    ),
    Kind(
        "text",
        TEXT_LADDER,
        "TEXT",
        convert.texts,
        convert.text,
        python=(str, np.str_),
        arrow=(is_.is_string, is_.is_large_string, is_.is_string_view),
        also=("CHAR", "TINYTEXT", "ENUM", "SET"),
        vector=vectors.texts,
        objects=True,
        read=pa.large_string(),
    ),
    Kind(
        "datetime",
        "DATETIME(6)",
        "DATETIME",
        convert.datetimes,
        convert.datetime,
        python=(dt.datetime, pd.Timestamp),
        arrow=(is_.is_timestamp,),
        also=("TIMESTAMP",),
        dtype="datetime64[us]",
        wire=pa.timestamp("us"),
        vector=vectors.datetimes,
        read=pa.timestamp("us"),
    ),
    Kind(
        "date",
        "DATE",
        "DATE",
        convert.dates,
        convert.date,
        python=(dt.date,),
        arrow=(is_.is_date,),
        wire=pa.date32(),
        vector=vectors.dates,
        objects=True,
        read=pa.date32(),
    ),
    Kind("time", "TIME(6)", "TIME", convert.times, convert.time, (dt.time,), (is_.is_time,), read=pa.time64("us")),
    Kind(
        "duration",
        "BIGINT",
        "BIGINT",
        convert.durations,
        convert.duration,
        (dt.timedelta, pd.Timedelta),
        (is_.is_duration,),
        wire=pa.int64(),
        vector=vectors.durations,
        read=pa.duration("us"),
    ),
    Kind(
        "decimal",
        "DECIMAL({},{})",
        "TEXT",
        convert.decimals,
        convert.decimal,
        (Decimal,),
        (is_.is_decimal,),
        dtype="float64",
    ),
    Kind(
        "json",
        "JSON",
        "JSON",
        convert.documents,
        json.loads,
        (dict, list),
        (is_.is_struct, is_.is_list, is_.is_large_list),
    ),
    Kind(
        "bytes",
        BLOB_LADDER,
        "BLOB",
        convert.blobs,
        bytes,
        python=(bytes, bytearray),
        arrow=(is_.is_binary, is_.is_large_binary),
        also=("BINARY", "VARBINARY", "TINYBLOB"),
        wire=pa.large_binary(),
        vector=vectors.texts,
        objects=True,
        read=pa.large_binary(),
    ),
    _geometry("geometry", "GEOMETRY SRID {}", also=SHAPES),
    _geometry("wkb", "LONGBLOB"),
)
KIND = {kind.name: kind for kind in KINDS}
ARROW = (pa.Array, pa.ChunkedArray)
BY_SQL_TYPE = {
    sql.partition("(")[0].partition(" SRID")[0]: kind
    for kind in reversed(KINDS)
    for sql in (*(sql for _, sql in kind.ladder), *kind.also)
}
"""The kinds by their MySQL types without a size; of several kinds that share one, the first."""
_BY_PYTHON_TYPE = {python: kind for kind in KINDS for python in kind.python}
_BY_DTYPE_KIND = {"b": "boolean", "f": "float", "M": "datetime", "m": "duration"}


def kind_of(series: pd.Series) -> Kind:
    """Return the kind of a column whose index holds the rows' numbers.

    Raises:
        UnsupportedValueError: the dtype, or the mixture of objects, has no kind.
    """
    dtype: Any = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return kind_of(pd.Series(dtype.categories, name=series.name))
    if isinstance(dtype, GeometryDtype):
        return KIND["geometry"]
    if isinstance(dtype, pd.StringDtype):
        return KIND["text"]
    if pd.api.types.is_object_dtype(dtype):
        return _kind_of_objects(series)
    if isinstance(dtype, pd.ArrowDtype):
        found = next((kind for kind in KINDS if any(test(dtype.pyarrow_dtype) for test in kind.arrow)), None)
    elif isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype, pd.SparseDtype)) or dtype == np.longdouble:
        found = None
    else:
        found = KIND.get(_BY_DTYPE_KIND.get(dtype.kind, str(dtype).lower()))
    if found is None:
        raise UnsupportedValueError(series.name, f"its type {dtype} cannot be stored; convert it with .astype()")
    return found


def _kind_of_objects(series: pd.Series) -> Kind:
    """Return the one kind that all objects of a column have; text when all are missing."""
    expected: Kind | None = None
    for start in range(0, len(series), 2**16):
        present = series.iloc[start : start + 2**16].dropna()
        for python in dict.fromkeys(map(type, present.tolist())):
            kind = _BY_PYTHON_TYPE.get(python)
            if kind is None or expected not in (None, kind):
                first = next(position for position, value in enumerate(present.tolist()) if type(value) is python)
                why = f"objects of type {python.__name__} have no SQL type; use .astype(str)"
                if kind and expected:
                    why = f"a value of type {kind.name} in a column of {expected.name}; use one type"
                convert.reject(present, first, why)
            expected = kind
    return expected or KIND["text"]


def encode(column: Column, series: pd.Series, first_row: int = 0) -> list[Any]:
    """Return the values of a frame's column as `column` stores them, None where missing.

    Args:
        column: the table's column.
        series: the data, of a kind that fits the column's.
        first_row: the number of the first row, for messages.

    Raises:
        UnsupportedValueError: the kind does not fit, or a value would not come back equal.
    """
    series = series.set_axis(range(first_row, first_row + len(series)))
    missing = series.isna().to_numpy(dtype=bool)
    present = _unwrap(series[~missing])
    if not len(present):
        return [None] * len(series)
    _check_fit(column, present)
    _check_order(column, series)
    encoded = column.kind.encode(present, column)
    _check_categories(column, present, encoded)
    if len(encoded) == len(series):
        return encoded
    remaining = iter(encoded)
    return [None if absent else next(remaining) for absent in missing]


def encode_arrow(column: Column, series: pd.Series, first_row: int = 0) -> Any:
    """Return the same as `encode`, as an Arrow array of the kind's type."""
    found = vector(column, series)
    if found is None:
        found = vectors.from_values(encode(column, series, first_row), column.kind.wire)
    if column.declared and not column.note:
        foreign.check(column.name, column.declared, found, series, first_row)
    return found


def vector(column: Column, series: pd.Series) -> Any:
    """Return the values as an Arrow array, or None where only `encode` can tell whether each of them is possible."""
    if column.kind.vector is None or ("category" in column.note and not _is_categorical(series)):
        return None
    try:
        if _is_categorical(series):
            return _vector_of_categories(column, series)
        if kind_of(series).family != column.kind.family or (series.dtype == object and not column.kind.objects):
            return None
        if column.kind.family == "geometry":
            _check_fit(column, series)
        return column.kind.vector(series, column)
    except (UnsupportedValueError, pa.ArrowException, ValueError, TypeError, OverflowError):
        return None


def _is_categorical(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.CategoricalDtype)


def _vector_of_categories(column: Column, series: pd.Series) -> Any:
    """Return the encoded categories, each as often as it occurs."""
    _check_order(column, series)
    codes = series.cat.codes.to_numpy()
    used = np.unique(codes[codes >= 0])
    words = vectors.from_values(encode(column, pd.Series(series.cat.categories)[used]), column.kind.wire)
    return words.take(pa.array(np.searchsorted(used, codes), mask=codes < 0))


def _unwrap(present: pd.Series) -> pd.Series:
    """Return categories and Arrow values as the plain values that they stand for."""
    dtype: Any = present.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _unwrap(present.astype(dtype.categories.dtype))
    if not isinstance(dtype, pd.ArrowDtype):
        return present
    arrow = dtype.pyarrow_dtype
    plain: Any = object
    if is_.is_timestamp(arrow):
        plain = f"datetime64[{arrow.unit}, {arrow.tz}]" if arrow.tz else f"datetime64[{arrow.unit}]"
    elif is_.is_duration(arrow):
        plain = f"timedelta64[{arrow.unit}]"
    elif is_.is_integer(arrow) or is_.is_floating(arrow) or is_.is_boolean(arrow):
        plain = arrow.to_pandas_dtype()
    if plain is object:
        cells = pa.array(present.array).to_pylist()
        return pd.Series(cells, index=present.index, name=present.name, dtype=object)
    return present.astype(plain)


def _check_fit(column: Column, present: pd.Series) -> None:
    """Raise unless data of this kind, and of this CRS, may go into the column."""
    found, expected = kind_of(present), column.kind
    if found.family == "integer" and expected.name == "float":
        convert.check_exact(present)
    elif found.family != expected.family:
        raise UnsupportedValueError(column.name, f"the column holds {expected.name}, the frame {found.name}")
    elif found.family == "geometry":
        geometry.check_crs(column.name, getattr(present.array, "crs", None), column.note.get("crs"), column.size)


def _check_categories(column: Column, present: pd.Series, encoded: list[Any]) -> None:
    """Raise for a value that is not among the categories with which the column was created."""
    known = column.note.get("category", {}).get("values")
    if known is not None:
        allowed = set(known)
        unknown = [convert.plain(value) not in allowed for value in encoded]
        convert.reject_first(present, unknown, "not one of the categories that the table was created with")


def _check_order(column: Column, series: pd.Series) -> None:
    """Raise for ordered categories whose order contradicts that of the column's, in which they would come back."""
    dtype: Any = series.dtype
    if _is_categorical(series) and dtype.ordered and column.note.get("category", {}).get("ordered"):
        places = _categories(column).get_indexer(dtype.categories)
        if (np.diff(places[places >= 0]) < 0).any():
            why = "its categories have another order than the table's; use .cat.reorder_categories or .cat.as_unordered"
            raise UnsupportedValueError(column.name, why)


def _categories(column: Column) -> pd.Index:
    """Return the categories with which the column was created."""
    known = convert.decode_all(column.note["category"]["values"], column.kind.decode)
    categories: pd.Index = pd.Index(restore(known, column.note["dtype"]))
    return categories


def decode(column: Column, cells: Any) -> pd.Series:
    """Return what the database gave for a column as a Series of the dtype that was saved.

    A column without a note (made by others, or the result of an expression) gets the dtype that its type or, where
    that says too little, its values suggest.

    Args:
        column: the column.
        cells: its values, as an Arrow array or a sequence.
    """
    if column.kind.family == "geometry":
        return _decode_geometry(column, cells)
    series = _decode_vector(column, cells)
    if series is None:
        series = _decode_values(column, cells.to_pylist() if isinstance(cells, ARROW) else cells)
    if "category" not in column.note:
        return series
    noted = column.note["category"]
    if noted["values"] is None:
        return pd.Series(pd.Categorical(series))
    return pd.Series(pd.Categorical(series, categories=_categories(column), ordered=noted["ordered"]))


def _decode_vector(column: Column, cells: Any) -> pd.Series | None:
    """Return the column decoded at once, or None where its values must be looked at one by one."""
    if not isinstance(cells, ARROW):
        return None
    try:
        if not column.note:
            return from_arrow(cells, column.kind.dtype or expected(cells.type), column.nullable)
        if column.kind.read is None:
            return None
        return from_arrow(vectors.read(cells, column.kind.read), column.note["dtype"])
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return None


def _decode_values(column: Column, cells: Sequence[Any]) -> pd.Series:
    """Return the column decoded value by value."""
    if column.note:
        return restore(convert.decode_all(cells, column.kind.decode), column.note["dtype"])
    with suppress(ValueError, TypeError, OverflowError):  # SQLite holds values of other types than a column's, too
        if column.kind.dtype:
            return restore(cells, column.kind.dtype)
    return infer(cells)


def _decode_geometry(column: Column, cells: Any) -> pd.Series:
    """Return geometries, of WKB where the column has a note, else of MySQL's own format."""
    values = cells.to_numpy(zero_copy_only=False) if isinstance(cells, ARROW) else cells
    return geometry.from_wkb(values, column.note.get("crs")) if column.note else geometry.from_stored(values)
