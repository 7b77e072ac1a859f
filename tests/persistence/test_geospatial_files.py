"""The file formats of the geospatial set: what is written is read back equal, within what the format can hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import Point, Polygon

UTM, LONGITUDE_LATITUDE = "EPSG:32615", "EPSG:4326"
A_FEW_NANOMETRES = 10e-9
METRES_OF_A_DEGREE = 111_000
# A corner that is no round number, and a hole; the rings turn as Shapefiles want them.
PLACES = [
    Polygon([(477_900.123, 4_980_100), (478_900, 4_981_100), (478_900, 4_980_100)]),
    Polygon(
        [(478_000, 4_980_000), (478_000, 4_980_090), (478_090, 4_980_090), (478_090, 4_980_000)],
        [[(478_050, 4_980_010), (478_060, 4_980_010), (478_060, 4_980_020)]],
    ),
]


@pytest.fixture
def places() -> geopandas.GeoDataFrame:
    """Two places with text beyond ASCII, a missing name, numbers, truths and moments."""
    return geopandas.GeoDataFrame(
        {
            "name": ["Zürich — 東京 🛴", None],
            "visits": [2**40, -1],
            "share": [0.1, 1e-9],
            "is_open": [True, False],
            "moment": pd.to_datetime(["2021-07-06 19:30:15.250", "1999-12-31 00:00:00.000"]).as_unit("ms"),
        },
        geometry=PLACES,
        crs=UTM,
    )


@pytest.mark.parametrize("crs", [UTM, "EPSG:2056", LONGITUDE_LATITUDE])
@pytest.mark.parametrize("name", ["places.gpkg", "places.parquet"])
def test_geopackage_and_parquet_keep_everything(
    places: geopandas.GeoDataFrame, tmp_path: Path, name: str, crs: str
) -> None:
    written = places.set_crs(crs, allow_override=True) if crs != LONGITUDE_LATITUDE else places.to_crs(crs)
    if name.endswith(".parquet"):
        written.to_parquet(tmp_path / name)
        back = geopandas.read_parquet(tmp_path / name)
    else:
        written.to_file(tmp_path / name)
        back = geopandas.read_file(tmp_path / name)
    assert back.crs == written.crs
    assert_geodataframe_equal(back, written)
    assert back.geometry.to_wkb().tolist() == written.geometry.to_wkb().tolist()


def test_geojson_keeps_everything_in_longitude_and_latitude(places: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    written = places.to_crs(LONGITUDE_LATITUDE)
    written.to_file(tmp_path / "places.geojson")
    back = geopandas.read_file(tmp_path / "places.geojson")
    assert back.crs == written.crs
    pd.testing.assert_frame_equal(pd.DataFrame(back.drop(columns="geometry")), written.drop(columns="geometry"))
    corners, before = (frame.geometry.get_coordinates().to_numpy() for frame in (back, written))
    assert np.abs(corners - before).max() * METRES_OF_A_DEGREE < A_FEW_NANOMETRES
    assert back.to_crs(UTM).geometry.geom_equals_exact(places.geometry, 1e-6).all()


def test_a_shapefile_is_several_files_whose_moments_are_text(places: geopandas.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.warns(RuntimeWarning, match="moment created as String field"):
        places.to_file(tmp_path / "places.shp")
    assert {path.suffix for path in tmp_path.iterdir()} == {".shp", ".shx", ".dbf", ".prj", ".cpg"}
    back = geopandas.read_file(tmp_path / "places.shp")
    assert back.crs == places.crs
    assert_geodataframe_equal(back.drop(columns="moment"), places.drop(columns="moment"))
    assert pd.to_datetime(back["moment"], format="ISO8601").tolist() == places["moment"].tolist()


def test_a_shapefile_is_read_out_of_the_archive_in_which_it_is_published(
    places: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    places[["name", "geometry"]].to_file(tmp_path / "files" / "places.shp")
    with zipfile.ZipFile(tmp_path / "places.zip", "w") as archive:
        for path in (tmp_path / "files").iterdir():
            archive.write(path, path.name)
    back = geopandas.read_file(tmp_path / "places.zip")
    assert back.crs == places.crs
    assert_geodataframe_equal(back, places[["name", "geometry"]])


def test_a_point_far_away_keeps_its_place_when_its_file_has_another_crs(tmp_path: Path) -> None:
    tokyo = geopandas.GeoDataFrame({"city": ["東京"]}, geometry=[Point(139.6917, 35.6895)], crs=LONGITUDE_LATITUDE)
    tokyo.to_crs("EPSG:6677").to_file(tmp_path / "tokyo.gpkg")
    (place,) = geopandas.read_file(tmp_path / "tokyo.gpkg").to_crs(LONGITUDE_LATITUDE).geometry
    assert place.distance(tokyo.geometry[0]) < 1e-9
