"""The documentation's table of types: what `persistence` makes of each dtype, asked of the package itself.

Each sample below is planned, saved to an SQLite file and loaded again; the rest of a row is its row of `KINDS`.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

import stack

sys.path.insert(0, str(stack.PROJECT_FOLDER / "src"))
from persistence import Database, Settings
from persistence.rows import plan
from persistence.types import FIRST_DAY, KINDS, MAX_VARCHAR, Kind

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
UNITS = ("s", "ms", "us", "ns")
OBJECTS = {
    "`date` objects": dt.date(2021, 6, 1),
    "`time` objects": dt.time(12),
    "`Decimal` objects": Decimal("1.50"),
    "`dict` objects": {"a": 1},
    "`list` objects": [1, "a"],
    "`bytes` objects": b"bytes",
}
ARROW = (
    *(pa.type_for_alias(name) for name in INTEGERS),
    *(pa.bool_(), pa.float32(), pa.float64(), pa.string(), pa.timestamp("us"), pa.timestamp("us", "UTC")),
    *(pa.date32(), pa.time64("us"), pa.duration("us"), pa.decimal128(5, 2), pa.binary()),
    *(pa.string_view(), pa.binary_view(), pa.struct([("a", pa.int64())]), pa.list_(pa.int64())),
)
LIMITS = {
    "boolean": "",
    **{name: f"{np.iinfo(name).min:,} to {np.iinfo(name).max:,}" for name in INTEGERS},
    "uint64": f"0 to {np.iinfo('uint64').max:,}; on SQLite to {np.iinfo('int64').max:,}",
    "float": f"no infinity; integers appended to it at most ±{2**53:,}, beyond which it would round them",
    "text": "no half of a surrogate pair; as a key at most 768 characters",
    "datetime": f"years {FIRST_DAY.year} to 9999, microseconds: round nanoseconds first. With a zone: stored as UTC",
    "date": f"years {FIRST_DAY.year} to 9999",
    "time": "without a time zone",
    "duration": "microseconds, up to 292,000 years; in SQL it is their number",
    "decimal": "65 digits, 30 of them after the point; no infinity, no NaN; on SQLite it is text",
    "json": "text keys, numbers of 64 bits, no NaN or infinity",
    "bytes": "up to 4 GB a value in MySQL's type; no key",
    "geometry": "empty, a third dimension, beyond longitude ±180 or latitude ±90 by more than rounding: become `wkb`",
    "wkb": "no LinearRing; no spatial functions of MySQL without ST_GeomFromWKB",
}
"""What a column of each kind cannot hold; `UnsupportedValueError` names column, row and value."""


def samples() -> dict[str, Any]:
    """Return a column of each dtype, by the name under which the table lists it."""
    names = [*INTEGERS, *(name.replace("i", "I").replace("uI", "UI") for name in INTEGERS), "bool", "boolean"]
    found: dict[str, Any] = {
        f"`{name}`": pd.Series([1], dtype=name) for name in (*names, "float16", "float32", "float64", "Float64")
    }
    found |= {f"`{name}`": pd.Series(["word"], dtype=name) for name in ("str", "string", "object")}
    moment = np.array(["2021-06-01T12:00"], "datetime64[s]")
    for unit in UNITS:
        found[f"`datetime64[{unit}]`"] = pd.Series(moment.astype(f"datetime64[{unit}]"))
        found[f"`timedelta64[{unit}]`"] = pd.Series(np.array([60], "timedelta64[s]").astype(f"timedelta64[{unit}]"))
    found["`datetime64[us, Europe/Berlin]`"] = pd.Series(moment.astype("datetime64[us]")).dt.tz_localize(
        "Europe/Berlin"
    )
    found |= {name: pd.Series([value], dtype=object) for name, value in OBJECTS.items()}
    for arrow in ARROW:
        found[f"`{pd.ArrowDtype(arrow)}`"] = pd.Series([None], dtype=pd.ArrowDtype(arrow))
    found["`geometry`"] = geopandas.GeoSeries([shapely.Point(1, 2)], crs=4326)
    found["`geometry` with Z or M, or empty"] = geopandas.GeoSeries([shapely.Point(1, 2, 3)], crs=4326)
    return found


def mysql_type(kind: Kind) -> str:
    """Return the kind's types on MySQL, sizes as letters."""
    names = [sql.replace("{},{}", "p,s").replace("{}", "code") for _, sql in kind.ladder]
    if kind.name == "text":
        names.insert(4, f"VARCHAR(n) to {MAX_VARCHAR}")
    return ", ".join(names)


def by_others(kind: Kind) -> str:
    """Return how columns of tables made by others are read as this kind."""
    dtype = f"`{kind.dtype}`" if kind.dtype else "by its values"
    return f"{dtype}; also {', '.join(kind.also)}" if kind.also else dtype


def table() -> str:
    """Return the table in Markdown, one row for each of `KINDS`."""
    rows: dict[str, list[str]] = {kind.name: [] for kind in KINDS}
    changed: dict[str, list[str]] = {kind.name: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        db = Database(Settings(database="sqlite", path=Path(folder) / "types.sqlite"))
        for name, series in samples().items():
            stored = plan(series.rename("x")).kind.name
            rows[stored].append(name)
            db.save(series.to_frame("x"), "types", if_exists="replace")
            found = db.load("types")["x"].dtype
            if found != series.dtype:
                changed[stored].append(f"{name} as `{found}`")
        db.close()
    lines = [
        "| kind | in the frame | MySQL | SQLite | comes back as | without a note | what it cannot hold |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        cells = (
            *(kind.name, ", ".join(rows[kind.name]), mysql_type(kind), kind.sqlite),
            *(", ".join(changed[kind.name]) or "the same dtype", by_others(kind), LIMITS[kind.name]),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
