"""`load` and `query`: columns, conditions, bound parameters, result types."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from persistence import Database, DatabaseError, TableMissingError, UsageError

TRIPS = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "who": ["it's", "50% off", None],
        "start": pd.to_datetime(["2018-07-10 08:00", "2018-07-10 09:30", "2018-07-11 08:00"]),
        "metres": [10.5, np.nan, 0.0],
    }
)


LISTS = [(make([1, 3]), [1, 3]) for make in (pd.Series, pd.Index, np.array, pd.array)]


@pytest.fixture
def trips(db: Database, table: str) -> str:
    db.save(TRIPS, table, key="id")
    return table


def test_columns_come_in_the_order_asked_for(db: Database, trips: str) -> None:
    assert_frame_equal(db.load(trips, columns=["who", "id"]), TRIPS[["who", "id"]])


def test_a_single_column_may_be_named_as_text(db: Database, trips: str) -> None:
    assert_frame_equal(db.load(trips, columns="who"), TRIPS[["who"]])


def test_a_condition_selects_rows(db: Database, trips: str) -> None:
    loaded = db.load(trips, where="id > 1 OR metres > 100")
    assert_frame_equal(loaded, TRIPS.iloc[1:].reset_index(drop=True))


def test_values_of_a_condition_are_bound(db: Database, trips: str) -> None:
    loaded = db.load(trips, where="who = %(who)s AND id < %(id)s", params={"who": "50% off", "id": np.int64(9)})
    assert loaded["id"].tolist() == [2]


def test_a_condition_may_be_a_moment(db: Database, trips: str) -> None:
    loaded = db.load(trips, where="start >= %(from)s", params={"from": pd.Timestamp("2018-07-10 09:30")})
    assert loaded["id"].tolist() == [2, 3]


def test_a_moment_with_a_zone_is_compared_in_utc(db: Database, table: str) -> None:
    stamps = TRIPS["start"].dt.tz_localize("UTC")
    db.save(pd.DataFrame({"id": [1, 2, 3], "start": stamps}), table)
    berlin = pd.Timestamp("2018-07-10 11:30", tz="Europe/Berlin")
    assert db.load(table, where="start = %(t)s", params={"t": berlin})["id"].tolist() == [2]


@pytest.mark.parametrize(("ids", "expected"), [([1, 3], [1, 3]), ((2,), [2]), (set(), []), (["x'"], []), *LISTS])
def test_a_list_fits_in(db: Database, trips: str, ids: object, expected: list[int]) -> None:
    result = db.query(f"SELECT id FROM {trips} WHERE id IN %(ids)s ORDER BY id", {"ids": ids})
    assert result["id"].tolist() == expected


@given(st.text(st.characters(codec="utf-8")) | st.integers(-(2**63), 2**63 - 1) | st.none())
def test_a_parameter_arrives_unchanged(db: Database, value: object) -> None:
    result = db.query("SELECT %(value)s AS value, %(value)s IS NULL AS missing", {"value": value})
    found = result["value"][0]
    assert (None if pd.isna(found) else found) == value
    assert result["missing"][0] == (value is None)


@given(st.binary())
def test_bytes_are_found_by_a_parameter(db: Database, prefix: str, value: bytes) -> None:
    db.save(pd.DataFrame({"b": [value]}), f"{prefix}bytes", if_exists="replace")
    assert db.load(f"{prefix}bytes", where="b = %(value)s", params={"value": value})["b"].tolist() == [value]


def test_sql_in_a_parameter_does_no_harm(db: Database, trips: str) -> None:
    attack = f"' OR 1 = 1; DROP TABLE {trips}; -- %(who)s %s"
    assert db.query(f"SELECT * FROM {trips} WHERE who = %(who)s", {"who": attack}).empty
    assert len(db.load(trips)) == 3


@pytest.mark.parametrize("params", [None, {}, {"unused": 1}])
def test_a_lone_percent_sign_is_sent_as_it_stands(db: Database, trips: str, params: dict[str, int] | None) -> None:
    result = db.query(f"SELECT id, '%' AS a, '%s' AS b, '%%' AS c FROM {trips} WHERE who LIKE '50%'", params)
    assert result.loc[0].tolist() == [2, "%", "%s", "%%"]


def test_a_lone_percent_sign_stands_beside_a_parameter(db: Database, trips: str) -> None:
    result = db.query(f"SELECT id, '%s' AS a FROM {trips} WHERE who LIKE '50%' AND id = %(id)s", {"id": 2})
    assert result.loc[0].tolist() == [2, "%s"]


def test_integers_stay_integers_beside_null(db: Database) -> None:
    result = db.query("SELECT 9007199254740993 AS n UNION ALL SELECT NULL")
    assert str(result["n"].dtype) == "Int64"
    assert result["n"][0] == 9007199254740993


def test_sums_and_means_are_numbers(db: Database, trips: str) -> None:
    result = db.query(f"SELECT COUNT(*) AS n, SUM(metres) AS s, AVG(id) AS a FROM {trips}")
    assert [dtype.kind for dtype in result.dtypes] == ["i", "f", "f"]
    assert result.loc[0].tolist() == [3, 10.5, 2.0]


def test_a_result_without_rows_has_its_columns(db: Database, trips: str) -> None:
    assert list(db.query(f"SELECT id, who FROM {trips} WHERE 1 = 0")) == ["id", "who"]


def test_columns_of_the_same_name_are_all_there(db: Database) -> None:
    assert db.query("SELECT 1 AS x, 2 AS x").to_numpy().tolist() == [[1, 2]]


def test_tables_lists_tables_and_views(db: Database, trips: str, sql) -> None:  # noqa: ANN001
    sql(f"CREATE VIEW {trips}_view AS SELECT id FROM {trips}")
    try:
        assert {trips, f"{trips}_view"} <= set(db.tables())
        assert not [name for name in db.tables() if name.startswith(("_persistence", "sqlite"))]
        assert db.load(f"{trips}_view")["id"].tolist() == [1, 2, 3]
        db.save(TRIPS, trips, if_exists="replace", key="id")
        assert db.load(f"{trips}_view")["id"].tolist() == [1, 2, 3]
        with pytest.raises(UsageError, match="is a view"):
            db.save(TRIPS, f"{trips}_view", if_exists="replace")
    finally:
        sql(f"DROP VIEW {trips}_view")


def test_a_table_made_by_others_can_be_read_and_appended_to(db: Database, table: str, sql) -> None:  # noqa: ANN001
    sql(f"CREATE TABLE {table} (id INT PRIMARY KEY, w VARCHAR(20), t DATETIME(6), f DOUBLE, b BLOB, n BIGINT)")
    sql(f"INSERT INTO {table} VALUES (1, 'one', '2020-01-02 03:04:05.000006', 1.5, 'xy', NULL)")
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, 6)
    more = pd.DataFrame({"id": [2], "w": ["zwei"], "t": [moment], "f": [2.5], "b": [b"\0\xff"]})
    db.save(more, table, if_exists="append")
    db.save(more.assign(w="two"), table, if_exists="upsert", key="id")
    loaded = db.load(table)
    assert loaded["w"].tolist() == ["one", "two"]
    assert loaded["t"].tolist() == [pd.Timestamp(moment)] * 2
    assert loaded["f"].tolist() == [1.5, 2.5]
    assert loaded["b"][1] == b"\0\xff"
    assert loaded["id"].tolist() == [1, 2]
    assert loaded["n"].isna().all()


def test_the_engine_sees_what_was_saved(db: Database, trips: str) -> None:
    assert pd.read_sql(f"SELECT COUNT(*) AS n FROM {trips}", db.engine)["n"].tolist() == [3]


def test_a_missing_table_names_those_there_are(db: Database, trips: str) -> None:
    with pytest.raises(TableMissingError, match=f"there are {trips}"):
        db.load(trips + "s")


def test_a_missing_column_names_those_there_are(db: Database, trips: str) -> None:
    with pytest.raises(UsageError, match=r"'nope'.*id, who"):
        db.load(trips, columns=["id", "nope"])


def test_a_missing_parameter_is_named(db: Database) -> None:
    with pytest.raises(UsageError, match="'hour'"):
        db.query("SELECT %(hour)s", {"our": 8})


def test_wrong_sql_gives_the_databases_own_message(db: Database) -> None:
    with pytest.raises(DatabaseError, match="SELEC"):
        db.query("SELEC 1")


def test_a_statement_without_rows_is_for_the_engine(db: Database, table: str, sql) -> None:  # noqa: ANN001
    sql(f"CREATE TABLE {table} (id INT)")
    with pytest.raises(UsageError, match="engine"):
        db.query(f"INSERT INTO {table} VALUES (1)")


def test_a_statement_without_rows_has_been_executed(db: Database, table: str, sql) -> None:  # noqa: ANN001
    sql(f"CREATE TABLE {table} (id INT)")
    for params, chunksize in ((None, None), ({"n": 1}, None), (None, 10)):
        with pytest.raises(UsageError, match="engine"):
            db.query(f"INSERT INTO {table} VALUES ({'%(n)s' if params else 1})", params, chunksize)
    assert len(db.load(table)) == 3


@pytest.mark.parametrize("chunksize", [1, 2, 3, 7, 1000])
def test_chunks_are_the_whole_in_parts(db: Database, trips: str, chunksize: int) -> None:
    db.save(pd.concat([TRIPS] * 5, ignore_index=True).assign(id=range(100, 115)), trips, if_exists="append")
    whole = db.query(f"SELECT id, who, metres FROM {trips} ORDER BY id")
    parts = list(db.query(f"SELECT id, who, metres FROM {trips} ORDER BY id", chunksize=chunksize))
    assert [len(part) for part in parts[:-1]] == [chunksize] * (len(parts) - 1)
    assert 0 < len(parts[-1]) <= chunksize
    assert sum(map(len, parts)) == 18
    assert pd.concat(parts, ignore_index=True)["id"].tolist() == whole["id"].tolist()
    assert pd.concat(parts, ignore_index=True)["who"].dropna().tolist() == whole["who"].dropna().tolist()


def test_integers_have_the_same_dtype_in_each_chunk(db: Database, table: str) -> None:
    db.save(pd.DataFrame({"n": pd.array([1, 2, None, 4], dtype="Int64")}), table)
    parts = list(db.query(f"SELECT n FROM {table}", chunksize=2))
    assert [str(part["n"].dtype) for part in parts] == ["Int64", "Int64"]


def test_chunks_take_parameters(db: Database, trips: str) -> None:
    parts = list(db.query(f"SELECT id FROM {trips} WHERE id > %(least)s ORDER BY id", {"least": 1}, chunksize=1))
    assert [part["id"].tolist() for part in parts] == [[2], [3]]


def test_no_rows_are_one_empty_chunk(db: Database, trips: str) -> None:
    (part,) = db.query(f"SELECT id, who FROM {trips} WHERE 1 = 0", chunksize=5)
    assert list(part) == ["id", "who"]
    assert part.empty


@pytest.mark.parametrize("chunksize", [0, -1, 2.5])
def test_a_chunk_has_at_least_one_row(db: Database, chunksize: int) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        db.query("SELECT 1", chunksize=chunksize)


def test_wrong_sql_is_said_before_the_first_chunk(db: Database) -> None:
    with pytest.raises(DatabaseError, match="SELEC"):
        db.query("SELEC 1", chunksize=5)


def test_a_stopped_iterator_gives_its_connection_back(db: Database, trips: str) -> None:
    for _ in range(30):  # more than the pool has
        next(db.query(f"SELECT id FROM {trips}", chunksize=1))
    stream = db.query(f"SELECT id FROM {trips}", chunksize=1)
    next(stream)
    stream.close()
    assert len(db.load(trips)) == 3


def test_a_condition_may_end_in_a_comment(db: Database, trips: str) -> None:
    assert db.load(trips, where="id > 2 -- the last")["id"].tolist() == [3]


def test_a_loaded_frame_can_be_changed(db: Database, trips: str) -> None:
    loaded = db.load(trips)
    loaded.loc[0, "id"] = 9
    loaded.loc[0, "metres"] = 1.5
    assert loaded.loc[0, ["id", "metres"]].tolist() == [9, 1.5]
    assert loaded.attrs == {}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (pd.Timedelta("1h"), "microseconds"),
        (dt.timedelta(-1), "microseconds"),
        (np.timedelta64(1, "h"), "microseconds"),
        ("half \ud83d", "surrogate"),
        (dt.time(8, tzinfo=dt.UTC), "zone"),
        ({"a": 1}, "pass text"),
        ([[1]], "pass text"),
        (object(), "pass text"),
    ],
)
def test_a_parameter_that_cannot_be_bound_is_explained(db: Database, value: object, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        db.query("SELECT %(value)s AS x", {"value": value})


def test_an_integer_that_sqlite_does_not_hold_is_explained(db: Database, is_mysql: bool) -> None:
    if is_mysql:
        assert db.query("SELECT %(n)s > 1 AS x", {"n": 2**70})["x"].tolist() == [1]
    else:
        with pytest.raises(UsageError, match="SQLite's integers"):
            db.query("SELECT %(n)s > 1 AS x", {"n": 2**70})


@pytest.mark.parametrize("sql", [5, None, b"SELECT 1", "SELECT '\ud83d'"])
def test_what_is_no_sql_is_explained(db: Database, sql: object) -> None:
    with pytest.raises(UsageError, match="the SQL"):
        db.query(sql)  # type: ignore[call-overload]


def test_what_names_no_columns_is_explained(db: Database, trips: str) -> None:
    with pytest.raises(UsageError, match="a list of names"):
        db.load(trips, columns=5)  # type: ignore[arg-type]
