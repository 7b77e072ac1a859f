"""On MySQL rows travel as files: any value survives that, nothing is left behind, and a server may forbid it."""

from __future__ import annotations

import gc
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from frames import frames
from hypothesis import example, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from shapely import Point
from sqlalchemy import event

from persistence import Database, DatabaseError

PIECES = ["\t", "\n", "\r", "\r\n", "\\", '"', "'", ",", "\0", "\x1a", "N", "NULL", "é", "😀"]
HOSTILE = st.lists(st.sampled_from(PIECES)).map("".join)
REFUSAL = """SIGNAL SQLSTATE '42000' SET MYSQL_ERRNO = 3948, MESSAGE_TEXT = 'Loading local data is disabled'"""
ANY_TEXT = st.text(st.characters(codec="utf-8"))


@pytest.fixture
def forbidden(own: Database) -> Database:
    """A database whose server answers the loading of files as one does that has `local_infile` off."""

    @event.listens_for(own.engine, "before_cursor_execute", retval=True)
    def forbid(connection: object, cursor: object, sql: str, *rest: object) -> tuple[str, object]:
        return (REFUSAL if sql.startswith("LOAD DATA LOCAL") else sql), rest[0]

    return own


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which Python makes its temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@given(st.lists(st.none() | HOSTILE | ANY_TEXT, min_size=1))
@example(["", None, "NULL", "\\N", "\\", '"', '""', '","', '"\n"', "\n", "\r\n", "\0", "\x1a", "a\\\n", "'", "\t"])
def test_any_text_comes_back_as_it_was(db: Database, prefix: str, words: list[str | None]) -> None:
    binary = [None if word is None else word.encode() for word in words]
    frame = pd.DataFrame(
        {"x": pd.Series(words, dtype="str"), "y": pd.Series(words, dtype=object), "z": pd.Series(binary, dtype=object)}
    )
    db.save(frame, f"{prefix}text", if_exists="replace")
    assert_frame_equal(db.load(f"{prefix}text"), frame)


def test_more_rows_than_one_file_holds_keep_their_order(db: Database, table: str) -> None:
    numbers = np.arange(50_000)
    frame = pd.DataFrame({"n": numbers, "x": numbers / 7, "s": pd.Series(numbers.astype(str)).str.pad(600)})
    frame["p"] = frame["x"].where(numbers % 3 != 0)
    db.save(frame, table, key="n")
    assert_frame_equal(db.load(table), frame)


def test_parts_of_columns_of_bytes_and_geometry_are_their_own(db: Database, table: str) -> None:
    rows = range(45_000)
    frame = geopandas.GeoDataFrame(
        {"b": [None if row % 5 == 0 else row.to_bytes(row % 4 + 2) for row in rows]},
        geometry=[Point(row % 180, row % 90) for row in rows],
        crs=4326,
    )
    db.save(frame, table)
    loaded = db.load(table)
    assert loaded["b"].tolist() == frame["b"].tolist()
    assert (loaded.geometry == frame.geometry).all()


def test_a_key_that_comes_twice_in_a_stream_is_an_error(db: Database, table: str) -> None:
    parts = [pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [3, 1]})]
    with pytest.raises(DatabaseError, match="exists already"):
        db.save(iter(parts), table, key="k")
    assert table not in db.tables()


def test_keys_that_come_twice_in_files_that_load_at_once_are_an_error(db: Database, table: str) -> None:
    """The second and the third file have the same keys, in opposite order: on MySQL their connections deadlock."""
    keys = [np.arange(20_000), np.arange(20_000, 60_000), np.arange(20_000, 60_000)[::-1]]
    with pytest.raises(DatabaseError, match="a row of this key exists already"):
        db.save((pd.DataFrame({"k": part}) for part in keys), table, key="k")
    assert table not in db.tables()


def test_the_year_0_is_not_2000(mysql: Database, table: str, sql: Callable[[str], None]) -> None:
    sql(f"CREATE TABLE {table} (y YEAR)")
    mysql.save(pd.DataFrame({"y": [0, 1999]}), table, if_exists="append")
    assert mysql.load(table)["y"].tolist() == [0, 1999]


@given(frame=frames())
def test_a_server_without_files_gets_the_same_rows(forbidden: Database, prefix: str, frame: pd.DataFrame) -> None:
    forbidden.save(frame, f"{prefix}forbidden", if_exists="replace")
    assert_frame_equal(forbidden.load(f"{prefix}forbidden"), frame, check_exact=True)


def test_a_server_without_files_is_named_once(
    forbidden: Database, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    frame = pd.DataFrame({"x": [-0.0, 1.5, None]})
    with caplog.at_level(logging.WARNING, logger="persistence"):
        for _ in range(3):
            forbidden.save(frame, table, if_exists="replace")
    assert [record.name for record in caplog.records] == ["persistence"]
    assert "local_infile" in caplog.text
    assert str(forbidden.load(table)["x"][0]) == str(float(forbidden.query("SELECT -0e0 AS x")["x"][0]))


def test_files_are_used_where_the_server_allows_them(
    own: Database, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    allowed = own.query("SELECT @@local_infile AS allowed")["allowed"][0]
    with caplog.at_level(logging.WARNING, logger="persistence"):
        own.save(pd.DataFrame({"x": [1]}), table)
    assert ("local_infile" in caplog.text) == (not allowed)


def test_nothing_is_left_in_the_temporary_folder(mysql: Database, table: str, temporary: Path) -> None:
    own = Database(mysql.settings)
    own.save(pd.DataFrame({"k": [1, 2]}), table, key="k")
    with pytest.raises(DatabaseError):
        own.save(iter([pd.DataFrame({"k": [1]})] * 2), table, if_exists="replace", key="k")
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.glob("*.csv")) == []
    own.close()
    del own
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_without_a_temporary_folder_rows_are_still_written(
    own: Database, table: str, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame = pd.DataFrame({"x": ["a", None]})
    own.tables()  # the first connection makes the folder
    for folder in temporary.iterdir():
        shutil.rmtree(folder)
    with caplog.at_level(logging.WARNING, logger="persistence"):
        own.save(frame, table, if_exists="replace")
    assert str(temporary) in caplog.text
    assert_frame_equal(own.load(table), frame)
