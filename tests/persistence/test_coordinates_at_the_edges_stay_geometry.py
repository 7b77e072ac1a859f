"""Coordinates at the globe's edges with a rounding error are geometry, exact to the bit, and take a spatial index."""

from __future__ import annotations

from collections.abc import Callable

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon
from sqlalchemy.exc import DBAPIError

from persistence import Database, UsageError

Index = Callable[[Database, str], str]
NATURAL_EARTH = [(180.00000000000006, -16.5), (-180.00000000000003, 65.0), (-180, -90.00000000000001), (180, 90)]
STEPS = st.integers(-4, 4)


def beside(edge: float, steps: int) -> float:
    """Return the number so many numbers away from this one."""
    for _ in range(abs(steps)):
        edge = float(np.nextafter(edge, np.inf if steps > 0 else -np.inf))
    return edge


def is_taken(db: Database, point: Point) -> bool:
    """Ask the server whether it takes a point."""
    with db.engine.connect() as connection:
        try:
            connection.exec_driver_sql(
                f"SELECT ST_GeomFromText('POINT({point.x!r} {point.y!r})', 4326, 'axis-order=long-lat')"
            )
        except DBAPIError:
            return False
    return True


def stored_as(db: Database, table: str) -> str:
    """Return the type of the geometry's column."""
    kind = "SELECT data_type AS t FROM information_schema.columns WHERE table_name = %(t)s AND column_name = 'geometry'"
    return str(db.query(kind, {"t": table})["t"][0])


def check_exact(db: Database, table: str, frame: geopandas.GeoDataFrame) -> None:
    loaded = db.load(table)
    assert shapely.to_wkb(loaded.geometry.array).tolist() == shapely.to_wkb(frame.geometry.array).tolist()
    assert loaded.crs == frame.crs


@pytest.mark.parametrize("crs", [4326, 4258, 4269])
def test_natural_earths_points_have_a_spatial_index(db: Database, table: str, is_mysql: bool, crs: int) -> None:
    frame = geopandas.GeoDataFrame(geometry=[Point(place) for place in NATURAL_EARTH], crs=crs)
    db.save(frame, table, spatial_index=True)
    check_exact(db, table, frame)
    if is_mysql:
        assert stored_as(db, table) == "geometry"
        indexed = "SELECT index_type AS t FROM information_schema.statistics WHERE table_name = %(t)s"
        assert "SPATIAL" in db.query(indexed, {"t": table})["t"].tolist()


def test_so_have_polygons_and_lines(db: Database, table: str, is_mysql: bool) -> None:
    edge = 180.00000000000006
    shapes = [Polygon([(170, -20), (edge, -20), (edge, -10), (170, -10), (170, -20)]), LineString([(-edge, 0), (0, 0)])]
    frame = geopandas.GeoDataFrame(geometry=shapes, crs=4326)
    db.save(frame, table, spatial_index=True)
    check_exact(db, table, frame)
    if is_mysql:
        assert stored_as(db, table) == "geometry"


@given(st.lists(st.tuples(st.sampled_from([-180.0, 180.0]), STEPS, st.sampled_from([-90.0, 90.0]), STEPS), min_size=1))
def test_whatever_the_server_takes_is_geometry(
    db: Database, prefix: str, is_mysql: bool, is_mariadb: bool, near: list[tuple[float, int, float, int]]
) -> None:
    table = f"{prefix}edges"
    points = [Point(beside(x, dx), beside(y, dy)) for x, dx, y, dy in near]
    frame = geopandas.GeoDataFrame(geometry=points, crs=4326)
    db.save(frame, table, if_exists="replace")
    check_exact(db, table, frame)
    if is_mysql:
        taken = is_mariadb or all(is_taken(db, point) for point in points)
        assert (stored_as(db, table) == "geometry") or not taken


def test_they_are_appended_to_what_is_well_within(db: Database, table: str) -> None:
    frames = [geopandas.GeoDataFrame(geometry=[Point(place)], crs=4326) for place in ((1, 2), *NATURAL_EARTH)]
    for frame in frames:
        db.save(frame, table, if_exists="append", spatial_index=True)
    assert [point.coords[0] for point in db.load(table).geometry] == [(1, 2), *NATURAL_EARTH]


@pytest.mark.parametrize("place", [(181, 0), (0, 91), (180.0001, 0), (0, -90.0001), (1e300, 0)])
def test_what_is_far_beyond_comes_back_as_before(db: Database, table: str, place: tuple[float, float]) -> None:
    frame = geopandas.GeoDataFrame(geometry=[Point(place), Point(1, 2)], crs=4326)
    db.save(frame, table)
    check_exact(db, table, frame)


def test_what_is_far_beyond_has_no_spatial_index_and_the_message_says_why(
    mysql: Database, table: str, is_mariadb: bool
) -> None:
    frame = geopandas.GeoDataFrame(geometry=[Point(181, 0), Point(1, 2)], crs=4326)
    if is_mariadb:
        mysql.save(frame, table)
        check_exact(mysql, table, frame)
        return
    with pytest.raises(UsageError):
        mysql.save(frame, table, spatial_index=True)
