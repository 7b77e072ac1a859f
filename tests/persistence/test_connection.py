"""Reaching a server: waiting while it starts, and one clear error for each thing that can be wrong."""

from __future__ import annotations

import gc
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest
from processes import sessions, wait_until

from persistence import ConnectionFailedError, Database, Settings, mysql

SERVER = Settings(
    "mysql", host="127.0.0.1", port=1, name="project", user="scientist", password="the-secret-word", timeout=0.3
)


@pytest.fixture
def server(mysql: Database) -> Settings:
    return mysql.settings


def failure(settings: Settings) -> str:
    with pytest.raises(ConnectionFailedError) as caught:
        Database(settings).tables()
    assert settings.password not in str(caught.value)
    return str(caught.value)


def test_no_server_names_the_address_and_what_starts_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql, "is_container", lambda: False)
    assert re.search(r"127\.0\.0\.1:1: .*docker compose up -d", failure(SERVER))


def test_localhost_in_a_container_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql, "is_container", lambda: True)
    assert "set MYSQL_HOST in .env to mysql" in failure(SERVER)


def test_an_unknown_host_fails_at_once(caplog: pytest.LogCaptureFixture) -> None:
    assert "there is no host 'no-such-host.invalid'" in failure(replace(SERVER, host="no-such-host.invalid"))
    assert "waiting" not in caplog.text


def test_a_name_that_only_containers_know_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql, "is_container", lambda: False)
    assert "only inside the project's containers" in failure(replace(SERVER, host="mysql"))


def test_a_wrong_password_explains_the_old_volume(server: Settings) -> None:
    message = failure(replace(server, password="not-the-password"))
    assert "volume" in message
    assert "make rotate-password" in message


def test_an_unknown_database_is_named(server: Settings) -> None:
    assert "'no_such_database'" in failure(replace(server, name="no_such_database"))


@pytest.fixture
def late(server: Settings) -> Iterator[Settings]:
    """The server's address behind a port that refuses at first and forwards to the server from half a second on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        opening = threading.Timer(0.5, listener.listen)
        opening.start()
        forwarder = threading.Thread(target=_forward, args=(listener, opening, server), daemon=True)
        forwarder.start()
        yield replace(server, host="127.0.0.1", port=listener.getsockname()[1], ca=None)


def _forward(listener: socket.socket, opening: threading.Timer, server: Settings) -> None:
    opening.join()
    client, _ = listener.accept()
    upstream = socket.create_connection((server.host, server.port))
    for source, target in ((client, upstream), (upstream, client)):
        threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    while chunk := source.recv(65536):
        target.sendall(chunk)


def test_the_first_connection_waits_for_a_server_that_is_starting(late: Settings) -> None:
    assert Database(late).query("SELECT 1 AS one")["one"].tolist() == [1]


def test_a_connection_that_the_server_closed_is_replaced(db: Database, server: Settings) -> None:
    own = Database(server)
    first = own.query("SELECT CONNECTION_ID() AS id")["id"][0]
    with db.engine.connect() as connection:
        connection.exec_driver_sql(f"KILL {first}")
    assert own.query("SELECT CONNECTION_ID() AS id")["id"][0] != first
    own.close()


def test_what_a_dead_writer_left_is_removed_by_the_next(db: Database, server: Settings, table: str) -> None:
    left = "_persistence_0123456789ab"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {left} (x INT)")
    db.save(pd.DataFrame({"x": [1]}), table)
    found = db.query("SELECT table_name AS t FROM information_schema.tables WHERE table_name = %(t)s", {"t": left})
    assert found.empty


def test_what_a_living_writer_builds_is_left_alone(db: Database, server: Settings, table: str) -> None:
    def stream() -> Iterator[pd.DataFrame]:
        yield pd.DataFrame({"x": [1]})
        Database(server).save(pd.DataFrame({"y": [1]}), f"{table}_other")
        yield pd.DataFrame({"x": [2]})

    db.save(stream(), table)
    assert db.load(table)["x"].tolist() == [1, 2]


def test_a_save_leaves_the_settings_of_its_connection_as_they_are(server: Settings, table: str) -> None:
    own = Database(server)
    settings = "SELECT CONNECTION_ID() AS id, @@sql_mode AS mode, @@lock_wait_timeout AS seconds"
    before = own.query(settings).loc[0].tolist()
    own.save(pd.DataFrame({"x": [1]}), table)
    assert own.query(settings).loc[0].tolist() == before
    assert "STRICT_ALL_TABLES" in before[1]
    assert before[2] == 300
    own.close()


def test_as_many_iterators_are_open_at_once_as_the_server_allows(server: Settings) -> None:
    own = Database(server)
    streams = [own.query("SELECT 1 AS x UNION ALL SELECT 2", chunksize=1) for _ in range(20)]
    assert [next(stream)["x"].tolist() for stream in streams] == [[1]] * 20
    for stream in streams:
        stream.close()
    own.close()


def test_a_cell_that_makes_the_database_again_and_again_leaves_no_connections(db: Database, server: Settings) -> None:
    db.tables()
    before, frame = sessions(db), pd.DataFrame({"x": [1]})
    gc.disable()
    try:
        for _ in range(10):
            own = Database(server)
            own.save(frame, "test_again", if_exists="replace")
            engine = own.engine
        del own
        wait_until(lambda: len(sessions(db) - before) <= 2, "the server has ended the connections")
    finally:
        gc.enable()
        db.drop("test_again")
    with engine.connect() as connection:  # whoever has kept it goes on
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_a_connection_that_cannot_be_prepared_is_closed(
    db: Database, server: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.tables()
    before = sessions(db)
    monkeypatch.setattr(mysql, "SESSION", "SET SESSION no_such_variable = 1")
    with pytest.raises(ConnectionFailedError):
        Database(server).tables()
    monkeypatch.undo()
    wait_until(lambda: sessions(db) <= before, "the server has ended the connection")
