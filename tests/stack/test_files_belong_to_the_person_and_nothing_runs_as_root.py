"""The notebook has the UID and GID of .env, no capability, and writes where its owner can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stack import Stack

FOLDERS = ("notebooks", "data", "src")
# Free and taken ones: a CI runner's, macOS' (20 is a group of Debian's), Debian's www-data, one beyond 16 bits.
PEOPLE = [(1001, 121), (501, 20), (33, 33), (1234, 5678), (2000000, 2000000)]


def status_fields(running: Stack, service: str) -> list[dict[str, str]]:
    """Return /proc/*/status of every process of a service."""
    text = running.compose("exec", "-T", service, "sh", "-c", "cat /proc/[0-9]*/status")
    blocks = text.split("Name:")[1:]
    return [dict(line.split(":", 1) for line in f"Name:{block}".splitlines() if ":" in line) for block in blocks]


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


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a project to somebody else")
@pytest.mark.parametrize(("uid", "gid"), PEOPLE)
def test_anybody_can_be_the_notebooks_user(new_stack: Callable[..., Stack], uid: int, gid: int) -> None:
    one = new_stack(database="sqlite")
    one = replace(one, variables={**one.variables, "NB_UID": str(uid), "NB_GID": str(gid)})
    for path in (one.project, *one.project.rglob("*")):
        os.chown(path, uid, gid)
    one.up()
    ids = one.compose("exec", "-T", "jupyter", "sh", "-c", "id -u; id -g; whoami").split()
    assert ids == [str(uid), str(gid), "jovyan"]
    for folder in (*FOLDERS, "outputs", "/home/jovyan", "/opt/project/bin"):
        one.python(f"open('{folder}/made-inside', 'w').write('x')")
    for folder in FOLDERS:
        made = (one.project / folder / "made-inside").stat()
        assert (made.st_uid, made.st_gid) == (uid, gid)
    for process in status_fields(one, "jupyter"):
        assert int(process["CapEff"], 16) == 0, process["Name"]
