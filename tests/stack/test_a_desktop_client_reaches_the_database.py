"""COMPOSE_FILE=compose.yaml:compose.client.yaml: a client of this machine reaches the server over TLS."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import mysql.connector
import pytest

from stack import Stack, free_port, run

SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"a": [1]}), "seen")
"""


@pytest.fixture(scope="module", params=["MySQL", "MariaDB"])
def stack(
    request: pytest.FixtureRequest, new_stack: Callable[..., Stack], local_image: Callable[[str], str]
) -> Iterator[Stack]:
    """A stack with the layer, as its .env says it, and a table."""
    one = new_stack()
    if request.param == "MariaDB":
        one.variables["MYSQL_IMAGE"] = local_image("mariadb")
    with (one.project / ".env").open("a") as file:
        file.write(f"COMPOSE_FILE=compose.yaml:compose.client.yaml\nMYSQL_CLIENT_PORT={free_port()}\n")
    one.up()
    one.python(SAVE)
    yield one
    one.down("--volumes")


def asked(one: Stack, sql: str) -> list[tuple[object, ...]]:
    """Return what a client of this machine is answered, which wants TLS as desktop clients do."""
    account = {name: one.variable(f"MYSQL_{name.upper()}") for name in ("user", "password", "database")}
    port = int(one.variable("MYSQL_CLIENT_PORT"))
    with closing(mysql.connector.connect(host="127.0.0.1", port=port, ssl_disabled=False, **account)) as connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


def test_a_client_reads_the_tables_over_tls(stack: Stack) -> None:
    assert asked(stack, "SELECT * FROM seen") == [(1,)]
    ((_, version),) = asked(stack, "SHOW STATUS LIKE 'Ssl_version'")
    assert str(version).startswith("TLSv1.")


def test_a_wrong_password_is_refused(stack: Stack) -> None:
    other = Stack(stack.project, {**stack.variables, "MYSQL_PASSWORD": "another-word"})
    with pytest.raises(mysql.connector.Error, match="Access denied"):
        asked(other, "SELECT 1")


def test_no_other_address_of_this_machine_answers(stack: Stack) -> None:
    own = run("hostname", "-I").split()[0]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((own, int(stack.variable("MYSQL_CLIENT_PORT"))), 5)


def published(one: Stack, layers: str) -> list[str]:
    """Return the services that publish a port with these files of compose's."""
    with_layers = Stack(one.project, {**one.variables, "COMPOSE_FILE": layers, "SITE": "server.example.org"})
    services = json.loads(with_layers.compose("config", "--format", "json"))["services"]
    return [name for name, service in services.items() if service.get("ports")]


def test_without_the_line_there_is_no_port(stack: Stack) -> None:
    assert published(stack, "compose.yaml:compose.client.yaml") == ["jupyter", "mysql"]
    assert published(stack, "compose.yaml") == ["jupyter"]


def test_on_a_server_the_line_publishes_nothing(stack: Stack) -> None:
    assert published(stack, "compose.yaml:compose.client.yaml:compose.deploy.yaml") == ["caddy"]
