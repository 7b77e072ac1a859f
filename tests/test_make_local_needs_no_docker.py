"""`make local`: a locked environment and JupyterLab on this machine, where the command `docker` does not even exist."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import stack
from stack import CommandError, run, wait_until

SCRIPT = stack.PROJECT_FOLDER / "scripts" / "local.py"
TOOLS = ("make", "sh", "awk", "test", "uname")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the few programs that `make local` may use, of which Docker is none."""
    folder = tmp_path_factory.mktemp("bin")
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name) or pytest.fail(f"this machine has no {name}"))
    (folder / "python3").symlink_to(sys.executable)
    return folder


@pytest.fixture(scope="module")
def made(template: Path, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the default answers, whose environment is made; its path has a space."""
    made = stack.bake(template, tmp_path_factory.mktemp("without docker"))
    local(made, tools, "python", "-c", "")
    return made


def environment(tools: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    return {**kept, "PATH": str(tools), **variables}


def local(project: Path, tools: Path, *command: str, **variables: str) -> str:
    """Run a command as `make local` runs JupyterLab; return what it printed."""
    done = subprocess.run(
        [tools / "python3", "scripts/local.py", *command],
        cwd=project,
        env=environment(tools, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(done.stdout + done.stderr)
    return done.stdout


@contextmanager
def lab(project: Path, tools: Path, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `make local` as a person does; yield JupyterLab's address and the process, which ends with the block."""
    port = stack.free_port()
    log = project / "outputs" / "lab.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            ["make", "local"],
            cwd=project,
            env=environment(tools, JUPYTER_PORT=str(port), **variables),
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        found: list[str] = []

        def said() -> bool:
            assert process.poll() is None, log.read_text()
            found[:] = re.findall(rf"http://127\.0\.0\.1:{port}/lab\?token=\S+", log.read_text())
            return bool(found) and status(f"http://127.0.0.1:{port}/api") == 200

        wait_until(said, "JupyterLab answers", timeout=120)
        yield found[0], process
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def status(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


def test_the_environment_holds_what_the_locks_say(made: Path, tools: Path) -> None:
    said = local(made, tools, "python", "-m", "pip", "list", "--format=json")
    installed = {one["name"].lower().replace("_", "-"): one["version"] for one in json.loads(said.splitlines()[-1])}
    for name in ("requirements.lock", "lab.lock"):
        locked = re.findall(r"(?m)^([a-z0-9.-]+)==(\S+) \\$", (made / name).read_text())
        assert locked
        assert [(package, version) for package, version in locked if installed.get(package) != version] == []


def test_lab_opens_with_the_token_of_env_and_not_without(made: Path, tools: Path) -> None:
    with lab(made, tools) as (url, process):
        assert status(url.replace("/lab", "/api/status")) == 200
        assert status(url.partition("?")[0].replace("/lab", "/api/status")) == 403
        token = url.partition("token=")[2]
        assert f"JUPYTER_TOKEN={token}" in (made / ".env").read_text()
        shown = run("ps", "-A", "-o", "args")
        assert "jupyter" in shown
        assert token not in shown
        assert process.poll() is None


def test_the_starter_notebooks_run_and_their_tables_are_in_a_file(made: Path, tools: Path) -> None:
    said = local(made, tools, "python", "scripts/run_notebooks.py")
    assert "Tables are in outputs/database.sqlite" in said
    assert {path.name for path in (made / "outputs" / "notebooks").glob("*.ipynb")} >= {"start.ipynb", "map.ipynb"}
    code = "from persistence import Database; print(Database.from_env().tables())"
    assert "'trips'" in local(made, tools, "python", "-c", code)


def test_it_is_made_once_and_anew_only_where_a_lock_changes(made: Path, tools: Path) -> None:
    mark = made / ".venv" / "mine"
    mark.touch()
    assert "Making" not in local(made, tools, "python", "-c", "")
    assert mark.exists()


def test_an_environment_of_somebody_elses_stays(bake: Callable[..., Path], tools: Path) -> None:
    project = bake()
    own = project / ".venv" / "own"
    own.parent.mkdir()
    own.touch()
    with pytest.raises(CommandError, match="move it away"):
        local(project, tools)
    assert own.exists()


def test_a_busy_port_is_said_with_the_command_that_takes_another(made: Path, tools: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} .*JUPYTER_PORT={port + 1} make local"):
            local(made, tools, JUPYTER_PORT=str(port))


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT.parent))
        return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize(
    ("written", "shell", "database", "host"),
    [
        ({"DATABASE": "mysql", "MYSQL_HOST": "mysql"}, {}, "sqlite", None),
        ({"DATABASE": "sqlite", "MYSQL_HOST": "mysql"}, {}, "sqlite", None),
        ({"DATABASE": "mysql", "MYSQL_HOST": "host.docker.internal"}, {}, "mysql", "127.0.0.1"),
        ({"DATABASE": "mysql", "MYSQL_HOST": "db.example.org"}, {}, "mysql", None),
        ({"DATABASE": "mysql", "MYSQL_HOST": "mysql"}, {"MYSQL_HOST": "127.0.0.1"}, "mysql", None),
        ({"DATABASE": "mysql", "MYSQL_HOST": "127.0.0.1"}, {"DATABASE": "sqlite"}, "sqlite", None),
    ],
)
def test_the_database_is_one_that_this_machine_reaches(
    script: dict[str, Any], written: dict[str, str], shell: dict[str, str], database: str, host: str | None
) -> None:
    chosen = script["settings"](written, shell)
    assert (chosen["DATABASE"], chosen.get("MYSQL_HOST")) == (database, host)
