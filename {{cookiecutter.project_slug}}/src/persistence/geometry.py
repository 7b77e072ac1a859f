"""Geometry columns: shapely geometries to well-known binary (WKB) and back, and their coordinate reference systems.

Coordinates keep geopandas' order, x before y, in both directions: longitude first for geographic systems. Equality of
a CRS is pyproj's; a CRS that carries an EPSG code is written down as ``EPSG:code``, any other as its own definition.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from persistence.errors import UnsupportedValueError

EAST, NORTH = 180 + 1.4e-13, 90 + 8e-14
"""The bounds of longitude and latitude as MySQL 9.7 takes them, both ways: some steps of a float64 beyond the globe."""
NOT_STORABLE = "a GEOMETRY column holds finite, two-dimensional, non-empty geometries within the range of its CRS"


def crs_text(column: str, crs: CRS | None) -> str | None:
    """Return the shortest text that pyproj reads as this very CRS."""
    if crs is None:
        return None
    for text in (f"EPSG:{crs.to_epsg()}" if crs.to_epsg() else "", crs.srs, crs.to_wkt(), crs.to_json()):
        if text and CRS.from_user_input(text) == crs:
            return text
    raise UnsupportedValueError(column, "its CRS has no textual form; use an EPSG code with .to_crs()")


def noted_srid(text: str | None) -> int:
    """Return the EPSG code of a CRS that was written down, or 0: no reference system as far as the database knows."""
    return (CRS.from_user_input(text).to_epsg() if text else None) or 0


def to_wkb(series: pd.Series, expected: str | None, flat: bool) -> list[bytes]:
    """Return each geometry as little-endian ISO WKB, the third dimension kept.

    Args:
        series: the geometries.
        expected: the column's CRS, written down; none where there is none.
        flat: whether the column is GEOMETRY, which holds fewer of them than a BLOB.

    Raises:
        ValueError: the CRS is another one, or a geometry has no place in the column.
    """
    found = getattr(series.array, "crs", None)
    if (found is None) != (expected is None) or (expected and CRS.from_user_input(expected) != found):
        named = f"EPSG:{found.to_epsg()}" if found is not None and found.to_epsg() else found
        raise ValueError(f"the column's CRS is {expected}, the frame's {named}; use .to_crs()")
    values = series.to_numpy()
    if (shapely.get_type_id(values) == shapely.GeometryType.LINEARRING).any():
        raise ValueError("a LinearRing has no WKB; make it a LineString")
    if flat and not is_storable(series, expected):
        raise ValueError(NOT_STORABLE)
    return list(shapely.to_wkb(values, byte_order=1, flavor="iso"))


def from_wkb(values: Sequence[bytes | None], crs: str | None) -> pd.Series:
    """Return the geometries of WKB values (None stays None) with their CRS."""
    located: pd.Series = geopandas.GeoSeries(shapely.from_wkb(np.asarray(values, dtype=object)), crs=crs)
    return located


def from_stored(values: Sequence[bytes | None]) -> pd.Series:
    """Return geometries in MySQL's internal format: four bytes of SRID, then WKB with x before y.

    (MySQL 9.7 reference manual, "Supported Spatial Data Formats".) A column of several SRIDs gets no CRS.
    """
    srids = {int.from_bytes(value[:4], "little") for value in values if value is not None}
    code = srids.pop() if len(srids) == 1 else 0
    return from_wkb([None if value is None else value[4:] for value in values], f"EPSG:{code}" if code else None)


def is_storable(series: pd.Series, crs: str | None) -> bool:
    """Say whether a MySQL GEOMETRY column can hold these geometries; missing ones it can.

    It knows two dimensions, no empty geometries or parts, finite coordinates, and for a geographic system longitudes
    and latitudes of the globe (MySQL 9.7 reference manual, "Geometry Well-Formedness" and "Spatial Reference System
    Support"; of rounding errors beyond it, what `EAST` and `NORTH` allow).
    """
    array = parts = series.dropna().to_numpy()
    points = shapely.get_coordinates(array)
    if (shapely.has_z(array) | shapely.has_m(array)).any() or not np.isfinite(points).all():
        return False
    while len(parts):
        if shapely.is_empty(parts).any():
            return False
        parts = shapely.get_parts(parts[shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT])
    is_on_globe = crs is not None and CRS.from_user_input(crs).is_geographic
    return not is_on_globe or bool((np.abs(points) <= (EAST, NORTH)).all())
