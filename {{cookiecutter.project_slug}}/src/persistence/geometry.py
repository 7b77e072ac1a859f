"""Geometry columns: shapely geometries to well-known binary (WKB) and back, and their coordinate reference systems.

Coordinates keep geopandas' order, x before y, in both directions: longitude first for geographic systems. Equality of
a CRS is pyproj's; a CRS that carries an EPSG code is written down as ``EPSG:code``, any other as its own definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from persistence.errors import UnsupportedValueError

Geometries = Sequence[Any] | NDArray[Any]


def crs_text(column: str, crs: CRS | None) -> str | None:
    """Return the shortest text that pyproj reads as this very CRS."""
    if crs is None:
        return None
    for text in (f"EPSG:{crs.to_epsg()}" if crs.to_epsg() else "", crs.srs, crs.to_wkt(), crs.to_json()):
        if text and CRS.from_user_input(text) == crs:
            return text
    raise UnsupportedValueError(column, "its CRS has no textual form; use an EPSG code with .to_crs()")


def srid(crs: CRS | None) -> int:
    """Return the EPSG code of a CRS, or 0: no reference system as far as the database knows."""
    return (crs.to_epsg() if crs is not None else None) or 0


def noted_srid(text: str | None) -> int:
    """Return the same of a CRS that was written down by `crs_text`."""
    return srid(CRS.from_user_input(text) if text else None)


def check_crs(column: str, found: CRS | None, noted: str | None, code: int | None) -> None:
    """Raise unless data with the CRS `found` may be appended to a column with the noted CRS, or with this SRID."""
    expected = noted or (f"EPSG:{code}" if code else None)
    same = found == CRS.from_user_input(expected) if expected and found is not None else bool(expected) == bool(found)
    if not same:
        raise UnsupportedValueError(column, f"the column's CRS is {expected}, the frame's {found}; use .to_crs()")


def to_wkb(geometries: Geometries) -> list[bytes]:
    """Return each geometry as little-endian ISO WKB, the third dimension kept."""
    return list(shapely.to_wkb(np.asarray(geometries, dtype=object), byte_order=1, flavor="iso"))


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


def are_rings(geometries: Geometries) -> NDArray[np.bool_]:
    """Return the mask of LinearRings, which WKB cannot tell from LineStrings."""
    kinds = shapely.get_type_id(np.asarray(geometries, dtype=object))
    return np.asarray(kinds == shapely.GeometryType.LINEARRING)


def is_storable(geometries: Geometries, crs: str | None) -> bool:
    """Say whether a MySQL GEOMETRY column can hold these geometries.

    It knows two dimensions, no empty geometries or parts, finite coordinates, and for a geographic system longitudes
    in (-180, 180] and latitudes in [-90, 90] degrees (MySQL 9.7 reference manual, "Geometry Well-Formedness" and
    "Spatial Reference System Support").
    """
    array = np.asarray(geometries, dtype=object)
    if shapely.has_z(array).any() or shapely.has_m(array).any():
        return False
    parts = shapely.get_parts(array)
    while (collections := shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts = np.concatenate([parts[~collections], shapely.get_parts(parts[collections])])
    if shapely.is_empty(array).any() or shapely.is_empty(parts).any():
        return False
    points = shapely.get_coordinates(array)
    if not np.isfinite(points).all():
        return False
    if not len(points) or crs is None or not CRS.from_user_input(crs).is_geographic:
        return True
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    return bool(west > -180 and east <= 180 and south >= -90 and north <= 90)


def assemble(frame: pd.DataFrame, active: str | None) -> pd.DataFrame:
    """Return a GeoDataFrame where a column holds geometry, with the `active` column (or the first) active."""
    names = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, geopandas.array.GeometryDtype)]
    if not names:
        return frame
    located: pd.DataFrame = geopandas.GeoDataFrame(frame, geometry=active if active in names else names[0])
    return located
