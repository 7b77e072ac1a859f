"""`make backup`, `down --volumes`, `make restore`: the same database; a file that is not whole changes nothing.

Five million rows in `make soak`, fewer here.
"""

from __future__ import annotations

import os
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from database_of_everything import add_trips, describe, fill
from elsewhere import moved_elsewhere

from backup_archive import Archive, Writer
from stack import CommandError, Stack, can_be_had, published_images, run, wait_until

TABLES = "from persistence import Database; print(Database.from_env().tables())"
ROWS = 5_000_000 if os.environ.get("SOAK") else 50_000
Description = dict[str, list[object]]


def backup(one: Stack, **variables: str) -> Path:
    """Make a backup and return its file."""
    folder = one.project / "backups"
    before = set(folder.glob("*")) if folder.exists() else set()
    one.make("backup", **variables)
    (path,) = set(folder.glob("*")) - before
    return path


@pytest.fixture(scope="module")
def filled(new_stack: Callable[..., Stack]) -> Stack:
    """Return a stack with a database of everything, which each test leaves as it found it."""
    one = new_stack()
    one.up()
    fill(one)
    return one


@pytest.fixture(scope="module")
def before(filled: Stack) -> Description:
    return describe(filled)


@pytest.fixture(scope="module")
def file(filled: Stack, before: Description) -> Path:
    assert before
    return backup(filled, WITH="outputs data")


