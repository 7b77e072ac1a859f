"""What is mounted where is a choice of .env: what each kind of OUTPUTS survives, and that each is usable at once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import diagnosis
from diagnosis import LOAD, SAVE
from stack import CommandError, Stack, free_port, run, wait_until

ROOT = os.getuid() == 0
NOTE = "outputs/note.txt"
# docs/storage.md has the same table.
SURVIVES = {
    "volume": {"restart": True, "recreate": True, "down": True, "down -v": False},
    "folder": {"restart": True, "recreate": True, "down": True, "down -v": True},
    "folder outside": {"restart": True, "recreate": True, "down": True, "down -v": True},
    "anonymous": {"restart": True, "recreate": True, "down": False, "down -v": False},
}
START = ("up", "--detach", "--no-build")
EVENTS: dict[str, list[tuple[str, ...]]] = {
    "restart": [("restart", "jupyter")],
    "recreate": [(*START, "--force-recreate")],
    "down": [("down",), START],
    "down -v": [("down", "--volumes"), START],
}


def with_values(one: Stack, **values: str) -> Stack:
    return replace(one, variables={**one.variables, **values})


def started(one: Stack, **values: str) -> Stack:
    """Start the notebook, whose image is there; what is mounted does not wait for JupyterLab's health."""
    one = with_values(one, **values)
    one.compose(*START)
    return one


@pytest.fixture(scope="module")
def made(new_stack: Callable[..., Stack]) -> Stack:
    """Return the stack without a server whose mounts the tests choose, with its image built."""
    one = new_stack(database="sqlite")
    one.compose("build", timeout=900)
    return one


def inspected(container: str) -> dict[str, Any]:
    """Return what the engine knows of a container."""
    (known,) = json.loads(run("docker", "inspect", container))
    return dict(known)


def survivals(one: Stack) -> dict[str, bool]:
    """Return whether what is written into outputs/ is there after each event, one after the other, and make it then."""
    one.compose(*START)
    found = {}
    for event, commands in EVENTS.items():
        one.compose("exec", "-T", "jupyter", "sh", "-c", f"echo kept >{NOTE}")
        before = one.compose("ps", "--quiet", "jupyter")
        for command in commands:
            one.compose(*command)
        assert (one.compose("ps", "--quiet", "jupyter") == before) == (event == "restart")
        found[event] = one.compose("exec", "-T", "jupyter", "sh", "-c", f"cat {NOTE} || true").strip() == "kept"
    one.down("--volumes")
    return found


def test_what_outputs_survive(made: Stack, tmp_path: Path) -> None:
    """All kinds at the same time, as projects with an image in common."""
    name = made.variable("COMPOSE_PROJECT_NAME")
    sources = {"volume": "outputs", "folder": "./results", "folder outside": str(tmp_path / "out"), "anonymous": ""}
    kinds = {}
    for number, (kind, source) in enumerate(sources.items()):
        own = f"{name}-{number}"
        run("docker", "tag", f"{name}-jupyter", f"{own}-jupyter")
        kinds[kind] = with_values(made, OUTPUTS=source, COMPOSE_PROJECT_NAME=own, JUPYTER_PORT=str(free_port()))
    try:
        with ThreadPoolExecutor() as pool:
            assert dict(zip(kinds, pool.map(survivals, kinds.values()), strict=True)) == SURVIVES
    finally:
        for one in kinds.values():
            one.down("--volumes", "--rmi", "local")


def test_outputs_that_are_anonymous_are_each_containers_own(made: Stack) -> None:
    """What `docker compose run` writes there goes with its container, and the notebook's own are not seen by it."""
    one = started(made, OUTPUTS="")
    one.python(f"open({NOTE!r}, 'w').write('kept')")
    name = one.variable("COMPOSE_PROJECT_NAME")
    entry = ("--entrypoint", "sh", "jupyter", "-c", "ls outputs; touch outputs/mine; exec sleep infinity")
    container = one.compose("run", "--detach", "--rm", "-T", *entry).strip()
    (mount,) = (one for one in inspected(container)["Mounts"] if one["Destination"] == "/home/jovyan/work/outputs")
    files = ("docker", "run", "--rm", "--volume", f"{mount['Name']}:/volume", "--entrypoint", "ls")
    wait_until(lambda: run(*files, f"{name}-jupyter", "/volume") == "mine\n", "it has written")
    assert run("docker", "logs", container) == ""
    run("docker", "kill", container)
    wait_until(lambda: mount["Name"] not in run("docker", "volume", "ls", "--quiet").split(), "its volume is gone")
    assert one.python("import os; print(os.listdir('outputs'))") == "['note.txt']"
    one.down("--volumes")


