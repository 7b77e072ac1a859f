"""Another program makes, replaces or removes the table in the middle of a save: nothing is lost, mixed or misread."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from persistence import Database, DatabaseError


def test_a_table_replaced_while_rows_are_on_their_way_is_not_upserted_to(
    db: Database, table: str, is_mysql: bool
) -> None:
    """Another program replaces the table, by one of another type, while the second frame is made."""
    if not is_mysql:
        pytest.skip("SQLite has one writer at a time")
    db.save(pd.DataFrame({"id": [1], "v": [1]}), table, key="id")
    text = pd.DataFrame({"id": [1], "v": ["text"]})

    def frames() -> Iterator[pd.DataFrame]:
        yield pd.DataFrame({"id": [2], "v": [2]})
        db.save(text, table, if_exists="replace", key="id")

    with pytest.raises(DatabaseError, match="run this again"):
        db.save(frames(), table, if_exists="upsert", key="id")
    assert_frame_equal(db.load(table), text)


def test_tables_of_two_types_that_meet_are_not_mixed(db: Database, table: str, is_mysql: bool) -> None:
    """Another program makes the table, with another type, while the second frame is made."""
    if not is_mysql:
        pytest.skip("SQLite has one writer at a time")
    text = pd.DataFrame({"v": ["1"]})

    def frames() -> Iterator[pd.DataFrame]:
        yield pd.DataFrame({"v": [1]})
        db.save(text, table)

    with pytest.raises(DatabaseError, match="run this again"):
        db.save(frames(), table, if_exists="append")
    assert_frame_equal(db.load(table), text)
