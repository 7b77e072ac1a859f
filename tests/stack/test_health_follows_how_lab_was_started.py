"""The image's own health check finds Lab wherever its start put it, and costs little once it answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from stack import CommandError, Stack, run, wait_until

DEAD = "http://127.0.0.1:9"
PASSWORD = "--PasswordIdentityProvider.hashed_password=sha1:a:b"  # noqa: S105 - of nobody
STARTS = {
    "as it is": {},
    "another port": {"JUPYTER_PORT": "9123"},
    "a base URL": {"NOTEBOOK_ARGS": "--ServerApp.base_url=/some/where"},
    "a certificate": {"GEN_CERT": "yes"},
    "restartable": {"RESTARTABLE": "yes"},
    "the classic notebook": {"DOCKER_STACKS_JUPYTER_CMD": "notebook"},
    "a password": {"NOTEBOOK_ARGS": PASSWORD},
    "a proxy that is dead": {name: DEAD for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY")},
    "all at once": {
        "JUPYTER_PORT": "9123",
        "NOTEBOOK_ARGS": "--ServerApp.base_url=/some/where",
        "GEN_CERT": "yes",
        "RESTARTABLE": "yes",
        "https_proxy": DEAD,
    },
}


@pytest.fixture(scope="module")
def image(new_stack: Callable[..., Stack]) -> str:
    one = new_stack(database="sqlite")
    one.compose("build", "jupyter", timeout=900)
    return f"{one.variables['COMPOSE_PROJECT_NAME']}-jupyter"


@contextmanager
def container(image: str, variables: dict[str, str], *command: str) -> Iterator[str]:
    options = [f"--env={name}={value}" for name, value in variables.items()]
    one = run("docker", "run", "--detach", "--cap-drop=ALL", *options, image, *command).strip()
    try:
        yield one
    finally:
        run("docker", "rm", "--force", one)


def state(one: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("docker", "inspect", "--format", "{{json .State.Health}}", one))
    return found


def healthy(one: str) -> None:
    wait_until(lambda: state(one)["Status"] == "healthy", run("docker", "logs", one) + "it is healthy")


@pytest.mark.parametrize("variables", STARTS.values(), ids=STARTS)
def test_it_is_healthy(image: str, variables: dict[str, str]) -> None:
    with container(image, variables) as one:
        healthy(one)


def test_a_server_that_ended_is_not_healthy_though_its_note_is_left(image: str) -> None:
    with container(image, {}, "sh", "-c", "start-notebook.py & exec sleep infinity") as one:
        healthy(one)
        run("docker", "exec", one, "pkill", "-KILL", "jupyter-lab")
        probe = ("docker", "exec", one, "python", "-I", "/opt/image/healthy.py")
        with pytest.raises(CommandError, match="refused"):
            run(*probe)


def test_a_probe_after_a_good_answer_first_sleeps(image: str) -> None:
    with container(image, {}) as one:
        healthy(one)
        wait_until(lambda: run("docker", "exec", one, "ls", "/dev/shm") == "healthy\n", "a good answer is noted")  # noqa: S108
        begin = time.monotonic()
        run("docker", "exec", one, "python", "-I", "/opt/image/healthy.py")
        assert time.monotonic() - begin > 9
