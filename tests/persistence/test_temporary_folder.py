"""Rows travel from memory: no temporary folder is needed, whatever it is called, and SQL may escape otherwise."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import event

from persistence import Database

FRAME = pd.DataFrame({"x": [1, 2], "s": ["it's", 'back\\slash "quoted"']})
FRAME["c"] = pd.Categorical(["it's", "back\\slash"])


@pytest.fixture
def place(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test's `name` in which Python makes its temporary files; there is none called nowhere."""
    if name != "nowhere":
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    return tmp_path / name


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "name", ['dou"ble', "käse 漢字 😀", "%s", "%(x)s", "`;--", "it's", "back\\slash", "new\nline", "nowhere"]
)
def test_any_temporary_folder_and_none_will_do(own: Database, table: str, caplog: pytest.LogCaptureFixture) -> None:
    own.save(FRAME, table)
    own.save(FRAME, table, if_exists="append")
    assert caplog.text == ""
    assert_frame_equal(own.load(table), pd.concat([FRAME, FRAME], ignore_index=True))


def test_a_server_on_which_backslashes_do_not_escape_gets_the_same_values(own: Database, table: str) -> None:
    @event.listens_for(own.engine, "do_connect", insert=True)
    def otherwise(dialect: object, record: object, args: object, options: dict[str, Any]) -> None:
        options["init_command"] = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION'"

    own.save(FRAME, table)
    assert_frame_equal(own.load(table), FRAME)
    assert len(own.load(table, where="s = %(s)s", params={"s": FRAME["s"][1]})) == 1


def test_a_table_whose_name_holds_a_placeholder_takes_rows(own: Database, table: str) -> None:
    own.save(FRAME, f"{table}%s")
    own.save(FRAME, f"{table}%s", if_exists="append")
    assert_frame_equal(own.load(f"{table}%s"), pd.concat([FRAME, FRAME], ignore_index=True))
    own.drop(f"{table}%s")
    assert f"{table}%s" not in own.tables()
