"""What `if_exists` does, and that nothing is lost when it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sqlalchemy import inspect

from persistence import Database, DatabaseError, TableExistsError, UnsupportedValueError, UsageError

OLD = pd.DataFrame({"id": [1, 2, 3], "v": ["a", "b", "c"]})
MODES = ("fail", "replace", "append", "upsert")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_creates_a_table_that_is_not_there(db: Database, table: str, mode: str) -> None:
    assert db.save(OLD, table, if_exists=mode, key="id") == 3
    assert_frame_equal(db.load(table), OLD)


def test_fail_leaves_the_table_alone(db: Database, table: str) -> None:
    db.save(OLD, table)
    with pytest.raises(TableExistsError, match='if_exists="replace"'):
        db.save(OLD.head(1), table)
    assert_frame_equal(db.load(table), OLD)


def test_replacing_twice_gives_the_same_as_once(db: Database, table: str) -> None:
    for _ in range(3):
        db.save(OLD, table, if_exists="replace", key="id")
    assert_frame_equal(db.load(table), OLD)


def test_replace_may_change_the_columns(db: Database, table: str) -> None:
    db.save(OLD, table)
    new = pd.DataFrame({"other": [1.5]})
    db.save(new, table, if_exists="replace")
    assert_frame_equal(db.load(table), new)


def test_append_puts_rows_below(db: Database, table: str) -> None:
    db.save(OLD, table)
    assert db.save(OLD[["v", "id"]], table, if_exists="append") == 3
    assert_frame_equal(db.load(table), pd.concat([OLD, OLD], ignore_index=True))


def test_append_of_an_existing_key_changes_nothing(db: Database, table: str) -> None:
    db.save(OLD, table, key="id")
    with pytest.raises(DatabaseError, match="upsert"):
        db.save(pd.DataFrame({"id": [9, 2], "v": ["x", "y"]}), table, if_exists="append")
    assert_frame_equal(db.load(table), OLD)


def test_upsert_updates_known_keys_and_appends_others(db: Database, table: str) -> None:
    db.save(OLD, table, key="id")
    db.save(pd.DataFrame({"id": [3, 4, 2], "v": ["C", "D", None]}), table, if_exists="upsert", key="id")
    assert_frame_equal(db.load(table), pd.DataFrame({"id": [1, 2, 3, 4], "v": ["a", None, "C", "D"]}))


def test_upsert_of_some_columns_keeps_the_others(db: Database, table: str) -> None:
    db.save(OLD.assign(w=[1, 2, 3]), table, key="id")
    db.save(pd.DataFrame({"id": [1], "w": [10]}), table, if_exists="upsert", key="id")
    assert db.load(table, where="id = 1").loc[0].tolist() == [1, "a", 10]


def test_upsert_of_a_key_twice_takes_the_last_row(db: Database, table: str) -> None:
    frame = pd.DataFrame({"id": [1, 1], "v": ["first", "last"]})
    for _ in range(2):
        db.save(frame, table, if_exists="upsert", key="id")
        assert db.load(table)["v"].tolist() == ["last"]


def test_upsert_with_only_the_key_adds_new_keys(db: Database, table: str) -> None:
    db.save(OLD[["id"]], table, key="id")
    db.save(pd.DataFrame({"id": [3, 4]}), table, if_exists="upsert", key="id")
    assert db.load(table)["id"].tolist() == [1, 2, 3, 4]


@given(st.lists(st.lists(st.tuples(st.text("aAäb ", max_size=2), st.integers(0, 9)), max_size=6), max_size=4))
def test_upserts_give_what_a_dict_would(db: Database, prefix: str, batches: list[list[tuple[str, int]]]) -> None:
    expected: dict[str, int] = {}
    db.save(pd.DataFrame({"k": pd.Series(dtype=str), "v": pd.Series(dtype="int64")}), f"{prefix}dict", "replace", "k")
    for batch in batches:
        frame = pd.DataFrame({"k": pd.Series([k for k, _ in batch], dtype=str), "v": [v for _, v in batch]})
        db.save(frame.astype({"v": "int64"}), f"{prefix}dict", if_exists="upsert", key="k")
        expected.update(batch)
    loaded = db.load(f"{prefix}dict")
    assert dict(zip(loaded["k"], loaded["v"], strict=True)) == expected


@pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
def test_a_stream_that_breaks_off_changes_nothing(db: Database, table: str, mode: str) -> None:
    def stream() -> Iterator[pd.DataFrame]:
        yield pd.DataFrame({"id": [7], "v": ["x"]})
        raise RuntimeError("the source broke")

    db.save(OLD, table, key="id")
    with pytest.raises(RuntimeError, match="the source broke"):
        db.save(stream(), table, if_exists=mode, key="id")
    assert_frame_equal(db.load(table), OLD)


@pytest.mark.parametrize("mode", ["replace", "append", "upsert"])
def test_a_value_that_does_not_fit_changes_nothing(db: Database, table: str, mode: str) -> None:
    db.save(OLD, table, key="id")
    good, bad = pd.DataFrame({"id": [7], "v": ["x"]}), pd.DataFrame({"id": [8], "v": ["\ud800"]}, dtype=object)
    for frames in (bad, iter([good, bad])):
        with pytest.raises(UnsupportedValueError, match="'v', row"):
            db.save(frames, table, if_exists=mode, key="id")
        assert_frame_equal(db.load(table), OLD)


def test_no_unfinished_table_is_left_behind(db: Database, table: str) -> None:
    db.save(OLD, table)
    before = inspect(db.engine).get_table_names()
    with pytest.raises(UnsupportedValueError):
        db.save(iter([OLD, OLD.assign(id="text")]), table, if_exists="replace")
    assert inspect(db.engine).get_table_names() == before


def test_frames_stream_through(db: Database, table: str) -> None:
    parts = (pd.DataFrame({"n": range(start, start + 1000)}) for start in range(0, 5000, 1000))
    assert db.save(parts, table, if_exists="replace") == 5000
    assert sorted(db.load(table)["n"]) == list(range(5000))


def test_a_column_that_an_appended_frame_lacks_is_null(db: Database, table: str) -> None:
    db.save(OLD, table)
    db.save(pd.DataFrame({"id": [4]}), table, if_exists="append")
    assert db.load(table)["v"].isna().tolist() == [False, False, False, True]


def test_an_unknown_column_is_refused(db: Database, table: str) -> None:
    db.save(OLD, table)
    with pytest.raises(UnsupportedValueError, match=r"'extra'.*no such column"):
        db.save(OLD.assign(extra=1), table, if_exists="append")


def test_another_key_than_the_tables_is_refused(db: Database, table: str) -> None:
    db.save(OLD, table, key="id")
    with pytest.raises(UsageError, match=r"the key of table .* is id"):
        db.save(OLD, table, if_exists="upsert", key="v")
