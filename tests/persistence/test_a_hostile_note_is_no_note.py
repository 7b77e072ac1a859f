# ruff: noqa: ANN401 - notes of every type
"""What others write where the notes stand stops nothing: the column loads as one without a note, and takes more."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import geopandas
import pandas as pd
import pyarrow as pa
import pytest
from shapely import Point

from persistence import Database, PersistenceError

Run = Callable[[str], None]
NO_FIELD = "arrow:" + base64.b64encode(pa.schema([]).serialize().to_pybytes()).decode()
NOTHING: dict[str, Any] = {"values": None, "ordered": False}
NOTES: dict[str, Any] = {
    "empty": "",
    "no JSON": "the number of trips",
    "a number": "5",
    "a list": "[1]",
    "null": "null",
    "no kind": "{}",
    "deep": "[" * 900 + "]" * 100,
    "unknown kind": {"kind": "money", "dtype": "int64"},
    "a kind that is no name": {"kind": ["int64"], "dtype": "int64"},
    "no dtype": {"kind": "int64"},
    "a dtype that is none": {"kind": "int64", "dtype": "moneys"},
    "a dtype that is no name": {"kind": "int64", "dtype": 64},
    "a dtype of two fields": {"kind": "int64", "dtype": "i8,i8"},
    "another kind's dtype": {"kind": "int64", "dtype": "datetime64[us]"},
    "another width's dtype": {"kind": "int64", "dtype": "int8"},
    "another column's kind": {"kind": "datetime", "dtype": "datetime64[us]"},
    "categories as dtype": {"kind": "int64", "dtype": "category"},
    "periods": {"kind": "int64", "dtype": "period[D]"},
    "no base64": {"kind": "int64", "dtype": "arrow:*"},
    "no schema": {"kind": "int64", "dtype": "arrow:AAAA"},
    "no field": {"kind": "int64", "dtype": NO_FIELD},
    "a zone that is none": {"kind": "int64", "dtype": "int64", "zoned": True},
    "an index of text": {"kind": "int64", "dtype": "int64", "index": "first"},
    "an index that is none": {"kind": "int64", "dtype": "int64", "index": None},
    "an axis that is a list": {"kind": "int64", "dtype": "int64", "axis": ["x"]},
    "an axis that is a dict": {"kind": "int64", "dtype": "int64", "axis": {}},
    "categories that are none": {"kind": "int64", "dtype": "int64", "category": 5},
    "categories without values": {"kind": "int64", "dtype": "int64", "category": {}},
    "categories of lists": {"kind": "int64", "dtype": "int64", "category": {**NOTHING, "values": [[1], [2]]}},
    "categories of text": {"kind": "int64", "dtype": "int64", "category": {**NOTHING, "values": ["a"]}},
    "categories that are missing": {"kind": "int64", "dtype": "int64", "category": {**NOTHING, "values": [1, None]}},
    "one category twice": {"kind": "int64", "dtype": "int64", "category": {**NOTHING, "values": [1, 1]}},
    "an order that is none": {"kind": "int64", "dtype": "int64", "category": {"values": [1], "ordered": "up"}},
}
PLACES: dict[str, Any] = {
    "no CRS": {"kind": "geometry"},
    "a CRS that is none": {"kind": "geometry", "crs": "EPSG:0"},
    "a CRS that is a list": {"kind": "geometry", "crs": [4326]},
    "an empty CRS": {"kind": "geometry", "crs": ""},
    "a dtype of geometry": {"kind": "geometry", "dtype": "geometry"},
    "another kind": {"kind": "bytes", "dtype": "geometry"},
}


def noted(db: Database, sql: Run, frame: pd.DataFrame, table: str, note: Any, declared: str) -> None:
    """Save a frame, and write another note for its column x."""
    db.save(frame, table)
    text = (note if isinstance(note, str) else json.dumps(note)).replace("\\", "\\\\").replace("'", "''")
    if db.settings.database == "mysql":
        sql(f"ALTER TABLE {table} MODIFY x {declared} COMMENT '{text}'")
    else:
        mark = "(SELECT table_name FROM _persistence_notes ORDER BY rowid DESC LIMIT 1)"
        sql(f"UPDATE _persistence_notes SET note = '{text}' WHERE column_name = 'x' AND table_name = {mark}")


@pytest.mark.parametrize("name", NOTES)
def test_numbers_stay_numbers(db: Database, table: str, sql: Run, name: str) -> None:
    noted(db, sql, pd.DataFrame({"x": [3, 4], "y": ["a", "b"]}), table, NOTES[name], "BIGINT NULL")
    expected = pd.DataFrame({"x": [3, 4], "y": ["a", "b"]})
    pd.testing.assert_frame_equal(db.load(table), expected)
    db.save(expected, table, if_exists="append")
    pd.testing.assert_frame_equal(db.load(table), pd.concat([expected, expected], ignore_index=True))


@pytest.mark.parametrize("name", PLACES)
def test_places_stay_readable(db: Database, table: str, sql: Run, is_mariadb: bool, name: str) -> None:
    frame = geopandas.GeoDataFrame({"x": geopandas.GeoSeries([Point(1, 2)], crs=4326)}, geometry="x")
    declared = "GEOMETRY REF_SYSTEM_ID=4326 NULL" if is_mariadb else "GEOMETRY NULL SRID 4326"
    noted(db, sql, frame, table, PLACES[name], declared)
    assert len(db.load(table)) == 1
    for more in (frame, frame.assign(x=pd.Categorical(["a"]))):
        try:
            db.save(pd.DataFrame(more), table, if_exists="append")
        except PersistenceError as error:
            assert "'x'" in str(error)
    assert len(db.load(table)) >= 1
