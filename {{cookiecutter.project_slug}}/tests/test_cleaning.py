"""An example of a test of your own code: src/cleaning.py on any trips, and its result in the project's database."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from cleaning import with_speed
from persistence import Database

AMOUNTS = st.none() | st.integers(0, 100_000)


def trips(*rows: tuple[int | None, int | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["TripDistance", "TripDuration"], dtype="Int64")


def test_a_speed_is_metres_a_second() -> None:
    assert with_speed(trips((1200, 400)))["Speed"].tolist() == [3.0]


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS)))
def test_a_speed_is_there_where_both_parts_are_and_time_passed(rows: list[tuple[int | None, int | None]]) -> None:
    speeds = with_speed(trips(*rows))["Speed"]
    assert speeds.notna().tolist() == [metres is not None and bool(seconds) for metres, seconds in rows]


def test_the_result_is_in_the_database_as_it_was(db: Database, table: str) -> None:
    cleaned = with_speed(trips((1200, 400), (None, 60), (10, 0)))
    db.save(cleaned, table)
    assert_frame_equal(db.load(table), cleaned)
