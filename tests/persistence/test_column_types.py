"""The columns of a table have the SQL types that the data calls for."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from persistence import Database, DatabaseError

EXPECTED = [
    (pd.Series([1], dtype="int8"), "tinyint", "TINYINT"),
    (pd.Series([1], dtype="uint16"), "smallint unsigned", "SMALLINT UNSIGNED"),
    (pd.Series([1], dtype="int32"), "int", "INT"),
    (pd.Series([1], dtype="Int64"), "bigint", "BIGINT"),
    (pd.Series([1], dtype="uint64"), "bigint unsigned", "BIGINT UNSIGNED"),
    (pd.Series([1.5]), "double", "DOUBLE"),
    (pd.Series([True]), "tinyint(1)", "BOOLEAN"),
    (pd.Series(["word"]), "varchar(32)", "TEXT"),
    (pd.Series(["w" * 100]), "varchar(255)", "TEXT"),
    (pd.Series(["w" * 256]), "text", "TEXT"),
    (pd.Series(["w" * 20_000]), "mediumtext", "TEXT"),
    (pd.Series(pd.to_datetime(["2020-01-01"])), "datetime(6)", "DATETIME"),
    (pd.Series([dt.date(2020, 1, 1)]), "date", "DATE"),
    (pd.Series([dt.time(12)]), "time(6)", "TIME"),
    (pd.Series([Decimal("-12.345"), Decimal("1000")]), "decimal(7,3)", "TEXT"),
    (pd.Series([{"a": 1}]), "json", "JSON"),
    (pd.Series([b"bytes"]), "blob", "BLOB"),
    (pd.Series(["a", "b"], dtype="category"), "varchar(32)", "TEXT"),
    (pd.Series(pd.to_timedelta(["1s"])), "bigint", "BIGINT"),
    (geopandas.GeoSeries([shapely.Point(1, 2)], crs=4326), "geometry", "BLOB"),
]


def without_width(sql: str) -> str:
    """Return an integer type without the width of its display, which MariaDB tells; BOOLEAN is known by it."""
    return sql if sql == "tinyint(1)" else re.sub(r"int\(\d+\)", "int", sql)


@pytest.mark.parametrize(("series", "mysql", "sqlite"), EXPECTED, ids=[f"{s.dtype} as {m}" for s, m, _ in EXPECTED])
def test_a_column_has_the_type_that_fits_its_content(
    db: Database, table: str, is_mysql: bool, is_mariadb: bool, series: pd.Series, mysql: str, sqlite: str
) -> None:
    db.save(series.to_frame("x"), table)
    if is_mysql:
        found = db.query(
            "SELECT column_type AS t FROM information_schema.columns WHERE table_name = %(t)s AND column_name = 'x'",
            {"t": table},
        )
    else:
        found = db.query("SELECT type AS t FROM pragma_table_info(%(t)s)", {"t": table})
    if is_mariadb and mysql == "json":
        mysql = "longtext"  # of which MariaDB checks that it is JSON
    assert [without_width(sql) for sql in found["t"]] == [mysql if is_mysql else sqlite]


def test_numbers_are_numbers_and_text_is_text_in_sql(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"n": [9, 10], "s": ["9", "10"], "f": [0.5, 0.25]}), table)
    result = db.query(f"SELECT MAX(n) AS n, MAX(s) AS s, SUM(f) AS f FROM {table}")
    assert result.loc[0].tolist() == [10, "9", 0.75]


def test_many_text_columns_fit_into_a_row(db: Database, table: str) -> None:
    frame = pd.DataFrame({f"c{number}": ["w" * 200] for number in range(120)})
    db.save(frame, table)
    pd.testing.assert_frame_equal(db.load(table), frame)


@pytest.mark.parametrize("length", [1, 20])
def test_many_short_text_columns_fit_into_a_row(db: Database, table: str, length: int) -> None:
    frame = pd.DataFrame({f"c{number}": ["w" * length] for number in range(150)})
    db.save(frame, table)
    pd.testing.assert_frame_equal(db.load(table), frame)


def test_text_is_compared_exactly(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"s": ["a", "A", "ä", "a "]}), table)
    assert db.load(table, where="s = 'a'")["s"].tolist() == ["a"]


def test_a_stream_leaves_room_for_longer_text(db: Database, table: str) -> None:
    db.save(iter([pd.DataFrame({"s": ["short"]}), pd.DataFrame({"s": ["long" * 10_000]})]), table)
    assert db.load(table)["s"].str.len().tolist() == [5, 40_000]


def test_a_document_of_many_levels_comes_back_or_is_refused(db: Database, table: str, is_mariadb: bool) -> None:
    deep: list[object] = []
    for _ in range(40):
        deep = [deep]
    frame = pd.DataFrame({"id": [1, 2], "x": [[1], deep]})
    if is_mariadb:
        with pytest.raises(DatabaseError, match="32 levels"):
            db.save(frame, table)
        assert table not in db.tables()
    else:
        db.save(frame, table)
        assert db.load(table)["x"].tolist() == [[1], deep]


def test_an_all_missing_column_can_be_stored(db: Database, table: str) -> None:
    frame = pd.DataFrame({"x": pd.Series([None, None], dtype=object), "y": [np.nan, np.nan]})
    db.save(frame, table)
    pd.testing.assert_frame_equal(db.load(table), frame)
