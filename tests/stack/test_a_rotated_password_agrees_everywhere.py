"""`make rotate-password`: .env, the server and the containers have the same new credentials, whenever it is killed.

Twenty times in `make soak`, twice here.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from elsewhere import moved_elsewhere

from stack import CommandError, Stack, published_images, wait_until

KILLS = 20 if os.environ.get("SOAK") else 2
CREDENTIALS = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")
SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"a": [1, 2]}), "numbers", if_exists="replace")
"""
LOAD = """
from persistence import Database

print(Database.from_env().load("numbers")["a"].tolist())
"""
LOGIN = 'MYSQL_PWD="$1" mysql --protocol=tcp --host=127.0.0.1 --user="$2" --execute="SELECT 1"'


def credentials(one: Stack) -> dict[str, str]:
    return {name: one.variable(name) for name in CREDENTIALS}


def logs_in(one: Stack, user: str, password: str) -> bool:
    """Say whether the server takes a password over TCP."""
    try:
        one.compose("exec", "-T", "mysql", "sh", "-c", LOGIN, "sh", password, user)
    except CommandError as error:
        assert "Access denied" in str(error), error
        return False
    return True


def check_server(one: Stack) -> None:
    """Check that the server takes the passwords of .env."""
    assert logs_in(one, one.variable("MYSQL_USER"), one.variable("MYSQL_PASSWORD"))
    assert logs_in(one, "root", one.variable("MYSQL_ROOT_PASSWORD"))


def check_agreement(one: Stack) -> None:
    """Check that .env, the server, the notebook and JupyterLab have the same credentials."""
    check_server(one)
    assert one.status("/api/status", one.variable("JUPYTER_TOKEN")) == 200
    assert one.python(LOAD) == "[1, 2]"


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    one.python(SAVE)
    return one


@dataclass(frozen=True)
class Rotation:
    """What a rotation was told of, and how long it took."""

    before: dict[str, str]
    lines: list[str]
    said: str
    seconds: float


@pytest.fixture(scope="module")
def rotation(stack: Stack) -> Rotation:
    before, lines = credentials(stack), (stack.project / ".env").read_text().splitlines()
    start = time.monotonic()
    said = stack.make("rotate-password")
    return Rotation(before, lines, said, time.monotonic() - start)


def test_all_credentials_are_new_and_the_old_ones_end(stack: Stack, rotation: Rotation) -> None:
    before, after = rotation.before, credentials(stack)
    assert not [value for value in (before | after).values() if value in rotation.said]
    assert not set(before.values()) & set(after.values())
    check_agreement(stack)
    assert not logs_in(stack, stack.variable("MYSQL_USER"), before["MYSQL_PASSWORD"])
    assert not logs_in(stack, "root", before["MYSQL_ROOT_PASSWORD"])
    assert stack.status("/api/status", before["JUPYTER_TOKEN"]) == 403
    assert (stack.project / ".env").stat().st_mode & 0o777 == 0o600
    changed = [line for line in (stack.project / ".env").read_text().splitlines() if line not in rotation.lines]
    assert [line.split("=")[0] for line in changed] == list(CREDENTIALS)
    assert not (stack.project / ".env.rotating").exists()


@pytest.mark.soak
def test_a_lost_env_is_mended_and_what_does_not_run_is_not_started(stack: Stack) -> None:
    """New credentials of `make env` are not those of the volume."""
    stack.compose("stop", "jupyter")
    (stack.project / ".env").unlink()
    stack.make("env")
    stack.make("rotate-password")
    assert stack.compose("ps", "--services", "--status", "running").split() == ["mysql"]
    stack.compose("up", "--detach", "--wait")
    check_agreement(stack)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MYSQL_PASSWORD", "x", "MYSQL_PASSWORD is set in the shell"),
        pytest.param("MYSQL_USER", "nobody_there", "has no user nobody_there", marks=pytest.mark.soak),
    ],
)
def test_nothing_changes_where_it_is_refused(stack: Stack, name: str, value: str, words: str) -> None:
    before = credentials(stack)
    with pytest.raises(CommandError, match=words):
        replace(stack, variables={**stack.variables, name: value}).make("rotate-password")
    assert credentials(stack) == before
    stack.compose("up", "--detach", "--wait")
    check_agreement(stack)


def server_answers(one: Stack) -> bool:
    try:
        logs_in(one, "root", "")
    except (CommandError, AssertionError):
        return False
    return True


def test_killed_at_any_moment_it_is_mended_by_the_same_command(
    stack: Stack, rotation: Rotation, measured: Callable[[str, object], None]
) -> None:
    seed, seconds = secrets.randbits(32), rotation.seconds
    generator = random.Random(seed)  # noqa: S311 - moments, no secrets
    found = []
    for turn in range(KILLS):
        moment = (turn + generator.uniform(0, 1)) / KILLS * seconds
        process = subprocess.Popen(
            ["make", "rotate-password"], cwd=stack.project, env={**os.environ, **stack.variables},
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        if process.poll() is None:  # it may be done
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if turn % 2:  # at once, while the server that it started may still run
            stack.make("rotate-password")
            outcome = "mended at once"
        else:
            stack.compose("up", "--detach", "mysql")
            wait_until(lambda: server_answers(stack), "the server answers", timeout=120)
            try:
                check_server(stack)  # which is healthy then
                stack.compose("up", "--detach", "--wait")
                check_agreement(stack)
                outcome = "agree"
            except (CommandError, AssertionError, OSError):
                stack.make("rotate-password")
                outcome = "mended"
        stack.compose("up", "--detach", "--wait")
        check_agreement(stack)
        found.append((round(moment, 2), outcome))
    measured("rotation killed", f"{found} of {seconds:.1f} s (seed {seed})")


@pytest.fixture
def elsewhere(images: dict[str, str], stack: Stack) -> Iterator[Stack]:
    with moved_elsewhere(stack, images.get("MYSQL_IMAGE") or published_images()["MYSQL_IMAGE"]) as one:
        one.python(SAVE)
        yield one


def test_a_server_elsewhere_gets_its_users_new_password(elsewhere: Stack) -> None:
    before = credentials(elsewhere)
    elsewhere.make("rotate-password")
    after = credentials(elsewhere)
    assert after["MYSQL_ROOT_PASSWORD"] == before["MYSQL_ROOT_PASSWORD"]
    assert after["MYSQL_PASSWORD"] != before["MYSQL_PASSWORD"]
    assert elsewhere.python(LOAD) == "[1, 2]"
    draft, env = elsewhere.project / ".env.rotating", elsewhere.project / ".env"
    # As if it had been killed when the server had taken the password that the note holds.
    draft.write_text(env.read_text())
    env.write_text(env.read_text().replace(after["MYSQL_PASSWORD"], "lost"))
    assert "interrupted" in elsewhere.make("rotate-password")
    assert credentials(elsewhere) == after
    wait_until(lambda: elsewhere.python(LOAD) == "[1, 2]", "the notebook has the password")
