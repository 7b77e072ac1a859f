# ruff: noqa: ANN401 - Arrow ships no types, capacities are of several
"""The one table that says how each type of data is stored: `KINDS`, Arrow types on one side, SQL types on the other.

A column of a frame has a kind, which is the type of its Arrow array. The table drives CREATE TABLE, the way of rows to
the database and back, and the documentation. What SQL cannot say (pandas' dtype, a time zone, categories, a CRS, the
place in the index) is the column's note: JSON in the column's comment on MySQL, a row of a side table on SQLite.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from persistence.errors import UnsupportedValueError, UsageError

RESERVED = "_persistence_"
"""The prefix of this package's own tables and columns, which nobody else sees listed."""
MAX_NAME = 64
MAX_VARCHAR = 768
"""An InnoDB index entry has 3,072 bytes, a character of utf8mb4 up to four: the longest text that can be a key."""
MAX_DIGITS, MAX_SCALE = 65, 30
"""Of DECIMAL: all digits, and those after the point."""
FIRST_DAY = dt.date(1000, 1, 1)
"""The first day of MySQL's DATE and DATETIME, whose last is in the year 9999; the same rule holds on SQLite."""
TEXT_LADDER = (
    *((size, f"VARCHAR({size})") for size in (32, 64, 128, 255)),
    *((2**14 - 1, "TEXT"), (2**22 - 1, "MEDIUMTEXT"), (2**30 - 1, "LONGTEXT")),
)
BLOB_LADDER = ((2**16 - 1, "BLOB"), (2**24 - 1, "MEDIUMBLOB"), (2**32 - 1, "LONGBLOB"))
SHAPES = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON")


@dataclass(frozen=True)
class Kind:
    """One row of the type map.

    Attributes:
        name: the kind's name, which notes and messages use.
        mysql: the SQL type, or a ladder of (capacity, SQL type) of which the first that is large enough is taken.
        sqlite: the declared type, chosen so that SQLite's type affinity changes no value.
        wire: the Arrow type of the rows on their way to the database; of what it has no type for, their text.
        arrow: the Arrow types that are of this kind, by the names of their tests in `pyarrow.types`.
        python: the exact types of the Python objects that are of this kind in a column of objects.
        also: further MySQL types, of tables made by others, that are read and appended to as this kind.
        dtype: the dtype of a column of this kind that has no note; where empty, the values decide.
        limits: the least and the greatest value, where the wire type has others too.
        beyond: what is wrong with a value beyond them.
        rounds: what is wrong with a value that the wire type would round.
        write: makes an object its text, where that is what the rows hold.
        read: makes an object of such a text.
    """

    name: str
    mysql: str | tuple[tuple[int, str], ...]
    sqlite: str
    wire: Any
    arrow: str = ""
    python: tuple[type, ...] = ()
    also: tuple[str, ...] = ()
    dtype: str = ""
    limits: tuple[Any, Any] | None = None
    beyond: str = ""
    rounds: str = ""
    write: Callable[[Any], str] | None = None
    read: Callable[[str], Any] | None = None

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
        if self.name == "text" and size is not None and 255 < size <= MAX_VARCHAR:
            return f"VARCHAR({size})"
        return next((sql for capacity, sql in self.mysql if size is not None and capacity >= size), self.mysql[-1][1])


def _json(value: Any) -> str:
    """Return the JSON text of a value, of which it is certain that it gives the value back.

    Integers beyond 64 bits MySQL's JSON would turn into rounded numbers.
    """
    with suppress(TypeError, ValueError, RecursionError):
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        again = json.loads(text, parse_int=lambda digits: int(digits) if -(2**63) <= int(digits) < 2**64 else None)
        if again == value and text.encode():
            return text
    raise ValueError(
        "JSON cannot hold it: use dicts with text keys, lists, texts, numbers of 64 bits, true, false and None"
    )