def test_it_takes_what_a_file_holds_only_once_somebody_agrees(
    filled: Stack, before: Description, file: Path, tmp_path: Path
) -> None:
    """Neither a damaged nor a foreign file changes what is there; what is whole replaces all of it."""
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.match("backups/data-project-20*T*Z.zip")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    filled.python("""
import pandas as pd
from persistence import Database

db = Database.from_env()
db.save(pd.DataFrame({"a": [1]}), "a_view_of_before")
with db.engine.begin() as connection:
    for statement in ("DROP VIEW a_view", "CREATE TABLE a_view (a INT)", "CREATE VIEW later AS SELECT 1 AS one",
                      "DELETE FROM child", "DROP TABLE empty_one", "DROP FUNCTION plus_one"):
        connection.exec_driver_sql(statement)
for folder in ("data", "outputs"):
    open(f"{folder}/later.txt", "w").write("later")
""")
    meanwhile = describe(filled)
    whole, bad = file.read_bytes(), tmp_path / file.name
    for content, words in ((whole[: len(whole) // 2], "damaged"), (b"SELECT 1;\n" * 999, "no file that")):
        bad.write_bytes(content)
        for target in ("restore", "verify-backup"):
            with pytest.raises(CommandError, match=words):
                filled.make(target, FILE=str(bad), YES="1")
    with pytest.raises(CommandError, match=r"without_key.* gone afterwards: a_view_of_before, later\. .*YES=1"):
        filled.make("restore", FILE=str(file))
    assert describe(filled) == meanwhile != before
    filled.make("restore", FILE=str(file), YES="1")
    assert describe(filled) == before


def test_another_projects_backup_is_taken_only_by_name(filled: Stack, file: Path) -> None:
    example = filled.project / ".env.example"
    text = example.read_text()
    example.write_text(text.replace("COMPOSE_PROJECT_NAME=data-project", "COMPOSE_PROJECT_NAME=other"))
    try:
        with pytest.raises(CommandError, match="FROM=data-project"):
            filled.make("restore", FILE=str(file), YES="1")
        with pytest.raises(CommandError, match=r"This replaces the tables .* YES=1"):
            filled.make("restore", FILE=str(file), FROM="data-project")
    finally:
        example.write_text(text)


def forged(file: Path, path: Path, sql: str) -> Path:
    """Write a sound backup like this one, that begins with other statements."""
    archive = Archive(file)
    with path.open("wb") as out, Writer(out) as writer:
        writer.add("database.sql", chain([f"{sql}\n".encode()], archive.read("database.sql")))
        for part in archive.folders.values():
            writer.add(part, archive.read(part))
        writer.finish(archive.manifest)
    return path


HOSTILE = {
    "ALTER USER CURRENT_USER() IDENTIFIED BY 'x';": "changes the server's passwords",
    "ALTER USER root@'%' IDENTIFIED BY 'x';": "denied",
    "USE mysql\nDELETE FROM user;": "cannot be loaded",
    "CREATE DATABASE other;": "denied",
    "SELECT 1 INTO OUTFILE '/tmp/x';": "denied",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE child;": "cannot be loaded",
    "\\! touch /tmp/x": "cannot be loaded",
    "source /etc/passwd": "cannot be loaded",
    "system touch /tmp/x": "cannot be loaded",
    "CREATE DEFINER=root@'%' EVENT evil ON SCHEDULE EVERY 1 SECOND DO DROP DATABASE mysql;": "denied",
}
USUAL = 2


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        pytest.param(sql, words, marks=[pytest.mark.soak] * (number >= USUAL), id=sql[:20])
        for number, (sql, words) in enumerate(HOSTILE.items())
    ],
)
def test_hostile_statements_have_no_rights_and_change_nothing(
    filled: Stack, before: Description, file: Path, tmp_path: Path, sql: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        filled.make("restore", FILE=str(forged(file, tmp_path / file.name, sql)), YES="1")
    assert "Traceback" not in str(refused.value)
    assert describe(filled) == before


@pytest.fixture
def elsewhere(filled: Stack, images: dict[str, str]) -> Iterator[Stack]:
    with moved_elsewhere(filled, images.get("MYSQL_IMAGE") or published_images()["MYSQL_IMAGE"]) as one:
        yield one
    filled.compose("up", "--detach", "--wait")


@pytest.mark.soak
def test_a_server_elsewhere_takes_a_backup_and_gives_one(elsewhere: Stack, before: Description, file: Path) -> None:
    """With its user's own rights, by statements alone."""
    elsewhere.make("restore", FILE=str(file), YES="1")
    assert describe(elsewhere) == before
    assert "rows of MySQL" in elsewhere.make("backup")


def test_rows_that_are_added_meanwhile_are_in_it_whole_or_not_at_all(filled: Stack) -> None:
    """Two tables are written in one transaction, again and again; the backup sees one moment of both."""
    filled.python("""
from persistence import Database

with Database.from_env().engine.begin() as connection:
    for name in ("aaa", "zzz"):
        connection.exec_driver_sql(f"CREATE TABLE {name} (n INT AUTO_INCREMENT PRIMARY KEY)")
""")
    adding = """
from persistence import Database

engine = Database.from_env().engine
while True:
    with engine.begin() as connection:
        for name in ("aaa", "zzz"):
            connection.exec_driver_sql(f"INSERT INTO {name} VALUES ()")
"""
    filled.compose("exec", "-d", "jupyter", "python", "-c", adding)
    rows = "from persistence import Database; print(len(Database.from_env().load('zzz')))"
    first, path, last = filled.python(rows), backup(filled), filled.python(rows)
    found = {name: table["rows"] for name, table in Archive(path).manifest["tables"].items()}
    filled.compose("restart", "jupyter")
    filled.python("""
from persistence import Database

with Database.from_env().engine.begin() as connection:
    connection.exec_driver_sql("DROP TABLE aaa, zzz")
""")
    assert found["aaa"] == found["zzz"]
    assert int(first) <= found["zzz"] < int(last)


def test_tables_that_come_meanwhile_do_not_spoil_a_backup(filled: Stack) -> None:
    """A notebook saves new tables all the time; what was there at the backup's moment comes back."""
    saving = """
import pandas as pd
from persistence import Database

for number in range(10**6):
    Database.from_env().save(pd.DataFrame({"a": range(100)}), f"meanwhile_{number % 50}", if_exists="replace")
"""
    filled.compose("exec", "-d", "jupyter", "python", "-c", saving)
    wait_until(lambda: "meanwhile_9" in filled.python(TABLES), "tables that are saved")
    paths = [backup(filled) for _ in range(3 if os.environ.get("SOAK") else 1)]
    filled.compose("restart", "jupyter")
    filled.python("""
from persistence import Database

db = Database.from_env()
with db.engine.begin() as connection:
    for name in db.tables():
        if name.startswith("meanwhile_"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
""")
    for path in paths:
        assert "came back as it was" in filled.make("verify-backup", FILE=str(path))


def test_nothing_is_different_after_a_restore_into_a_new_volume(
    filled: Stack, measured: Callable[[str, object], None]
) -> None:
    add_trips(filled, ROWS)
    before, seconds = describe(filled), {}
    name = filled.variable("COMPOSE_PROJECT_NAME")

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        seconds[name] = f"{name} {time.monotonic() - start:.1f} s"

    def made() -> set[str]:
        return {one for one in run("docker", "volume", "ls", "--quiet").split() if one.startswith(name)}

    with timed("backup"):
        path = backup(filled, WITH="outputs")
    volumes = made()
    killed = replace(filled, variables={**filled.variables, "MYSQL_VOLUME": "verify"})  # as if one had been killed
    killed.compose("run", "--detach", "--no-deps", "--name", f"{name}-aside", "mysql")
    with timed("verify-backup"):
        assert "came back as it was" in filled.make("verify-backup", FILE=str(path))
    assert made() == volumes
    assert f"{name}-aside" not in run("docker", "ps", "--all", "--format", "{{.Names}}").split()
    filled.down("--volumes")
    filled.compose("up", "--detach", "--wait")
    with timed("restore"):
        filled.make("restore", FILE=str(path), YES="1")
    assert describe(filled) == before
    folder = f"/var/lib/mysql/{filled.variable('MYSQL_DATABASE')}"
    there = int(filled.compose("exec", "-T", "mysql", "du", "-sb", folder).split()[0])
    file = f"{there / 1e6:.0f} MB of tables and indexes in a file of {path.stat().st_size / 1e6:.0f} MB"
    measured(f"backup of {ROWS:,} rows", f"{file}, {', '.join(seconds.values())}")


@pytest.fixture
def mariadb(filled: Stack, local_image: Callable[[str], str]) -> Iterator[Stack]:
    """Return the stack with MariaDB on a volume of its own."""
    filled.down("--volumes")
    published = "mariadb:11.8"
    image = published if can_be_had(published) else local_image("mariadb")
    one = replace(filled, variables={**filled.variables, "MYSQL_IMAGE": image})
    one.compose("up", "--detach", "--wait")
    yield one
    one.down("--volumes")


@pytest.mark.soak
def test_mariadb_is_brought_back_as_well(mariadb: Stack) -> None:
    fill(mariadb)
    before, path = describe(mariadb), backup(mariadb, WITH="outputs")
    assert "came back as it was" in mariadb.make("verify-backup", FILE=str(path))
    mariadb.make("rotate-password")
    mariadb.make("restore", FILE=str(path), YES="1")
    assert describe(mariadb) == before


def test_what_a_dump_cannot_hold_is_said_and_found(filled: Stack) -> None:
    """The server's dump program writes six digits of a FLOAT."""
    sql = """
from persistence import Database

with Database.from_env().engine.begin() as connection:
    connection.exec_driver_sql("{}")
"""
    for statement in ("CREATE TABLE measured (value FLOAT)", "INSERT INTO measured VALUES (1.2345678e10)"):
        filled.python(sql.format(statement))
    said = filled.make("backup")
    assert "FLOAT columns of measured keep six digits" in said
    (file,) = (word.rstrip(",") for word in said.split() if word.startswith("backups/"))
    with pytest.raises(CommandError, match=r"measured differs \(checksum\)"):
        filled.make("verify-backup", FILE=file)
    filled.python(sql.format("DROP TABLE measured"))


SAVE_FRAMES = """
import geopandas as gpd
import numpy as np
import pandas as pd
from persistence import Database
from shapely import Point

db = Database.from_env()
frame = pd.DataFrame({"word": pd.Categorical(["a", "é"] * 500), "value": np.arange(1000) / 7, "n": range(1000)})
frame["single"] = frame["value"].astype("float32")
frame["day"] = pd.Timestamp("2021-01-01", tz="UTC") + pd.to_timedelta(frame["n"], unit="s")
db.save(frame, "frames", key="n")
db.save(gpd.GeoDataFrame({"id": [1, 2]}, geometry=[Point(9, 48), None], crs=4326), "places", key="id")
"""
LOAD_FRAMES = """
import pandas as pd
from persistence import Database

db = Database.from_env()
frame, places = db.load("frames"), db.load("places")
print(pd.util.hash_pandas_object(frame).sum(), *frame.dtypes, places.crs.to_epsg(), *places.geometry)
"""


@pytest.mark.soak
def test_what_persistence_saved_goes_from_mysql_to_mariadb(
    new_stack: Callable[..., Stack], local_image: Callable[[str], str]
) -> None:
    one = new_stack()
    one.up()
    one.python(SAVE_FRAMES)
    said, path = one.python(LOAD_FRAMES), backup(one)
    one.down("--volumes")
    other = replace(one, variables={**one.variables, "MYSQL_IMAGE": local_image("mariadb")})
    other.make("restore", FILE=str(path), YES="1")
    other.compose("up", "--detach", "--wait")
    assert other.python(LOAD_FRAMES) == said


def test_an_sqlite_file_comes_back_too(filled: Stack, tmp_path: Path) -> None:
    one = replace(filled, variables={**filled.variables, "DATABASE": "sqlite", "COMPOSE_PROFILES": ""})
    one.compose("up", "--detach", "--wait")
    save = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"a": range(%d)}), "numbers", if_exists="replace")
