"""Inside, the notebook's user is somebody: git, ssh and pip work, and a group can share files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace

import pytest

from stack import Stack

ROOT = os.getuid() == 0


@pytest.fixture(scope="module")
def shared(new_stack: Callable[..., Stack]) -> Stack:
    """Return a stack of somebody whose new files a group may write, with an UID that no image knows."""
    one = new_stack(database="sqlite")
    ids = {"NB_UID": "4242", "NB_GID": "4343", "NB_UMASK": "002", "OUTPUTS": "./outputs"}
    one = replace(one, variables={**one.variables, **ids})
    if ROOT:
        for path in (one.project, *one.project.rglob("*")):
            os.chown(path, 4242, 4343)
    one.up()
    return one


def shell(one: Stack, script: str) -> str:
    return one.compose("exec", "-T", "jupyter", "bash", "-lc", script).strip()


def test_ssh_knows_who_calls(shared: Stack) -> None:
    assert "user jovyan" in shell(shared, "ssh -G example.org").splitlines()
    assert shell(shared, "ssh-keygen -q -t ed25519 -N '' -f /tmp/key && cut -d ' ' -f 1 /tmp/key.pub") == "ssh-ed25519"


def test_git_commits_and_clones(shared: Stack) -> None:
    said = shell(
        shared,
        "cd /tmp && git init -q one && cd one && git config user.name Me && git config user.email me@example.org "
        "&& git commit -q --allow-empty -m First && cd .. && git clone -q one two && git -C two log --format=%s",
    )
    assert said == "First"


def test_pip_installs(shared: Stack) -> None:
    shell(shared, "pip install --quiet --disable-pip-version-check humanize")
    assert shell(shared, "python -c 'import humanize; print(humanize.__name__)'") == "humanize"


@pytest.mark.skipif(not ROOT, reason="only root can give a project to somebody else")
def test_the_groups_umask_holds_in_kernels_shells_and_files(shared: Stack) -> None:
    assert shell(shared, "umask") == "0002"
    assert shared.compose("exec", "-T", "jupyter", "sh", "-c", "grep Umask /proc/1/status").split()[1] == "0002"
    (server,) = {
        line.split()[1]
        for line in shared.compose("exec", "-T", "jupyter", "sh", "-c", "cat /proc/[0-9]*/status").splitlines()
        if line.startswith("Umask") and line.split()[1] != "0022"
    }
    assert server == "0002"
    shell(shared, "touch notebooks/shared.ipynb outputs/shared.csv")
    for path in ("notebooks/shared.ipynb", "outputs/shared.csv"):
        made = (shared.project / path).stat()
        assert (made.st_uid, made.st_gid, stat.S_IMODE(made.st_mode)) == (4242, 4343, 0o664)
