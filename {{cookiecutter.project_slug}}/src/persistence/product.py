"""What differs between the two servers that speak MySQL's protocol: MySQL and MariaDB.

Which of them answers is known from its version, which SQLAlchemy asks for at the first connection; no setting says it.
Everything else that this package sends is understood by both in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """One of the two servers, in its own words.

    Attributes:
        name: what messages call it.
        collation: the collation by which every two texts differ, in case, accents and spaces at the end too.
        srid: what stands between GEOMETRY and the SRID in a column's definition.
        srids: the query for a table's columns of geometry that have an SRID, each with it.
        knows_srid: the query that returns a row where the server takes an SRID.
        axis_order: the argument with which geometry is x before y, where the server would ask the SRID's authority.
        least_varchar: the least size of a VARCHAR that counts 40 bytes in a row, however long its texts may become;
            shorter ones count whole.
    """

    name: str
    collation: str
    srid: str
    srids: str
    knows_srid: str
    axis_order: str
    least_varchar: int

    def from_wkb(self, wkb: str, srid: int) -> str:
        """Return the expression of the geometry that WKB, x before y, is in a reference system."""
        return f"ST_GeomFromWKB({wkb}, {srid}{self.axis_order})"

    def as_wkb(self, geometry: str) -> str:
        """Return the expression of a geometry's WKB, x before y."""
        return f"ST_AsWKB({geometry}{self.axis_order})"


MYSQL = Product(
    name="MySQL",
    collation="utf8mb4_0900_bin",
    srid=" SRID ",
    srids=(
        "SELECT column_name, srs_id FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = %s AND srs_id IS NOT NULL"
    ),
    knows_srid="SELECT 1 FROM information_schema.st_spatial_reference_systems WHERE srs_id = %s",
    axis_order=", 'axis-order=long-lat'",
    least_varchar=0,
)
MARIADB = Product(
    name="MariaDB",
    collation="utf8mb4_nopad_bin",
    # MariaDB documentation, "GEOMETRY Types": it compares no coordinates with it, so any number will do.
    srid=" REF_SYSTEM_ID=",
    srids=(
        "SELECT g_geometry_column, srid FROM information_schema.geometry_columns"
        " WHERE g_table_schema = DATABASE() AND g_table_name = %s AND srid <> 0"
    ),
    knows_srid="SELECT %s",
    axis_order="",
    # MariaDB documentation, "Troubleshooting Row Size Too Large Errors with InnoDB": what has at most 255 bytes, four
    # for each character, never leaves the row's page.
    least_varchar=64,
)