KINDS = (
    Kind("boolean", "BOOLEAN", "BOOLEAN", pa.bool_(), "boolean", python=(bool, np.bool_)),
    Kind("int8", "TINYINT", "TINYINT", pa.int8(), "int8", dtype="int64"),
    Kind("int16", "SMALLINT", "SMALLINT", pa.int16(), "int16", dtype="int64", also=("YEAR",)),
    Kind("int32", "INT", "INT", pa.int32(), "int32", dtype="int64", also=("MEDIUMINT",)),
    Kind("int64", "BIGINT", "BIGINT", pa.int64(), "int64", python=(int, np.int64), dtype="int64"),
    Kind("uint8", "TINYINT UNSIGNED", "TINYINT UNSIGNED", pa.uint8(), "uint8", dtype="int64"),
    Kind("uint16", "SMALLINT UNSIGNED", "SMALLINT UNSIGNED", pa.uint16(), "uint16", dtype="int64"),
    Kind(
        *("uint32", "INT UNSIGNED", "INT UNSIGNED", pa.uint32(), "uint32"), dtype="int64", also=("MEDIUMINT UNSIGNED",)
    ),
    Kind("uint64", "BIGINT UNSIGNED", "BIGINT UNSIGNED", pa.uint64(), "uint64", dtype="uint64", also=("BIT",)),
    Kind(
        *("float", "DOUBLE", "DOUBLE", pa.float64(), "floating", (float, np.float64), ("FLOAT", "REAL"), "float64"),
        limits=(-sys.float_info.max, sys.float_info.max),
        beyond="SQL has neither infinity nor a NaN that is not a missing value; replace it",
        rounds="DOUBLE would round this integer",
    ),
    Kind(
        *("text", TEXT_LADDER, "TEXT", pa.large_string(), "string large_string string_view", (str, np.str_)),
        also=("CHAR", "TINYTEXT", "ENUM", "SET"),
    ),
    Kind(
        *("datetime", "DATETIME(6)", "DATETIME", pa.timestamp("us"), "timestamp", (dt.datetime, pd.Timestamp)),
        also=("TIMESTAMP",),
        dtype="datetime64[us]",
        limits=(dt.datetime.combine(FIRST_DAY, dt.time()), dt.datetime.max),
        beyond="DATETIME spans the years 1000 to 9999",
        rounds='DATETIME keeps microseconds; round with .dt.floor("us")',
    ),
    Kind(
        *("date", "DATE", "DATE", pa.date32(), "date", (dt.date,)),
        limits=(FIRST_DAY, dt.date.max),
        beyond="DATE spans the years 1000 to 9999",
    ),
    Kind(
        *("time", "TIME(6)", "TIME", pa.time64("us"), "time", (dt.time,)),
        limits=(dt.time.min, dt.time.max),
        beyond="not a time of day",
        read=dt.time.fromisoformat,
    ),
    Kind(
        *("duration", "BIGINT", "BIGINT", pa.int64(), "duration", (dt.timedelta, pd.Timedelta)),
        beyond="durations end at 292,000 years",
        rounds='durations keep microseconds; round with .dt.floor("us")',
    ),
    Kind(
        *("decimal", "DECIMAL({},{})", "TEXT", pa.large_string(), "decimal", (Decimal,), (), "float64"),
        write=str,
        read=Decimal,
    ),
    Kind(
        *("json", "JSON", "JSON", pa.large_string(), "struct list large_list list_view large_list_view", (dict, list)),
        write=_json,
        read=json.loads,
    ),
    Kind(
        *("bytes", BLOB_LADDER, "BLOB", pa.large_binary(), "binary large_binary binary_view", (bytes, bytearray)),
        also=("BINARY", "VARBINARY", "TINYBLOB"),
    ),
    Kind(
        *("geometry", "GEOMETRY SRID {}", "BLOB", pa.large_binary()),
        also=(*SHAPES, "GEOMCOLLECTION", "GEOMETRYCOLLECTION"),
    ),
    Kind("wkb", "LONGBLOB", "BLOB", pa.large_binary()),
)
KIND = {kind.name: kind for kind in KINDS}
BY_PYTHON = {python: kind for kind in KINDS for python in kind.python}
OWN_TYPES = {kind.name: {re.split(r"\(| SRID", sql)[0] for _, sql in kind.ladder} for kind in KINDS}
BY_SQL_TYPE = {sql: kind for kind in reversed(KINDS) for sql in (*OWN_TYPES[kind.name], *kind.also)}
"""The kinds by their MySQL types without a size; of several kinds that share one, the first."""
ALIASES = {"boolean": "TINYINT", "json": "LONGTEXT"}
"""By which names servers list types: BOOLEAN everywhere, JSON on MariaDB."""


def kind_of_type(arrow: Any) -> Kind | None:
    """Return the kind of an Arrow type, or None where SQL has no type for it."""
    return next((kind for kind in KINDS for name in kind.arrow.split() if getattr(pa.types, f"is_{name}")(arrow)), None)


