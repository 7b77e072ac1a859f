"""A row that gives a required column no value is refused, naming the column; nothing is invented for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import pytest

from persistence import Database, PersistenceError

Run = Callable[[str], None]
REQUIRED = {
    **dict.fromkeys(["INT", "BIGINT UNSIGNED", "DOUBLE"], 1),
    **dict.fromkeys(["VARCHAR(9)", "CHAR(3)", "TEXT"], "abc"),
    **dict.fromkeys(["DATETIME", "TIMESTAMP"], pd.Timestamp("2020-01-02 03:04:05")),
    "DECIMAL(5,2)": Decimal("1.50"),
    "DATE": pd.Timestamp("2020-01-02").date(),
    "BLOB": b"abc",
}
"""Types of both databases, and for each a value."""
OF_SERVERS = ["BIT(3)", "YEAR", "TIME", "ENUM('x','y')", "SET('a','b')", "JSON", "VARBINARY(9)", "GEOMETRY", "POINT"]
OPTIONAL = {
    "BIGINT NULL": None,
    "INT NOT NULL DEFAULT 7": 7,
    "VARCHAR(9) NOT NULL DEFAULT ''": "",
    "VARCHAR(9) NOT NULL DEFAULT 'it''s'": "it's",
    "BIGINT AS (id + 1)": 2,
}
MODES = ["append", "upsert"]


def create(sql: Run, table: str, declared: str) -> None:
    sql(f"CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, wanted {declared})")


def check_refused(db: Database, table: str, frame: object, mode: str) -> str:
    """Check that the frame is refused with the column's name, and that the table is as it was; return the message."""
    before = db.load(table)
    with pytest.raises(PersistenceError, match="wanted") as caught:
        db.save(frame, table, if_exists=mode, key="id" if mode == "upsert" else None)  # type: ignore[arg-type]
    assert db.load(table).equals(before)
    return str(caught.value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("declared", REQUIRED)
def test_a_frame_without_a_required_column_is_refused(
    db: Database, table: str, sql: Run, declared: str, mode: str
) -> None:
    create(sql, table, f"{declared} NOT NULL")
    check_refused(db, table, pd.DataFrame({"id": [1, 2]}), mode)
    db.save(pd.DataFrame({"id": [1], "wanted": [REQUIRED[declared]]}), table, if_exists="append")
    assert len(db.load(table)) == 1


@pytest.mark.parametrize("mode", MODES)
def test_so_it_is_for_each_type_of_a_server(db: Database, table: str, sql: Run, is_mysql: bool, mode: str) -> None:
    for number, declared in enumerate(OF_SERVERS if is_mysql else ["ANYTHING"]):
        create(sql, f"{table}_{number}", f"{declared} NOT NULL")
        check_refused(db, f"{table}_{number}", pd.DataFrame({"id": [1]}), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("declared", REQUIRED)
def test_a_missing_value_in_a_required_column_is_refused(
    db: Database, table: str, sql: Run, declared: str, mode: str
) -> None:
    create(sql, table, f"{declared} NOT NULL")
    value = REQUIRED[declared]
    frame = pd.DataFrame({"id": [1, 2], "wanted": pd.Series([value, None], dtype=object).convert_dtypes()})
    check_refused(db, table, frame, mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_missing_value_late_in_a_stream_is_refused(db: Database, table: str, sql: Run, mode: str) -> None:
    create(sql, table, "BIGINT NOT NULL")
    parts = [pd.DataFrame({"id": [n], "wanted": pd.array([n if n < 3 else None], dtype="Int64")}) for n in range(4)]
    check_refused(db, table, iter(parts), mode)


@pytest.mark.parametrize("mode", MODES)
def test_several_columns_are_named_together_or_one_by_one(db: Database, table: str, sql: Run, mode: str) -> None:
    sql(f"CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, wanted INT NOT NULL, wanted_too INT NOT NULL)")
    check_refused(db, table, pd.DataFrame({"id": [1]}), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("declared", OPTIONAL)
def test_what_has_a_value_of_its_own_may_be_left_out(
    db: Database, table: str, sql: Run, declared: str, mode: str
) -> None:
    create(sql, table, declared)
    db.save(pd.DataFrame({"id": [1]}), table, if_exists=mode, key="id" if mode == "upsert" else None)
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT wanted FROM {table}").scalar() == OPTIONAL[declared]


def test_a_number_that_the_database_gives_may_be_left_out(db: Database, table: str, sql: Run, is_mysql: bool) -> None:
    numbered = "BIGINT NOT NULL AUTO_INCREMENT" if is_mysql else "INTEGER NOT NULL"
    sql(f"CREATE TABLE {table} (id {numbered} PRIMARY KEY, v INT)")
    db.save(pd.DataFrame({"v": [5, 6]}), table, if_exists="append")
    assert db.load(table)["v"].tolist() == [5, 6]
    assert db.load(table)["id"].nunique() == 2


def test_a_moment_that_the_database_gives_may_be_left_out(db: Database, table: str, sql: Run) -> None:
    create(sql, table, "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP")
    db.save(pd.DataFrame({"id": [1]}), table, if_exists="append")
    assert db.load(table)["wanted"].notna().all()
