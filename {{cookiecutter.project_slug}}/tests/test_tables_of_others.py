"""Tables that other programs made, changed or are changing: nothing of theirs is misread, and nothing is converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from persistence import Database, DatabaseError, UnsupportedValueError, UsageError

SPANS = pd.DataFrame({"id": [1, 2], "span": pd.to_timedelta([1, 2], "s")})


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


@pytest.mark.parametrize("streamed", [False, True])
def test_a_missing_key_is_refused_in_every_frame(db: Database, table: str, streamed: bool) -> None:
    good = pd.DataFrame({"k": ["a", "b"], "v": [1, 2]})
    bad = pd.DataFrame({"k": ["c", None], "v": [3, 4]})
    if not streamed:
        db.save(good, table, key="k")
    with pytest.raises(UnsupportedValueError, match="a key has no missing values") as caught:
        db.save(iter([good, bad]) if streamed else bad, table, if_exists="append", key="k")
    assert (caught.value.column, caught.value.row) == ("k", 3 if streamed else 1)
    assert (table in db.tables()) is not streamed


def test_sql_of_others_cannot_leave_the_key_out_either(db: Database, table: str, sql: Callable[[str], None]) -> None:
    db.save(pd.DataFrame({"k": ["a"]}), table, key="k")
    with pytest.raises(Exception, match=r"(?i)null"):
        sql(f"INSERT INTO {table} (k) VALUES (NULL)")


def test_mixed_objects_in_a_later_frame_are_named_by_their_row(db: Database, table: str) -> None:
    frames = [pd.DataFrame({"x": pd.Series(values, dtype=object)}) for values in (["a", "b"], ["c", 4])]
    with pytest.raises(UnsupportedValueError) as caught:
        db.save(iter(frames), table)
    assert caught.value.row == 3


def test_a_later_frame_with_a_column_twice_is_refused(db: Database, table: str) -> None:
    twice = pd.DataFrame([[1, 2]], columns=["x", "x"])
    with pytest.raises(UsageError, match="rename one of them"):
        db.save(iter([pd.DataFrame({"x": [1]}), twice]), table)


def test_a_key_of_documents_is_refused_before_it_is_compared(db: Database, table: str) -> None:
    with pytest.raises(UnsupportedValueError, match="cannot be a key"):
        db.save(pd.DataFrame({"k": [{"a": 1}, {"a": 1}], "j": [1, 2]}), table, key=["k", "j"])


def test_a_name_that_differs_in_case_alone_is_another_or_refused(db: Database, table: str, is_mysql: bool) -> None:
    db.save(SPANS, table)
    if is_mysql and db.query("SELECT @@lower_case_table_names AS n")["n"].item() == 0:
        db.save(SPANS.head(1), table.upper())
        assert_frame_equal(db.load(table), SPANS)
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {table.upper()}")
        return
    with pytest.raises(UsageError, match="use that"):
        db.save(SPANS, table.upper(), if_exists="replace")
    assert_frame_equal(db.load(table), SPANS)


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
