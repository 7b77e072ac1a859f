"""Geometry keeps its place, its CRS and its type."""

from __future__ import annotations

from collections.abc import Callable

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import LinearRing, LineString, MultiPoint, Point, Polygon

from persistence import Database, UnsupportedValueError, UsageError

TOKYO, NEW_YORK = Point(139.6917, 35.6895), Point(-74.006, 40.7128)
SHAPES = {
    "points": [Point(1, 2), None],
    "lines": [LineString([(0, 0), (1, 1)]), None],
    "polygons with holes": [Polygon([(0, 0), (9, 0), (9, 9), (0, 0)], [[(5, 1), (6, 1), (6, 2), (5, 1)]])],
    "several points": [MultiPoint([(1, 2), (3, 4)])],
    "a mixture": [Point(1, 2), LineString([(0, 0), (1, 1)]), shapely.GeometryCollection([Point(1, 2)])],
    "three dimensions": [Point(1, 2, 3), Point(4, 5, 6)],
    "emptiness": [Point(), Polygon(), shapely.GeometryCollection(), Point(1, 2)],
    "emptiness within": [shapely.GeometryCollection([MultiPoint(), Point(1, 1)])],
    "the antimeridian": [Point(-180, 0), Point(180, 0)],
    "nothing": [None, None],
}


@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("crs", [None, 4326, 3857, 26915, 2393, 2056, "ESRI:102003"])
def test_any_geometry_comes_back_equal(db: Database, table: str, shapes: list[object], crs: object) -> None:
    frame = geopandas.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=crs)
    db.save(frame, table)
    loaded = db.load(table)
    assert isinstance(loaded, geopandas.GeoDataFrame)
    assert loaded.crs == frame.crs
    assert_geodataframe_equal(loaded, frame)


COORDINATES = st.tuples(st.floats(-179, 180), st.floats(-90, 90))


@given(st.lists(st.none() | COORDINATES.map(Point), min_size=1, max_size=8))
def test_points_keep_every_bit_of_their_coordinates(db: Database, prefix: str, points: list[Point | None]) -> None:
    frame = geopandas.GeoDataFrame(geometry=points, crs=4326)
    db.save(frame, f"{prefix}points", if_exists="replace")
    loaded = db.load(f"{prefix}points").geometry
    assert shapely.to_wkb(loaded.array).tolist() == shapely.to_wkb(frame.geometry.array).tolist()


def test_tokyo_stays_in_tokyo_in_sql_and_back(db: Database, table: str, is_mysql: bool, is_mariadb: bool) -> None:
    db.save(geopandas.GeoDataFrame({"city": ["Tokyo", "New York"]}, geometry=[TOKYO, NEW_YORK], crs=4326), table)
    assert db.load(table).geometry.tolist() == [TOKYO, NEW_YORK]
    if is_mysql:
        x, y = ("ST_X", "ST_Y") if is_mariadb else ("ST_Longitude", "ST_Latitude")
        places = db.query(f"SELECT {x}(geometry) AS x, {y}(geometry) AS y FROM {table}")
        assert places.to_numpy().tolist() == [[TOKYO.x, TOKYO.y], [NEW_YORK.x, NEW_YORK.y]]
        selected = db.query(f"SELECT city, geometry FROM {table}")
        assert selected.geometry.tolist() == [TOKYO, NEW_YORK]
        assert selected.crs == "EPSG:4326"


def test_several_geometry_columns_keep_their_own_crs_and_the_active_one(db: Database, table: str) -> None:
    frame = geopandas.GeoDataFrame({"a": geopandas.points_from_xy([1], [2], crs=3857)})
    frame["b"] = geopandas.GeoSeries([TOKYO], crs=4326)
    frame = frame.set_geometry("b")
    db.save(frame, table)
    loaded = db.load(table)
    assert loaded.active_geometry_name == "b"
    assert [loaded["a"].crs.to_epsg(), loaded["b"].crs.to_epsg()] == [3857, 4326]


def test_appended_geometry_of_another_crs_is_refused(db: Database, table: str) -> None:
    db.save(geopandas.GeoDataFrame(geometry=[TOKYO], crs=4326), table)
    with pytest.raises(UnsupportedValueError, match="to_crs"):
        db.save(geopandas.GeoDataFrame(geometry=[TOKYO], crs=4326).to_crs(3857), table, if_exists="append")
    db.save(geopandas.GeoDataFrame(geometry=[NEW_YORK], crs=4326), table, if_exists="append")
    assert db.load(table).geometry.tolist() == [TOKYO, NEW_YORK]


