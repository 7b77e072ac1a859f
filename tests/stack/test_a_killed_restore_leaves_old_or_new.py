"""A restore is killed, or a server under it: the tables and files are all as before, or all as in the backup.

A killed backup leaves no file that is taken for one, and no lock. Dozens of times in `make soak`, twice here.
"""

from __future__ import annotations

import fcntl
import os
import random
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from backup_archive import Archive
from diagnosis import kill_a_restore
from stack import CommandError, Stack, run, wait_until

KILLS, ROWS = (20, 100_000) if os.environ.get("SOAK") else (2, 20_000)
TABLES = 5
SAVE = """
import os

import numpy as np
import pandas as pd
from persistence import Database

VERSION, ROWS, TABLES = {version}, {rows}, {tables}
db = Database.from_env()
words = pd.Series(np.arange(ROWS)).astype("str").radd("word ")
for number in range(TABLES + VERSION):
    frame = pd.DataFrame(dict(id=range(ROWS), version=VERSION, value=np.arange(ROWS) / 7, word=words))
    db.save(frame, f"table_{{number}}", key="id", if_exists="replace")
with db.engine.begin() as connection:
    connection.exec_driver_sql("CREATE OR REPLACE VIEW seen AS SELECT id, version FROM table_0")
os.makedirs("outputs/folder", exist_ok=True)
for name in ("outputs/note.txt", "outputs/folder/note.txt", f"outputs/only_{{VERSION}}.txt"):
    open(name, "w").write(str(VERSION))
"""
WRITE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"a": [1]}), "written", if_exists="replace")
"""
LOOK = """
from pathlib import Path
from persistence import Database

db = Database.from_env()
tables = [name for name in db.tables() if name.startswith("table_")]
ask = "SELECT MIN(version) AS low, MAX(version) AS high, COUNT(*) AS n FROM "
found = {tuple(int(value) for value in db.query(ask + name).iloc[0]) for name in tables}
paths = [path for path in Path("outputs").rglob("*.txt") if not path.parts[1].startswith(".restoring")]
files = sorted((path.as_posix(), path.read_text()) for path in paths)
print(len(tables), sorted(found), files)
"""


def expected(version: int) -> str:
    names = ["outputs/folder/note.txt", "outputs/note.txt", f"outputs/only_{version}.txt"]
    files = [(name, str(version)) for name in names]
    return f"{TABLES + version} {[(version, version, ROWS)]} {files}"


def kill_process(one: Stack, process: subprocess.Popen[bytes]) -> None:
    """Kill make, the script and the docker command, as a closed terminal or a full memory does."""
    if process.poll() is None:  # it may be done
        os.killpg(process.pid, signal.SIGKILL)


def kill_new_server(one: Stack, process: subprocess.Popen[bytes]) -> None:
    container = f"{one.variable('COMPOSE_PROJECT_NAME')}-aside"
    subprocess.run(["docker", "kill", "--signal", "KILL", container], check=False, capture_output=True)


def kill_server(one: Stack, process: subprocess.Popen[bytes]) -> None:
    container = one.compose("ps", "--all", "--quiet", "mysql").strip()  # there is none for a moment
    subprocess.run(["docker", "kill", "--signal", "KILL", container], check=False, capture_output=True)


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    return one


@pytest.fixture(scope="module")
def files(stack: Stack) -> dict[int, Path]:
    """Return a backup of each of two versions of the same tables and files."""
    found: dict[int, Path] = {}
    for version in (0, 1):
        stack.python("from pathlib import Path; [p.unlink() for p in Path('outputs').glob('only_*')]")
        stack.python(SAVE.format(version=version, rows=ROWS, tables=TABLES))
        said = stack.make("backup", WITH="outputs")
        (name,) = (word.rstrip(",") for word in said.split() if word.startswith("backups/"))
        found[version] = stack.project / name
    return found


@pytest.fixture(scope="module")
def seconds(stack: Stack, files: dict[int, Path]) -> float:
    """Return how long a restore takes, after which the tables and files are of version 0."""
    start = time.monotonic()
    stack.make("restore", FILE=str(files[0]), YES="1")
    assert stack.python(LOOK) == expected(0)
    return time.monotonic() - start


def begun(one: Stack, target: str, *variables: str) -> subprocess.Popen[bytes]:
    """Start a target, to be killed."""
    return subprocess.Popen(
        ["make", target, *variables], cwd=one.project, env={**os.environ, **one.variables},
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def volumes(one: Stack) -> list[str]:
    name = f"name={one.variable('COMPOSE_PROJECT_NAME')}_"
    return [
        volume for volume in run("docker", "volume", "ls", "--quiet", "--filter", name).split() if "mysql" in volume
    ]


@pytest.mark.parametrize(
    "kill",
    [kill_process, *(pytest.param(kill, marks=pytest.mark.soak) for kill in (kill_new_server, kill_server))],
)
def test_a_killed_restore_leaves_the_old_data_or_the_new(
    stack: Stack,
    files: dict[int, Path],
    seconds: float,
    kill: Callable[[Stack, subprocess.Popen[bytes]], None],
    measured: Callable[[str, object], None],
) -> None:
    seed = secrets.randbits(32)
    generator = random.Random(seed)  # noqa: S311 - moments, no secrets
    now, found = 0 if stack.python(LOOK) == expected(0) else 1, []
    for turn in range(KILLS):
        moment = generator.uniform(0.1 if turn % 2 else 0.7, 1) * seconds
        process = begun(stack, "restore", f"FILE={files[1 - now]}", "YES=1")
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        kill(stack, process)
        process.wait(timeout=300)
        outcome = ""
        if (stack.project / ".env.restoring").exists():  # all is built, and what is left can follow
            stack.make("restore")
            outcome = "to finish, "
        stack.compose("up", "--detach", "--wait")
        said = stack.python(LOOK)
        assert said in ((expected(1 - now),) if outcome else (expected(0), expected(1)))
        found.append((round(moment, 2), outcome + ("new" if said == expected(1 - now) else "old")))
        now = 0 if said == expected(0) else 1
    stack.make("restore", FILE=str(files[1 - now]), YES="1")
    assert stack.python(LOOK) == expected(1 - now)
    assert len(volumes(stack)) == 2  # the project's, and the one before
    measured(f"restore, {kill.__name__}", f"{found} of {seconds:.1f} s (seed {seed})")


def test_one_step_back_is_the_data_of_before(stack: Stack, files: dict[int, Path], seconds: float) -> None:
    """With the passwords of today; another project's volumes are its own."""
    stack.make("restore", FILE=str(files[0]), YES="1")
    other = f"{stack.variable('COMPOSE_PROJECT_NAME')}-other"
    run("docker", "volume", "create", "--label", f"project.before={stack.variable('MYSQL_VOLUME')}", other)
    stack.make("restore", FILE=str(files[1]), YES="1")
    run("docker", "volume", "rm", other)  # it is still there
    stack.make("rotate-password")
    assert "is the project's again" in stack.make("restore", BACK="1")
    stack.compose("up", "--detach", "--wait")
    assert stack.python(LOOK).startswith(expected(0).partition(" [('outputs")[0])
    with pytest.raises(CommandError, match="there is no volume of before the last restore"):
        stack.make("restore", BACK="1")


