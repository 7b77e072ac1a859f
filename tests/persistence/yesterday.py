# ruff: noqa: ANN401 - values of every type
"""Tables as the helper package saved them at commit dfec12c, before Arrow became its only form: what is in them, and
the script that made the files in `yesterday/`.

    PYTHONPATH=<that commit's src> python yesterday.py sqlite yesterday/tables.sqlite
    PYTHONPATH=<that commit's src> python yesterday.py mysql --       # with a server's settings; then dump its tables

The dumps are `mysqldump --compact --hex-blob --skip-extended-insert` (MariaDB: `mariadb-dump`) of these tables.
"""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
from shapely import LineString, Point

PREFIX = "yesterday_"
MOMENTS = [dt.datetime(1000, 1, 1), dt.datetime(2021, 3, 28, 1, 30, 0, 123456), None]
RECENT = [dt.datetime(1969, 12, 31, 23, 59, 59), dt.datetime(2021, 3, 28, 1, 30), None]


def _integers() -> dict[str, pd.Series]:
    found = {}
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        limits = np.iinfo(name)
        values = [int(limits.min), min(int(limits.max), 2**63 - 1), 7]
        found[name] = pd.Series(values, dtype=name)
        nullable = name.replace("int", "Int").replace("uI", "UI")
        found[nullable] = pd.Series([None, *values[:2]], dtype=nullable)
        found[f"{name}[pyarrow]"] = pd.Series([None, *values[:2]], dtype=f"{name}[pyarrow]")
    return found


def _stamps(values: list[Any], unit: str, zone: str | None = None) -> pd.Series:
    stamps = pd.Series(np.array(values, "datetime64[us]").astype(f"datetime64[{unit}]"))
    return stamps.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else stamps


def _objects(*values: Any) -> pd.Series:
    return pd.Series([*values, None], dtype=object)


