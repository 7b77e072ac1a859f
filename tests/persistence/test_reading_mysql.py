"""Every type of MySQL and of MariaDB is read exactly: the rows of `wire` are those that the connector itself gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import frames
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import Point

from persistence import ConnectionFailedError, Database, DatabaseError, UsageError

A_UUID = "123e4567-e89b-12d3-a456-426655440000"
Read = tuple[str, list[str], str, list[Any]]
COLUMNS: dict[str, Read] = {
    "TINYINT": ("Int64", ["-128", "127"], "int64", [-128, 127]),
    "TINYINT UNSIGNED": ("Int64", ["0", "255"], "int64", [0, 255]),
    "SMALLINT": ("Int64", ["-32768", "32767"], "int64", [-32768, 32767]),
    "SMALLINT UNSIGNED": ("Int64", ["65535"], "int64", [65535]),
    "MEDIUMINT": ("Int64", ["-8388608", "8388607"], "int64", [-8388608, 8388607]),
    "MEDIUMINT UNSIGNED": ("Int64", ["16777215"], "int64", [16777215]),
    "INT": ("Int64", ["-2147483648", "2147483647"], "int64", [-(2**31), 2**31 - 1]),
    "INT UNSIGNED": ("Int64", ["4294967295"], "int64", [2**32 - 1]),
    "BIGINT": ("Int64", ["-9223372036854775808", "9223372036854775807"], "int64", [-(2**63), 2**63 - 1]),
    "BIGINT UNSIGNED": ("UInt64", ["18446744073709551615", "0"], "uint64", [2**64 - 1, 0]),
    "BOOLEAN": ("Int64", ["TRUE", "FALSE"], "int64", [1, 0]),
    "YEAR": ("Int64", ["1901", "2155", "0000"], "int64", [1901, 2155, 0]),
    "BIT(1)": ("UInt64", ["b'1'", "b'0'"], "uint64", [1, 0]),
    "BIT(64)": ("UInt64", ["18446744073709551615", "258"], "uint64", [2**64 - 1, 258]),
    "FLOAT": ("float64", ["0.1", "16777217"], "float64", [float(np.float32(0.1)), 16777216.0]),
    "DOUBLE": ("float64", ["1.7976931348623157e308", "0.1"], "float64", [1.7976931348623157e308, 0.1]),
    "DECIMAL(65,30)": ("float64", ["0.1", "-99999999999999999999999999999999999.5"], "float64", [0.1, -1e35]),
    "CHAR(3)": ("str", ["'a'", "'漢é😀'"], "str", ["a", "漢é😀"]),
    "VARCHAR(300)": ("str", ["''", "REPEAT('x', 300)", "'twelve bytes'"], "str", ["", "x" * 300, "twelve bytes"]),
    "TINYTEXT": ("str", ["REPEAT('é', 125)"], "str", ["é" * 125]),
    "TEXT": ("str", ["'NULL'", "REPEAT('😀', 9000)"], "str", ["NULL", "😀" * 9000]),
    "MEDIUMTEXT": ("str", ["REPEAT('ab', 40000)"], "str", ["ab" * 40000]),
    "LONGTEXT": ("str", ["'thirteen char'"], "str", ["thirteen char"]),
    "ENUM('a', 'ö')": ("str", ["'ö'"], "str", ["ö"]),
    "SET('a', 'b')": ("str", ["'a,b'", "''"], "str", ["a,b", ""]),
    "JSON": ("str", ["""'{"a": [1, "ö"]}'""", "'null'"], "str", ['{"a": [1, "ö"]}', "null"]),
    "BINARY(3)": ("object", ["'a'"], "object", [b"a\0\0"]),
    "VARBINARY(9)": ("object", ["x'00ff'"], "object", [b"\0\xff"]),
    "TINYBLOB": ("object", ["''"], "object", [b""]),
    "BLOB": ("object", ["REPEAT(x'ff', 65535)"], "object", [b"\xff" * 65535]),
    "MEDIUMBLOB": ("object", ["REPEAT(x'00', 70000)"], "object", [b"\0" * 70000]),
    "LONGBLOB": ("object", ["x'e28080'"], "object", [b"\xe2\x80\x80"]),
    "DATE": (
        "object",
        ["'1000-01-01'", "'9999-12-31'", "'2000-02-29'"],
        "object",
        [dt.date(1000, 1, 1), dt.date(9999, 12, 31), dt.date(2000, 2, 29)],
    ),
    "DATETIME": ("datetime64[us]", ["'2018-07-10 12:30:01'"], "datetime64[us]", [pd.Timestamp("2018-07-10 12:30:01")]),
    "DATETIME(6)": (
        "datetime64[us]",
        ["'1000-01-01'", "'9999-12-31 23:59:59.999999'"],
        "datetime64[us]",
        [dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)],
    ),
    "TIMESTAMP(3)": (
        "datetime64[us]",
        ["'2020-01-01 00:00:00.123'"],
        "datetime64[us]",
        [dt.datetime(2020, 1, 1, 0, 0, 0, 123000)],
    ),
    "TIME": (
        "timedelta64[us]",
        ["'-838:59:59'", "'838:59:59'"],
        "timedelta64[us]",
        [-dt.timedelta(hours=838, minutes=59, seconds=59), dt.timedelta(hours=838, minutes=59, seconds=59)],
    ),
    "TIME(6)": ("timedelta64[us]", ["'-00:00:00.000001'"], "timedelta64[us]", [dt.timedelta(microseconds=-1)]),
    "GEOMETRY": ("geometry", ["POINT(3, 4)"], "geometry", [Point(3, 4)]),
}
"""By type: the dtype beside NULL, values in SQL, their dtype without NULL, and what they are in Python."""
OWN: dict[bool, dict[str, Read]] = {
    False: {
        "POINT SRID 4326": ("geometry", ["ST_SRID(POINT(1, 2), 4326)"], "geometry", [Point(1, 2)]),
        "DOUBLE": ("float64", ["-0e0"], "float64", [-0.0]),
    },
    True: {
        "POINT REF_SYSTEM_ID=4326": ("geometry", ["ST_GeomFromText('POINT(1 2)', 4326)"], "geometry", [Point(1, 2)]),
        "UUID": ("str", [f"'{A_UUID}'"], "str", [A_UUID]),
        "INET6": ("str", ["'::1'", "'2001:db8::ff00:42:8329'"], "str", ["::1", "2001:db8::ff00:42:8329"]),
        "INET4": ("str", ["'192.0.2.1'"], "str", ["192.0.2.1"]),
    },
}
"""The same of the types that one of the two servers has: MySQL, and MariaDB (true)."""


pytestmark = pytest.mark.usefixtures("mysql")

Run = Callable[[str], None]


@pytest.mark.parametrize("declared", COLUMNS)
def test_a_column_of_each_type_is_read_exactly(db: Database, table: str, sql: Run, declared: str) -> None:
    check_reading(db, table, sql, declared, COLUMNS[declared])


def test_a_column_of_each_type_of_the_servers_own_is_read_exactly(
    db: Database, table: str, sql: Run, is_mariadb: bool
) -> None:
    for number, (declared, column) in enumerate(OWN[is_mariadb].items()):
        check_reading(db, f"{table}_{number}", sql, declared, column)


def check_reading(db: Database, table: str, sql: Run, declared: str, column: Read) -> None:
    """Check that what SQL puts into a column of a type comes back as these values, of this dtype, beside NULL too."""
    beside_null, written, dtype, values = column
    sql(f"CREATE TABLE {table} (id INT PRIMARY KEY AUTO_INCREMENT, x {declared})")
    sql(f"INSERT INTO {table} (x) VALUES {', '.join(f'({value})' for value in written)}")
    for whole in (db.load(table)["x"], db.query(f"SELECT x FROM {table} ORDER BY id")["x"]):
        assert str(whole.dtype) == dtype
        assert [str(value) for value in whole] == [str(value) for value in pd.Series(values, dtype=whole.dtype)]
        assert list(whole) == values
    sql(f"INSERT INTO {table} (x) VALUES (NULL)")
    for query in (f"SELECT x FROM {table} ORDER BY id", f"SELECT x FROM {table} WHERE id > 0 ORDER BY id"):
        mixed = db.query(query)["x"]
        assert str(mixed.dtype) == beside_null
        assert list(mixed[:-1]) == values
        assert mixed.isna().tolist() == [False] * len(values) + [True]


@pytest.mark.parametrize("declared", COLUMNS)
def test_a_column_of_nothing_but_null_keeps_its_dtype(db: Database, table: str, sql: Run, declared: str) -> None:
    sql(f"CREATE TABLE {table} (x {declared})")
    empty = db.query(f"SELECT x FROM {table}")["x"]
    assert len(empty) == 0
    assert str(empty.dtype) == COLUMNS[declared][2]
    sql(f"INSERT INTO {table} VALUES (NULL), (NULL)")
    nothing = db.query(f"SELECT x FROM {table}")["x"]
    assert nothing.isna().tolist() == [True, True]
    assert str(nothing.dtype) == COLUMNS[declared][0]


def test_all_types_stand_in_one_row_in_any_mixture_with_null(db: Database, table: str, sql: Run) -> None:
    fields = [f"c{number} {declared}" for number, declared in enumerate(COLUMNS)]
    sql(f"CREATE TABLE {table} (id INT PRIMARY KEY AUTO_INCREMENT, {', '.join(fields)})")
    firsts = [written[0] for _, written, _, _ in COLUMNS.values()]
    for step in (1, 2, 3, 5):
        row = [value if number % step == 0 else "NULL" for number, value in enumerate(firsts)]
        sql(f"INSERT INTO {table} VALUES (NULL, {', '.join(row)})")
    found = db.query(f"SELECT * FROM {table} ORDER BY id")
    for number, (_, _, _, values) in enumerate(COLUMNS.values()):
        column = found[f"c{number}"]
        assert column.isna().tolist() == [number % step != 0 for step in (1, 2, 3, 5)]
        assert [value for value in column if not pd.isna(value)] == [values[0]] * int(column.notna().sum())


@given(frames())
def test_the_connector_itself_gives_the_same_values(db: Database, prefix: str, frame: pd.DataFrame) -> None:
    name = f"{prefix}same"
    db.save(frame, name, if_exists="replace")
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT * FROM `{name}`").fetchall()
    found = db.query(f"SELECT * FROM {name}")
    assert len(found) == len(rows)
    for position, cells in enumerate(zip(*rows, strict=True)):
        for ours, theirs in zip(found.iloc[:, position], cells, strict=True):
            assert _plain(ours) == _plain(theirs)


def _plain(value: object) -> object:
    if isinstance(value, pd.Timedelta):
        value = value.to_pytimedelta()
    if value is None or (not isinstance(value, (bytes, str)) and pd.isna(value)):
        return None
    return float(value) if isinstance(value, Decimal) else value


def test_what_stands_behind_a_missing_value_is_not_taken_for_it(db: Database, table: str, sql: Run) -> None:
    sql(f"CREATE TABLE {table} (d DATE, t TIME(6), b VARBINARY(300), n BIT(64), i BIGINT, x VARBINARY(300))")
    for byte in range(256):
        sql(f"INSERT INTO {table} (x) VALUES (REPEAT(x'{byte:02x}', {byte}))")
    found = db.query(f"SELECT * FROM {table}")
    assert found.drop(columns="x").isna().all(axis=None)
    assert sorted(found["x"]) == sorted(bytes([byte]) * byte for byte in range(256))


INVALID = ["0000-00-00", "2021-00-00", "2021-02-00", "2021-02-31", "0000-01-01"]


@pytest.mark.parametrize("declared", ["DATE", "DATETIME(6)"])
def test_what_is_no_day_of_the_calendar_is_missing(db: Database, table: str, declared: str) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {table} (x {declared})")
        connection.exec_driver_sql("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
        for value in (*INVALID, "2021-02-28"):
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ('{value}')")
        connection.exec_driver_sql("SET SESSION sql_mode = DEFAULT")
    for found in (db.load(table)["x"], db.query(f"SELECT x FROM {table}")["x"]):
        assert found.isna().tolist() == [True] * len(INVALID) + [False]


@pytest.mark.parametrize("length", [0, 12, 13, 250, 251, 65535, 65536, 2**22, 2**24 - 12, 2**24 - 1, 2**24, 2**25 + 7])
def test_text_of_any_length_is_whole(db: Database, length: int) -> None:
    query = "SELECT 1 AS a, REPEAT('x', %(n)s) AS x, 2 AS b UNION ALL SELECT 3, REPEAT('y', %(n)s), 4"
    found = db.query(query, {"n": length})
    assert found["a"].tolist() == [1, 3]
    assert found["b"].tolist() == [2, 4]
    assert [set(text) for text in found["x"]] == [set("x" * length), set("y" * length)]
    assert found["x"].str.len().tolist() == [length, length]


@given(st.lists(st.integers(0, 70_000), max_size=30))
def test_rows_of_any_lengths_lie_in_any_buffer(db: Database, prefix: str, lengths: list[int]) -> None:
    frame = pd.DataFrame({"n": lengths, "x": pd.Series([f"{n % 10}" * n for n in lengths], dtype="str")})
    frame = frame.astype({"n": "int64"})
    db.save(frame, f"{prefix}lengths", if_exists="replace")
    assert_frame_equal(db.load(f"{prefix}lengths"), frame)
    parts = list(db.query(f"SELECT x FROM {prefix}lengths", chunksize=7))
    assert [text for part in parts for text in part["x"]] == frame["x"].tolist()


@pytest.mark.parametrize(
    "query",
    [
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        "SHOW VARIABLES LIKE 'port'",
        "DESCRIBE {t}",
        "CHECK TABLE {t}",
        "SHOW COUNT(*) WARNINGS",
    ],
)
def test_other_statements_that_return_rows_are_queries_too(db: Database, table: str, query: str) -> None:
    db.save(pd.DataFrame({"x": [1]}), table)
    assert len(db.query(query.format(t=table)))


def test_a_statement_that_only_this_server_knows_is_a_query_too(db: Database, table: str, is_mariadb: bool) -> None:
    db.save(pd.DataFrame({"x": [7]}), table)
    query = f"DELETE FROM {table} RETURNING x" if is_mariadb else f"TABLE {table}"
    assert db.query(query)["x"].tolist() == [7]


@pytest.mark.parametrize("query", ["SELECT 7 AS x;", "SELECT 7 AS x -- ?", "SELECT /* ? */ 7 AS x", "# ?\nSELECT 7 x"])
def test_comments_and_a_final_semicolon_do_no_harm(db: Database, query: str) -> None:
    assert db.query(query)["x"].tolist() == [7]


def test_two_statements_are_refused(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": [1]}), table)
    with pytest.raises(DatabaseError):
        db.query(f"SELECT 1; DROP TABLE {table}")
    assert len(db.load(table)) == 1


def test_a_parameter_within_quotes_is_explained(db: Database) -> None:
    with pytest.raises(UsageError, match="outside of quotes"):
        db.query("SELECT '%(x)s'", {"x": 1})


def test_an_error_among_the_rows_is_the_servers_own(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": range(1000), "n": [1] * 999 + [2**63 - 1]}), table, key="x")
    with pytest.raises(DatabaseError, match="out of range"):
        db.query(f"SELECT x, n + 1 AS n FROM {table}")
    with pytest.raises(DatabaseError, match="out of range"):
        list(db.query(f"SELECT x, n + 1 AS n FROM {table}", chunksize=10))
    assert len(db.load(table)) == 1000


@pytest.mark.parametrize("params", [None, {"one": 1}])
@pytest.mark.parametrize("chunksize", [None, 1])
def test_a_query_runs_once(db: Database, params: dict[str, int] | None, chunksize: int | None) -> None:
    own = Database(db.settings)
    sql = f"SELECT @runs := COALESCE(@runs, 0) + {'%(one)s' if params else 1} AS n"
    found = own.query(sql, params) if chunksize is None else next(own.query(sql, params, chunksize))
    assert found["n"].tolist() == [1]
    if chunksize is None:  # else the connection, with what the variable holds, is gone
        assert own.query("SELECT @runs AS n")["n"].tolist() == [1]
    own.close()


def test_a_lost_connection_is_said_and_replaced(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": range(400_000), "y": ["forty characters of text, more or less..."] * 400_000}), table)
    own = Database(db.settings)
    stream = own.query(f"SELECT CONNECTION_ID() AS id, y FROM {table}", chunksize=1000)
    with db.engine.connect() as connection:
        connection.exec_driver_sql(f"KILL {next(stream)['id'][0]}")
    with pytest.raises(ConnectionFailedError):
        list(stream)
    assert len(own.load(table)) == 400_000
    own.close()


def test_a_query_sees_what_is_committed(db: Database, table: str, sql: Run) -> None:
    db.save(pd.DataFrame({"x": [1]}), table)
    with db.engine.connect() as connection:
        connection.exec_driver_sql(f"INSERT INTO {table} (x) VALUES (2)")
        assert db.query(f"SELECT x FROM {table}")["x"].tolist() == [1]
        connection.commit()
        assert db.query(f"SELECT x FROM {table}")["x"].tolist() == [1, 2]


def test_a_procedure_of_several_results_gives_the_first(db: Database) -> None:
    name = "test_reading_procedure"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP PROCEDURE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE PROCEDURE {name}() BEGIN SELECT 1 AS a; SELECT 2 AS b; END")
    try:
        assert db.query(f"CALL {name}()")["a"].tolist() == [1]
        assert db.query("SELECT 3 AS c")["c"].tolist() == [3]
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP PROCEDURE {name}")


def test_a_stopped_iterator_leaves_a_usable_database(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"x": range(300_000)}), table)
    stream = db.query(f"SELECT x FROM {table}", chunksize=1000)
    assert next(stream)["x"].tolist() == list(range(1000))
    assert db.query("SELECT 5 AS five")["five"].tolist() == [5]
    stream.close()
    assert len(db.load(table)) == 300_000


def test_the_largest_numbers_are_parameters_too(db: Database) -> None:
    found = db.query(
        "SELECT %(a)s = 18446744073709551615 AS a, %(b)s > 18446744073709551615 AS b", {"a": 2**64 - 1, "b": 2**70}
    )
    assert found.loc[0].tolist() == [1, 1]


PARAMETERS = {
    "DATETIME(6)": st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)),
    "DATE": st.dates(dt.date(1000, 1, 1)),
    "DECIMAL(40,10)": st.decimals(-(10**29), 10**29, places=10, allow_nan=False),
    "DOUBLE": st.floats(allow_nan=False, allow_infinity=False),
    "SIGNED": st.integers(-(2**63), 2**63 - 1),
    "UNSIGNED": st.integers(0, 2**64 - 1),
    "BINARY": st.binary(max_size=300),
}


@pytest.mark.parametrize("declared", PARAMETERS)
def test_a_parameter_of_each_type_arrives_exactly(db: Database, declared: str) -> None:
    @given(PARAMETERS[declared])
    def check(value: object) -> None:
        text = "CHAR" if "DECIMAL" in declared else declared
        found: Any = db.query(f"SELECT CAST(CAST(%(v)s AS {declared}) AS {text}) AS x", {"v": value})["x"][0]
        assert (Decimal(found) if isinstance(value, Decimal) else found) == value

    check()


@given(st.times())
def test_a_time_of_day_arrives_exactly(db: Database, value: dt.time) -> None:
    found = db.query(f"SELECT TIME'{value.isoformat('microseconds')}' = %(v)s AS same", {"v": value})
    assert found["same"][0] == 1
