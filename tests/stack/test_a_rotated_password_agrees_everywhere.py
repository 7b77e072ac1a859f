"""`make rotate-password`: .env, the server and the containers have the same new credentials, whenever it is killed.

Ten times in `make soak`, twice here.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from stack import CommandError, Stack, run, wait_until

KILLS = 10 if os.environ.get("SOAK") else 2
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


def rotate(one: Stack) -> str:
    return run("make", "rotate-password", cwd=one.project, env=one.variables)


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


def check_agreement(one: Stack) -> None:
    """Check that .env, the server, the notebook and JupyterLab have the same credentials."""
    now = credentials(one)
    assert logs_in(one, one.variable("MYSQL_USER"), now["MYSQL_PASSWORD"])
    assert logs_in(one, "root", now["MYSQL_ROOT_PASSWORD"])
    assert one.status("/api/status", now["JUPYTER_TOKEN"]) == 200
    assert one.python(LOAD) == "[1, 2]"


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    one.python(SAVE)
    return one


def test_all_credentials_are_new_and_the_old_ones_end(stack: Stack) -> None:
    before, mode = credentials(stack), (stack.project / ".env").stat().st_mode
    lines = (stack.project / ".env").read_text().splitlines()
    said = rotate(stack)
    after = credentials(stack)
    assert not [value for value in (before | after).values() if value in said]
    assert not set(before.values()) & set(after.values())
    check_agreement(stack)
    assert not logs_in(stack, stack.variable("MYSQL_USER"), before["MYSQL_PASSWORD"])
    assert not logs_in(stack, "root", before["MYSQL_ROOT_PASSWORD"])
    assert stack.status("/api/status", before["JUPYTER_TOKEN"]) == 403
    assert (stack.project / ".env").stat().st_mode == mode
    changed = [line for line in (stack.project / ".env").read_text().splitlines() if line not in lines]
    assert [line.split("=")[0] for line in changed] == list(CREDENTIALS)
    assert not (stack.project / ".env.rotating").exists()


def test_what_does_not_run_is_not_started(stack: Stack) -> None:
    stack.down()
    rotate(stack)
    assert stack.compose("ps", "--quiet") == ""
    stack.up()
    check_agreement(stack)


def test_a_lost_env_is_mended(stack: Stack) -> None:
    """New credentials of `make env` are not those of the volume."""
    (stack.project / ".env").unlink()
    run("make", "env", cwd=stack.project, env=stack.variables)
    rotate(stack)
    stack.up()
    check_agreement(stack)


def test_nothing_changes_where_the_server_does_not_start(stack: Stack) -> None:
    before = credentials(stack)
    broken = replace(stack, variables={**stack.variables, "MYSQL_USER": "nobody_there"})
    with pytest.raises(CommandError, match="has no user nobody_there"):
        rotate(broken)
    assert credentials(stack) == before
    stack.up()
    check_agreement(stack)


def test_a_credential_of_the_shell_is_told(stack: Stack) -> None:
    before = credentials(stack)
    with pytest.raises(CommandError, match="MYSQL_PASSWORD is set in the shell"):
        rotate(replace(stack, variables={**stack.variables, "MYSQL_PASSWORD": "x"}))
    assert credentials(stack) == before


def test_killed_at_any_moment_it_is_mended_by_the_same_command(
    stack: Stack, measured: Callable[[str, object], None]
) -> None:
    seed = secrets.randbits(32)
    generator = random.Random(seed)  # noqa: S311 - moments, no secrets
    start = time.monotonic()
    rotate(stack)
    seconds = time.monotonic() - start
    found = []
    for _ in range(KILLS):
        moment = generator.uniform(0, 1) * seconds
        process = subprocess.Popen(
            ["make", "rotate-password"], cwd=stack.project, env={**os.environ, **stack.variables},
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        try:
            stack.up()
            check_agreement(stack)
            outcome = "agree"
        except (CommandError, AssertionError):
            rotate(stack)
            stack.up()
            check_agreement(stack)
            outcome = "mended"
        found.append((round(moment, 2), outcome))
    measured("rotation killed", f"{found} of {seconds:.1f} s (seed {seed})")


@pytest.fixture
def elsewhere(images: dict[str, str], new_stack: Callable[..., Stack]) -> Iterator[Stack]:
    """Return a stack whose database is a server that no compose file knows."""
    variables = {"MYSQL_DATABASE": "elsewhere", "MYSQL_USER": "somebody"}
    given = {**variables, "MYSQL_PASSWORD": "of-its-own", "MYSQL_RANDOM_ROOT_PASSWORD": "1"}
    gateway = run("docker", "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", "bridge").strip()
    options = [option for name, value in given.items() for option in ("--env", f"{name}={value}")]
    image = images.get("MYSQL_IMAGE", "mysql:9.7")
    container = run("docker", "run", "--detach", *options, f"--publish={gateway}::3306", image).strip()
    try:
        port = run("docker", "port", container, "3306").strip().rsplit(":", 1)[1]
        one = new_stack(database="external")
        env = one.project / ".env"
        env.write_text(env.read_text().replace("MYSQL_PASSWORD=\n", "MYSQL_PASSWORD='of-its-own'\n"))
        one = replace(one, variables={**one.variables, **variables, "MYSQL_PORT": port})
        one.up()
        one.python(SAVE)
        yield one
    finally:
        run("docker", "rm", "--force", "--volumes", container)


def test_a_server_elsewhere_gets_its_users_new_password(elsewhere: Stack) -> None:
    before = credentials(elsewhere)
    rotate(elsewhere)
    after = credentials(elsewhere)
    assert after["MYSQL_ROOT_PASSWORD"] == before["MYSQL_ROOT_PASSWORD"]
    assert after["MYSQL_PASSWORD"] != before["MYSQL_PASSWORD"]
    assert elsewhere.python(LOAD) == "[1, 2]"
    draft, env = elsewhere.project / ".env.rotating", elsewhere.project / ".env"
    # As if it had been killed when the server had taken the password that the note holds.
    draft.write_text(env.read_text())
    env.write_text(env.read_text().replace(after["MYSQL_PASSWORD"], "lost"))
    assert "interrupted" in rotate(elsewhere)
    assert credentials(elsewhere) == after
    wait_until(lambda: elsewhere.python(LOAD) == "[1, 2]", "the notebook has the password")