open("outputs/note.txt", "w").write("%d")
"""
    load = """
from persistence import Database

print(len(Database.from_env().load("numbers")), open("outputs/note.txt").read())
"""
    one.python(save % (10, 10))
    path = backup(one, WITH="outputs")
    assert "came back as it was" in one.make("verify-backup", FILE=str(path))
    one.python(save % (20, 20))
    bad = tmp_path / path.name
    bad.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CommandError, match="damaged"):
        one.make("restore", FILE=str(bad), YES="1")
    assert one.python(load) == "20 20"
    one.make("restore", FILE=str(path), YES="1")
    assert one.python(load) == "10 10"
    anonymous = replace(one, variables={**one.variables, "OUTPUTS": ""})
    for target in ("backup", "restore"):
        with pytest.raises(CommandError, match=r"outputs is an anonymous volume.*OUTPUTS=outputs"):
            anonymous.make(target, FILE=str(path))


def test_a_folder_of_any_name_and_what_is_mounted_below_it_are_in_a_backup(
    new_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    one, odd, below = new_stack(database="sqlite"), tmp_path / "cost $5, $HOME", tmp_path / "below"
    for folder, name in ((odd, "own.txt"), (below, "large.txt")):
        folder.mkdir()
        (folder / name).write_text(name)
    env = one.project / ".env"
    env.write_text(env.read_text().replace("DATA=./data", f"DATA='{odd}'"))
    (odd / "big").mkdir()
    mounts = f"services: {{jupyter: {{volumes: ['{below}:/home/jovyan/work/data/big']}}}}\n"
    (one.project / "compose.override.yaml").write_text(mounts)
    one.up()
    one.python("from persistence import Database; Database.from_env().execute('CREATE TABLE t (x INTEGER)')")
    one.make("backup", WITH="data")
    (file,) = (one.project / "backups").glob("*.zip")
    with zipfile.ZipFile(file).open("folders/data.tar") as part, tarfile.open(fileobj=part, mode="r|") as packed:
        names = packed.getnames()
    assert {"own.txt", "big/large.txt"} <= set(names)
