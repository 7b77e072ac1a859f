"""A name that holds SQL is a name: whatever a table or a column is called, no other table changes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from persistence import Database

PIECES = [
    *["'", '"', "`", "\\", ";", "--", "#", "/*", "*/", "%", "%s", "%%", "%(x)s", ":x", "?", "{", "}", "$1", "@", "\n"],
    *["(", ")", ",", ".", " ", "=", "NULL", "victim", "x", "é", " DROP TABLE ", " UNION SELECT ", " OR 1=1 "],
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
VICTIM = pd.DataFrame({"a": [1, 2], "b": ["not", "changed"]})


@pytest.fixture(scope="module")
def victim(db: Database, prefix: str) -> Iterator[str]:
    """A table whose name the hostile ones spell out."""
    name = f"{prefix}victim"
    db.save(VICTIM, name, key="a")
    yield name
    assert_frame_equal(db.load(name), VICTIM)


def frame(column: str, *rows: int) -> pd.DataFrame:
    return pd.DataFrame({"number": rows, f"c{column}": [f"value {row}" for row in rows]})


@given(HOSTILE, HOSTILE)
@example("`; DROP TABLE victim; --", "`; DROP TABLE victim; --")
@example("'; DROP TABLE victim; --", "x') ; DROP TABLE victim; --")
@example('"; DROP TABLE victim; --', '"; DROP TABLE victim; --')
@example("%s", "%(number)s")
def test_every_way_to_save_and_load_takes_any_name_as_a_name(
    db: Database, prefix: str, victim: str, name: str, column: str
) -> None:
    table = f"{prefix}h{name.replace('victim', victim)}"[:64].rstrip()
    column = column.replace("victim", victim)[:60].rstrip()
    quote = db.engine.dialect.identifier_preparer.quote_identifier
    db.save(frame(column, 1, 2), table, if_exists="replace", key="number")
    db.save(frame(column, 3), table, if_exists="append")
    db.save(frame(column, 3, 4), table, if_exists="upsert", key="number")
    assert_frame_equal(db.load(table), frame(column, 1, 2, 3, 4))
    named = db.load(table, columns=[f"c{column}"], where="number > 3")
    assert named[f"c{column}"].tolist() == ["value 4"]
    bound = db.load(table, columns=[f"c{column}"], where="number > %(least)s", params={"least": 3})
    assert_frame_equal(bound, named)
    assert_frame_equal(db.load(victim), VICTIM)
    with db.engine.begin() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql(f"DROP TABLE {quote(table)}")
