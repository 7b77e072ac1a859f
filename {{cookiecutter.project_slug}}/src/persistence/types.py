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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyproj import CRS
from pyproj.exceptions import CRSError

from persistence.errors import UnsupportedValueError, UsageError

RESERVED = "_persistence_"
"""The prefix of this package's own tables and columns, which nobody else sees listed."""
MAX_NAME = 64
MAX_VARCHAR = 768
"""An InnoDB index entry has 3,072 bytes, a character of utf8mb4 up to four: the longest text that can be a key."""
MAX_DIGITS, MAX_SCALE = 65, 30
"""Of DECIMAL: all digits, and those after the point."""
EXACT_FLOAT = 2**53
FIRST_DAY = dt.date(1000, 1, 1)
"""The first day of MySQL's DATE and DATETIME, whose last is in the year 9999; the same rule holds on SQLite."""
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


@dataclass(frozen=True)
class Kind:
    """One row of the type map.

    Attributes:
        name: the kind's name, which notes and messages use.
        mysql: the SQL type, or a ladder of (capacity, SQL type) of which the first that is large enough is taken.
        sqlite: the declared type, chosen so that SQLite's type affinity changes no value.
        wire: the Arrow type of the rows on their way to the database; of what it has no type for, their text.
        arrow: the tests of the Arrow types that are of this kind.
        python: the exact types of the Python objects that are of this kind in a column of objects.
        also: further MySQL types, of tables made by others, that are read and appended to as this kind.
        dtype: the dtype of a column of this kind that has no note; where empty, the values decide.
    """

    name: str
    mysql: str | tuple[tuple[int, str], ...]
    sqlite: str
    wire: Any
    arrow: tuple[Callable[[Any], bool], ...] = ()
    python: tuple[type, ...] = ()
    also: tuple[str, ...] = ()
    dtype: str = ""

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
        return next((sql for capacity, sql in self.mysql if size is not None and capacity >= size), self.mysql[-1][1])


def _integer(name: str, sql: str, test: Callable[[Any], bool], dtype: str = "int64", **more: Any) -> Kind:
    """Return the kind of the integers of one width; its name is Arrow's too."""
    return Kind(name, sql, sql, pa.type_for_alias(name), (test,), dtype=dtype, **more)


_is = pa.types
KINDS = (
    Kind("boolean", "BOOLEAN", "BOOLEAN", pa.bool_(), (_is.is_boolean,), (bool, np.bool_)),
    _integer("int8", "TINYINT", _is.is_int8),
    _integer("int16", "SMALLINT", _is.is_int16, also=("YEAR",)),
    _integer("int32", "INT", _is.is_int32, also=("MEDIUMINT",)),
    _integer("int64", "BIGINT", _is.is_int64, python=(int, np.int64)),
    _integer("uint8", "TINYINT UNSIGNED", _is.is_uint8),
    _integer("uint16", "SMALLINT UNSIGNED", _is.is_uint16),
    _integer("uint32", "INT UNSIGNED", _is.is_uint32, also=("MEDIUMINT UNSIGNED",)),
    _integer("uint64", "BIGINT UNSIGNED", _is.is_uint64, dtype="uint64", also=("BIT",)),
    Kind(
        *("float", "DOUBLE", "DOUBLE", pa.float64(), (_is.is_floating,), (float, np.float64)),
        also=("FLOAT", "REAL"),
        dtype="float64",
    ),
    Kind(
        *("text", TEXT_LADDER, "TEXT", pa.large_string()),
        arrow=(_is.is_string, _is.is_large_string, _is.is_string_view, _is.is_null),
        python=(str, np.str_),
        also=("CHAR", "TINYTEXT", "ENUM", "SET"),
    ),
    Kind(
        *("datetime", "DATETIME(6)", "DATETIME", pa.timestamp("us"), (_is.is_timestamp,), (dt.datetime, pd.Timestamp)),
        also=("TIMESTAMP",),
        dtype="datetime64[us]",
    ),
    Kind("date", "DATE", "DATE", pa.date32(), (_is.is_date,), (dt.date,)),
    Kind("time", "TIME(6)", "TIME", pa.time64("us"), (_is.is_time,), (dt.time,)),
    Kind("duration", "BIGINT", "BIGINT", pa.int64(), (_is.is_duration,), (dt.timedelta, pd.Timedelta)),
    Kind("decimal", "DECIMAL({},{})", "TEXT", pa.large_string(), (_is.is_decimal,), (Decimal,), dtype="float64"),
    Kind(
        *("json", "JSON", "JSON", pa.large_string()),
        arrow=(_is.is_struct, _is.is_list, _is.is_large_list, _is.is_list_view, _is.is_large_list_view),
        python=(dict, list),
    ),
    Kind(
        *("bytes", BLOB_LADDER, "BLOB", pa.large_binary()),
        arrow=(_is.is_binary, _is.is_large_binary, _is.is_binary_view),
        python=(bytes, bytearray),
        also=("BINARY", "VARBINARY", "TINYBLOB"),
    ),
    Kind("geometry", "GEOMETRY SRID {}", "BLOB", pa.large_binary(), also=SHAPES),
    Kind("wkb", "LONGBLOB", "BLOB", pa.large_binary()),
)
KIND = {kind.name: kind for kind in KINDS}
BY_PYTHON = {python: kind for kind in KINDS for python in kind.python}
_OWN_TYPES = {kind.name: {re.split(r"\(| SRID", sql)[0] for _, sql in kind.ladder} for kind in KINDS}
BY_SQL_TYPE = {sql: kind for kind in reversed(KINDS) for sql in (*_OWN_TYPES[kind.name], *kind.also)}
"""The kinds by their MySQL types without a size; of several kinds that share one, the first."""
ALIASES = {"boolean": "TINYINT", "json": "LONGTEXT"}
"""By which names servers list types: BOOLEAN everywhere, JSON on MariaDB."""


