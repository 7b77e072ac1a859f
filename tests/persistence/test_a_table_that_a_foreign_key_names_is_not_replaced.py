"""`replace` of a table that a foreign key names is refused beforehand, or the key goes on; nobody else is stopped."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from persistence import Database, PersistenceError

Run = Callable[[str], None]
OLD = pd.DataFrame({"id": [1, 2, 3], "v": ["a", "b", "c"]})
NEW = pd.DataFrame({"id": [1, 2, 3, 4], "v": ["e", "f", "g", "h"]})
RULES = ["", "ON DELETE CASCADE", "ON DELETE SET NULL", "ON UPDATE CASCADE", "ON DELETE RESTRICT"]


@pytest.fixture
def parent(db: Database, table: str, sql: Run, is_mysql: bool) -> Iterator[str]:
    """A table with `OLD`, and no foreign key to it afterwards."""
    db.save(OLD, table, key="id")
    yield table
    for child in [name for name in db.tables() if name.startswith(f"{table}_child")]:
        sql(f"DROP TABLE {quoted(db, child)}")
    if is_mysql:
        for key in inspect(db.engine).get_foreign_keys(table):  # of the table to itself
            sql(f"ALTER TABLE {table} DROP FOREIGN KEY {key['name']}")


@pytest.fixture
def leftover(db: Database, sql: Run, table: str, is_mysql: bool) -> Iterator[str]:
    """A table that looks like a dead writer's, and that nobody can drop: a foreign key names it."""
    left = f"_persistence_{secrets.token_hex(6)}"
    sql(f"CREATE TABLE {left} (id BIGINT PRIMARY KEY)")
    sql(f"CREATE TABLE {table}_child (p BIGINT, FOREIGN KEY (p) REFERENCES {left} (id))")
    yield left
    sql(f"DROP TABLE {table}_child")
    sql(f"DROP TABLE IF EXISTS {left}")


def quoted(db: Database, name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote_identifier(name)


def refer(db: Database, sql: Run, child: str, parent: str, rule: str = "") -> None:
    """Make a table of which a foreign key names `parent`, with a row for the second of its rows."""
    reference = f"FOREIGN KEY (p) REFERENCES {parent} (id) {rule}"
    sql(f"CREATE TABLE {quoted(db, child)} (c INT PRIMARY KEY, p BIGINT, {reference})")
    sql(f"INSERT INTO {quoted(db, child)} VALUES (1, 2)")


def replaced(db: Database, parent: str) -> bool:
    """Replace the table; say whether it was, having checked that it is one of the two, and that nothing is left."""
    try:
        db.save(NEW, parent, if_exists="replace", key="id")
    except PersistenceError as error:
        assert "foreign key" in str(error).lower()
        assert_frame_equal(db.load(parent), OLD)
        done = False
    else:
        assert_frame_equal(db.load(parent), NEW)
        done = True
    left = [name for name in inspect(db.engine).get_table_names() if name.startswith("_persistence_")]
    assert [name for name in left if name != "_persistence_notes"] == []
    return done


def check_key(db: Database, sql: Run, child: str, parent: str) -> None:
    """Check that the foreign key still names the table, and that the server goes by it."""
    (key,) = inspect(db.engine).get_foreign_keys(child)
    assert key["referred_table"] == parent
    sql(f"INSERT INTO {quoted(db, child)} VALUES (2, 3)")
    if db.settings.database == "mysql":  # SQLite goes by foreign keys where a connection asks for it
        with pytest.raises(DBAPIError):
            sql(f"INSERT INTO {quoted(db, child)} VALUES (3, 77)")
    assert db.load(child)["p"].tolist() == [2, 3]


@pytest.mark.parametrize("rule", RULES)
def test_the_key_and_the_rows_of_the_other_table_stay(db: Database, parent: str, sql: Run, rule: str) -> None:
    refer(db, sql, f"{parent}_child", parent, rule)
    replaced(db, parent)
    check_key(db, sql, f"{parent}_child", parent)


def test_later_saves_of_any_table_are_possible(db: Database, parent: str, sql: Run) -> None:
    refer(db, sql, f"{parent}_child", parent)
    for _ in range(2):
        done = replaced(db, parent)
        assert db.save(NEW, f"{parent}_other", if_exists="replace") == len(NEW)
        if done:
            db.save(OLD, parent, if_exists="upsert", key="id")
    more = pd.DataFrame({"id": [9], "v": ["z"]})
    db.save(more, parent, if_exists="append")
    db.save(more.assign(v="y"), parent, if_exists="upsert", key="id")
    assert db.load(parent, where="id = 9")["v"].tolist() == ["y"]


def test_a_key_of_a_table_with_any_name_counts(db: Database, parent: str, sql: Run) -> None:
    child = f"{parent}_child `it's\" 漢"
    refer(db, sql, child, parent)
    replaced(db, parent)
    check_key(db, sql, child, parent)


def test_a_key_of_a_table_to_itself_does_not_stop_others(db: Database, parent: str, sql: Run, is_mysql: bool) -> None:
    if is_mysql:
        sql(f"ALTER TABLE {parent} ADD COLUMN p BIGINT, ADD FOREIGN KEY (p) REFERENCES {parent} (id)")
        try:
            db.save(NEW, parent, if_exists="replace", key="id")
        except PersistenceError as error:
            assert "foreign key" in str(error).lower()
            assert_frame_equal(db.load(parent, columns=["id", "v"]), OLD)
        else:
            assert_frame_equal(db.load(parent), NEW)
    assert db.save(NEW, f"{parent}_other", if_exists="replace") == len(NEW)


def test_a_stream_of_frames_and_its_key_are_no_exception(db: Database, parent: str, sql: Run) -> None:
    refer(db, sql, f"{parent}_child", parent)
    try:
        db.save(iter([NEW[:2], NEW[2:]]), parent, if_exists="replace", key="id")
    except PersistenceError:
        assert_frame_equal(db.load(parent), OLD)
    else:
        assert_frame_equal(db.load(parent), NEW)
    check_key(db, sql, f"{parent}_child", parent)
    assert db.save(NEW, f"{parent}_other", if_exists="replace") == len(NEW)


@pytest.mark.parametrize("mode", ["fail", "replace", "append", "upsert"])
def test_what_cannot_be_dropped_stops_nobody(db: Database, leftover: str, table: str, mode: str) -> None:
    assert leftover not in db.tables()
    for frame in (OLD, NEW[3:]):
        db.save(frame, table if mode != "fail" else f"{table}_{len(frame)}", if_exists=mode, key="id")
    assert db.load(table if mode != "fail" else f"{table}_1")["id"].max() == 4


def test_a_view_under_a_name_of_the_packages_own_stops_nobody(db: Database, table: str, sql: Run) -> None:
    view = f"_persistence_{secrets.token_hex(6)}"
    sql(f"CREATE VIEW {view} AS SELECT 1 AS x")
    try:
        assert db.save(OLD, table) == len(OLD)
    finally:
        sql(f"DROP VIEW IF EXISTS {view}")
