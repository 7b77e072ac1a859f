"""Tables that other programs made or changed: nothing of theirs is misread, and what they would not hold is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from persistence import Database, DatabaseError, UnsupportedValueError, UsageError

SPANS = pd.DataFrame({"id": [1, 2], "span": pd.to_timedelta([1, 2], "s")})
HELD_AND_CHANGED: dict[str, tuple[list[Any], Any]] = {
    "FLOAT": ([0.5, 3.0], 0.1),
    "DATETIME": ([pd.Timestamp("2020-01-01 12:00:01")], pd.Timestamp("2020-01-01 12:00:01.5")),
    "DATETIME(3)": ([pd.Timestamp("1969-01-01 12:00:01.125")], pd.Timestamp("1969-01-01 12:00:01.1255")),
    "TIMESTAMP(1)": ([pd.Timestamp("2020-01-01 12:00:01.5")], pd.Timestamp("2020-01-01 12:00:01.55")),
    "TIME": ([dt.time(12, 0, 1)], dt.time(12, 0, 1, 500_000)),
    "TIME(3)": ([dt.time(12, 0, 1, 500_000), dt.time(1)], dt.time(12, 0, 1, 500_001)),
    "CHAR(9)": (["a", " b"], "c "),
    "BINARY(2)": ([b"ab"], b"a"),
}


def plain(value: object) -> object:
    """Return a time of day as the span since midnight that a TIME without a note is."""
    return dt.datetime.combine(dt.date.min, value) - dt.datetime.min if isinstance(value, dt.time) else value


def test_a_table_made_anew_by_others_is_read_as_what_it_is(db: Database, table: str) -> None:
    db.save(SPANS, table)
    plain = pd.DataFrame({"id": [1, 2], "span": [10, 20]})
    plain.to_sql(table, db.engine, if_exists="replace", index=False)
    assert db.load(table)["span"].tolist() == [10, 20]


def test_a_column_that_others_add_leaves_the_dtypes_of_the_rest(
    db: Database, table: str, sql: Callable[[str], None]
) -> None:
    db.save(SPANS, table)
    sql(f"ALTER TABLE {table} ADD COLUMN more TEXT")
    assert_frame_equal(db.load(table)[["id", "span"]], SPANS)


@pytest.mark.parametrize("sql_type", HELD_AND_CHANGED)
def test_only_what_the_column_holds_is_appended(
    db: Database, is_mysql: bool, table: str, sql: Callable[[str], None], sql_type: str
) -> None:
    if not is_mysql:
        pytest.skip("SQLite stores values as they are, whatever type is declared")
    held, changed = HELD_AND_CHANGED[sql_type]
    sql(f"CREATE TABLE {table} (x {sql_type} NULL)")
    fine = pd.DataFrame({"x": [*held, None]})
    assert db.save(fine, table, if_exists="append") == len(fine)
    before = db.load(table)["x"]
    assert [plain(value) for value in before.dropna()] == [plain(value) for value in held]
    with pytest.raises(UnsupportedValueError, match=r"column 'x', row 1, value .*(round|loses|pads)"):
        db.save(pd.DataFrame({"x": [held[0], changed]}), table, if_exists="append")
    pd.testing.assert_series_equal(db.load(table)["x"], before)


def test_single_precision_is_appended_to_float(
    db: Database, is_mysql: bool, table: str, sql: Callable[[str], None]
) -> None:
    if not is_mysql:
        pytest.skip("SQLite has no single precision")
    sql(f"CREATE TABLE {table} (x FLOAT)")
    values = np.array([0.1, 1e-30, 16777217], "float32")
    db.save(pd.DataFrame({"x": values}), table, if_exists="append")
    assert db.load(table)["x"].tolist() == values.astype("float64").tolist()


def test_sql_of_others_cannot_leave_the_key_out_either(db: Database, table: str, sql: Callable[[str], None]) -> None:
    db.save(pd.DataFrame({"k": ["a"]}), table, key="k")
    with pytest.raises(Exception, match=r"(?i)null"):
        sql(f"INSERT INTO {table} (k) VALUES (NULL)")


def test_a_unique_index_beside_the_key_costs_no_row(
    db: Database, table: str, is_mysql: bool, sql: Callable[[str], None]
) -> None:
    db.save(pd.DataFrame({"id": [1], "mail": ["a"]}), table, key="id")
    sql(f"CREATE UNIQUE INDEX {table}_mail ON {table} (mail)")
    with pytest.raises(UsageError if is_mysql else DatabaseError):
        db.save(pd.DataFrame({"id": [2], "mail": ["a"]}), table, if_exists="upsert", key="id")
    assert db.load(table)["id"].tolist() == [1]


def test_a_table_without_transactions_is_refused(
    db: Database, table: str, is_mysql: bool, sql: Callable[[str], None]
) -> None:
    if not is_mysql:
        pytest.skip("all tables of SQLite have them")
    sql(f"CREATE TABLE {table} (v BIGINT) ENGINE = MyISAM")
    with pytest.raises(UsageError, match="ENGINE = InnoDB"):
        db.save(pd.DataFrame({"v": [1]}), table, if_exists="append")


def test_binary_data_that_is_no_text_is_upserted(db: Database, table: str, sql: Callable[[str], None]) -> None:
    sql(f"CREATE TABLE {table} (id BIGINT NOT NULL PRIMARY KEY, x VARBINARY(300) NULL)")
    frame = pd.DataFrame({"id": [1, 2], "x": [b"\xff\xfe" * 130, None]})
    db.save(frame, table, if_exists="upsert", key="id")
    assert db.load(table)["x"].tolist() == frame["x"].tolist()
