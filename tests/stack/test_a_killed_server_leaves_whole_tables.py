"""The database server is killed in the middle of a save: ten times a mode in `make soak`, once here."""

from __future__ import annotations

import os
import queue
import random
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack import Stack, run

MODES = ("replace", *(pytest.param(mode, marks=pytest.mark.soak) for mode in ("append", "upsert")))
KILLS, ROWS = (10, 200_000) if os.environ.get("SOAK") else (1, 100_000)
"""For each mode."""

# One Database object lives through all of it. A line "begins" is printed when a save begins, and one with its outcome
# when it ends; after a line is read, which says that the server has been started again, one with what is there.
CLIENT = """
import sys
import time

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal
from persistence import Database, PersistenceError

MODE, ROWS = sys.argv[1], int(sys.argv[2])
TABLE = f"killed_{MODE}"
OWN = "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_name LIKE '#_persistence#_%' ESCAPE '#'"


def rows(version, start, count):
    ids = np.arange(start, start + count)
    words = pd.Series(ids).astype("str").radd(f"{version}é")
    return pd.DataFrame(dict(id=ids, version=version, value=ids / 7 + version, word=words))


def merged(before, saved):
    if MODE == "replace":
        return saved
    return pd.concat([before, saved]).drop_duplicates("id", keep="last").sort_values("id", ignore_index=True)


def saved(frame):
    start = time.monotonic()
    db.save(frame, TABLE, if_exists=MODE, key="id")
    return time.monotonic() - start


db = Database.from_env()
old = rows(0, 0, 10_000)
fresh = rows(1, dict(replace=0, append=10_000, upsert=5_000)[MODE], ROWS)
new, more = merged(old, fresh), rows(2, 10**7, 100)
db.save(old, TABLE, if_exists="replace", key="id")
print(saved(fresh), flush=True)
while input() == "again":
    db.save(old, TABLE, if_exists="replace", key="id")
    print("begins", flush=True)
    try:
        saved(fresh)
        print("saved", flush=True)
    except PersistenceError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
    input()
    found = db.load(TABLE).sort_values("id", ignore_index=True)
    is_new = len(found) == len(new) and found["version"].max() == 1
    assert_frame_equal(found, new if is_new else old)
    saved(more)
    assert_frame_equal(db.load(TABLE).sort_values("id", ignore_index=True), merged(new if is_new else old, more))
    assert db.query(OWN)["n"][0] == 0, "an unfinished table is still there after the next save"
    print("new" if is_new else "old", flush=True)
"""


class Client:
    """The program above, in the notebook's container; lines go in and come out."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self.process, self.errors = process, errors
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._pump, daemon=True).start()

    def _pump(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put("")

    def hear(self, timeout: float = 120) -> str:
        """Return the next line; fail with the program's own words where none comes."""
        try:
            line = self.lines.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no answer in {timeout:g} s:\n{self.errors.read_text()}") from None
        assert line, f"the program ended:\n{self.errors.read_text()}"
        return line

    def tell(self, line: str) -> None:
        """Give the program a line."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@contextmanager
def talking(stack: Stack, mode: str, errors: Path) -> Iterator[Client]:
    """Run the program above until the block ends."""
    command = ["docker", "compose", "exec", "-T", "jupyter", "python", "-c", CLIENT, mode, str(ROWS)]
    with (
        errors.open("w") as said,
        subprocess.Popen(
            command,
            cwd=stack.project,
            env={**os.environ, **stack.variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        client = Client(process, errors)
        try:
            yield client
            client.tell("enough")
        finally:
            assert process.stdin
            process.stdin.close()


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """Return a stack of this module's own, since its server comes to grief."""
    return new_stack()


@pytest.mark.parametrize("mode", MODES)
def test_a_killed_server_leaves_the_old_table_or_the_new_one(
    stack: Stack, mode: str, tmp_path: Path, measured: Callable[[str, object], None]
) -> None:
    stack.up()
    server = stack.compose("ps", "--quiet", "mysql").strip()
    seed = secrets.randbits(32)
    generator = random.Random(seed)  # noqa: S311 - moments, no secrets
    found = []
    with talking(stack, mode, tmp_path / "errors") as client:
        seconds = float(client.hear())
        for turn in range(KILLS):
            client.tell("again")
            assert client.hear() == "begins"
            # Every second time shortly before the end, where a commit or the exchange of tables is.
            moment = generator.uniform(0 if turn % 2 else 0.75, 1) * seconds
            time.sleep(moment)
            run("docker", "kill", "--signal", "KILL", server)
            outcome = client.hear(timeout=60)
            assert outcome.startswith(("saved", "ConnectionFailedError: ", "DatabaseError: ")), outcome
            run("docker", "start", server)
            client.tell("started")
            state = client.hear()
            assert outcome != "saved" or state == "new"
            found.append((round(moment, 3), outcome.partition(":")[0], state))
    states = [state for *_, state in found]
    measured(
        f"server killed, {mode}",
        f"old {states.count('old')}, new {states.count('new')} (seed {seed}, save {seconds:.2f} s, moments {found})",
    )