def test_a_column_whose_srid_a_dump_has_lost_takes_the_notes(
    db: Database, table: str, is_mariadb: bool, sql: Callable[[str], None]
) -> None:
    db.save(geopandas.GeoDataFrame(geometry=[TOKYO], crs=4326), table)
    if is_mariadb:  # as its dumps write it
        catalogue = "SELECT column_comment AS note FROM information_schema.columns WHERE table_name = %(t)s"
        note = db.query(f"{catalogue} AND column_name = 'geometry'", {"t": table})["note"][0]
        sql(f"ALTER TABLE {table} MODIFY geometry GEOMETRY COMMENT '{note}'")
    db.save(geopandas.GeoDataFrame(geometry=[NEW_YORK], crs=4326), table, if_exists="append")
    assert db.load(table).geometry.tolist() == [TOKYO, NEW_YORK]
    if is_mariadb:
        assert db.query(f"SELECT DISTINCT ST_SRID(geometry) AS s FROM {table}")["s"].tolist() == [4326]


def test_a_ring_is_refused(db: Database, table: str) -> None:
    ring = LinearRing([(0, 0), (1, 0), (1, 1)])
    with pytest.raises(UnsupportedValueError, match=r"row 1.*LineString"):
        db.save(geopandas.GeoDataFrame(geometry=[None, ring]), table)


def test_a_geometry_is_no_key(db: Database, table: str) -> None:
    with pytest.raises(UnsupportedValueError, match="key"):
        db.save(geopandas.GeoDataFrame(geometry=[TOKYO]), table, key="geometry")


def test_a_subset_without_geometry_is_a_plain_frame(db: Database, table: str) -> None:
    db.save(geopandas.GeoDataFrame({"n": [1]}, geometry=[TOKYO], crs=4326), table)
    assert type(db.load(table, columns=["n"])) is pd.DataFrame


def test_many_hexagons_come_back_equal(db: Database, table: str) -> None:
    angles = np.linspace(0, 2 * np.pi, 7)
    hexagons = [
        Polygon(np.column_stack([-93 + x / 50 + np.cos(angles) / 60, 45 + y / 50 + np.sin(angles) / 60]))
        for x in range(20)
        for y in range(20)
    ]
    frame = geopandas.GeoDataFrame({"HEX_ID": range(400)}, geometry=hexagons, crs=4326)
    db.save(frame, table, key="HEX_ID")
    assert_geodataframe_equal(db.load(table), frame)


def test_a_spatial_index_is_built_and_used(db: Database, table: str, is_mysql: bool) -> None:
    frame = geopandas.GeoDataFrame({"n": range(100)}, geometry=[Point(n, n / 2) for n in range(100)], crs="EPSG:4326")
    db.save(frame, table, spatial_index=True)
    assert_geodataframe_equal(db.load(table), frame)
    db.save(frame.assign(n=frame["n"] + 100), table, if_exists="append", spatial_index=True)
    assert len(db.load(table)) == 200
    if is_mysql:
        inside = "MBRContains(ST_GeomFromText('POLYGON((0 0, 0 5, 5 5, 5 0, 0 0))', 4326), geometry)"
        plan = db.query(f"EXPLAIN FORMAT=TRADITIONAL SELECT n FROM {table} WHERE {inside}")
        assert plan["possible_keys"].tolist() == ["geometry"]


def test_a_spatial_index_wants_flat_geometry_everywhere(db: Database, table: str) -> None:
    flat, high = Point(1, 2), Point(1, 2, 3)
    with pytest.raises(UnsupportedValueError, match=r"'geometry', row 1.*missing"):
        db.save(geopandas.GeoDataFrame(geometry=[flat, None], crs=4326), table, spatial_index=True)
    with pytest.raises(UsageError, match="three-dimensional"):
        db.save(geopandas.GeoDataFrame(geometry=[flat, high], crs=4326), table, spatial_index=True)
    with pytest.raises(UsageError, match="no geometry"):
        db.save(pd.DataFrame({"x": [1]}), table, spatial_index=True)
    assert table not in db.tables()