@pytest.mark.soak
def test_tables_in_an_anonymous_volume_come_out_and_are_backed_up(made: Stack) -> None:
    one = started(made, OUTPUTS="")
    one.python(f"open({NOTE!r}, 'w').write('kept')")
    one.python(SAVE)
    diagnosis.mends(one.project, "which is anonymous (OUTPUTS is empty)", env=one.variables)
    one = with_values(one, OUTPUTS="./outputs")
    assert one.python(LOAD) == "[1, 2, 3]"
    assert (one.project / NOTE).read_text() == "kept"
    # From now on a backup reaches them, too, and the doctor what a killed restore left.
    run("make", "backup", cwd=one.project, env=one.variables)
    (backup,) = (one.project / "backups").glob("*.zip")
    one.python(SAVE.replace("[1, 2, 3]", "[4]"))
    diagnosis.kill_a_restore(one.project, backup, env=one.variables)
    assert diagnosis.mends(one.project, "a restore was interrupted", env=one.variables) == "make restore"
    assert one.python(LOAD) == "[1, 2, 3]"
    one.down("--volumes")


def test_data_can_be_a_volume_and_notebooks_read_only(made: Stack) -> None:
    one = started(made, DATA="data", NOTEBOOKS_MODE="ro")
    one.python("open('data/input.csv', 'w').write('a')")
    with pytest.raises(CommandError, match="Read-only file system"):
        one.python("open('notebooks/mine.ipynb', 'w')")
    one.down()
    one = started(one, NOTEBOOKS_MODE="rw")
    assert one.python("print(open('data/input.csv').read())") == "a"
    assert not (one.project / "data" / "input.csv").exists()
    one.python("import os; open('notebooks/mine.ipynb', 'w'); os.remove('notebooks/mine.ipynb')")
    one.down("--volumes")


def test_a_folder_that_is_not_there_is_made_and_belongs_to_the_notebooks_user(made: Stack, tmp_path: Path) -> None:
    inside, outside = made.project / "new", tmp_path / "deep" / "new"
    one = started(made, OUTPUTS="./new", DATA=str(outside))
    one.python("open('outputs/a', 'w'); open('data/a', 'w')")
    for path in (inside, inside / "a", outside, outside / "a"):
        assert path.stat().st_uid == int(one.variable("NB_UID"))


def test_volumes_that_somebody_else_filled_become_usable(made: Stack) -> None:
    one = started(made, OUTPUTS="outputs", DATA="data")
    one.down()
    name = one.variable("COMPOSE_PROJECT_NAME")
    volumes = ("--volume", f"{name}_outputs:/0", "--volume", f"{name}_data:/4321")
    fill = "for owner in 0 4321; do cd /$owner; mkdir -p a/b; touch a/b/c; chmod 700 a; chown -R $owner:$owner .; done"
    run("docker", "run", "--rm", "--user=0", "--entrypoint=sh", *volumes, f"{name}-jupyter", "-c", fill)
    one.compose(*START)
    for folder in ("outputs", "data"):
        one.python(f"open('{folder}/a/b/c', 'w').write('mine'); open('{folder}/new', 'w')")
    one.down("--volumes")


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_a_folder_that_holds_somebodys_files_stays_theirs(made: Stack, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o755)
    (tmp_path / "theirs" / "file").touch()
    one = started(made, DATA=str(tmp_path / "theirs"))
    assert one.python("import os; print(os.listdir('data'))") == "['file']"
    assert (tmp_path / "theirs").stat().st_uid == 0
    assert (tmp_path / "theirs" / "file").stat().st_uid == 0


def test_what_hands_over_has_two_rights_no_network_and_ends(made: Stack) -> None:
    one = started(made)
    known = inspected(one.compose("ps", "--all", "--quiet", "folders").strip())
    host = known["HostConfig"]
    assert [name.removeprefix("CAP_") for name in host["CapAdd"]] == ["CHOWN", "DAC_READ_SEARCH"]
    assert host["CapDrop"] == ["ALL"]
    assert host["NetworkMode"] == "none"
    assert (known["State"]["Running"], known["State"]["ExitCode"]) == (False, 0)
