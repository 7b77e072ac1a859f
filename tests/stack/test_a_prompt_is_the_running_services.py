"""While a backup, a proof or a test run has a container beside a service, prompts are the running service's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from stack import Stack, run, wait_until


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    fill = "import os; open('outputs/large', 'wb').write(os.urandom(150_000_000))"
    one.python(fill)  # so that packing takes seconds
    return one


def service(one: Stack, name: str) -> str:
    """Return what a service's running container calls itself."""
    return one.compose("ps", "--quiet", name).strip()[:12]


@contextmanager
def running(one: Stack, container: str, *command: str) -> Iterator[None]:
    """Have a command run that starts this container, which is there meanwhile; it has to succeed."""
    name = f"name={one.variable('COMPOSE_PROJECT_NAME')}-{container}"

    def there() -> str:
        return run("docker", "ps", "--quiet", "--filter", name).strip()

    process = subprocess.Popen(command, cwd=one.project, env={**os.environ, **one.variables}, stdout=subprocess.DEVNULL)
    try:
        wait_until(there, f"the container {container}")
        yield
        assert there(), "it ended too early for this test"
    finally:
        assert process.wait(300) == 0


def test_while_a_backup_packs_a_folder_exec_is_the_notebooks(stack: Stack) -> None:
    with running(stack, "files", "make", "backup", "WITH=outputs"):
        assert stack.compose("exec", "-T", "jupyter", "hostname").strip() == service(stack, "jupyter")


def test_while_a_backup_is_proved_make_sql_is_the_stacks_server(stack: Stack) -> None:
    stack.make("backup")
    with running(stack, "aside", "make", "verify-backup"):
        said = run("make", "sql", cwd=stack.project, env=stack.variables, stdin="SELECT @@hostname;\n")
        assert service(stack, "mysql") in said


def test_while_tests_run_make_shell_is_the_notebooks(stack: Stack) -> None:
    command = ("docker", "compose", "run", "--rm", "-T", "--no-deps", "jupyter", "sleep", "10")
    with running(stack, "jupyter-run", *command):
        said = run("make", "shell", cwd=stack.project, env=stack.variables, stdin="hostname\n")
        assert service(stack, "jupyter") in said
