"""Names of tables and columns are quoted; what cannot be a name is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from persistence import Database, UsageError

ODD = [
    "with spaces",
    "it's",
    'double"quote',
    "back`tick",
    "`; DROP TABLE x; --",
    '"; DROP TABLE x; --',
    "select",
    "%share",
    "%s",
    "100%",
    "%(name)s",
    "a:b",
    "?",
    "línea 漢字",
    "back\\slash",
    "new\nline",
    "semi;colon -- comment /* */",
    ".",
    "x" * 50,
]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_just_names(db: Database, prefix: str, name: str) -> None:
    table = (prefix + name)[:64].rstrip()
    frame = pd.DataFrame({name: [1, 2], f"{name}_": ["a", "b"]})
    db.save(frame, table, if_exists="replace", key=name)
    db.save(frame, table, if_exists="upsert", key=name)
    assert table in db.tables()
    assert_frame_equal(db.load(table), frame)
    assert_frame_equal(db.load(table, columns=[name], where="1 = 1"), frame[[name]])


@given(
    st.text(
        st.characters(max_codepoint=0xFFFF, exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40
    )
)
def test_any_text_is_a_name(db: Database, prefix: str, name: str) -> None:
    column = name.rstrip() or "x"
    frame = pd.DataFrame({column: [1]})
    db.save(frame, f"{prefix}any", if_exists="replace")
    assert_frame_equal(db.load(f"{prefix}any"), frame)


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "trailing ", "nul\0", "😀", "\ud800", "_persistence_x", "sqlite_x", 7, None]
)
def test_an_impossible_name_is_refused(db: Database, name: object) -> None:
    with pytest.raises(UsageError, match="the table name"):
        db.save(pd.DataFrame({"x": [1]}), name)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="the column name"):
        db.save(pd.DataFrame([[1]], columns=pd.Index([name], dtype=object)), "impossible")
    assert "impossible" not in db.tables()


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["straße", "STRASSE"]])
def test_columns_of_the_same_name_are_refused(db: Database, table: str, names: list[str]) -> None:
    with pytest.raises(UsageError, match="same name"):
        db.save(pd.DataFrame([[1, 2]], columns=names), table)
    assert table not in db.tables()


def test_a_later_frame_with_a_column_twice_is_refused(db: Database, table: str) -> None:
    twice = pd.DataFrame([[1, 2]], columns=["x", "x"])
    with pytest.raises(UsageError, match="rename one of them"):
        db.save(iter([pd.DataFrame({"x": [1]}), twice]), table)


def test_a_name_that_differs_in_case_alone_is_another_or_refused(db: Database, table: str, is_mysql: bool) -> None:
    frame = pd.DataFrame({"id": [1, 2]})
    db.save(frame, table)
    if is_mysql and db.query("SELECT @@lower_case_table_names AS n")["n"].item() == 0:
        db.save(frame.head(1), table.upper())
        assert_frame_equal(db.load(table), frame)
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {table.upper()}")
        return
    with pytest.raises(UsageError, match="use that"):
        db.save(frame, table.upper(), if_exists="replace")
    assert_frame_equal(db.load(table), frame)
