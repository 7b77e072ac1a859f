"""A table saved from inside outlives the containers, and only `down --volumes` ends it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import stack
from stack import CommandError, Stack, run

SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"day": [1, 2, 3]}), "days", if_exists="replace", key="day")
open("outputs/note.txt", "w").write("kept")
"""
LOAD = """
from pathlib import Path
from persistence import Database

db = Database.from_env()
days = db.load("days")["day"].tolist() if "days" in db.tables() else None
note = Path("outputs/note.txt")
print(days, note.read_text() if note.exists() else None)
"""


@pytest.fixture(scope="module")
def filled(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    one.python(SAVE)
    return one


def test_data_outlives_a_restart(filled: Stack) -> None:
    filled.compose("restart")
    filled.up()
    assert filled.python(LOAD) == "[1, 2, 3] kept"


def test_data_outlives_the_notebooks_container(filled: Stack) -> None:
    before = filled.compose("ps", "--quiet", "jupyter")
    filled.compose("up", "--detach", "--wait", "--force-recreate", "--no-deps", "jupyter")
    assert filled.compose("ps", "--quiet", "jupyter") != before
    assert filled.python(LOAD) == "[1, 2, 3] kept"


def test_data_outlives_down_and_up(filled: Stack) -> None:
    filled.down()
    assert filled.compose("ps", "--all", "--quiet") == ""
    filled.up()
    assert filled.python(LOAD) == "[1, 2, 3] kept"


def test_a_database_volume_of_root_stops_the_start_and_keeps_its_data(filled: Stack) -> None:
    """As after files were copied there by hand."""
    filled.compose("rm", "--stop", "--force", "mysql")
    volume = f"{filled.variable('COMPOSE_PROJECT_NAME')}_mysql:/var/lib/mysql"
    as_root = ("docker", "run", "--rm", "--user=0", "--entrypoint=chown", "--volume", volume)
    run(*as_root, filled.variable("MYSQL_IMAGE"), "-R", "0:0", "/var/lib/mysql")
    with pytest.raises(CommandError, match="mysql"):
        filled.up()
    page = (stack.TEMPLATE / "docs" / "storage.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^docker (compose run .* mysql:mysql .*)$", page, re.MULTILINE)
    filled.compose(*command.split()[1:])
    filled.up()
    assert filled.python(LOAD) == "[1, 2, 3] kept"


def test_data_is_gone_after_down_with_volumes(filled: Stack) -> None:
    filled.down("--volumes")
    filled.up()
    assert filled.python(LOAD) == "None None"
