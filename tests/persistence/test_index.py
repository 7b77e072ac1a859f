"""A named index is stored and is the index again; row numbers are not stored."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from persistence import Database, UsageError


def test_a_named_index_comes_back(db: Database, table: str) -> None:
    frame = pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "b"], name="id"))
    db.save(frame, table, key="id")
    assert_frame_equal(db.load(table), frame)


def test_a_multi_index_comes_back(db: Database, table: str) -> None:
    days = pd.date_range("2020-01-01", periods=2, unit="us", name="day")
    frame = pd.DataFrame({"v": range(4)}, index=pd.MultiIndex.from_product([days, ["a", "b"]], names=["day", "who"]))
    db.save(frame, table)
    assert_frame_equal(db.load(table), frame)


def test_the_index_is_a_column_in_sql(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "b"], name="id")), table)
    assert db.query(f"SELECT id FROM {table} WHERE v = 2")["id"].tolist() == ["b"]


def test_row_numbers_are_not_stored(db: Database, table: str) -> None:
    frame = pd.DataFrame({"v": [1, 2, 3]})
    db.save(frame[frame["v"] > 1], table)
    assert_frame_equal(db.load(table), pd.DataFrame({"v": [2, 3]}))


def test_chosen_columns_without_the_index_have_row_numbers(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"v": [1, 2]}, index=pd.Index(["a", "b"], name="id")), table)
    assert_frame_equal(db.load(table, columns=["v"]), pd.DataFrame({"v": [1, 2]}))


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["a", "b"]),
        pd.MultiIndex.from_tuples([(1, 2), (3, 4)]),
        pd.MultiIndex.from_tuples([(1, 2), (3, 4)], names=["x", None]),
    ],
)
def test_an_index_that_would_be_lost_is_refused(db: Database, table: str, index: pd.Index) -> None:
    with pytest.raises(UsageError, match="name"):
        db.save(pd.DataFrame({"v": [1, 2]}, index=index), table)
