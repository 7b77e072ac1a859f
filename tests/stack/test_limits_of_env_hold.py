"""MEMORY, CPUS, PIDS, SHM_SIZE and LOG_SIZE of .env limit the notebook and the database; what dies of them is said."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from diagnosis import command, said, write
from stack import Stack, run, wait_until

LIMITS = {"MEMORY": "700m", "CPUS": "0.5", "PIDS": "300", "SHM_SIZE": "100m", "LOG_SIZE": "20k"}
GREEDY = """
import os
if not os.fork():
    held = bytearray(900 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
os.wait()
"""


@pytest.fixture(scope="module")
def limited(new_stack: Callable[..., Stack]) -> Stack:
    """A stack with little of everything."""
    one = new_stack(project_name="Limited")
    write(one.project / ".env", **LIMITS)
    one.up()
    return one


def container(one: Stack, service: str) -> str:
    return one.compose("ps", "--all", "--quiet", service).strip()


@pytest.mark.parametrize("service", ["jupyter", "mysql"])
def test_each_service_has_them(limited: Stack, service: str) -> None:
    (found,) = json.loads(run("docker", "inspect", container(limited, service)))
    config = found["HostConfig"]
    assert (config["Memory"], config["NanoCpus"], config["PidsLimit"]) == (700 * 2**20, 500_000_000, 300)
    assert config["LogConfig"] == {"Type": "local", "Config": {"max-size": "20k"}}


def test_shared_memory_is_what_env_says(limited: Stack) -> None:
    assert limited.python("import os; s = os.statvfs('/dev/shm'); print(s.f_blocks * s.f_frsize)") == str(100 * 2**20)


def test_defaults_have_room_for_loaders_and_bounds_for_the_rest(running: Stack) -> None:
    assert running.python("import os; s = os.statvfs('/dev/shm'); print(s.f_blocks * s.f_frsize)") == str(2**30)
    (found,) = json.loads(run("docker", "inspect", container(running, "jupyter")))
    assert found["HostConfig"]["Memory"] == 4 * 2**30
    assert found["HostConfig"]["NanoCpus"] == 0
    assert found["HostConfig"]["PidsLimit"] == 4096


def test_a_kernel_that_dies_of_memory_is_said_with_the_variable(limited: Stack) -> None:
    limited.python(GREEDY)
    lines = said(limited.project, env=limited.variables)
    assert command(lines, "jupyter had no memory left (MEMORY=700m)").endswith("MEMORY=1400m && make up")


def test_a_killed_database_comes_back_by_itself(limited: Stack) -> None:
    (found,) = json.loads(run("docker", "inspect", container(limited, "mysql")))
    run("kill", "-9", str(found["State"]["Pid"]))
    wait_until(lambda: restarted(limited, found["State"]["StartedAt"]), "the server runs again and is healthy", 120)
    assert limited.python("from persistence import Database; print(Database.from_env().tables())") == "[]"


def restarted(one: Stack, before: str) -> bool:
    (found,) = json.loads(run("docker", "inspect", container(one, "mysql")))
    return bool(found["State"]["StartedAt"] != before and found["State"]["Health"]["Status"] == "healthy")
