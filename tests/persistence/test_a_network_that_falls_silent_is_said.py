"""A network that is cut in the middle is said within `MYSQL_TIMEOUT` seconds; a server that only takes long is not.

`MYSQL_TIMEOUT` (30 by default) is how long a server may be silent before it is asked, over a connection of its own,
whether it is still there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings as hypothesis_settings
from pandas.testing import assert_frame_equal
from processes import wait_until
from servers import Network, network, reached, within

from persistence import ConnectionFailedError, Database, PersistenceError, Settings, SettingsError

SECONDS = "2"
PATIENCE = 10
"""Seconds within which the message has to be there, when two are set."""
OLD = pd.DataFrame({"id": np.arange(200_000), "v": np.arange(200_000) / 7, "w": "some twenty characters"})
NEW = OLD.assign(v=OLD["v"] + 1)
SOAK = hypothesis_settings.get_current_profile_name() == "soak"
Act = Callable[[Database, str], object]


def parts(db: Database, table: str) -> object:
    return [len(part) for part in db.query(f"SELECT * FROM {table}", chunksize=1000)]


def streamed(db: Database, table: str) -> object:
    return db.save((NEW[start : start + 20_000] for start in range(0, len(NEW), 20_000)), table, if_exists="replace")


READS: dict[str, Act] = {
    "load": lambda db, table: db.load(table),
    "query": lambda db, table: db.query(f"SELECT * FROM {table}"),
    "chunks": parts,
}
SAVES: dict[str, Act] = {
    "replace": lambda db, table: db.save(NEW, table, if_exists="replace", key="id"),
    "append": lambda db, table: db.save(NEW.assign(id=NEW["id"] + len(NEW)), table, if_exists="append"),
    "upsert": lambda db, table: db.save(NEW, table, if_exists="upsert", key="id"),
    "stream": streamed,
}
IDLE: dict[str, Act] = {
    "query": lambda db, table: db.query("SELECT 1 AS x"),
    "tables": lambda db, table: db.tables(),
    "load": lambda db, table: db.load(table),
    "save": lambda db, table: db.save(OLD[:1], f"{table}_more"),
    "execute": lambda db, table: db.execute(f"DELETE FROM {table}"),
}
MOMENTS = [1_000_000, *([0, 100, 5_000, 20_000, 300_000, 2_000_000, 4_000_000] if SOAK else [])]
"""The numbers of bytes after which the network is cut."""


@pytest.fixture
def way(mysql: Database) -> Iterator[Network]:
    """A network between the tests and the server."""
    with network(mysql.settings) as one:
        yield one


@pytest.fixture
def far(mysql: Database, way: Network) -> Iterator[Database]:
    """The database under test, over that network, with little patience."""
    database = Database(reached("127.0.0.1", way.port, mysql.settings, MYSQL_TIMEOUT=SECONDS))
    database.tables()
    yield database
    way.mend()
    database.close()


def check_said(way: Network, act: Callable[[], object], patience: float = PATIENCE) -> str:
    """Check that an error of a lost connection comes in time; return its message."""
    outcome = within(patience, act, way.mend)
    assert isinstance(outcome, ConnectionFailedError), repr(outcome)
    assert "\n" not in str(outcome)
    return str(outcome)


def check_usable(mysql: Database, far: Database, way: Network, table: str, new: pd.DataFrame) -> None:
    """Check that everything goes on when the network is back, and that the table is the old or the new one."""
    way.mend()
    wait_until(lambda: len(mysql.load(table)) in (len(OLD), len(new)), "the table is one of the two", 30)
    assert far.query("SELECT 1 AS x")["x"].tolist() == [1]
    found = far.load(table).sort_values("id", ignore_index=True)
    assert_frame_equal(found, new if len(found) == len(new) and found["v"].iloc[-1] == new["v"].iloc[-1] else OLD)
    far.save(OLD[:5], f"{table}_next", if_exists="replace", key="id")
    assert len(mysql.load(f"{table}_next")) == 5


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("read", READS)
def test_a_cut_while_reading(mysql: Database, far: Database, way: Network, table: str, read: str, moment: int) -> None:
    mysql.save(OLD, table, key="id")
    way.cut(moment, "received")
    check_said(way, lambda: READS[read](far, table))
    assert way.is_cut
    check_usable(mysql, far, way, table, OLD)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("save", SAVES)
def test_a_cut_while_saving(mysql: Database, far: Database, way: Network, table: str, save: str, moment: int) -> None:
    mysql.save(OLD, table, key="id")
    way.cut(moment, "sent")
    message = check_said(way, lambda: SAVES[save](far, table))
    assert way.is_cut
    assert "run this again" in message
    new = {"append": pd.concat([OLD, NEW.assign(id=NEW["id"] + len(NEW))], ignore_index=True)}.get(save, NEW)
    check_usable(mysql, far, way, table, new)


@pytest.mark.parametrize("act", IDLE)
def test_a_cut_between_two_calls(mysql: Database, far: Database, way: Network, table: str, act: str) -> None:
    mysql.save(OLD[:10], table, key="id")
    way.cut()
    check_said(way, lambda: IDLE[act](far, table))
    way.mend()
    assert far.load(table)["id"].tolist() == list(range(10))


def test_a_cut_between_two_chunks(mysql: Database, far: Database, way: Network, table: str) -> None:
    """What has arrived is handed out first: it has to be less than all, and in few frames."""
    mysql.save(OLD, table, key="id")
    stream = far.query(f"SELECT a.* FROM {table} AS a, {table} AS b WHERE b.id < 10", chunksize=10_000)
    assert len(next(stream)) == 10_000
    way.cut()
    check_said(way, lambda: list(stream))
    check_usable(mysql, far, way, table, OLD)


def test_a_cut_while_the_server_thinks(mysql: Database, far: Database, way: Network) -> None:
    timer = threading.Timer(0.5, way.cut)
    timer.start()
    check_said(way, lambda: far.query("SELECT SLEEP(60) AS x"))


def test_a_silent_address_is_said(mysql: Database, way: Network) -> None:
    way.cut()
    nobody = Database(reached("127.0.0.1", way.port, mysql.settings, MYSQL_TIMEOUT=SECONDS))
    check_said(way, nobody.tables)


def test_the_timeout_is_at_most_30_seconds_when_nothing_is_set(mysql: Database, way: Network, table: str) -> None:
    if not SOAK:
        assert reached("db", 3306).timeout <= 30
        return
    mysql.save(OLD, table, key="id")
    far = Database(reached("127.0.0.1", way.port, mysql.settings))
    far.tables()
    way.cut(20_000, "received")
    check_said(way, lambda: far.load(table), 35)


# What takes long is no cut.


def test_a_statement_may_take_longer(far: Database) -> None:
    assert far.query("SELECT SLEEP(5) AS x")["x"].tolist() == [0]
    assert far.query("SELECT SLEEP(5) AS x", {"unused": 1})["x"].tolist() == [0]


def test_so_may_the_first_row_of_chunks(far: Database) -> None:
    assert [part["x"].tolist() for part in far.query("SELECT SLEEP(5) AS x", chunksize=1)] == [[0]]


def test_so_may_what_waits_for_a_lock(mysql: Database, far: Database, table: str) -> None:
    mysql.save(OLD[:10], table, key="id")
    with mysql.engine.connect() as holder:
        holder.exec_driver_sql(f"LOCK TABLES {table} WRITE")
        timer = threading.Timer(5, lambda: holder.exec_driver_sql("UNLOCK TABLES"))
        timer.start()
        assert len(far.load(table)) == 10
        assert far.save(NEW[10:20], table, if_exists="append") == 10
        timer.join()


def test_so_may_who_reads(mysql: Database, far: Database, table: str) -> None:
    mysql.save(OLD, table, key="id")
    stream = far.query(f"SELECT * FROM {table}", chunksize=50_000)
    sizes = [len(next(stream))]
    ready = time.monotonic() + 5
    wait_until(lambda: time.monotonic() > ready, "five seconds are over")
    sizes += [len(part) for part in stream]
    assert sizes == [50_000] * 4


def test_so_may_who_writes(mysql: Database, far: Database, table: str) -> None:
    def slowly() -> Iterator[pd.DataFrame]:
        yield OLD[:10]
        ready = time.monotonic() + 5
        wait_until(lambda: time.monotonic() > ready, "five seconds are over")
        yield OLD[10:20]

    assert far.save(slowly(), table) == 20
    assert far.save(slowly(), table, if_exists="append") == 20


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e9", "nan"])
def test_a_timeout_that_is_none_is_explained(value: str) -> None:
    with pytest.raises(SettingsError, match=f"MYSQL_TIMEOUT is '{value}'"):
        reached("db", 3306, MYSQL_TIMEOUT=value)


def test_the_setting_is_known() -> None:
    assert reached("db", 3306, MYSQL_TIMEOUT="7") != reached("db", 3306)
    assert isinstance(reached("db", 3306), Settings)
    assert issubclass(ConnectionFailedError, PersistenceError)