def test_nothing_goes_on_before_an_interrupted_restore_is_finished_and_no_data_is_swept(
    stack: Stack, files: dict[int, Path]
) -> None:
    before = stack.python(LOOK)
    other = files[int(before == expected(0))]
    kill_a_restore(stack.project, other, stack.variables)
    there = volumes(stack)
    for target in ("up", "backup", "verify-backup", "rotate-password", "restore"):
        with pytest.raises(CommandError, match=r"a restore was interrupted.*make restore"):
            stack.make(target, FILE=str(files[0]), YES="1")
    assert volumes(stack) == there
    stack.make("restore")
    stack.compose("up", "--detach", "--wait")
    assert stack.python(LOOK) != before
    stack.make("restore", BACK="1")
    assert stack.python(LOOK).startswith(before.partition(" [('outputs")[0])
    there = volumes(stack)
    stack.make("verify-backup", FILE=str(other))
    assert volumes(stack) == there
    # As after .env was lost: the new one names the first volume, which is gone.
    env, kept = stack.project / ".env", stack.project / ".env.kept"
    env.rename(kept)
    try:
        stack.make("env")
        with pytest.raises(CommandError, match=r"MYSQL_VOLUME=mysql is gone, and the data is in mysql-\d+T\d+Z"):
            stack.make("up")
        assert volumes(stack) == there
    finally:
        kept.rename(env)


def test_one_at_a_time_has_the_database(stack: Stack, files: dict[int, Path]) -> None:
    with (stack.project / "compose.yaml").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for target in ("backup", "restore", "verify-backup", "rotate-password"):
            with pytest.raises(CommandError, match="another backup, restore or rotation runs in this project"):
                stack.make(target, FILE=str(files[0]), YES="1")


def test_a_killed_backup_leaves_no_file_and_no_lock(
    stack: Stack, files: dict[int, Path], measured: Callable[[str, object], None]
) -> None:
    seed = secrets.randbits(32)
    generator = random.Random(seed)  # noqa: S311 - moments, no secrets
    folder, start = stack.project / "backups", time.monotonic()
    stack.make("backup", WITH="outputs")
    seconds, found = time.monotonic() - start, []
    # The container of a killed backup, which `docker compose exec` might take for the notebook's.
    left = f"name={stack.variable('COMPOSE_PROJECT_NAME')}-files"
    for _ in range(KILLS):
        before = set(folder.glob("*.zip"))
        moment = generator.uniform(0, 1) * seconds
        process = begun(stack, "backup", "WITH=outputs")
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        kill_process(stack, process)
        process.wait(timeout=300)
        wait_until(lambda: not run("docker", "ps", "--quiet", "--filter", left).strip(), "the last container's end")
        stack.python(WRITE)  # nobody holds a lock
        made = set(folder.glob("*.zip")) - before
        for path in made:
            assert Archive(path).manifest["tables"]
        found.append((round(moment, 2), len(made)))
    stack.make("backup", WITH="outputs")
    measured("backup killed", f"{found} of {seconds:.1f} s (seed {seed})")
