"""Geometry is appended to a column made from geometry of its kind, with or without a CRS, flat or not."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from persistence import Database, PersistenceError

REFERENCES = {
    "none": None,
    "degrees": 4326,
    "metres": 3857,
    "not EPSG's": "ESRI:102003",
    "without a code": "+proj=laea +lat_0=47 +lon_0=8",
}
KINDS = {
    "flat": [Point(1, 2), LineString([(0, 0), (1, 1)]), None],
    "high": [Point(1, 2, 3), None, LineString([(0, 0, 1), (1, 1, 2)])],
    "measured": list(shapely.from_wkt(["POINT M (1 2 3)", "POINT ZM (1 2 3 4)"])),
    "empty": [Point(), Polygon(), None],
    "a mixture": [Point(1, 2), Point(1, 2, 3), Point()],
    "missing": [None, None],
}
NEVER = str(2**32 - 1)
"""The number that stands for no SRID, which is no EPSG code."""


def places(shapes: list[object], crs: object) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=crs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crs", REFERENCES)
def test_what_was_saved_takes_more_of_itself(db: Database, table: str, crs: str, kind: str) -> None:
    frame = places(KINDS[kind], REFERENCES[crs])
    db.save(frame, table)
    db.save(frame, table, if_exists="append")
    assert_geodataframe_equal(db.load(table), pd.concat([frame, frame], ignore_index=True))
    db.save(frame, f"{table}_k", key="n")
    db.save(frame[::-1], f"{table}_k", if_exists="upsert", key="n")
    assert_geodataframe_equal(db.load(f"{table}_k"), frame)


@given(st.data())
def test_anything_is_appended_exactly_or_refused_for_a_reason_that_is_true(
    db: Database, prefix: str, data: st.DataObject
) -> None:
    table = f"{prefix}places"
    crs, other = (data.draw(st.sampled_from(sorted(REFERENCES))) for _ in range(2))
    kind, more = (data.draw(st.sampled_from(sorted(KINDS))) for _ in range(2))
    frame, added = places(KINDS[kind], REFERENCES[crs]), places(KINDS[more], REFERENCES[other])
    db.save(frame, table, if_exists="replace")
    try:
        db.save(added, table, if_exists="append")
    except PersistenceError as error:
        assert "'geometry'" in str(error)
        assert NEVER not in str(error)
        assert_geodataframe_equal(db.load(table), frame)
    else:
        assert crs == other or added.geometry.isna().all()
        added = added.set_crs(frame.crs, allow_override=True)
        assert_geodataframe_equal(db.load(table), pd.concat([frame, added], ignore_index=True))
