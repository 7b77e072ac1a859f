"""What others write into a categorical column comes back as a value, never as a missing one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from persistence import Database, PersistenceError

Run = Callable[[str], None]
CATEGORIES: dict[str, tuple[list[Any], str, Any]] = {
    "text": (["a", "b"], "'new'", "new"),
    "text of one case": (["a", "b"], "'A'", "A"),
    "numbers": ([1, 2], "3", 3),
    "floats": ([0.5, 1.5], "2.5", 2.5),
    "days": (
        [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-02")],
        "'2021-05-06 07:08:09'",
        pd.Timestamp("2021-05-06 07:08:09"),
    ),
    "dates": ([dt.date(2020, 1, 1), dt.date(2020, 1, 2)], "'2021-05-06'", dt.date(2021, 5, 6)),
    "booleans": ([True], "0", False),
    "decimals": ([Decimal("1.50"), Decimal("2.50")], "'3.50'", Decimal("3.50")),
}
"""By kind: the categories, what SQL writes, and what it is."""


def saved(db: Database, table: str, kind: str, ordered: bool) -> pd.DataFrame:
    known = CATEGORIES[kind][0]
    values = pd.Categorical([known[0], None, known[-1]], categories=known, ordered=ordered)
    frame = pd.DataFrame({"id": [1, 2, 3], "x": values})
    db.save(frame, table, key="id")
    return frame


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("kind", CATEGORIES)
def test_a_changed_value_comes_back(db: Database, table: str, sql: Run, kind: str, ordered: bool) -> None:
    frame = saved(db, table, kind, ordered)
    _, written, new = CATEGORIES[kind]
    sql(f"UPDATE {table} SET x = {written} WHERE id = 1")
    for loaded in (db.load(table), db.load(table, columns=["x"]), db.load(table, where="id > 0")):
        assert loaded["x"].isna().tolist() == [False, True, False]
        assert [loaded["x"][0], loaded["x"][2]] == [new, frame["x"][2]]


@pytest.mark.parametrize("kind", CATEGORIES)
def test_an_added_row_comes_back(db: Database, table: str, sql: Run, kind: str) -> None:
    frame = saved(db, table, kind, ordered=True)
    _, written, new = CATEGORIES[kind]
    sql(f"INSERT INTO {table} (id, x) VALUES (4, {written})")
    assert db.load(table)["x"].dropna().tolist() == [frame["x"][0], frame["x"][2], new]


def test_known_values_keep_their_categories_and_their_order(db: Database, table: str, sql: Run) -> None:
    frame = saved(db, table, "text", ordered=True)
    sql(f"UPDATE {table} SET x = 'b' WHERE id = 1")
    loaded = db.load(table)["x"]
    assert loaded.dtype == frame["x"].dtype
    assert loaded.tolist()[0] == "b"


def test_a_changed_table_takes_more_or_says_why_not(db: Database, table: str, sql: Run) -> None:
    frame = saved(db, table, "text", ordered=False)
    sql(f"UPDATE {table} SET x = 'new' WHERE id = 1")
    try:
        db.save(frame.assign(id=[4, 5, 6]), table, if_exists="append")
    except PersistenceError as error:
        assert "'x'" in str(error)
    assert db.load(table)["x"].dropna().tolist()[:2] == ["new", "b"]
    assert db.query(f"SELECT x FROM {table} ORDER BY id")["x"][0] == "new"
