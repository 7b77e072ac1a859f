"""Stopping a cell in the middle of a query (SIGINT, KeyboardInterrupt): the next cell gets its own answer."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
import pytest
from processes import processlist, wait_until

from persistence import Database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows sends no SIGINT to one process")


@contextmanager
def stopped(db: Database, mark: str) -> Iterator[None]:
    """Send this thread SIGINT as soon as the server runs a statement that holds the mark; expect its end by it."""

    statement = f"SELECT COUNT(*) FROM {processlist(db)} WHERE id <> CONNECTION_ID() AND info LIKE "

    def runs() -> bool:
        with db.engine.connect() as connection:
            return bool(connection.exec_driver_sql(statement + "%s", (f"%{mark}%",)).scalar())

    def stop() -> None:
        wait_until(runs, f"the server runs {mark}")
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    wait_until(lambda: not runs(), "the server has ended what was stopped before")
    stopper = threading.Thread(target=stop)
    gc.disable()  # what hypothesis does then would swallow the exception
    try:
        with pytest.raises(KeyboardInterrupt):
            stopper.start()
            yield
    finally:
        gc.enable()
    stopper.join()


STATEMENTS: dict[str, Callable[[Database, str], object]] = {
    "no rows": lambda db, table: db.query("DO SLEEP(2)"),
    "rows that have not begun": lambda db, table: db.query("SELECT SLEEP(%(n)s) AS n", {"n": 2}),
    "rows that have begun": lambda db, table: db.query(
        f"SELECT REPEAT('x', 9999) AS x, SLEEP(0.005) AS s FROM {table}"
    ),
    "chunks": lambda db, table: list(db.query(f"SELECT x, SLEEP(0.005) AS s FROM {table}", chunksize=10)),
    "a table": lambda db, table: db.load(table, where="SLEEP(0.005) = 0"),
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_after_a_stopped_query_the_next_gets_its_own_answer(db: Database, own: Database, table: str, kind: str) -> None:
    own.save(pd.DataFrame({"x": range(500)}), table)
    with stopped(db, "SLEEP("):
        STATEMENTS[kind](own, table)
    assert own.query("SELECT 42 AS answer")["answer"].tolist() == [42]
    assert own.query(f"SELECT COUNT(*) AS n FROM {table}")["n"].tolist() == [500]
    assert own.load(table)["x"].tolist() == list(range(500))
