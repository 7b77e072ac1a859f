"""What is saved comes back equal, with the same dtypes."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from frames import COLUMNS, columns, frames
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from persistence import Database

TEN = settings(max_examples=max(10, settings().max_examples // len(COLUMNS)))


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_of_each_type_comes_back_equal(db: Database, prefix: str, kind: str) -> None:
    @TEN
    @given(columns(kind, 8))
    def check(series: pd.Series) -> None:
        frame = series.to_frame("x")
        db.save(frame, f"{prefix}column", if_exists="replace")
        assert_frame_equal(db.load(f"{prefix}column"), frame, check_exact=True)

    check()


@given(frames())
def test_a_frame_of_any_types_comes_back_equal(db: Database, prefix: str, frame: pd.DataFrame) -> None:
    db.save(frame, f"{prefix}frame", if_exists="replace")
    assert_frame_equal(db.load(f"{prefix}frame"), frame, check_exact=True)


@given(frames(), st.data())
def test_an_appended_frame_of_the_same_types_comes_back_below_the_first(
    db: Database, prefix: str, frame: pd.DataFrame, data: st.DataObject
) -> None:
    more = frame.iloc[data.draw(st.permutations(range(len(frame))))]
    db.save(frame, f"{prefix}appended", if_exists="replace")
    db.save(more, f"{prefix}appended", if_exists="append")
    expected = pd.concat([frame, more], ignore_index=True)
    assert_frame_equal(db.load(f"{prefix}appended"), expected.astype(frame.dtypes), check_exact=True)


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_table_without_rows_keeps_its_types(db: Database, table: str, kind: str) -> None:
    empty = COLUMNS[kind][1]([]).to_frame("x")
    db.save(empty, table)
    assert_frame_equal(db.load(table), empty)


@pytest.mark.parametrize(("arrow", "value"), [(pa.string_view(), "é"), (pa.binary_view(), b"\xff")])
def test_a_column_that_pandas_itself_cannot_compare_keeps_its_type(
    db: Database, table: str, arrow: pa.DataType, value: object
) -> None:
    frame = pd.DataFrame({"x": pd.Series([value, None], dtype=pd.ArrowDtype(arrow))})
    db.save(frame, table)
    loaded = db.load(table)["x"]
    assert loaded.dtype == frame["x"].dtype
    assert pa.array(loaded).to_pylist() == [value, None]


def test_the_sign_of_zero_is_kept_where_the_database_has_one(db: Database, table: str, is_mysql: bool) -> None:
    signed = str(float(db.query("SELECT -0e0 AS x")["x"][0]))  # MariaDB has one from 11 on
    db.save(pd.DataFrame({"x": [-0.0, 0.0]}), table)
    assert [str(value) for value in db.load(table)["x"]] == [signed if is_mysql else "0.0", "0.0"]


def test_every_missing_value_is_null(db: Database, table: str) -> None:
    nothing = [None, float("nan"), pd.NA, pd.NaT]
    frame = pd.DataFrame({"x": pd.Series([*nothing, "text"], dtype=object), "y": pd.Series(range(5), dtype=float)})
    db.save(frame, table)
    assert len(db.load(table, where="x IS NULL")) == len(nothing)
    assert db.load(table)["x"].tolist() == [None, None, None, None, "text"]


def test_microseconds_are_kept(db: Database, table: str) -> None:
    moment = pd.Timestamp("2018-07-10 12:30:00.123456")
    db.save(pd.DataFrame({"t": [moment]}), table)
    assert db.load(table)["t"][0] == moment


def test_a_time_with_a_zone_is_stored_in_utc(db: Database, table: str, is_mysql: bool) -> None:
    moments = pd.Series(pd.to_datetime(["2018-07-10 12:30:00"])).dt.tz_localize("Europe/Berlin")
    db.save(moments.to_frame("t"), table)
    stored = db.query(f"SELECT t FROM {table}")["t"][0]
    assert str(stored).startswith("2018-07-10 10:30:00")
    assert str(db.load(table)["t"].dtype.tz) == "Europe/Berlin"


def test_an_integer_column_with_null_in_sql_becomes_nullable(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": [1, 2], "y": [True, False]}), table)
    db.save(pd.DataFrame({"x": [3]}), table, if_exists="append")
    loaded = db.load(table)
    assert str(loaded.dtypes["y"]) == "boolean"
    assert loaded["y"].isna().tolist() == [False, False, True]
