"""A process that was forked after the database was used reads and writes, and so does its parent afterwards."""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection

import pandas as pd
import pytest
from processes import PROCESSES

from persistence import Database, Settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="this system does not fork")

ROWS = pd.DataFrame({"id": range(5000), "v": [f"text {n}" for n in range(5000)]})
PATIENCE = 60
SHARED: dict[str, Database] = {}
"""What forked workers inherit."""


def in_a_process(db: Database, table: str, act: Callable[[Database, str], None]) -> None:
    """Run a function in a fresh process, which may fork, with a database that has been used there; fail if it does."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_run, args=(theirs, db.settings, table, act))
    process.start()
    theirs.close()
    try:
        assert ours.poll(PATIENCE), "it does not end"
        assert ours.recv() == "done"
    finally:
        process.kill()
        process.join()


def _run(pipe: Connection, settings: Settings, table: str, act: Callable[[Database, str], None]) -> None:
    db = Database(settings)
    db.query("SELECT 1 AS one")
    try:
        act(db, table)
        outcome = "done"
    except BaseException as error:  # the test wants to know any
        outcome = f"{type(error).__name__}: {error}"
    pipe.send(outcome)


def forked(act: Callable[[], object]) -> str:
    """Run a function in a child made by fork alone, which ends as programs do; return what it returned, as text."""
    receives, sends = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = repr(act())
        except BaseException as error:  # the parent shows it
            said = f"{type(error).__name__}: {error}"
        os.write(sends, said.encode())
        os.close(sends)
        atexit._run_exitfuncs()  # what a program does at its end, without that of the test's own
        os._exit(0)
    os.close(sends)
    with open(receives, "rb") as pipe:  # noqa: PTH123 - a descriptor
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def session(db: Database) -> str:
    """Return what tells a connection to a server from others; SQLite has no such thing."""
    return "CONNECTION_ID()" if db.settings.database == "mysql" else "0"


def answer(number: int) -> int:
    """Read as a worker does, over what it inherited."""
    return int(SHARED["db"].query("SELECT %(n)s + 1 AS n", {"n": number})["n"][0])


def a_pool_reads(db: Database, table: str) -> None:
    SHARED["db"] = db
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(answer, range(200), chunksize=1) == list(range(1, 201))
    assert db.query("SELECT 2 AS two")["two"].tolist() == [2]


def a_pool_loads_and_saves(db: Database, table: str) -> None:
    SHARED["db"] = db
    with multiprocessing.get_context("fork").Pool(4) as pool:
        parts = pool.starmap(save_and_load, [(f"{table}_{number}", number) for number in range(8)])
    assert parts == [[number] * 5000 for number in range(8)]
    assert len(db.load(f"{table}_7")) == 5000


def save_and_load(table: str, number: int) -> list[int]:
    db = SHARED["db"]
    db.save(ROWS.assign(v=number), table, if_exists="replace", key="id")
    return [int(value) for value in db.load(table)["v"]]


def the_parents_connection_is_left_alone(db: Database, table: str) -> None:
    mine = db.query(f"SELECT {session(db)} AS id")["id"][0]
    theirs = forked(lambda: int(db.query(f"SELECT {session(db)} AS id")["id"][0]))
    assert theirs.isdigit(), theirs
    if db.settings.database == "mysql":
        assert int(theirs) != mine
    assert db.query(f"SELECT {session(db)} AS id")["id"][0] == mine


def the_parent_uses_it_first(db: Database, table: str) -> None:
    forked(lambda: None)
    assert db.query("SELECT 1 AS x")["x"].tolist() == [1]
    db.save(ROWS, table, if_exists="replace")
    assert len(db.load(table)) == len(ROWS)


def an_open_iterator_goes_on(db: Database, table: str) -> None:
    db.save(ROWS, table, key="id")
    stream = db.query(f"SELECT * FROM {table} ORDER BY id", chunksize=100)
    parts = [next(stream)]
    assert forked(lambda: db.query("SELECT 5 AS five")["five"].tolist()) == "[5]"
    assert forked(lambda: (stream.close(), db.query("SELECT 5 AS five")["five"].tolist())[1]) == "[5]"
    parts += stream
    assert pd.concat(parts)[["id", "v"]].to_numpy().tolist() == ROWS.to_numpy().tolist()


def files_of_the_parent_are_left_alone(db: Database, table: str) -> None:
    warned: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warned.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("persistence").addHandler(handler)
    db.save(ROWS, table, if_exists="replace")
    assert forked(lambda: len(db.load(table))) == "5000"
    assert forked(lambda: db.save(ROWS, f"{table}_child", if_exists="replace")) == "5000"
    db.save(ROWS[:7], table, if_exists="replace")
    assert len(db.load(table)) == 7
    assert len(db.load(f"{table}_child")) == 5000
    assert [message for message in warned if "local_infile" not in message] == []


def grandchildren_read_too(db: Database, table: str) -> None:
    def child() -> str:
        db.query("SELECT 1 AS x")
        return forked(lambda: db.query("SELECT 3 AS x")["x"].tolist())

    assert forked(child) == "'[3]'"
    assert db.query("SELECT 4 AS x")["x"].tolist() == [4]


def the_engine_serves_the_child(db: Database, table: str) -> None:
    def child() -> int:
        with db.engine.connect() as connection:
            return int(connection.exec_driver_sql("SELECT 9").scalar() or 0)

    assert forked(child) == "9"
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 8").scalar() == 8


ACTS = [
    a_pool_reads,
    a_pool_loads_and_saves,
    the_parents_connection_is_left_alone,
    the_parent_uses_it_first,
    an_open_iterator_goes_on,
    files_of_the_parent_are_left_alone,
    grandchildren_read_too,
    the_engine_serves_the_child,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_after_a_fork(db: Database, table: str, act: Callable[[Database, str], None]) -> None:
    in_a_process(db, table, act)
