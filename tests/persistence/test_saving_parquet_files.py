"""`save` takes the path of a Parquet file: what comes back is what pandas, or geopandas, reads from it."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal
from pyarrow import parquet

from persistence import Database, UsageError, parquetfile

ROWS = 10
FRAME = pd.DataFrame(
    {
        "i": range(ROWS),
        "nullable": pd.array([1, None] * (ROWS // 2), "Int64"),
        "f": np.linspace(0, 1, ROWS),
        "s": ["a", None] * (ROWS // 2),
        "grade": pd.Categorical(list("zyxabzyxab"), categories=list("zyxwab"), ordered=True),
        "zoned": pd.date_range("2020", periods=ROWS, tz="Asia/Tokyo", unit="us"),
        "naive": pd.date_range("2020", periods=ROWS, unit="ms"),
        "b": [True, False] * (ROWS // 2),
    }
)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows are several batches."""
    monkeypatch.setattr(parquetfile, "BATCH_ROWS", 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.parquet"


@pytest.mark.parametrize("groups", [None, 4], ids=["one group of rows", "several"])
@pytest.mark.parametrize("index", [None, "i", "named range"])
def test_the_dtypes_and_the_index_come_back(
    db: Database, table: str, path: Path, groups: int | None, index: str | None
) -> None:
    frame = FRAME.rename_axis("row") if index == "named range" else FRAME.set_index(index) if index else FRAME
    frame.to_parquet(path, row_group_size=groups)
    assert db.save(path, table) == ROWS
    expected = pd.read_parquet(path)
    found = db.load(table)
    if index == "named range":
        expected.index = pd.Index(expected.index.to_numpy(), name="row")
    assert_frame_equal(found, expected, check_freq=False)


def test_a_file_without_rows_makes_an_empty_table(db: Database, table: str, path: Path) -> None:
    FRAME.drop(columns="grade").iloc[:0].to_parquet(path)
    assert db.save(path, table) == 0
    assert_frame_equal(db.load(table), pd.read_parquet(path), check_freq=False, check_index_type=False)


def test_integers_of_other_writers_stay_integers(db: Database, table: str, path: Path) -> None:
    columns = {
        "i": [1, None, 2**60 + 1, 4],
        "j": [1, 2, 3, 4],
        "b": [True, None, False, True],
        "l": [[1], [], [2], [3]],
    }
    parquet.write_table(pa.table(columns), path)
    db.save(path, table)
    found = db.load(table)
    assert list(map(str, found.dtypes)) == ["Int64", "int64", "boolean", "object"]
    assert found["i"].tolist()[2] == 2**60 + 1
    assert found["l"].tolist() == columns["l"]


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:26915", None])
def test_geoparquet_keeps_every_geometry_and_its_crs(db: Database, table: str, path: Path, crs: str | None) -> None:
    points = geopandas.points_from_xy(range(ROWS), np.arange(ROWS) / 2)
    frame = geopandas.GeoDataFrame({"i": range(ROWS)}, geometry=points, crs=crs)
    frame["around"] = frame.geometry.convex_hull
    frame = frame.set_geometry("around")
    frame.to_parquet(path)
    db.save(path, table)
    found = db.load(table)
    assert_geodataframe_equal(found, geopandas.read_parquet(path))
    assert found.geometry.name == "around"


def test_geometry_in_another_encoding_is_refused(db: Database, table: str, path: Path) -> None:
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([1], [2]), crs="EPSG:4326")
    points.to_parquet(path, geometry_encoding="geoarrow", schema_version="1.1.0")
    with pytest.raises(UsageError, match=r"column 'geometry' is not WKB; save geopandas.read_parquet"):
        db.save(path, table)
    assert table not in db.tables()


def broken_geometry(path: Path, **changed: object) -> None:
    """Write GeoParquet with bytes that are no WKB, and with changed metadata."""
    geo = {"version": "1.1.0", "primary_column": "g", "columns": {"g": {"encoding": "WKB", "geometry_types": []}}}
    metadata = {"geo": json.dumps({name: value for name, value in {**geo, **changed}.items() if value})}
    parquet.write_table(pa.table({"g": [b"no geometry"]}).replace_schema_metadata(metadata), path)


def test_broken_files_are_told_in_a_line(db: Database, table: str, path: Path) -> None:
    broken_geometry(path)
    with pytest.raises(UsageError, match="geometry that is no WKB"):
        db.save(path, table)
    broken_geometry(path, primary_column=None)
    with pytest.raises(UsageError, match="names no primary_column"):
        db.save(path, table)
    parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    with pytest.raises(UsageError, match="two columns are named 'a'"):
        db.save(path, table)
    assert table not in db.tables()
