"""Health means that the service works: a proxy for downloads changes nothing, a server that does not answer does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from stack import CommandError, Stack, run, wait_until

PROXIES = """
services:
  jupyter:
    environment:
      HTTP_PROXY: http://127.0.0.1:9
      http_proxy: http://127.0.0.1:9
      ALL_PROXY: http://127.0.0.1:9
"""


def health(one: Stack, service: str) -> str:
    container = one.compose("ps", "--all", "--quiet", service).strip()
    return run("docker", "inspect", "--format", "{{.State.Health.Status}}", container).strip()


def test_a_proxy_does_not_make_it_unhealthy(new_stack: Callable[..., Stack]) -> None:
    one = new_stack()
    (one.project / "compose.override.yaml").write_text(PROXIES)
    one.up()
    assert health(one, "jupyter") == "healthy"


def test_a_database_that_refuses_its_user_is_not_healthy(running: Stack) -> None:
    change = "MYSQL_PWD=$(cat /run/secrets/mysql_root_password) mysql --user=root --execute=\"ALTER USER '{}'@'%' {}\""
    user = running.variable("MYSQL_USER")
    running.compose("exec", "-T", "mysql", "sh", "-c", change.format(user, "ACCOUNT LOCK"))
    # 60 retries of 2 s would pass before the container says so; one probe is asked instead.
    probe = run("docker", "inspect", "--format", "{{index .Config.Healthcheck.Test 1}}", mysql(running)).strip()
    assert "SELECT 1" in probe
    try:
        wait_until(lambda: last_probe(running) != 0, "the health check notices that the user is locked out")
    finally:
        running.compose("exec", "-T", "mysql", "sh", "-c", change.format(user, "ACCOUNT UNLOCK"))
    wait_until(lambda: last_probe(running) == 0, "the health check notices that the user is back")


def test_a_notebook_container_without_a_server_is_not_healthy(running: Stack) -> None:
    container = running.compose("ps", "--quiet", "jupyter").strip()
    test = json.loads(run("docker", "inspect", "--format", "{{json .Config.Healthcheck.Test}}", container))
    probe = test[1:]
    running.compose("exec", "-T", "jupyter", *probe)
    with pytest.raises(CommandError, match="no Jupyter server has started yet"):
        running.compose("run", "--rm", "-T", "--no-deps", "jupyter", *probe)


def mysql(running: Stack) -> str:
    return running.compose("ps", "--quiet", "mysql").strip()


def last_probe(running: Stack) -> int:
    """Return the exit code of the newest health check."""
    codes = run("docker", "inspect", "--format", "{{range .State.Health.Log}}{{.ExitCode}} {{end}}", mysql(running))
    return int(codes.split()[-1])
