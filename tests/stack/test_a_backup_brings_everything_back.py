"""`make backup`, `down --volumes`, `make restore`: the same database; a file that is not whole changes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from database_of_everything import describe, fill

from stack import CommandError, Stack, run

ROWS = 5_000_000 if os.environ.get("SOAK") else 100_000
TRIPS = """
import numpy as np
import pandas as pd
from persistence import Database

rows, size = {rows}, 500_000
generator = np.random.default_rng(1)


def frames():
    for start in range(0, rows, size):
        n = min(size, rows - start)
        places = generator.normal((45.5, -122.6), 0.1, (n, 2)).round(6)
        begin = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.sort(generator.integers(0, 10**7, n)), unit="s")
        yield pd.DataFrame(dict(
            trip=np.arange(start, start + n), vehicle=[f"v-{{i:06}}" for i in generator.integers(0, 10**4, n)],
            begin=begin, end=begin + pd.to_timedelta(generator.integers(60, 3600, n), unit="s"),
            metres=generator.integers(1, 10**5, n), latitude=places[:, 0], longitude=places[:, 1],
            paid=generator.random(n) < 0.5, fare=generator.gamma(2, 5, n).round(2)))


db = Database.from_env()
db.save(frames(), "trips", key="trip", if_exists="replace")
with db.engine.begin() as connection:
    connection.exec_driver_sql("CREATE INDEX by_vehicle ON trips (vehicle(10))")
"""


def make(one: Stack, target: str, **variables: str) -> str:
    """Run a target of the project's Makefile and return what it prints."""
    pairs = [f"{name}={value}" for name, value in variables.items()]
    return run("make", target, *pairs, cwd=one.project, env=one.variables, timeout=1800)


def backup(one: Stack, **variables: str) -> Path:
    """Make a backup and return its file."""
    folder = one.project / "backups"
    before = set(folder.glob("*")) if folder.exists() else set()
    make(one, "backup", **variables)
    (path,) = set(folder.glob("*")) - before
    return path


@pytest.fixture(scope="module")
def filled(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    fill(one)
    return one


@pytest.fixture(scope="module")
def before(filled: Stack) -> dict[str, list[object]]:
    return describe(filled)


@pytest.fixture(scope="module")
def file(filled: Stack, before: dict[str, list[object]]) -> Path:
    assert before
    return backup(filled, WITH="outputs")


def test_the_file_is_the_persons_alone_and_named_after_project_and_time(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.match("data-project-20*T*Z.tar")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_nothing_is_different_after_a_restore_into_a_new_volume(
    filled: Stack, before: dict[str, list[object]], file: Path
) -> None:
    filled.down("--volumes")
    filled.up()
    assert describe(filled) != before
    make(filled, "restore", FILE=str(file), YES="1")
    assert describe(filled) == before


def test_a_restore_replaces_what_is_there(filled: Stack, before: dict[str, list[object]], file: Path) -> None:
    filled.python("""
import pandas as pd
from persistence import Database

db = Database.from_env()
db.save(pd.DataFrame({"a": [1]}), "a_view_of_before")
with db.engine.begin() as connection:
    for statement in ("DROP VIEW a_view", "CREATE TABLE a_view (a INT)", "CREATE VIEW later AS SELECT 1 AS one",
                      "DELETE FROM child", "DROP TABLE empty_one", "DROP FUNCTION plus_one"):
        connection.exec_driver_sql(statement)
open("outputs/later.txt", "w").write("later")
""")
    make(filled, "restore", FILE=str(file), YES="1")
    assert describe(filled) == before


def test_verify_backup_says_so_and_leaves_nothing(filled: Stack, before: dict[str, list[object]], file: Path) -> None:
    volumes = run("docker", "volume", "ls", "--quiet")
    assert "came back as it was" in make(filled, "verify-backup", FILE=str(file))
    assert filled.compose("--profile", "verify", "ps", "--all", "--quiet", "verify") == ""
    assert run("docker", "volume", "ls", "--quiet") == volumes
    assert describe(filled) == before


def test_nothing_is_replaced_before_somebody_agrees(filled: Stack, before: dict[str, list[object]], file: Path) -> None:
    with pytest.raises(CommandError, match=r"This replaces the tables .*without_key.* YES=1"):
        make(filled, "restore", FILE=str(file))
    assert describe(filled) == before


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut, "damaged"),
        (flipped, "damaged"),
        (lambda _: b"", "no file that"),
        (lambda _: b"SELECT 1;\n" * 999, "no file"),
    ],
    ids=["cut in half", "one bit", "empty", "foreign"],
)
@pytest.mark.parametrize("target", ["restore", "verify-backup"])
def test_a_file_that_is_not_whole_is_refused_and_changes_nothing(
    filled: Stack,
    before: dict[str, list[object]],
    file: Path,
    damage: Callable[[bytes], bytes],
    words: str,
    target: str,
    tmp_path: Path,
) -> None:
    bad = tmp_path / file.name
    bad.write_bytes(damage(file.read_bytes()))
    with pytest.raises(CommandError, match=words):
        make(filled, target, FILE=str(bad), YES="1")
    assert describe(filled) == before


