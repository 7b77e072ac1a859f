"""A categorical column keeps the categories with which its table was created, whatever is appended to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from persistence import Database, UnsupportedValueError


def sizes(values: list[str | None], categories: str, ordered: bool = False) -> pd.DataFrame:
    """Return a frame of one categorical column, whose categories are these characters."""
    return pd.DataFrame({"x": pd.Categorical(values, categories=list(categories), ordered=ordered)})


FITTING = {
    "in another order": sizes(["c", "a", None, "b"], "cba"),
    "fewer": sizes(["b", None], "b"),
    "more, of which none is used": sizes(["a", "b"], "azb"),
    "none": sizes([None], ""),
    "ordered": sizes(["c", "a"], "cba", ordered=True),
    "as text": pd.DataFrame({"x": ["c", "a", None]}),
}


@pytest.mark.parametrize("mode", ["append", "upsert"])
@pytest.mark.parametrize("kind", FITTING)
def test_known_values_are_appended_in_the_tables_categories(db: Database, table: str, mode: str, kind: str) -> None:
    stored, added = sizes(["b", "a"], "abc"), FITTING[kind]
    both = [frame.assign(n=range(start, start + len(frame))) for frame, start in ((stored, 0), (added, 2))]
    for frame in both:
        db.save(frame, table, if_exists=mode, key="n")
    values = [*stored["x"], *added["x"]]
    assert_frame_equal(db.load(table)[["x"]], sizes(values, "abc"))


@pytest.mark.parametrize("categories", [["a", "long" * 100], [Decimal("1.5"), Decimal("123.125")]], ids=str)
def test_there_is_room_for_a_category_that_does_not_occur_yet(db: Database, table: str, categories: list[Any]) -> None:
    first, second = (pd.DataFrame({"x": pd.Categorical([value], categories=categories)}) for value in categories)
    db.save(first, table)
    db.save(second, table, if_exists="append")
    assert_frame_equal(db.load(table), pd.concat([first, second], ignore_index=True))


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("ordered", [False, True])
def test_an_unknown_value_is_refused_by_its_row(db: Database, table: str, ordered: bool, streamed: bool) -> None:
    stored = sizes(["b", "a"], "abc", ordered)
    db.save(stored, table)
    added = [sizes(["c", "b"], "abc", ordered), sizes(["a", "z"], "az", ordered)]
    with pytest.raises(UnsupportedValueError, match="not one of the categories") as caught:
        db.save(iter(added) if streamed else added[1], table, if_exists="append")
    assert (caught.value.column, caught.value.row, caught.value.value) == ("x", 3 if streamed else 1, "z")
    assert_frame_equal(db.load(table), stored)


@pytest.mark.parametrize("added", ["SM", "SL", "MzL"])
def test_ordered_values_are_appended_where_their_order_is_the_tables(db: Database, table: str, added: str) -> None:
    db.save(sizes(["M"], "SML", ordered=True), table)
    db.save(sizes([added[-1]], added, ordered=True), table, if_exists="append")
    assert_frame_equal(db.load(table), sizes(["M", added[-1]], "SML", ordered=True))


@pytest.mark.parametrize("added", ["LMS", "SLM", "LzS"])
def test_ordered_values_are_refused_where_their_order_is_another(db: Database, table: str, added: str) -> None:
    stored = sizes(["M"], "SML", ordered=True)
    db.save(stored, table)
    with pytest.raises(UnsupportedValueError, match="another order than the table's"):
        db.save(sizes(["S", "L"], added, ordered=True), table, if_exists="append")
    assert_frame_equal(db.load(table), stored)
    db.save(sizes(["S", "L"], added), table, if_exists="append")
    assert_frame_equal(db.load(table), sizes(["M", "S", "L"], "SML", ordered=True))
