"""COMPOSE_PROFILES=mysql,dask: workers on the notebook's image compute what a notebook asks for, and it is saved."""

from __future__ import annotations

import asyncio
import http.client
import os
from collections.abc import Callable

import pytest
from lab import CellError, Lab

from stack import CommandError, Stack, run, wait_until

RIGHTS = "{{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{len .HostConfig.PortBindings}} {{.Config.User}}"
WORKERS, KILLS, PARTS, ROWS = (3, 10, 40, 500_000) if os.environ.get("SOAK") else (2, 1, 12, 20_000)
JOB = f"""
import pathlib, time
import pandas as pd
from dask import dataframe as dd
from dask.distributed import Client
from persistence import Database

def trips(part):
    ids = pd.Series(range(part * {ROWS}, (part + 1) * {ROWS}))
    return pd.DataFrame({{"id": ids, "hour": ids % 24, "hexagon": ids % 97, "metres": ids * 7 % 5000}})

def slowly(part):
    if part == 3:
        pathlib.Path("outputs/computing").touch()
    while part > 3 and not pathlib.Path("outputs/killed").exists():
        time.sleep(0.05)
    return trips(part)

client, db = Client(), Database.from_env()
"""
SAVE = f"print(db.save(dd.from_map(slowly, range({PARTS})), 'trips', if_exists='replace', key='id'))\n"
EXACT = f"""
def grouped(frame):
    return frame.groupby(["hexagon", "hour"])["metres"].agg(["count", "sum"])
found = grouped(db.load("trips", npartitions=6)).compute().sort_index()
pd.testing.assert_frame_equal(found, grouped(pd.concat(map(trips, range({PARTS})))).sort_index())
"""


@pytest.fixture(scope="module")
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """A stack with workers."""
    one = new_stack()
    one.variables |= {"COMPOSE_PROFILES": "mysql,dask", "DASK_WORKERS": str(WORKERS)}
    up(one)
    return one


def up(one: Stack) -> None:
    one.make("up")
    one.python(f"{JOB}client.wait_for_workers({WORKERS}, timeout=60)")


@pytest.fixture(scope="module")
def lab(stack: Stack) -> Lab:
    return Lab(stack.url(""), stack.variable("JUPYTER_TOKEN"))


def test_a_client_needs_no_address_and_versions_are_the_same(stack: Stack) -> None:
    asked = "client.get_versions(check=True); print(len(client.scheduler_info(n_workers=-1)['workers']))"
    assert stack.python(JOB + asked) == str(WORKERS)


def test_what_workers_compute_is_saved_and_comes_back_by_partitions(stack: Stack) -> None:
    stack.compose("exec", "-T", "jupyter", "touch", "outputs/killed")  # which the job of the kills waits for
    assert stack.python(JOB + SAVE + EXACT) == str(PARTS * ROWS)


def test_own_code_and_the_database_are_there_in_a_task(stack: Stack) -> None:
    task = "def task():\n    import cleaning\n    return Database.from_env().tables()\n"
    assert "trips" in stack.python(f"{JOB}{task}print(client.submit(task).result())")


def killed(stack: Stack, lab: Lab, container: str) -> str:
    """Run the job in a notebook, and kill a container in the middle of it; return what the notebook shows."""
    stack.compose("exec", "-T", "jupyter", "rm", "-f", "outputs/computing", "outputs/killed")

    def is_computing() -> bool:
        return "computing" in stack.compose("exec", "-T", "jupyter", "ls", "outputs")

    async def work() -> str:
        async with lab.kernel() as kernel:
            running = asyncio.create_task(kernel.run(JOB + SAVE))
            await asyncio.to_thread(wait_until, is_computing, "the third partition is computed")
            await asyncio.to_thread(run, "docker", "kill", "--signal", "KILL", container)
            await asyncio.to_thread(stack.compose, "exec", "-T", "jupyter", "touch", "outputs/killed")
            return await running

    return asyncio.run(work())