def test_another_projects_backup_is_refused_unless_it_is_named(filled: Stack, file: Path) -> None:
    example = filled.project / ".env.example"
    text = example.read_text()
    example.write_text(text.replace("COMPOSE_PROJECT_NAME=data-project", "COMPOSE_PROJECT_NAME=other"))
    try:
        with pytest.raises(CommandError, match="FROM=data-project"):
            make(filled, "restore", FILE=str(file), YES="1")
        assert "Restored" in make(filled, "restore", FILE=str(file), YES="1", FROM="data-project")
    finally:
        example.write_text(text)


def test_a_server_that_takes_no_files_is_restored_by_statements(
    filled: Stack, before: dict[str, list[object]], file: Path
) -> None:
    root = ["exec", "-T", "mysql", "sh", "-c", 'MYSQL_PWD="$(cat /run/secrets/mysql_root_password)" mysql --user=root']
    filled.compose(*root, stdin="SET GLOBAL local_infile = OFF;\n")
    try:
        make(filled, "restore", FILE=str(file), YES="1")
    finally:
        filled.compose(*root, stdin="SET GLOBAL local_infile = ON;\n")
    assert describe(filled) == before


def test_rows_that_are_added_meanwhile_are_in_it_whole_or_not_at_all(filled: Stack, file: Path) -> None:
    """Two tables are written in one transaction, again and again; the backup sees one moment of both."""
    assert file
    filled.python("""
from persistence import Database

with Database.from_env().engine.begin() as connection:
    for name in ("aaa", "zzz"):
        connection.exec_driver_sql(f"CREATE TABLE {name} (n INT AUTO_INCREMENT PRIMARY KEY)")
""")
    filled.compose(
        "exec",
        "-d",
        "jupyter",
        "python",
        "-c",
        """
import time
from persistence import Database

engine, until = Database.from_env().engine, time.monotonic() + 20
while time.monotonic() < until:
    with engine.begin() as connection:
        for name in ("aaa", "zzz"):
            connection.exec_driver_sql(f"INSERT INTO {name} VALUES ()")
""",
    )
    path = backup(filled)
    make(filled, "restore", FILE=str(path), YES="1")
    counts = "SELECT (SELECT COUNT(*) FROM aaa) AS a, (SELECT COUNT(*) FROM zzz) AS z"
    a, z = filled.python(f"""
from persistence import Database

print(*Database.from_env().query({counts!r}).iloc[0])
""").split()
    assert a == z
    assert int(a) > 0


def test_many_rows_come_back_equal(new_stack: Callable[..., Stack], measured: Callable[[str, object], None]) -> None:
    one = new_stack()
    one.up()
    one.python(TRIPS.format(rows=ROWS))
    before, seconds = describe(one), {}
    start = time.monotonic()
    path = backup(one)
    seconds["backup"] = time.monotonic() - start
    one.down("--volumes")
    one.up()
    start = time.monotonic()
    make(one, "restore", FILE=str(path), YES="1")
    seconds["restore"] = time.monotonic() - start
    assert describe(one)["trips"] == before["trips"]
    start = time.monotonic()
    make(one, "verify-backup", FILE=str(path))
    seconds["verify-backup"] = time.monotonic() - start
    took = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items())
    measured(f"backup of {ROWS:,} rows", f"{path.stat().st_size / 1e6:.1f} MB, {took}")


def test_an_sqlite_file_comes_back_too(new_stack: Callable[..., Stack], tmp_path: Path) -> None:
    one = new_stack(database="sqlite")
    one.up()
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
    assert "came back as it was" in make(one, "verify-backup", FILE=str(path))
    one.python(save % (20, 20))
    bad = tmp_path / path.name
    bad.write_bytes(cut(path.read_bytes()))
    with pytest.raises(CommandError, match="damaged"):
        make(one, "restore", FILE=str(bad), YES="1")
    assert one.python(load) == "20 20"
    make(one, "restore", FILE=str(path), YES="1")
    assert one.python(load) == "10 10"
    one.down("--volumes")
    one.up()
    make(one, "restore", FILE=str(path), YES="1")
    assert one.python(load) == "10 10"
