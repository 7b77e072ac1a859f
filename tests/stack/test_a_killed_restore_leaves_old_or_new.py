"""A restore is killed, or the server under it: the tables and files are all as before, or all as in the backup.

Thirty times in `make soak`, once here.
"""

from __future__ import annotations

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

from stack import Stack, run, wait_until

KILLS, ROWS = (10, 100_000) if os.environ.get("SOAK") else (1, 20_000)
"""For each way to kill."""
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
LOOK = """
from pathlib import Path
from persistence import Database

db = Database.from_env()
tables = [name for name in db.tables() if name.startswith("table_")]
ask = "SELECT MIN(version) AS low, MAX(version) AS high, COUNT(*) AS n FROM "
found = {tuple(int(value) for value in db.query(ask + name).iloc[0]) for name in tables}
files = sorted((path.as_posix(), path.read_text()) for path in Path("outputs").rglob("*.txt"))
print(len(tables), sorted(found), "_unfinished_restore" in db.tables(), files)
"""


def expected(version: int) -> str:
    names = ["outputs/folder/note.txt", "outputs/note.txt", f"outputs/only_{version}.txt"]
    files = [(name, str(version)) for name in names]
    return f"{TABLES + version} {[(version, version, ROWS)]} False {files}"


def worker(one: Stack) -> str:
    """Return the container in which a restore works, or nothing."""
    label = f"label=com.docker.compose.project={one.variable('COMPOSE_PROJECT_NAME')}"
    oneoff = "label=com.docker.compose.oneoff=True"
    return run("docker", "ps", "--quiet", "--filter", label, "--filter", oneoff).strip()


def kill_process(one: Stack, process: subprocess.Popen[bytes]) -> None:
    """Kill make, the script and the docker command, as a closed terminal or a full memory does."""
    if process.poll() is None:  # it may be done
        os.killpg(process.pid, signal.SIGKILL)


def kill_worker(one: Stack, process: subprocess.Popen[bytes]) -> None:
    container = worker(one)
    if container:
        subprocess.run(["docker", "kill", "--signal", "KILL", container], check=False, capture_output=True)


def kill_server(one: Stack, process: subprocess.Popen[bytes]) -> None:
    run("docker", "kill", "--signal", "KILL", one.compose("ps", "--all", "--quiet", "mysql").strip())


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


@pytest.mark.parametrize(
    "kill",
    [kill_process, *(pytest.param(kill, marks=pytest.mark.soak) for kill in (kill_worker, kill_server))],
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
        moment = generator.uniform(0.3 if turn % 2 else 0.7, 1) * seconds
        command = ["make", "restore", f"FILE={files[1 - now]}", "YES=1"]
        process = subprocess.Popen(
            command, cwd=stack.project, env={**os.environ, **stack.variables}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        kill(stack, process)
        process.wait(timeout=300)
        wait_until(lambda: not worker(stack), "the killed restore's container ends", timeout=120)
        stack.compose("up", "--detach", "--wait")
        said, outcome = stack.python(LOOK), ""
        if " True " in said:  # its tables are in place, and what else there is can follow
            assert said.startswith(expected(1 - now).partition(" False ")[0])
            stack.make("restore")
            said, outcome = stack.python(LOOK), "to finish, "
        assert said in (expected(0), expected(1))
        found.append((round(moment, 2), outcome + ("new" if said == expected(1 - now) else "old")))
        now = 0 if said == expected(0) else 1
    measured(f"restore, {kill.__name__}", f"{found} of {seconds:.1f} s (seed {seed})")