@pytest.mark.parametrize("turn", range(KILLS))
def test_a_worker_is_killed_and_the_table_is_exact(stack: Stack, lab: Lab, turn: int) -> None:
    victim = stack.compose("ps", "--quiet", "dask-worker").split()[turn % WORKERS]
    assert killed(stack, lab, victim).split()[-1] == str(PARTS * ROWS)
    stack.python(JOB + EXACT)
    up(stack)


def test_the_scheduler_is_killed_and_the_old_table_stays_with_a_clear_line(stack: Stack, lab: Lab) -> None:
    stack.python(JOB + "db.save(trips(1), 'trips', if_exists='replace')")
    with pytest.raises(CellError, match=r"ConnectionFailedError.*Dask's scheduler does not answer any more"):
        killed(stack, lab, stack.compose("ps", "--quiet", "dask-scheduler").strip())
    assert stack.python("from persistence import Database; print(len(Database.from_env().load('trips')))") == str(ROWS)
    left = "SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_name LIKE '#_persistence%%' ESCAPE '#'"
    assert stack.python(f"from persistence import Database; print(Database.from_env().query({left!r})['n'][0])") == "0"
    up(stack)


def test_its_page_opens_through_lab_with_the_token_and_other_hosts_do_not(stack: Stack) -> None:
    token, page = stack.variable("JUPYTER_TOKEN"), "/proxy/8787/status"
    assert stack.status(page, token) == 200
    connection = http.client.HTTPConnection(stack.url("").removeprefix("http://"), timeout=30)
    connection.request("GET", page)
    answer = connection.getresponse()
    assert (answer.status, (answer.getheader("Location") or "").partition("?")[0]) == (302, "/login")
    assert stack.status("/proxy/mysql:3306/", token) == 403
    assert stack.status("/proxy/example.org:80/", token) == 403
    assert page in stack.python(JOB + "print(client.dashboard_link)")


def test_none_of_it_has_a_port_a_right_or_root(stack: Stack) -> None:
    for name in ("dask-scheduler", "dask-worker"):
        for container in stack.compose("ps", "--quiet", name).split():
            rights = run("docker", "inspect", "--format", RIGHTS, container).strip()
            ids = f"{stack.variable('NB_UID')}:{stack.variable('NB_GID')}"
            assert rights == f"[ALL] [no-new-privileges:true] 0 {ids}"
            assert "jupyter_token" not in run("docker", "exec", container, "ls", "/run/secrets")


def test_the_notebook_computes_there_and_says_where(stack: Stack) -> None:
    command = ("jupyter", "nbconvert", "--execute", "--to", "notebook", "--stdout", "notebooks/dask.ipynb")
    shown = stack.compose("exec", "-T", "jupyter", *command)
    assert "Computed by the workers of .env" in shown
    assert "180,000 rows" in shown


@pytest.mark.soak
def test_other_commands_go_on_beside_it(stack: Stack) -> None:
    stack.make("backup", WITH="outputs")
    stack.make("verify-backup")
    stack.make("rotate-password")
    with pytest.raises(CommandError) as said:
        stack.make("doctor")
    found = [line for line in str(said.value).splitlines() if line.startswith("doctor:")]
    assert [line for line in found if "is set in the shell, too" not in line] == []  # but for this test's variables
    up(stack)


def test_nobody_else_in_the_stacks_network_reaches_it(stack: Stack) -> None:
    look = 'for port in 8786 8787 8888; do timeout 3 bash -c "exec 3<>/dev/tcp/jupyter/$port" 2>&- && echo $port; done'
    assert stack.compose("exec", "-T", "mysql", "bash", "-c", f"{look}; true").split() == ["8888"]


def test_without_the_profile_it_goes_and_a_client_is_of_this_container_alone(stack: Stack) -> None:
    stack.variables["COMPOSE_PROFILES"] = "mysql"
    stack.make("up")
    project = f"label=com.docker.compose.project={stack.variable('COMPOSE_PROJECT_NAME')}"
    names = run("docker", "ps", "--all", "--format", "{{.Names}}", "--filter", project)
    assert "dask" not in names
    local = "from dask.distributed import Client; print(Client(processes=False).scheduler.address)"
    assert stack.python(local).startswith("inproc://")
