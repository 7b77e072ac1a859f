"""Choices are values in .env: the same project with the embedded database, and with a server it does not start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

import stack
from stack import Stack, run

ROUND_TRIP = """
import pandas as pd
from persistence import Database

db = Database.from_env()
db.save(pd.DataFrame({"a": [1, 2]}), "numbers", if_exists="replace")
print(db.load("numbers")["a"].tolist(), db.engine.dialect.name)
"""


def services(one: Stack) -> list[str]:
    return sorted(one.compose("ps", "--services").split())


def test_outputs_can_be_a_folder_of_the_project(new_stack: Callable[..., Stack]) -> None:
    one = new_stack()
    one = replace(
        one, variables={**one.variables, "DATABASE": "sqlite", "COMPOSE_PROFILES": "", "OUTPUTS": "./outputs"}
    )
    one.up()
    assert one.python(ROUND_TRIP) == "[1, 2] sqlite"
    assert (one.project / "outputs" / "database.sqlite").stat().st_uid == int(one.variable("NB_UID"))


def test_sqlite_needs_no_server_and_keeps_its_file_in_outputs(new_stack: Callable[..., Stack]) -> None:
    one = new_stack(database="sqlite")
    one.up()
    assert services(one) == ["jupyter"]
    assert one.python(ROUND_TRIP) == "[1, 2] sqlite"
    assert ".sqlite" in one.compose("exec", "-T", "jupyter", "ls", "outputs")


@pytest.fixture
def server_elsewhere(images: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run a MySQL server that no compose file knows; return the variables that lead to it."""
    image = images.get("MYSQL_IMAGE") or stack.published_images()["MYSQL_IMAGE"]
    variables = {"MYSQL_DATABASE": "elsewhere", "MYSQL_USER": "somebody", "MYSQL_PASSWORD": "of-its-own"}
    options = [option for name, value in variables.items() for option in ("--env", f"{name}={value}")]
    gateway = stack.bridge_gateway()
    publish = f"--publish={gateway}::3306"
    container = run(
        "docker", "run", "--detach", "--rm", *options, "--env", "MYSQL_RANDOM_ROOT_PASSWORD=1", publish, image
    ).strip()
    port = run("docker", "port", container, "3306").strip().rsplit(":", 1)[1]
    yield {**variables, "MYSQL_PORT": port}
    run("docker", "rm", "--force", "--volumes", container)


def test_a_server_elsewhere_is_reached_with_its_own_credentials(
    new_stack: Callable[..., Stack], server_elsewhere: dict[str, str]
) -> None:
    one = new_stack(database="external")
    assert one.variable("MYSQL_HOST") == "host.docker.internal"
    one = replace(one, variables={**one.variables, **server_elsewhere})
    one.up()
    assert services(one) == ["jupyter"]
    assert one.python(ROUND_TRIP) == "[1, 2] mysql"