def kind_of_dtype(dtype: Any) -> Kind | None:
    """Return the kind of all columns of a dtype; None for objects, whose values decide.

    Raises:
        TypeError: columns of this dtype have no place in a database.
    """
    with suppress(pa.ArrowException):
        arrow = pa.array(pd.Series([], dtype=dtype)).type
        kind = kind_of_type(arrow)
        if kind or pa.types.is_null(arrow):
            return kind
    raise TypeError(f"its type {dtype} cannot be stored; convert it with .astype()")


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
        required: whether it takes no missing value.
        default: whether it has a value of its own where a row gives none.
        computed: whether the database computes it from others.
        spatial: whether it is to have a spatial index, which leaves no room for NULL.
        nullable: whether integers without a note get a dtype with room for NULL even where there is none among them.
    """

    name: str
    kind: Kind
    size: Any = None
    note: dict[str, Any] = field(default_factory=dict)
    declared: str | None = None
    required: bool = False
    default: bool = True
    computed: bool = False
    spatial: bool = False
    nullable: bool = False

    def note_text(self) -> str:
        """Return the note as JSON in ASCII, which any comment can hold."""
        return json.dumps({"kind": self.kind.name, **self.note}, separators=(",", ":"))


@dataclass(frozen=True)
class Target:
    """Where staged rows go.

    Attributes:
        table: the table's name.
        columns: its columns of which the rows have values.
        key: the columns by which rows are updated; none where all are appended.
        hold: keeps the table as it is until the transaction ends, and raises where it is not as it should be.
    """

    table: str
    columns: list[Column]
    key: Sequence[str]
    hold: Callable[[], object]


# --- Names of dtypes ------------------------------------------------------------------------------------------------

ARROW = "arrow:"
"""Begins the name of an Arrow dtype, which is Arrow's serialised schema: pandas cannot read its own names of these."""
STRING_DTYPES = {
    f"{name}[{storage}]": pd.StringDtype(storage, na_value=missing)
    for name, missing in (("str", np.nan), ("string", pd.NA))
    for storage in ("python", "pyarrow")
}


def dtype_name(column: str, dtype: Any) -> str:
    """Return the dtype's name, which is pandas' own where pandas can read it; raise where no name gives it back."""
    if isinstance(dtype, pd.ArrowDtype):
        schema = pa.schema([("", dtype.pyarrow_dtype)])
        return ARROW + base64.b64encode(schema.serialize().to_pybytes()).decode("ascii")
    name = next((name for name, known in STRING_DTYPES.items() if known == dtype), str(dtype))
    with suppress(TypeError, ValueError, KeyError):
        if read_dtype(name) == dtype:
            return name
    advice = '.dt.tz_convert("UTC")' if isinstance(dtype, pd.DatetimeTZDtype) else ".astype()"
    raise UnsupportedValueError(column, f"its type {dtype} cannot be stored; convert it with {advice} first")


def read_dtype(name: str) -> Any:
    """Return the dtype of a name from `dtype_name`."""
    if name.startswith(ARROW):
        buffer = pa.py_buffer(base64.b64decode(name.removeprefix(ARROW)))
        return pd.ArrowDtype(pa.ipc.read_schema(buffer).field(0).type)
    return STRING_DTYPES.get(name) or pd.api.types.pandas_dtype(name)


# --- Names of tables and columns ------------------------------------------------------------------------------------


def own_name() -> str:
    """Return a new name for a table of this package's own."""
    return RESERVED + secrets.token_hex(6)


def quoted(mark: str, *names: str) -> str:
    """Return names as quoted identifiers (MySQL reference manual, "Schema Object Names"; SQLite, "Keywords")."""
    return ", ".join(mark + name.replace(mark, mark * 2) + mark for name in names)


def check_name(name: object, what: str) -> str:
    """Return a table's or a column's name, or raise `UsageError` when MySQL could not hold it.

    The rules are those of the MySQL reference manual, "Schema Object Names" and "Identifier Length Limits"; they hold
    on SQLite too, so that a project can move from one to the other.
    """
    text = name if isinstance(name, str) else ""
    joined = 'frame.columns = ["_".join(map(str, c)) for c in frame.columns]'
    for is_wrong, why in (
        (isinstance(name, tuple), f"has several levels; join them: {joined}"),
        (not isinstance(name, str), "is not text; rename it, for example frame.columns.astype(str)"),
        (not text or text.endswith(" "), "is empty or ends with a space; rename it"),
        (len(text) > MAX_NAME, f"has {len(text)} characters; at most {MAX_NAME} are possible"),
        (
            re.search("[\0\ud800-\udfff\U00010000-\U0010ffff]", text),
            "holds a character that no name can have (NUL, or beyond U+FFFF)",
        ),
        (text.lower().startswith((RESERVED, "sqlite_")), "begins with a reserved prefix; rename it"),
    ):
        if is_wrong:
            raise UsageError(f"{what} {name!r} {why}")
    return text
