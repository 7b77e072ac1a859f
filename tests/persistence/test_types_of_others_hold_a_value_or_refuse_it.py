# ruff: noqa: ANN401 - values of every type
"""A column of others holds what is appended as it is, or it is refused by column, row and value, whatever its type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import geopandas
import pandas as pd
import pytest
from shapely import LineString, Point

from persistence import Database, PersistenceError, UnsupportedValueError

Values = tuple[list[Any], list[Any]]
TYPES: dict[str, Values] = {
    "ENUM('x','y')": (["x", "y"], ["2", "X"]),
    "SET('a','b')": (["a", "a,b"], ["b,a", "c", "1"]),
    "YEAR": ([1999, 0], [70, 3000]),
    "BIT(1)": ([0, 1], [2]),
    "INT ZEROFILL": ([5], []),
    "TINYINT UNSIGNED": ([5], [300, -1]),
    "MEDIUMINT": ([5], [2**23]),
    "MEDIUMINT UNSIGNED": ([5], [2**24, -1]),
    "DOUBLE UNSIGNED": ([1.5], [-1.5]),
    "VARCHAR(9) CHARACTER SET latin1": (["ü"], ["漢"]),
    "VARCHAR(5) COLLATE utf8mb4_general_ci": (["ab", "AB "], ["toolong"]),
    "CHAR(3) CHARACTER SET latin1": (["ü"], ["漢", "a "]),
    "TIMESTAMP(6) NULL": ([pd.Timestamp("2020-01-01")], [pd.Timestamp("1969-01-01")]),
    "FLOAT(5,2)": ([1.5], [1.234]),
    "DECIMAL(5,2)": ([Decimal("1.25")], [Decimal("1.255"), Decimal(12345)]),
    "BINARY(2)": ([b"ab"], [b"a", b"abc"]),
    "VARBINARY(2)": ([b"a"], [b"abc"]),
    "TINYTEXT": (["a"], ["é" * 200]),
    "DATETIME": ([dt.datetime(2020, 1, 1)], [dt.datetime(2020, 1, 1, 0, 0, 0, 1)]),
}
"""By type: values that it holds, and values that a server would change, most of them without a word."""


def column(*values: Any) -> pd.Series:
    return pd.Series(values, dtype=None if isinstance(values[0], (int, float, dt.datetime)) else object)


@pytest.mark.parametrize("declared", TYPES)
def test_a_value_is_held_or_refused(mysql: Database, table: str, declared: str) -> None:
    held, changed = TYPES[declared]
    mysql.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, x {declared})")
    mysql.save(pd.DataFrame({"id": range(len(held)), "x": column(*held)}), table, if_exists="append")
    before = mysql.load(table)["x"]
    plain = [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in before]
    assert plain == [float(value) if isinstance(value, Decimal) else value for value in held]
    for value in changed:
        for mode in ("append", "upsert"):
            with pytest.raises(UnsupportedValueError, match=r"column 'x', row 1, value "):
                mysql.save(pd.DataFrame({"id": [8, 9], "x": column(held[0], value)}), table, mode, key="id")
    pd.testing.assert_series_equal(mysql.load(table)["x"], before)


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_the_row_that_is_named_is_counted_over_all_pieces(mysql: Database, table: str, mode: str) -> None:
    mysql.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, x MEDIUMINT)")
    parts = [pd.DataFrame({"id": range(first, first + 25_000), "x": 1}) for first in range(0, 100_000, 25_000)]
    parts[3].loc[17, "x"] = 2**23
    with pytest.raises(UnsupportedValueError, match="column 'x', row 75017, value 8388608: mediumint"):
        mysql.save(iter(parts), table, mode, key="id")
    assert mysql.load(table).empty


def test_a_shape_of_another_kind_and_a_computed_column_are_refused(mysql: Database, table: str) -> None:
    mysql.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, p POINT, g INT AS (id + 1))")
    places = [geopandas.GeoSeries([shape]) for shape in (Point(1, 2), LineString([(0, 0), (1, 1)]))]
    mysql.save(geopandas.GeoDataFrame({"id": [1], "p": places[0]}), table, if_exists="append")
    with pytest.raises(PersistenceError, match="column 'p', row 0"):
        mysql.save(geopandas.GeoDataFrame({"id": [2], "p": places[1]}), table, if_exists="append")
    with pytest.raises(PersistenceError, match="'g': the database computes this column"):
        mysql.save(pd.DataFrame({"id": [3], "g": [4]}), table, if_exists="append")
    assert mysql.load(table)["g"].tolist() == [2]
