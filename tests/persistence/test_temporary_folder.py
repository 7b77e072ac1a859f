"""The folder for the files that travel to MySQL: any name, none at all, and strings of SQL that escape otherwise."""

from __future__ import annotations

import errno
import logging
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import event

from persistence import Database, folder

FRAME = pd.DataFrame({"x": [1, 2], "s": ["it's", 'back\\slash "quoted"']})
FRAME["c"] = pd.Categorical(["it's", "back\\slash"])


@pytest.fixture
def place(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test's `name` in which Python makes its temporary files; there is none called nowhere."""
    if name != "nowhere":
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    return tmp_path / name


@pytest.mark.parametrize("name", ['dou"ble', "sp ace", "käse 漢字 😀", "%s", "%(x)s", "`;--", "$HOME"])
def test_the_temporary_folder_may_have_any_name(
    own: Database, table: str, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own.save(FRAME, table)
    assert list(place.iterdir()) != []
    assert caplog.text == ""
    assert_frame_equal(own.load(table), FRAME)


@pytest.mark.parametrize("name", ["it's", "back\\slash", "\\", "new\nline", "nowhere"])
def test_where_no_file_can_travel_one_message_tells_of_the_slower_way(
    own: Database, table: str, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="persistence"):
        own.save(FRAME, table)
        own.save(FRAME, table, if_exists="append")
    assert len(caplog.records) == 1
    assert "mend the temporary folder (TMPDIR)" in caplog.text
    assert_frame_equal(own.load(table), pd.concat([FRAME, FRAME], ignore_index=True))


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", ["folder", "nowhere"])
def test_a_server_on_which_backslashes_do_not_escape_gets_the_same_values(own: Database, table: str) -> None:
    @event.listens_for(own.engine, "do_connect", insert=True)
    def otherwise(dialect: object, record: object, args: object, options: dict[str, Any]) -> None:
        options["init_command"] = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION'"

    own.save(FRAME, table)
    assert_frame_equal(own.load(table), FRAME)
    assert len(own.load(table, where="s = %(s)s", params={"s": FRAME["s"][1]})) == 1


@pytest.mark.skipif(folder.fcntl is None, reason="Windows has no flock")
@pytest.mark.parametrize("name", ["folder"])
def test_a_folder_without_locks_keeps_nothing_and_is_tried_once(
    own: Database, table: str, place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    def no_locks(descriptor: int, operation: int) -> None:
        tried.append(descriptor)
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(folder.fcntl, "flock", no_locks)
    with caplog.at_level(logging.WARNING, logger="persistence"):
        own.save(FRAME, table)
        own.close()
        own.save(FRAME, table, if_exists="append")
    assert "No locks available" in caplog.text
    assert len(tried) == 1
    assert list(place.iterdir()) == []
    assert len(own.load(table)) == 4


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", ["nowhere"])
def test_a_table_whose_name_holds_a_placeholder_takes_rows_the_slower_way(own: Database, table: str) -> None:
    own.save(FRAME, f"{table}%s")
    own.save(FRAME, f"{table}%s", if_exists="append")
    assert_frame_equal(own.load(f"{table}%s"), pd.concat([FRAME, FRAME], ignore_index=True))
    with own.engine.begin() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql(f"DROP TABLE `{table}%s`")
