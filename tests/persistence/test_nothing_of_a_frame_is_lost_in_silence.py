"""What a frame says about itself comes back, or `save` refuses it: the name of the columns' axis, active geometry."""

from __future__ import annotations

from collections.abc import Hashable

import geopandas
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from shapely import Point

from persistence import Database, PersistenceError

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
PLACES = geopandas.GeoDataFrame(
    {
        "n": [1, 2],
        "first": geopandas.GeoSeries([Point(1, 2), Point(3, 4)], crs=4326),
        "second": geopandas.GeoSeries([Point(5, 6), None], crs=3857),
    }
)
"""Two columns of geometry, of which none is active."""


def saved(db: Database, frame: pd.DataFrame, table: str) -> bool:
    """Save a frame; say whether it was, having checked that nothing is there otherwise."""
    try:
        db.save(frame, table)
    except PersistenceError:
        assert table not in db.tables()
        return False
    return True


@pytest.mark.parametrize("name", ["axis", "", "a", "it's 漢 \\ \"", 5, 1.5, "n" * 500])
def test_the_name_of_the_columns_axis_is_kept_or_refused(db: Database, table: str, name: Hashable) -> None:
    frame = FRAME.rename_axis(columns=name)
    if saved(db, frame, table):
        loaded = db.load(table)
        assert loaded.columns.name == name
        assert type(loaded.columns.name) is type(name)
        assert_frame_equal(loaded, frame)


def test_a_pivot_is_kept_or_refused(db: Database, table: str) -> None:
    long = pd.DataFrame({"day": [1, 1, 2, 2], "kind": ["u", "v", "u", "v"], "n": [1, 2, 3, 4]})
    frame = long.pivot(index="day", columns="kind", values="n")
    if saved(db, frame, table):
        assert_frame_equal(db.load(table), frame)


def test_frames_of_a_stream_keep_or_refuse_it_too(db: Database, table: str) -> None:
    frame = FRAME.rename_axis(columns="axis")
    if saved(db, iter([frame, frame]), table):  # type: ignore[arg-type]
        assert db.load(table).columns.name == "axis"


def test_an_axis_without_a_name_has_none_afterwards(db: Database, table: str) -> None:
    db.save(FRAME, table)
    assert db.load(table).columns.name is None


def test_geometry_of_which_none_is_active_stays_so_or_is_refused(db: Database, table: str) -> None:
    assert PLACES.active_geometry_name is None
    if saved(db, PLACES, table):
        loaded = db.load(table)
        assert isinstance(loaded, geopandas.GeoDataFrame)
        assert loaded.active_geometry_name is None
        assert [loaded["first"].crs, loaded["second"].crs] == [PLACES["first"].crs, PLACES["second"].crs]
        assert loaded["second"].tolist() == PLACES["second"].tolist()


@pytest.mark.parametrize("active", ["first", "second"])
def test_the_active_geometry_is_the_one_that_was(db: Database, table: str, active: str) -> None:
    db.save(PLACES.set_geometry(active), table)
    assert db.load(table).active_geometry_name == active


def test_active_geometry_that_was_dropped_is_not_another_ones(db: Database, table: str) -> None:
    frame = PLACES.set_geometry("first").drop(columns="first")
    if saved(db, frame, table):
        loaded = db.load(table)
        assert getattr(loaded, "active_geometry_name", None) is None
        assert loaded["second"].tolist() == frame["second"].tolist()


def test_columns_that_leave_the_active_geometry_out_make_no_other_one_active(db: Database, table: str) -> None:
    db.save(PLACES.set_geometry("first"), table)
    loaded = db.load(table, columns=["n", "second"])
    assert getattr(loaded, "active_geometry_name", None) in (None, "second")
    assert loaded["second"].tolist() == PLACES["second"].tolist()
