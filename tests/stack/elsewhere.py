"""A MySQL server that no compose file knows, as the database of a project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from stack import Stack, bridge_gateway, run, wait_until


@contextmanager
def moved_elsewhere(one: Stack, image: str) -> Iterator[Stack]:
    """Yield a running project with its tables on another server, new and empty, that takes no files (its default).

    Args:
        one: the project; the other server has the same account.
        image: the server's.
    """
    one.compose("stop", "mysql")
    account = {name: one.variable(name) for name in ("MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD")}
    given = {**account, "MYSQL_RANDOM_ROOT_PASSWORD": "1", "MYSQL_INITDB_SKIP_TZINFO": "1"}
    options = [option for name, value in given.items() for option in ("--env", f"{name}={value}")]
    publish = f"--publish={bridge_gateway()}::3306"
    container = run("docker", "run", "--detach", *options, publish, image, "--disable-log-bin").strip()
    try:
        port = run("docker", "port", container, "3306").strip().rsplit(":", 1)[1]
        way = {"COMPOSE_PROFILES": "", "MYSQL_HOST": "host.docker.internal", "MYSQL_PORT": port}
        moved = replace(one, variables={**one.variables, **way})
        wait_until(lambda: "port: 3306" in run("sh", "-c", f"docker logs {container} 2>&1"), "the server starts", 180)
        moved.compose("up", "--detach", "--wait")
        yield moved
    finally:
        run("docker", "rm", "--force", "--volumes", container)
