"""`query` refuses a statement before it runs, or runs it once and answers; `execute` and `drop` are for the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy.exc import DBAPIError

from persistence import Database, DatabaseError, PersistenceError, TableMissingError, UsageError

Run = Callable[[str], None]
ROWS = pd.DataFrame({"id": [1, 2, 3], "x": [10, 20, 30]})
CHANGED = {
    "raised": [(1, 11), (2, 21), (3, 31)],
    "added": [(1, 10), (2, 20), (3, 30), (4, 40)],
    "one less": [(1, 10), (2, 20)],
    "emptied": [],
    "as before": [(1, 10), (2, 20), (3, 30)],
}
EVERYWHERE = {
    "UPDATE {t} SET x = x + 1": "raised",
    "update {t} set x = x + 1;": "raised",
    " \n\t UPDATE {t} SET x = x + 1": "raised",
    "/* a comment */ UPDATE {t} SET x = x + 1": "raised",
    "/* SELECT */ -- SELECT 1\n UPDATE {t} SET x = x + 1": "raised",
    "-- SELECT\nUPDATE {t} SET x = x + 1": "raised",
    "INSERT INTO {t} (id, x) VALUES (4, 40)": "added",
    "INSERT INTO {t} (id, x) SELECT 4, 40": "added",
    "REPLACE INTO {t} (id, x) VALUES (4, 40)": "added",
    "DELETE FROM {t} WHERE id = 3": "one less",
    "DELETE FROM {t} WHERE id IN (WITH c AS (SELECT 3 AS n) SELECT n FROM c)": "one less",
    "WITH c AS (SELECT 3 AS n) DELETE FROM {t} WHERE id IN (SELECT n FROM c)": "one less",
    "WITH c AS (SELECT 1 AS n) UPDATE {t} SET x = x + (SELECT n FROM c)": "raised",
    "DROP TABLE {t}": "gone",
    "ALTER TABLE {t} ADD COLUMN y INT": "as before",
    "CREATE INDEX {t}_i ON {t} (x)": "as before",
    "CREATE TABLE {t}_new (y INT)": "as before",
    "CREATE TABLE {t}_new AS SELECT * FROM {t}": "as before",
    "CREATE VIEW {t}_view AS SELECT * FROM {t}": "as before",
    "UPDATE {t} SET x = x + 1; SELECT 1 AS one": "raised",
    "SELECT 1 AS one; UPDATE {t} SET x = x + 1": "raised",
    "BEGIN": "as before",
    "COMMIT": "as before",
    "ROLLBACK": "as before",
    "SAVEPOINT here": "as before",
    "SELECT x FROM {t} WHERE 1 = 0": "as before",
    "EXPLAIN DELETE FROM {t} WHERE id = 3": "as before",
    "EXPLAIN UPDATE {t} SET x = x + 1": "as before",
}
"""Statements, and what the table holds when they have run once; those that the database does not know are refused."""
OF_SERVERS = {
    "# SELECT\nUPDATE {t} SET x = x + 1": "raised",
    "/*!50000 UPDATE {t} SET x = x + 1 */": "raised",
    "(SELECT x FROM {t}) FOR UPDATE": "as before",
    "SELECT x FROM {t} FOR UPDATE": "as before",
    "SELECT x FROM {t} LOCK IN SHARE MODE": "as before",
    "SELECT x FROM {t} WHERE id = 1 INTO @found": "as before",
    "SELECT x INTO @found FROM {t} WHERE id = 1": "as before",
    "SELECT x FROM {t} INTO OUTFILE '/var/lib/mysql/{t}.txt'": "as before",
    "SELECT x FROM {t} LIMIT 1 INTO DUMPFILE '/var/lib/mysql/{t}.bin'": "as before",
    "ANALYZE UPDATE {t} SET x = x + 1": "raised",
    "ANALYZE FORMAT=JSON DELETE FROM {t} WHERE id = 3": "one less",
    "EXPLAIN ANALYZE SELECT * FROM {t}": "as before",
    "ANALYZE TABLE {t}": "as before",
    "TRUNCATE TABLE {t}": "emptied",
    "CALL {t}_quiet()": "raised",
    "CALL {t}_talks()": "raised",
    "CALL {t}_between()": "raised",
    "SET @x = 1": "as before",
    "DO SLEEP(0)": "as before",
    "START TRANSACTION": "as before",
    "LOCK TABLES {t} WRITE": "as before",
    "PREPARE s FROM 'UPDATE {t} SET x = x + 1'": "as before",
    "HANDLER {t} OPEN": "as before",
    "RENAME TABLE {t} TO {t}_gone": "gone",
    "INSERT INTO {t} (id, x) VALUES (4, 40) ON DUPLICATE KEY UPDATE x = 0": "added",
    "LOAD DATA INFILE '/etc/hostname' INTO TABLE {t}": "as before",
    "DELETE FROM {t} WHERE id = 3 RETURNING x": "one less",
    "INSERT INTO {t} (id, x) VALUES (4, 40) RETURNING x": "added",
    "REPLACE INTO {t} (id, x) VALUES (4, 40) RETURNING id": "added",
}
OF_FILES = {
    "INSERT INTO {t} (id, x) VALUES (4, 40) RETURNING x": "added",
    "UPDATE {t} SET x = x + 1 RETURNING id": "raised",
    "UPDATE {t} SET x = x + 1 WHERE x > 99 RETURNING id": "as before",
    "DELETE FROM {t} WHERE id = 3 RETURNING *": "one less",
    "INSERT OR REPLACE INTO {t} (id, x) VALUES (4, 40)": "added",
    "WITH c AS (SELECT 4 AS n) INSERT INTO {t} (id, x) SELECT n, 40 FROM c RETURNING id": "added",
    "PRAGMA user_version = 0": "as before",
    "PRAGMA table_info({t})": "as before",
    "VACUUM": "as before",
    "REINDEX {t}": "as before",
    "ANALYZE {t}": "as before",
    "VALUES (1), (2)": "as before",
    "DROP TABLE IF EXISTS {t}_never": "as before",
}
PROCEDURES = {
    "quiet": "UPDATE {t} SET x = x + 1",
    "talks": "UPDATE {t} SET x = x + 1; SELECT x FROM {t}",
    "between": "SELECT x FROM {t}; UPDATE {t} SET x = x + 1; SELECT x FROM {t}",
}


@pytest.fixture
def rows(db: Database, table: str, sql: Run, is_mysql: bool) -> Iterator[str]:
    """A table with `ROWS`, made by others; on a server with procedures that change it."""
    sql(f"CREATE TABLE {table} (id BIGINT PRIMARY KEY, x BIGINT)")
    db.save(ROWS, table, if_exists="append")
    for name, body in PROCEDURES.items() if is_mysql else ():
        sql(f"CREATE PROCEDURE {table}_{name}() BEGIN {body.format(t=table)}; END")
    yield table
    for name in PROCEDURES if is_mysql else ():
        sql(f"DROP PROCEDURE {table}_{name}")
    for name in [name for name in db.tables() if name == f"{table}_view"]:
        sql(f"DROP VIEW {name}")


def state(db: Database, table: str) -> object:
    """Return the rows of the table as another connection sees them, and which tables of that name there are."""
    names = [name for name in db.tables() if name.startswith(table)]
    if table not in names:
        return ("gone", names)
    with db.engine.connect() as connection:
        found = [tuple(row)[:2] for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")]
        indexes = len(connection.exec_driver_sql(indexes_of(db, table)).all())
    return (found, names, indexes)


def indexes_of(db: Database, table: str) -> str:
    if db.settings.database == "sqlite":
        return f"PRAGMA index_list({table})"
    return f"SHOW INDEX FROM {table}"


def ask(db: Database, statement: str, way: str) -> pd.DataFrame:
    """Run a query in one of the ways; return all of its rows."""
    if way == "in parts":
        return pd.concat(list(db.query(statement, chunksize=1)))
    return db.query(statement, {"unused": 1} if way == "with values" else None)


def check(db: Database, table: str, statement: str, way: str, after: str) -> str:
    """Run a statement; return "refused", and nothing has changed, or "answered", and it has run once and was kept."""
    before = state(db, table)
    try:
        answer = ask(db, statement.format(t=table), way)
    except PersistenceError:
        assert state(db, table) == before, "it raised an error, and it ran"
        return "refused"
    assert isinstance(answer, pd.DataFrame)
    found = state(db, table)
    assert found[0] == ("gone" if after == "gone" else CHANGED[after])  # type: ignore[index]
    if statement.lstrip()[:6] in ("CREATE", "ALTER "):
        assert found != before or "ALTER" in statement
    return "answered"


WAYS = ["at once", "in parts", "with values"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("statement", EVERYWHERE)
def test_a_statement_is_one_of_the_two(db: Database, rows: str, statement: str, way: str) -> None:
    check(db, rows, statement, way, EVERYWHERE[statement])
    assert db.query("SELECT 7 AS seven")["seven"].tolist() == [7]
    assert db.save(ROWS, f"{rows}_next", if_exists="replace") == len(ROWS)


@pytest.mark.parametrize("way", WAYS)
def test_a_statement_of_this_database_alone_is_one_of_the_two(
    db: Database, rows: str, sql: Run, is_mysql: bool, way: str
) -> None:
    wrong = {}
    for number, (statement, after) in enumerate((OF_SERVERS if is_mysql else OF_FILES).items()):
        own = f"{rows}_{number}"
        sql(f"CREATE TABLE {own} (id BIGINT PRIMARY KEY, x BIGINT)")
        db.save(ROWS, own, if_exists="append")
        for name, body in PROCEDURES.items() if is_mysql else ():
            sql(f"CREATE PROCEDURE {own}_{name}() BEGIN {body.format(t=own)}; END")
        try:
            check(db, own, statement, way, after)
            assert db.query("SELECT 7 AS seven")["seven"].tolist() == [7]
        except AssertionError as error:
            wrong[statement] = str(error).splitlines()[0]
        finally:
            for name in PROCEDURES if is_mysql else ():
                sql(f"DROP PROCEDURE {own}_{name}")
    assert wrong == {}


def test_the_message_names_what_runs_it(db: Database, rows: str) -> None:
    with pytest.raises(UsageError, match=r"db\.execute"):
        db.query(f"UPDATE {rows} SET x = x + 1")
    assert state(db, rows)[0] == CHANGED["as before"]  # type: ignore[index]


def test_a_refused_statement_leaves_no_lock(db: Database, rows: str, sql: Run) -> None:
    with pytest.raises(PersistenceError):
        db.query(f"UPDATE {rows} SET x = x + 1")
    sql(f"UPDATE {rows} SET x = x + 1")
    assert state(db, rows)[0] == CHANGED["raised"]  # type: ignore[index]


# `execute`


@pytest.mark.parametrize(
    ("statement", "params", "changed", "after"),
    [
        ("UPDATE {t} SET x = x + 1", None, 3, "raised"),
        ("UPDATE {t} SET x = x + %(more)s", {"more": 1}, 3, "raised"),
        ("UPDATE {t} SET x = x + 1 WHERE id IN %(ids)s", {"ids": [1, 2, 3]}, 3, "raised"),
        ("UPDATE {t} SET x = x + 1 WHERE id > %(id)s", {"id": 99}, 0, "as before"),
        ("INSERT INTO {t} (id, x) VALUES (%(id)s, %(x)s)", {"id": 4, "x": 40}, 1, "added"),
        ("DELETE FROM {t} WHERE id = %(id)s", {"id": 3}, 1, "one less"),
        ("DELETE FROM {t}", None, 3, "emptied"),
        ("INSERT INTO {t} (id, x) SELECT id + 3, 40 FROM {t} WHERE id = 1", {}, 1, "added"),
        ("-- a comment: 100 %\nDELETE FROM {t} WHERE id = 3;", None, 1, "one less"),
        ("CREATE INDEX {t}_i ON {t} (x)", None, 0, "as before"),
    ],
)
def test_execute_returns_the_number_of_rows_changed(
    db: Database, rows: str, statement: str, params: dict[str, Any] | None, changed: int, after: str
) -> None:
    assert db.execute(statement.format(t=rows), params) == changed
    assert state(db, rows)[0] == CHANGED[after]  # type: ignore[index]


@pytest.mark.parametrize(
    "value", ["it's \\ %s \" -- ; DROP", "漢😀", None, 1.5, b"\0\xff", dt.datetime(2020, 1, 2, 3, 4, 5, 6)], ids=repr
)
def test_values_of_execute_are_bound(db: Database, table: str, sql: Run, is_mysql: bool, value: object) -> None:
    declared = {bytes: "VARBINARY(99)", float: "DOUBLE", dt.datetime: "DATETIME(6)"}.get(type(value), "VARCHAR(99)")
    charset = " CHARACTER SET utf8mb4" if declared == "VARCHAR(99)" and is_mysql else ""
    sql(f"CREATE TABLE {table} (v {declared}{charset})")
    assert db.execute(f"INSERT INTO {table} (v) VALUES (%(v)s)", {"v": value}) == 1
    (found,) = db.load(table)["v"]
    assert (None if pd.isna(found) else found) == value


def test_execute_keeps_all_of_a_statement_or_nothing(db: Database, rows: str) -> None:
    with pytest.raises(DatabaseError):
        db.execute(f"INSERT INTO {rows} (id, x) VALUES (4, 40), (5, 50), (1, 10)")
    assert state(db, rows)[0] == CHANGED["as before"]  # type: ignore[index]


def test_wrong_uses_of_execute_are_explained(db: Database, rows: str) -> None:
    for statement, params, error in (
        (f"UPDATE {rows} SET x = %(more)s", {"less": 1}, UsageError),
        ("UPDATE no_such_table SET x = 1", None, DatabaseError),
        ("UPDAT", None, DatabaseError),
        (f"UPDATE {rows} SET x = 1; DELETE FROM {rows}", None, PersistenceError),
        (5, None, UsageError),
    ):
        with pytest.raises(error):
            db.execute(statement, params)  # type: ignore[arg-type]
    assert state(db, rows)[0] == CHANGED["as before"]  # type: ignore[index]


# `drop`


@pytest.mark.parametrize("name", ["{t}", '{t} it\'s `a` "b"', "{t}; DROP TABLE x", "{t} 漢😀"[:-1], "{t}%s %(x)s"])
def test_drop_removes_a_table(db: Database, table: str, name: str) -> None:
    name = name.format(t=table)
    db.save(ROWS, name)
    db.save(ROWS, f"{table}_other")
    db.drop(name)
    assert name not in db.tables()
    assert_frame_equal(db.load(f"{table}_other"), ROWS)


def test_what_was_known_of_a_dropped_table_is_forgotten(db: Database, table: str, sql: Run) -> None:
    db.save(pd.DataFrame({"id": [1], "span": pd.to_timedelta([1], "s")}), table)
    db.drop(table)
    sql(f"CREATE TABLE {table} (id BIGINT, span BIGINT)")
    sql(f"INSERT INTO {table} VALUES (1, 10)")
    assert db.load(table)["span"].tolist() == [10]


def test_a_table_to_drop_that_is_not_there_is_explained(db: Database, rows: str) -> None:
    with pytest.raises(TableMissingError, match=f"there are {rows}"):
        db.drop(f"{rows}s")
    for name in ("", "_persistence_notes", "\ud800"):
        with pytest.raises(PersistenceError):
            db.drop(name)
    assert state(db, rows)[0] == CHANGED["as before"]  # type: ignore[index]


def test_a_table_that_a_foreign_key_names_is_not_dropped_where_the_server_says_so(
    db: Database, rows: str, sql: Run, is_mysql: bool
) -> None:
    sql(f"CREATE TABLE {rows}_child (p BIGINT, FOREIGN KEY (p) REFERENCES {rows} (id))")
    try:
        if is_mysql:
            with pytest.raises(DatabaseError, match=r"(?i)foreign key"):
                db.drop(rows)
            assert state(db, rows)[0] == CHANGED["as before"]  # type: ignore[index]
            with pytest.raises(DBAPIError):
                sql(f"INSERT INTO {rows}_child VALUES (77)")
    finally:
        sql(f"DROP TABLE {rows}_child")