def kind_of_type(arrow: Any) -> Kind | None:
    """Return the kind of an Arrow type, or None where SQL has no type for it."""
    return next((kind for kind in KINDS if any(test(arrow) for test in kind.arrow)), None)


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

    @classmethod
    def noted(cls, name: str, text: object, declared: str) -> Column | None:
        """Return the column that a note describes, or None where that is not this package's, or of another type.

        Others may write anything into a comment, and change the type below it: a note that does not fit is no note.
        """
        try:
            note = json.loads(str(text))
            kind = KIND[note.pop("kind")]
            checked = cls(name, kind, note=note, declared=declared)
            bare = re.split(r"[( ]", declared.upper())[0] + " UNSIGNED" * ("UNSIGNED" in declared.upper())
            known = {*_OWN_TYPES[kind.name], kind.sqlite, ALIASES.get(kind.name, "")}
            return checked if bare in known and _is_sound(note, kind) else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, pa.ArrowException, OSError, CRSError):
            return None

    def note_text(self) -> str:
        """Return the note as JSON in ASCII, which any comment can hold."""
        return json.dumps({"kind": self.kind.name, **self.note}, separators=(",", ":"))


_NOTED: dict[str, tuple[type, ...]] = {
    "dtype": (str,),
    "zoned": (bool,),
    "index": (int,),
    "active": (bool,),
    "axis": (str, int, float),
    "crs": (str, type(None)),
    "category": (dict,),
}
"""The parts of a note, and what each can be."""


def _is_sound(note: dict[str, Any], kind: Kind) -> bool:
    """Say whether the parts of a note are what this package writes for the kind."""
    if not all(name in _NOTED and type(value) in _NOTED[name] for name, value in note.items()):
        return False
    if kind.family == "geometry":
        return {"dtype", "category", "zoned"}.isdisjoint(note) and (note["crs"] is None or bool(CRS(note["crs"])))
    dtype = read_dtype(note["dtype"])
    zone = getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None)
    category = note.get("category", {"values": None, "ordered": False})
    return (
        (kind_of_dtype(dtype) or kind) is kind
        and (zone is not None) == note.get("zoned", False)
        and isinstance(category["ordered"], bool)
        and all(isinstance(value, (str, int, float)) for value in category["values"] or ())
        and "crs" not in note
    )


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


_BY_DTYPE_KIND = {"b": "boolean", "f": "float", "M": "datetime", "m": "duration", "i": "int", "u": "uint"}


def kind_of_dtype(dtype: Any) -> Kind | None:
    """Return the kind of all columns of a dtype; None for objects, whose values decide.

    Raises:
        TypeError: columns of this dtype have no place in a database.
    """
    if isinstance(dtype, pd.ArrowDtype):
        found = kind_of_type(dtype.pyarrow_dtype)
    elif pd.api.types.is_object_dtype(dtype):
        return None
    elif isinstance(dtype, pd.StringDtype):
        found = KIND["text"]
    elif isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype, pd.SparseDtype)) or dtype == np.longdouble:
        found = None
    else:
        name = _BY_DTYPE_KIND.get(dtype.kind, "")
        found = KIND.get(f"{name}{8 * dtype.itemsize}" if name in ("int", "uint") else name)
    if found is None:
        raise TypeError(f"its type {dtype} cannot be stored; convert it with .astype()")
    return found


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
    for name, known in STRING_DTYPES.items():
        if dtype == known:
            return name
    try:
        if read_dtype(str(dtype)) == dtype:
            return str(dtype)
    except (TypeError, ValueError, KeyError):
        pass
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
    if isinstance(name, tuple):
        raise UsageError(
            f'{what} {name!r} has several levels; join them: frame.columns = ["_".join(map(str, c)) for c in'
            " frame.columns]"
        )
    if not isinstance(name, str):
        raise UsageError(f"{what} {name!r} is not text; rename it, for example frame.columns.astype(str)")
    if not name or name.endswith(" "):
        raise UsageError(f"{what} {name!r} is empty or ends with a space; rename it")
    if len(name) > MAX_NAME:
        raise UsageError(f"{what} {name!r} has {len(name)} characters; at most {MAX_NAME} are possible")
    if any(char == "\0" or char > "\uffff" or "\ud800" <= char <= "\udfff" for char in name):
        raise UsageError(f"{what} {name!r} holds a character that no name can have (NUL, or beyond U+FFFF)")
    if name.lower().startswith((RESERVED, "sqlite_")):
        raise UsageError(f"{what} {name!r} begins with a reserved prefix; rename it")
    return name
