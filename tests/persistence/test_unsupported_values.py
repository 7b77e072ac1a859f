"""What would not come back equal is refused before anything is written, naming column, row and value."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from persistence import Database, UnsupportedValueError, UsageError

UTC = dt.UTC
AT_ROW_1: dict[str, Callable[[], Any]] = {
    "infinity": lambda: [1.5, np.inf],
    "negative infinity": lambda: [1.5, -np.inf],
    "infinity in Arrow": lambda: pd.array([1.5, np.inf], dtype="double[pyarrow]"),
    "infinite decimal": lambda: [Decimal(1), Decimal("inf")],
    "mixed objects": lambda: pd.Series(["text", 1], dtype=object),
    "mixed numbers": lambda: pd.Series([1, 1.5], dtype=object),
    "date and datetime": lambda: pd.Series([dt.date(2020, 1, 1), dt.datetime(2020, 1, 1)], dtype=object),
    "unknown objects": lambda: pd.Series([None, uuid.uuid4()], dtype=object),
    "tuple": lambda: pd.Series([None, (1, 2)], dtype=object),
    "half a surrogate": lambda: pd.Series(["fine", "\ud800"], dtype=object),
    "early date": lambda: [dt.date(1000, 1, 1), dt.date(999, 12, 31)],
    "early time": lambda: np.array(["2020-01-01", "0999-12-31"], "datetime64[s]"),
    "late time": lambda: np.array(["2020-01-01", "10000-01-01"], "datetime64[s]"),
    "nanoseconds": lambda: pd.to_datetime([0, 1], unit="ns"),
    "nanoseconds of a duration": lambda: pd.to_timedelta([0, 1], unit="ns"),
    "endless duration": lambda: np.array([0, 2**62], "timedelta64[s]"),
    "time with a zone": lambda: [None, dt.time(12, tzinfo=UTC)],
    "object with a zone": lambda: pd.Series([None, dt.datetime(2020, 1, 1, tzinfo=UTC)], dtype=object),
    "document with a number as key": lambda: [{"a": 1}, {1: "a"}],
    "document with infinity": lambda: [{"a": 1}, [np.inf]],
    "document with a tuple": lambda: [{"a": 1}, {"a": (1, 2)}],
    "document with a huge number": lambda: [{"a": 1}, [2**64]],
    "document with a date": lambda: [{"a": 1}, {"a": dt.date(2020, 1, 1)}],
    "integer beyond 64 bits": lambda: pd.Series([1, 2**64], dtype=object),
}
WHOLE_COLUMN: dict[str, Callable[[], Any]] = {
    "complex numbers": lambda: [1j],
    "periods": lambda: pd.period_range("2020-01", periods=2, freq="M"),
    "intervals": lambda: pd.cut([1, 2], 2),
    "sparse": lambda: pd.arrays.SparseArray([0, 1]),
    "decimal of 66 digits": lambda: [Decimal(10**65)],
    "decimal of 31 places": lambda: [Decimal("1e-31")],
    "too many ordered categories": lambda: pd.Categorical(["0"], [str(n) for n in range(999)], ordered=True),
    "too many unused categories": lambda: pd.Categorical(["0"], [str(n) for n in range(999)]),
}


@pytest.mark.parametrize("make", AT_ROW_1.values(), ids=AT_ROW_1)
def test_a_value_is_refused_with_its_place(db: Database, table: str, make: Callable[[], Any]) -> None:
    with pytest.raises(UnsupportedValueError, match="column 'x', row 1, value ") as caught:
        db.save(pd.DataFrame({"fine": [1, 2], "x": make()}), table)
    assert (caught.value.column, caught.value.row) == ("x", 1)
    assert table not in db.tables()


@pytest.mark.parametrize("make", WHOLE_COLUMN.values(), ids=WHOLE_COLUMN)
def test_a_column_is_refused_by_its_name(db: Database, table: str, make: Callable[[], Any]) -> None:
    with pytest.raises(UnsupportedValueError, match="column 'x'"):
        db.save(pd.DataFrame({"x": make()}), table)
    assert table not in db.tables()


def test_the_row_counts_from_the_start_of_a_stream(db: Database, table: str) -> None:
    parts = [pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": [3.0, np.inf]})]
    with pytest.raises(UnsupportedValueError, match="row 3"):
        db.save(iter(parts), table)
    assert table not in db.tables()


def test_many_sorted_categories_need_no_note(db: Database, table: str) -> None:
    frame = pd.DataFrame({"x": [f"{number:05}" for number in range(5000)]}).astype("category")
    db.save(frame, table)
    pd.testing.assert_frame_equal(db.load(table), frame)


@pytest.mark.parametrize(
    ("stored", "added"),
    [
        (pd.Series([1], dtype="int8"), pd.Series([128])),
        (pd.Series([1], dtype="uint8"), pd.Series([-1])),
        (pd.Series([1]), pd.Series([1.5])),
        (pd.Series([1.5]), pd.Series([2**53 + 1])),
        (pd.Series([1]), pd.Series(["1"])),
        (pd.Series(["1"]), pd.Series([1])),
        (pd.Series([True]), pd.Series([2])),
        (pd.Series(["a"], dtype="category"), pd.Series(["b"])),
        (pd.Series(pd.to_datetime(["2020-01-01"])), pd.Series(pd.to_datetime(["2020-01-01"])).dt.tz_localize("UTC")),
        (pd.Series([dt.date(2020, 1, 1)]), pd.Series(pd.to_datetime(["2020-01-01"]))),
    ],
    ids=str,
)
def test_what_does_not_fit_the_column_is_not_appended(
    db: Database, table: str, stored: pd.Series, added: pd.Series
) -> None:
    db.save(stored.to_frame("x"), table)
    with pytest.raises(UnsupportedValueError, match="'x'"):
        db.save(added.to_frame("x"), table, if_exists="append")
    pd.testing.assert_frame_equal(db.load(table), stored.to_frame("x"))


def test_what_fits_the_column_is_appended_in_its_type(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": [1.5], "y": pd.array([1], dtype="int16")}), table)
    db.save(pd.DataFrame({"x": [2], "y": [30_000]}), table, if_exists="append")
    expected = pd.DataFrame({"x": [1.5, 2.0], "y": pd.array([1, 30_000], dtype="int16")})
    pd.testing.assert_frame_equal(db.load(table), expected)


def test_longer_text_than_the_column_holds_is_not_cut(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": ["short"]}), table)
    longer = pd.DataFrame({"x": ["fine", "l" * 300]})
    if db.settings.database == "sqlite":
        db.save(longer, table, if_exists="append")
        assert db.load(table)["x"].str.len().tolist() == [5, 4, 300]
    else:
        with pytest.raises(UnsupportedValueError, match=r"row 1.*longer than 32 characters"):
            db.save(longer, table, if_exists="append")


def test_sqlite_refuses_integers_that_it_would_round(db: Database, table: str, is_mysql: bool) -> None:
    frame = pd.DataFrame({"x": np.array([1, 2**64 - 1], dtype="uint64")})
    if is_mysql:
        db.save(frame, table)
        pd.testing.assert_frame_equal(db.load(table), frame)
    else:
        with pytest.raises(UnsupportedValueError, match="row 1"):
            db.save(frame, table)


@pytest.mark.parametrize(
    ("frame", "key", "message"),
    [
        (pd.DataFrame({"x": [1, 1]}), "x", "row 1.*twice"),
        (pd.DataFrame({"x": [1, None]}), "x", "row 1.*missing"),
        (pd.DataFrame({"x": [{"a": 1}]}), "x", "cannot be a key"),
        (pd.DataFrame({"x": ["k" * 769]}), "x", "768"),
    ],
)
def test_an_impossible_key_is_refused(db: Database, table: str, frame: pd.DataFrame, key: str, message: str) -> None:
    with pytest.raises(UnsupportedValueError, match=message):
        db.save(frame, table, key=key)
    assert table not in db.tables()


def test_a_key_of_documents_is_refused_before_it_is_compared(db: Database, table: str) -> None:
    with pytest.raises(UnsupportedValueError, match="cannot be a key"):
        db.save(pd.DataFrame({"k": [{"a": 1}, {"a": 1}], "j": [1, 2]}), table, key=["k", "j"])


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


def test_mixed_objects_in_a_later_frame_are_named_by_their_row(db: Database, table: str) -> None:
    frames = [pd.DataFrame({"x": pd.Series(values, dtype=object)}) for values in (["a", "b"], ["c", 4])]
    with pytest.raises(UnsupportedValueError) as caught:
        db.save(iter(frames), table)
    assert caught.value.row == 3


def test_the_reason_is_that_of_the_row_that_is_named(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": [1]}), table)
    with pytest.raises(UnsupportedValueError, match="row 0, value 'a': the column holds int64, the frame text"):
        db.save(pd.DataFrame({"x": pd.Series(["a", 1], dtype=object)}), table, if_exists="append")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"if_exists": "overwrite"}, "fail, replace, append, upsert"),
        ({"if_exists": "upsert"}, "needs key="),
        ({"key": "nope"}, "only the columns x"),
        ({"frame": pd.DataFrame()}, "no columns"),
        ({"frame": pd.DataFrame({0: [1]})}, "astype"),
        ({"frame": iter([])}, "no frame"),
        ({"frame": "trips.csv"}, "there is no file"),
        ({"frame": 7}, "takes a DataFrame"),
        ({"frame": pd.Series([1])}, "frame"),
        ({"frame": iter([[1]])}, "not list"),
    ],
)
def test_a_wrong_use_says_what_is_right(db: Database, table: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        db.save(**{"frame": pd.DataFrame({"x": [1]}), "table": table, **arguments})
    assert table not in db.tables()