def columns() -> dict[str, pd.Series]:
    """Return a column of three rows for each type."""
    words = ['it\'s \\ "quoted"\n', None, "漢é😀"]
    return {
        **_integers(),
        "bool": pd.Series([True, False, True]),
        "boolean": pd.Series([True, None, False], dtype="boolean"),
        "bool[pyarrow]": pd.Series([True, None, False], dtype="bool[pyarrow]"),
        **{name: pd.Series([0.5, None, -1.25], dtype=name) for name in ("float16", "float32", "Float64")},
        "float64": pd.Series([0.1, np.nan, -1.7976931348623157e308]),
        "double[pyarrow]": pd.Series([0.1, None, 5e-324], dtype="double[pyarrow]"),
        **{f"{name}": pd.Series(words, dtype=name) for name in ("str", "string", "object")},
        "string[python]": pd.Series(words, dtype=pd.StringDtype("python")),
        "large_string[pyarrow]": pd.Series(words, dtype=pd.ArrowDtype(pa.large_string())),
        "long text": pd.Series(["é" * 300, "a" * 20_000, None], dtype="str"),
        "datetime64[s]": _stamps([value and value.replace(microsecond=0) for value in MOMENTS], "s"),
        "datetime64[us]": _stamps(MOMENTS, "us"),
        "datetime64[ns]": _stamps(RECENT, "ns"),
        "datetime64[us, Europe/Berlin]": _stamps(RECENT, "us", "Europe/Berlin"),
        "datetime64[ns, +05:30]": _stamps(RECENT, "ns", "+05:30"),
        "timestamp[us][pyarrow]": pd.Series(RECENT, dtype="timestamp[us][pyarrow]"),
        "timestamp[ns, tz][pyarrow]": pd.Series(RECENT, dtype=pd.ArrowDtype(pa.timestamp("ns", "Asia/Tokyo"))),
        **{
            f"timedelta64[{unit}]": pd.Series(pd.to_timedelta([1, -1, None], "h")).astype(f"timedelta64[{unit}]")
            for unit in ("s", "us", "ns")
        },
        "duration[us][pyarrow]": pd.Series(
            [dt.timedelta(hours=-1), None, dt.timedelta(1)], dtype="duration[us][pyarrow]"
        ),
        "dates": _objects(dt.date(1000, 1, 1), dt.date(9999, 12, 31)),
        "date32[pyarrow]": pd.Series([dt.date(1000, 1, 1), None, dt.date(2021, 6, 1)], dtype="date32[day][pyarrow]"),
        "times": _objects(dt.time(0), dt.time(23, 59, 59, 999999)),
        "time64[pyarrow]": pd.Series([dt.time(0), None, dt.time(23, 59, 59, 999999)], dtype="time64[us][pyarrow]"),
        "decimals": _objects(Decimal("1.50"), Decimal("-1000")),
        "decimal[pyarrow]": pd.Series(
            [Decimal("1.50"), None, Decimal("-999.25")], dtype=pd.ArrowDtype(pa.decimal128(5, 2))
        ),
        "bytes": _objects(b"\0\xff", b""),
        "binary[pyarrow]": pd.Series([b"\0\xff", None, b""], dtype="binary[pyarrow]"),
        "documents": _objects({"a": [1, "ö", None]}, [1.5, True]),
        "struct[pyarrow]": pd.Series([{"a": 1}, None, {"a": -1}], dtype=pd.ArrowDtype(pa.struct([("a", pa.int64())]))),
        "categories": pd.Series(pd.Categorical(["b", None, "a"], ["b", "a", "unused"])),
        "ordered": pd.Series(pd.Categorical(["low", "high", None], ["low", "high"], ordered=True)),
        "categories of integers": pd.Series([2, 1, 2]).astype("category"),
        "categories of days": pd.Series(pd.to_datetime(["2020-01-02", "2020-01-01", None])).astype("category"),
        "many categories": pd.Series([f"{number:0500}" for number in range(3)]).astype("category"),
        "objects of integers": _objects(1, -(2**63)),
        "objects of booleans": _objects(True, False),
        "nothing": pd.Series([None] * 3, dtype=object),
        "points": geopandas.GeoSeries([Point(139.7, 35.7), None, Point(-74, 40.7)], crs=4326),
        "lines": geopandas.GeoSeries([LineString([(0, 0), (1, 1)]), None, Point(1, 2)], crs=None),
        "in metres": geopandas.GeoSeries([Point(1, 2), Point(3, 4), None], crs="ESRI:102003"),
        "high": geopandas.GeoSeries([Point(1, 2, 3), None, Point()], crs=3857),
    }


def tables() -> dict[str, tuple[pd.DataFrame, str | None]]:
    """Return the frames by the names of their tables, each with its key."""
    made: dict[str, tuple[pd.DataFrame, str | None]] = {}
    for number, (name, series) in enumerate(columns().items()):
        made[f"{PREFIX}{number:02}"] = (pd.DataFrame({"id": range(3), name: series}), None)
    whole = pd.DataFrame(
        {"n": [1, 2], "word": ["a", "b"]}, index=pd.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["i", "k"])
    )
    made[f"{PREFIX}indexed"] = (whole, None)
    made[f"{PREFIX}keyed"] = (pd.DataFrame({"id": ["a", "b"], "v": [1.5, 2.5]}), "id")
    places = geopandas.GeoDataFrame({"a": geopandas.points_from_xy([1], [2], crs=3857)})
    places["b"] = geopandas.GeoSeries([Point(5, 6)], crs=4326)
    made[f"{PREFIX}places"] = (places.set_geometry("b"), None)
    return made


def main() -> None:
    """Save the tables with the package of that commit."""
    from persistence import Database, Settings

    db = (
        Database(Settings("sqlite", path=Path(sys.argv[2]).resolve()))
        if sys.argv[1] == "sqlite"
        else Database.from_env()
    )
    for name, (frame, key) in tables().items():
        db.save(frame, name, if_exists="replace", key=key)
    db.close()


if __name__ == "__main__":
    main()
