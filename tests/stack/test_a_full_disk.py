"""A full disk, the server's or the notebook's: one clear error in time or none at all, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from stack import Stack, run, wait_until

PREAMBLE = """
import logging, sys, time
import pandas as pd
from persistence import Database, PersistenceError, Settings

logging.basicConfig(stream=sys.stdout, format="%(message)s")
small = pd.DataFrame({"x": range(10)})
big = pd.DataFrame({"x": range(150_000), "s": [f"{number:0900}" for number in range(150_000)]})
"""


@pytest.fixture
def small_server(running: Stack) -> Iterator[str]:
    """A server with the project's own options, which has some 100 MB left for tables."""
    config = json.loads(running.compose("config", "--format", "json"))
    mysql = config["services"]["mysql"]
    secrets = {"MYSQL_ROOT_PASSWORD": "root", "MYSQL_PASSWORD": "secret", "MYSQL_INITDB_SKIP_TZINFO": "1"}
    variables = {"MYSQL_DATABASE": "project", "MYSQL_USER": "scientist", **secrets}
    container = run(
        *["docker", "run", "--detach", "--network", config["networks"]["default"]["name"], "--network-alias", "small"],
        *["--mount", "type=tmpfs,destination=/var/lib/mysql,tmpfs-size=300m,tmpfs-mode=1777"],
        *[part for name, value in variables.items() for part in ("--env", f"{name}={value}")],
        *[mysql["image"], *mysql["command"]],
    ).strip()
    try:
        wait_until(lambda: "port: 3306" in run("sh", "-c", f"docker logs {container} 2>&1"), "the small server starts")
        yield container
    finally:
        run("docker", "rm", "--force", "--volumes", container)


@pytest.mark.usefixtures("small_server")
@pytest.mark.parametrize("mode", ["replace", "append", pytest.param("upsert", marks=pytest.mark.soak)])
def test_a_full_disk_of_the_server_changes_nothing_and_smaller_frames_fit(running: Stack, mode: str) -> None:
    said = running.python(
        f"""{PREAMBLE}
db = Database(Settings("mysql", host="small", name="project", user="scientist", password="secret"))
kept = small.assign(x=small["x"] + 10**6, s="a text that is " + "long " * 200)
db.save(kept, "kept", key="x")
start = time.monotonic()
try:
    db.save(big, "kept", if_exists={mode!r}, key="x")
except PersistenceError as error:
    print(type(error).__name__, error)
print(time.monotonic() - start < 60)
print(db.load("kept").equals(kept), db.tables())
until = time.monotonic() + 30
while time.monotonic() < until:  # the server frees the temporary tables of a lost connection a little later
    try:
        print(db.save(small.assign(s="fits"), "kept", if_exists={mode!r}, key="x"))
        break
    except PersistenceError as error:
        assert "disk is full" in str(error), error
        time.sleep(0.1)
"""
    )
    lines = said.splitlines()
    assert lines[0].startswith("DatabaseError the server's disk is full; free some space")
    assert lines[1:] == ["True", "True ['kept']", "10"]


def test_a_full_disk_of_the_notebook_stops_nothing(running: Stack) -> None:
    said = running.python(f"""{PREAMBLE}
import os, shutil, tempfile
from pathlib import Path

filler = Path("/dev/shm/filler")
filler.write_bytes(bytes(shutil.disk_usage("/dev/shm").free - 2**20))
tempfile.tempdir = "/dev/shm"
try:
    db = Database.from_env()
    db.save(big, "written", if_exists="replace")
    print(db.load("written").equals(big))
    print(list(Path("/dev/shm").rglob("*.csv")))
finally:
    filler.unlink()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE written")
""")
    assert said.splitlines() == ["True", "[]"]
