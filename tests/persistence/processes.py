# ruff: noqa: ANN401 - functions of every kind run there
"""Other processes that use the database under test: side by side, or stopped in the middle of a save."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import secrets
import signal
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal
from sqlalchemy import inspect

from persistence import Database, Settings

PROCESSES = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
if os.name == "posix":
    # Named one by one: Python 3.11 does not look for these on the path that pytest sets.
    PROCESSES.set_forkserver_preload(
        ["__main__", "geopandas", "hypothesis", "mysql.connector", "pyarrow.csv", "pytest", "sqlalchemy"]
    )

MODES = ("replace", "append", "upsert")
OLD_ROWS = 10_000


def wait_until(holds: Callable[[], object], what: str, timeout: float = 60) -> None:
    """Return as soon as `holds()` is true; raise TimeoutError naming `what` after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {timeout:g} s: {what}")
        time.sleep(0.05)


def rows(version: int, start: int, count: int) -> pd.DataFrame:
    """Rows with the keys from `start` on, which tell the version in every cell."""
    ids = np.arange(start, start + count)
    words = pd.Series(ids).astype("str").radd(f"{version}é\t")
    return pd.DataFrame({"id": ids, "version": version, "value": ids / 7 + version, "word": words})


class Scene:
    """A table with known rows, and a save in one of the modes that makes it another."""

    def __init__(self, db: Database, table: str, mode: str, count: int) -> None:
        self.db, self.table, self.mode = db, table, mode
        self.old = rows(0, 0, OLD_ROWS)
        self.fresh = rows(1, {"replace": 0, "append": OLD_ROWS, "upsert": OLD_ROWS // 2}[mode], count)
        self.new = self.merged(self.old, self.fresh)

    def set(self) -> None:
        """Make the table the old one."""
        self.db.save(self.old, self.table, if_exists="replace", key="id")

    def merged(self, before: pd.DataFrame, saved: pd.DataFrame) -> pd.DataFrame:
        """Return what the table holds after a save in this mode, by its key."""
        if self.mode == "replace":
            return saved
        both = pd.concat([before, saved]).drop_duplicates("id", keep="last")
        return both.sort_values("id", ignore_index=True)

    def with_more(self, state: str) -> pd.DataFrame:
        """Return what the table in this state holds after `save_more`."""
        return self.merged(self.new if state == "new" else self.old, MORE)

    def state(self, found: pd.DataFrame) -> str:
        """Return "old" or "new", having compared every row; raise AssertionError for anything else."""
        found = found.sort_values("id", ignore_index=True)
        is_new = len(found) == len(self.new) and found["version"].max() == 1
        assert_frame_equal(found, self.new if is_new else self.old)
        return "new" if is_new else "old"


MORE = rows(2, 10**7, 100)
"""A few rows for the next save."""


def save_more(table: str, mode: str, db: Database) -> pd.DataFrame:
    """Save a few more rows; return the whole table, by its key."""
    db.save(MORE, table, if_exists=mode, key="id")
    return db.load(table).sort_values("id", ignore_index=True)


def leftovers(db: Database) -> list[str]:
    """Return the names of unfinished tables."""
    names = inspect(db.engine).get_table_names()
    return [name for name in names if name.startswith("_persistence_") and name != "_persistence_notes"]


def tidied_by_a_save(db: Database, table: str) -> bool:
    """Save something, to another table, and say whether no unfinished table is there then."""
    db.save(MORE, f"{table}_next", if_exists="replace")
    return leftovers(db) == []


def processlist(db: Database) -> str:
    """Return the server's table of connections.

    Unlike SHOW PROCESSLIST it has those, too, whose client is gone and whose transaction is being rolled back.
    """
    with db.engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT VERSION()").scalar()
    return ("information" if "MariaDB" in str(version) else "performance") + "_schema.processlist"


def sessions(db: Database) -> set[int]:
    """Return the identifiers of this user's connections to the server; SQLite has none."""
    if db.settings.database == "sqlite":
        return set()
    with db.engine.connect() as connection:
        return {row[0] for row in connection.exec_driver_sql(f"SELECT id FROM {processlist(db)}")}


class Writer:
    """A process that saves one frame with a Database of its own, and whose temporary files go to a folder."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.pipe, theirs = PROCESSES.Pipe()
        arguments = (theirs, scene.db.settings, scene.fresh, scene.table, scene.mode, folder)
        self.process = PROCESSES.Process(target=_run, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        assert self.pipe.recv() == "begins"

    def finish(self) -> float:
        """Wait for the end; return the seconds that the save took."""
        outcome, seconds = self.pipe.recv()
        assert outcome == "saved"
        self.leave()
        return float(seconds)

    def ask(self, function: Callable[[Database], Any]) -> Any:
        """Return what a function returns there, given the Database that saved."""
        self.pipe.send(function)
        return self.pipe.recv()

    def leave(self) -> None:
        """Let the process end by itself, as a notebook's kernel does."""
        self.pipe.send(None)
        self.process.join()

    def signal(self, number: int, after: float) -> None:
        """Send a signal so many seconds after the save began, or when it has ended."""
        self.pipe.poll(after)
        os.kill(self.process.pid, number)

    def kill(self, after: float) -> None:
        """End the process as if its machine had lost power, so many seconds after the save began."""
        self.signal(signal.SIGKILL, after)
        self.process.join()


def _run(*arguments: Any) -> None:
    _save(*arguments)
    gc.collect()  # multiprocessing ends a process without what Python does at its end


def _save(pipe: Connection, settings: Settings, frame: pd.DataFrame, table: str, mode: str, folder: Path) -> None:
    """Save, tell the outcome, and then carry out what is sent, with the same Database, until it is None."""
    tempfile.tempdir = str(folder)
    db = Database(settings)
    db.tables()
    pipe.send("begins")
    start = time.monotonic()
    outcome = "saved"
    try:
        db.save(frame, table, if_exists=mode, key="id")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except BaseException as error:  # whatever comes out of save is what the test wants to know
        outcome = type(error).__name__
    pipe.send((outcome, time.monotonic() - start))
    while (request := pipe.recv()) is not None:
        pipe.send(request(db))


def at_random_moments(scene: Scene, folder: Path, count: int, stop: Callable[[float], str]) -> str:
    """Stop the scene's save again and again; return how often the table was the old one and the new one then.

    Args:
        scene: the table and the save.
        folder: where the writers' temporary files go.
        count: how many times.
        stop: begins the save, stops it after so many seconds and returns the table's state.
    """
    scene.set()
    seconds = Writer(scene, folder).finish()
    seed = secrets.randbits(32)
    generator = random.Random(seed)
    found = []
    for turn in range(count):
        moment = (
            generator.uniform(0.8 if turn % 3 == 2 else 0, 1.03) * seconds
        )  # every third one shortly before its end
        scene.set()
        found.append((round(moment, 3), stop(moment)))
    states = [state for _, state in found]
    counts = f"old {states.count('old')}, new {states.count('new')}"
    return f"{counts} (seed {seed}, save {seconds:.2f} s, moments {found})"


def together(*jobs: tuple[Callable[..., Any], Any]) -> list[Any]:
    """Run functions in processes that begin at the same moment; return what they returned."""
    barrier = PROCESSES.Barrier(len(jobs))
    pipes = []
    for function, *arguments in jobs:
        ours, theirs = PROCESSES.Pipe()
        PROCESSES.Process(target=_answer, args=(theirs, barrier, function, arguments), daemon=True).start()
        theirs.close()
        pipes.append(ours)
    return [pipe.recv() for pipe in pipes]


def _answer(pipe: Connection, barrier: Any, function: Callable[..., Any], arguments: list[Any]) -> None:
    barrier.wait(60)
    pipe.send(function(*arguments))
