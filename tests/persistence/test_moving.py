"""All tables of one database are copied into another by one command, and come back from there as from the first."""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from frames import frames
from hypothesis import given
from pandas.testing import assert_frame_equal
from shapely import Point

from persistence import Database, PersistenceError, Settings, TableMissingError, UnsupportedValueError, UsageError
from persistence import move as moving

EVERYTHING = pd.DataFrame(
    {
        "day": [dt.date(2021, 6, 1), None],
        "price": [Decimal("1.50"), Decimal("-1000")],
        "words": ["nul\0 in the middle", "w" * 300],
        "raw": [b"\0\xff", b""],
        "when": pd.to_datetime(["2021-06-01T12:00:00.000001Z", None]).tz_convert("Europe/Berlin"),
        "grade": pd.Categorical(["low", "high"], ["low", "middle", "high"], ordered=True),
        "document": [{"a": [1, "ö"]}, None],
    },
    index=pd.Index([7, 3], name="id"),
)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """An SQLite database beside the one under test."""
    database = Database(Settings("sqlite", path=tmp_path / "source.sqlite"))
    yield database
    database.close()


def moved(source: Database, target: Database, *tables: str, replaces: bool = False) -> dict[str, int]:
    return dict(moving.move(source, target, tables, replaces))


def by_key(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_index()


def test_every_table_is_there_with_its_dtypes_its_index_and_its_key(
    source: Database, db: Database, prefix: str, table: str
) -> None:
    places = geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[Point(1, 2), None], crs=4326)
    source.save(EVERYTHING, table, key="id")
    source.save(places, f"{table}_places")
    source.save(EVERYTHING.head(0).reset_index(drop=True), f"{table}_empty")
    assert moved(source, db) == {table: 2, f"{table}_empty": 0, f"{table}_places": 2}
    assert_frame_equal(by_key(db.load(table)), by_key(source.load(table)))
    assert_frame_equal(db.load(f"{table}_places"), source.load(f"{table}_places"))
    assert_frame_equal(db.load(f"{table}_empty"), source.load(f"{table}_empty"))
    db.save(EVERYTHING.assign(words="new"), table, if_exists="upsert", key="id")
    assert db.load(table)["words"].tolist() == ["new", "new"]


@given(frames())
def test_any_frame_arrives_as_it_was(
    db: Database, prefix: str, tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame
) -> None:
    source = Database(Settings("sqlite", path=tmp_path_factory.mktemp("source") / "source.sqlite"))
    source.save(frame, f"{prefix}moved")
    assert moved(source, db, replaces=True) == {f"{prefix}moved": len(frame)}
    assert_frame_equal(db.load(f"{prefix}moved"), frame)
    source.close()


def test_more_rows_than_are_read_at_once_keep_their_order_and_their_room(
    source: Database, db: Database, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "ROWS", 1000)
    rows = np.arange(10_500)
    frame = pd.DataFrame(
        {
            "n": pd.Series(rows, dtype="Int32").mask(rows == 10_001),
            "text": pd.Series(rows.astype(str)).where(rows != 9_999, "long" * 500),
            "late": pd.Series(rows, dtype="str").where(rows > 5000),
            "word": pd.Series(rows % 700).astype("str").astype("category"),
            "price": [Decimal(int(row)) / 4 for row in rows],
        }
    )
    source.save(frame, table)
    assert moved(source, db) == {table: len(frame)}
    assert_frame_equal(db.load(table), source.load(table))
    assert_frame_equal(db.load(table), frame)


def test_a_table_that_others_made_arrives_as_it_is_loaded(source: Database, db: Database, table: str) -> None:
    with source.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, t TEXT, x REAL, b BLOB, n INTEGER)")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1, 'é', 0.5, x'00ff', NULL), (2, NULL, NULL, NULL, 7)")
    assert moved(source, db) == {table: 2}
    assert_frame_equal(db.load(table), source.load(table))


def test_what_has_no_one_type_is_refused_and_nothing_of_its_table_is_there(
    source: Database, db: Database, table: str
) -> None:
    with source.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {table} (x INTEGER)")
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES (1), ('one')")
    with pytest.raises(UnsupportedValueError, match="'x'"):
        moved(source, db)
    assert table not in db.tables()


def test_nothing_is_replaced_unasked_and_the_source_stays(source: Database, db: Database, table: str) -> None:
    old, new = pd.DataFrame({"a": ["old"]}), pd.DataFrame({"b": [1.5]})
    db.save(old, table)
    source.save(new, f"{table}_0")
    source.save(new, table)
    with pytest.raises(UsageError, match="--replace"):
        moved(source, db)
    assert f"{table}_0" not in db.tables()
    assert_frame_equal(db.load(table), old)
    assert moved(source, db, replaces=True) == {table: 1, f"{table}_0": 1}
    assert_frame_equal(db.load(table), new)
    assert_frame_equal(source.load(table), new)


def test_the_other_way_round_too(source: Database, db: Database, table: str) -> None:
    db.save(EVERYTHING, table, key="id")
    assert moved(db, source, table) == {table: 2}
    assert source.tables() == [table]
    assert_frame_equal(by_key(source.load(table)), by_key(db.load(table)))


def test_a_table_that_is_not_there_is_named_before_anything_is_moved(
    source: Database, db: Database, table: str
) -> None:
    source.save(pd.DataFrame({"x": [1]}), table)
    with pytest.raises(TableMissingError, match=f"'nothing'; it has {table}"):
        moved(source, db, table, "nothing")
    assert table not in db.tables()


def test_a_database_is_not_moved_into_itself(db: Database) -> None:
    with pytest.raises(UsageError, match="both"):
        moved(Database(db.settings), db)


def test_the_command_says_each_table_and_what_is_wrong(
    source: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Database(Settings("sqlite", path=tmp_path / f"{secrets.token_hex(4)}.sqlite"))
    monkeypatch.setattr(Database, "from_env", lambda: target)
    source.save(pd.DataFrame({"x": range(1234)}), "numbers")
    path = str(source.settings.path)
    assert moving.main([path]) == 0
    assert "moved 'numbers': 1,234 rows" in capsys.readouterr().out
    assert len(target.load("numbers")) == 1234
    assert moving.main([path]) == 1
    assert "--replace" in capsys.readouterr().err
    assert moving.main([path, "--replace"]) == 0
    assert moving.main([str(tmp_path / "nothing")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_file_of_settings_leads_to_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "old.env"
    file.write_text(
        "DATABASE=mysql\nMYSQL_HOST=old.example.org\nMYSQL_PORT=3307\nMYSQL_DATABASE=d\nMYSQL_USER=u\nMYSQL_PASSWORD=p\n"
    )
    monkeypatch.setenv("MYSQL_HOST", "the-project's-own")
    found = moving.settings_of(file)
    assert (found.host, found.port, found.password) == ("old.example.org", 3307, "p")
    file.write_text("DATABASE=mysql\n")
    with pytest.raises(PersistenceError, match="MYSQL_HOST"):
        moving.settings_of(file)


def test_an_sqlite_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "without an ending"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE x (y)")
    assert moving.settings_of(path).database == "sqlite"
