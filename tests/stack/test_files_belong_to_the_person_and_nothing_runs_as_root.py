"""The notebook has the UID and GID of .env, no capability, and writes where its owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from stack import Stack, run

FOLDERS = ("notebooks", "data", "src")
MOUNTS = (*FOLDERS, "outputs")
# A person's, a CI runner's, macOS' (20 is a group of Debian's), any, Debian's www-data, one beyond 16 bits, root's.
PEOPLE = [(1000, 1000), (1001, 121), (501, 20), (1234, 5678), (33, 33), (2000000, 2000000), (0, 0)]
# What a notebook does: it writes into each mount, and notes who runs while it runs itself.
WRITE = f"""
from pathlib import Path

for folder in {MOUNTS}:
    Path("/home/jovyan/work", folder, "made-inside").write_text("x")
statuses = [path.read_text() for path in Path("/proc").glob("[0-9]*/status")]
Path("/home/jovyan/work/outputs/processes").write_text("".join(statuses))
"""


def parsed(statuses: str) -> list[dict[str, str]]:
    """Return the fields of each of the /proc/*/status that follow each other in a text."""
    blocks = statuses.split("Name:")[1:]
    return [dict(line.split(":", 1) for line in f"Name:{block}".splitlines() if ":" in line) for block in blocks]


def status_fields(running: Stack, service: str) -> list[dict[str, str]]:
    """Return /proc/*/status of every process of a service."""
    return parsed(running.compose("exec", "-T", service, "sh", "-c", "cat /proc/[0-9]*/status"))


@pytest.mark.parametrize("service", ["jupyter", "mysql"])
def test_no_process_is_root_or_has_a_capability(running: Stack, service: str) -> None:
    processes = status_fields(running, service)
    assert processes
    for process in processes:
        assert "0" not in process["Uid"].split(), process["Name"]
        assert int(process["CapEff"], 16) == 0, process["Name"]
        assert process["NoNewPrivs"].strip() == "1", process["Name"]


def test_the_notebooks_user_has_the_ids_of_env_and_a_name(running: Stack) -> None:
    ids = running.compose("exec", "-T", "jupyter", "sh", "-c", "id -u; id -g; whoami").split()
    assert ids == [running.variable("NB_UID"), running.variable("NB_GID"), "jovyan"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_file_written_in_a_mount_belongs_to_that_user_on_the_host(running: Stack, folder: str) -> None:
    running.python(f"open('{folder}/made-inside', 'w').write('x')")
    made: Path = running.project / folder / "made-inside"
    assert (made.stat().st_uid, made.stat().st_gid) == (
        int(running.variable("NB_UID")),
        int(running.variable("NB_GID")),
    )
    running.python(f"import os; os.remove('{folder}/made-inside')")


def test_outputs_and_home_and_packages_are_writable(running: Stack) -> None:
    for folder in ("outputs", "/home/jovyan", "/opt/project/bin", "/opt/conda/bin"):
        running.python(f"import tempfile; tempfile.TemporaryFile(dir='{folder}')")


@dataclass(frozen=True)
class Person:
    """What there was to see while somebody's notebook ran.

    Attributes:
        said: what the container printed at its start.
        answers: the HTTP statuses of JupyterLab's page and of its server, with the token.
        whoami: UID, GID and name inside.
        image_user: the user of the image itself.
        owners: UID and GID on this machine of the file that the notebook wrote into each mount.
        processes: /proc/*/status of all processes in the container, the kernel's among them.
    """

    said: str
    answers: list[int]
    whoami: list[str]
    image_user: str
    owners: dict[str, tuple[int, int]]
    processes: list[dict[str, str]]


def seen(one: Stack, uid: int, gid: int) -> Person:
    """Start a project as somebody's, execute a notebook that writes into each mount, and tell what there was to see."""
    empty: dict[str, object] = {"metadata": {}}
    cell = {**empty, "cell_type": "code", "id": "a", "execution_count": None, "source": WRITE, "outputs": []}
    notebook = {**empty, "cells": [cell], "nbformat": 4, "nbformat_minor": 5}
    (one.project / "notebooks" / "writes.ipynb").write_text(json.dumps(notebook))
    for path in (one.project, *one.project.rglob("*")):
        os.chown(path, uid, gid)
    one.up()
    execute = ("python", "-m", "nbconvert", "--execute", "--inplace", "--to", "notebook", "notebooks/writes.ipynb")
    one.compose("exec", "-T", "jupyter", *execute)
    token, container = one.variable("JUPYTER_TOKEN"), one.compose("ps", "--quiet", "jupyter").strip()
    made = {folder: (one.project / folder / "made-inside").stat() for folder in MOUNTS}
    found = Person(
        said=one.compose("logs", "--no-color", "jupyter"),
        answers=[one.status(path, token) for path in ("/lab", "/api/status")],
        whoami=one.compose("exec", "-T", "jupyter", "sh", "-c", "id -u; id -g; whoami").split(),
        image_user=run("docker", "inspect", "--format", "{{.Config.User}}", container).strip(),
        owners={folder: (status.st_uid, status.st_gid) for folder, status in made.items()},
        processes=parsed((one.project / "outputs" / "processes").read_text()),
    )
    one.down("--volumes", "--rmi", "local")
    return found


@pytest.fixture(scope="module")
def people(new_stack: Callable[..., Stack]) -> dict[tuple[int, int], Person]:
    """Return what was seen of each; some of them at the same time, since they mostly wait for JupyterLab."""
    stacks = {}
    for uid, gid in PEOPLE:
        one = new_stack(database="sqlite")
        ids = {"NB_UID": str(uid), "NB_GID": str(gid), "OUTPUTS": "./outputs"}
        stacks[uid, gid] = replace(one, variables={**one.variables, **ids})
    with ThreadPoolExecutor(3) as pool:
        running = {ids: pool.submit(seen, one, *ids) for ids, one in stacks.items()}
    return {ids: future.result() for ids, future in running.items()}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a project to somebody else")
@pytest.mark.parametrize(("uid", "gid"), PEOPLE)
def test_anybody_can_be_the_notebooks_user(people: dict[tuple[int, int], Person], uid: int, gid: int) -> None:
    person = people[uid, gid]
    assert person.answers == [200, 200]
    assert person.whoami == [str(uid), str(gid), "jovyan" if uid else "root"]
    assert person.image_user == f"{uid}:{gid}"
    assert person.owners == dict.fromkeys(MOUNTS, (uid, gid))
    assert {"jupyter-lab", "python"} <= {process["Name"].strip() for process in person.processes}
    for process in person.processes:
        assert process["Uid"].split() == [str(uid)] * 4, process["Name"]
        assert int(process["CapEff"], 16) == 0, process["Name"]
        assert process["NoNewPrivs"].strip() == "1", process["Name"]
    assert ("This notebook runs as root, as NB_UID=0 in .env says" in person.said) == (uid == 0)
