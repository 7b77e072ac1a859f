"""`make local`: a locked environment and JupyterLab on this machine, where the command `docker` does not even exist."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import diagnosis
import stack
from make_sample import TRIPS
from stack import CommandError, run, wait_until

MAKE_PLACES = """
import geopandas as gpd
import pandas as pd
from persistence import Database
from shapely import Point

index = pd.Index([7, 8], name="id")
places = gpd.GeoDataFrame({"n": pd.array([1, None], "Int64")}, geometry=[Point(9, 48), None], crs=4326, index=index)
Database.from_env().save(places, "places", key="id")
"""
COMPARE = """
from pathlib import Path
from pandas.testing import assert_frame_equal
from persistence import Database, Settings

file, server = Database(Settings("sqlite", path=Path("outputs/database.sqlite"))), Database.from_env()
assert server.settings.database == "mysql"
assert file.tables() == server.tables() and "places" in file.tables()
for name in file.tables():
    one, other = file.load(name), server.load(name)
    assert_frame_equal(one, other)
    assert getattr(one, "crs", None) == getattr(other, "crs", None)
print("equal")
"""
SAY = "import os; print(os.environ['DATABASE'], os.environ.get('MYSQL_HOST', ''))"
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
        with suppress(ProcessLookupError):
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
        shown = run("ps", "-A", "-ww", "-o", "args")
        assert "jupyter" in shown
        assert token not in shown
        assert process.poll() is None


def test_notebooks_run_in_the_environment_and_their_tables_are_in_a_file(made: Path, tools: Path) -> None:
    cell: dict[str, Any] = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "import sys\nprint(sys.prefix)"
    where = made / "notebooks" / "where.ipynb"
    where.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    said = local(made, tools, "python", "-m", "pytest", "tests/test_notebooks.py")
    where.unlink()
    assert "Tables are in outputs/database.sqlite" in said
    executed = {path.name: path.read_text() for path in (made / "outputs" / "notebooks").glob("*.ipynb")}
    assert set(executed) >= {"start.ipynb", "map.ipynb"}
    (shown,) = json.loads(executed["where.ipynb"])["cells"][0]["outputs"]
    assert "".join(shown["text"]).strip() == str(made / ".venv")
    code = "from persistence import Database; print(Database.from_env().tables())"
    assert "'trips'" in local(made, tools, "python", "-c", code)
    with sqlite3.connect(made / "outputs" / "database.sqlite") as file:
        assert file.execute("SELECT COUNT(*) FROM trips").fetchone() == (TRIPS,)


def test_it_is_made_once_and_anew_only_where_a_lock_changes(made: Path, tools: Path) -> None:
    mark = made / ".venv" / "mine"
    mark.touch()
    assert "Making" not in local(made, tools, "python", "-c", "")
    assert mark.exists()
    (made / ".venv" / "stamp").write_text("of another lock")
    assert "Making .venv anew" in local(made, tools, "python", "-c", "")
    assert not mark.exists()


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
def server() -> Iterator[dict[str, str]]:
    """A server on this machine, as an administrator has installed it; the lines of .env that lead there."""
    account = {"MYSQL_DATABASE": "own", "MYSQL_USER": "somebody", "MYSQL_PASSWORD": "of-its-own"}
    options = [part for name, value in account.items() for part in ("--env", f"{name}={value}")]
    options += ["--env", "MYSQL_RANDOM_ROOT_PASSWORD=1", "--env", "MYSQL_INITDB_SKIP_TZINFO=1"]
    image = stack.choose_images()[0].get("MYSQL_IMAGE", stack.published_images()["MYSQL_IMAGE"])
    container = run("docker", "run", "--detach", *options, "--publish", "127.0.0.1::3306", image, "--local-infile=ON")
    container = container.strip()
    port = run("docker", "port", container, "3306").strip().rsplit(":", 1)[1]
    yield {**account, "DATABASE": "mysql", "MYSQL_HOST": "host.docker.internal", "MYSQL_PORT": port}
    run("docker", "rm", "--force", "--volumes", container)


@pytest.mark.engine  # the server of this machine is a container's, of which `make local` knows nothing
def test_a_server_on_this_machine_takes_what_the_file_has(made: Path, tools: Path, server: dict[str, str]) -> None:
    local(made, tools, "python", "-c", MAKE_PLACES)
    moved = local(made, tools, "python", "-m", "persistence.move", "outputs/database.sqlite", **server)
    assert "Tables are on the server at 127.0.0.1." in moved
    assert "moved 'places': 2 rows" in moved
    assert "equal" in local(made, tools, "python", "-c", COMPARE, **server)


@pytest.mark.parametrize(
    ("written", "shell", "database", "host"),
    [
        ({"DATABASE": "mysql", "MYSQL_HOST": "mysql"}, {}, "sqlite", "mysql"),
        ({"DATABASE": "sqlite", "MYSQL_HOST": ""}, {}, "sqlite", ""),
        ({"DATABASE": "mysql", "MYSQL_HOST": "host.docker.internal"}, {}, "mysql", "127.0.0.1"),
        ({"DATABASE": "mysql", "MYSQL_HOST": "db.example.org"}, {}, "mysql", "db.example.org"),
        ({"DATABASE": "mysql", "MYSQL_HOST": "mysql"}, {"MYSQL_HOST": "127.0.0.1"}, "mysql", "127.0.0.1"),
        ({"DATABASE": "mysql", "MYSQL_HOST": "127.0.0.1"}, {"DATABASE": "sqlite"}, "sqlite", "127.0.0.1"),
    ],
)
def test_the_database_is_one_that_this_machine_reaches(
    made: Path, tools: Path, written: dict[str, str], shell: dict[str, str], database: str, host: str
) -> None:
    before = (made / ".env").read_bytes()
    diagnosis.write(made / ".env", **written)
    try:
        said = local(made, tools, "python", "-c", SAY, **shell).splitlines()
    finally:
        (made / ".env").write_bytes(before)
    assert said[1:] == [f"{database} {host}"]
    assert said[0].startswith("Tables are in outputs/database.sqlite" if database == "sqlite" else "Tables are on")


def test_the_index_and_the_proxies_of_env_are_asked(made: Path, tools: Path) -> None:
    shell = {"PIP_INDEX_URL": "https://pypi.example.org/simple", "HTTPS_PROXY": "http://proxy.example.org:3128"}
    code = "import os; print(*(os.environ[name] for name in ('UV_DEFAULT_INDEX', 'HTTPS_PROXY')))"
    assert local(made, tools, "python", "-c", code, **shell).splitlines()[-1] == " ".join(shell.values())


def test_nothing_starts_without_a_token(made: Path, tools: Path) -> None:
    with pytest.raises(CommandError, match=r"(?m)^make local: JUPYTER_TOKEN in .env is empty: give it a value"):
        local(made, tools, JUPYTER_TOKEN="")


def test_a_program_that_is_not_there_is_named(made: Path, tools: Path) -> None:
    with pytest.raises(CommandError, match="there is no program 'no-such-program'"):
        local(made, tools, "no-such-program")
