"""Without .env, or with a hole in it, compose stops and nothing runs; `make env` says what is missing.

A credential that is there and empty opens nothing: the container that would be open ends, and its log says why.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import stack
from stack import CommandError, Stack, run

# What compose asks for before it does anything, and what it lacks when it makes a container.
AT_ONCE = ("COMPOSE_PROJECT_NAME", "BASE_IMAGE", "MYSQL_IMAGE", "NB_UID", "NB_GID", "DATABASE", "MYSQL_DATABASE",
    "MYSQL_USER", "DATA", "OUTPUTS")  # fmt: skip
SECRET = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "PIP_INDEX_URL")  # fmt: skip
# Without them all is as .env.example says.
DEFAULT = ("MYSQL_VOLUME", "MYSQL_HOST", "MYSQL_PORT", "MYSQL_SSL_CA", "JUPYTER_PORT", "NB_UMASK", "NOTEBOOKS",
    "NOTEBOOKS_MODE", "APT_MIRROR", "CA_BUNDLE", "IMAGE", "MEMORY", "CPUS", "PIDS", "SHM_SIZE", "LOG_SIZE",
    "SITE", "JUPYTER_PASSWORD_HASH")  # fmt: skip
# No part runs beside the notebook.
PARTS = "COMPOSE_PROFILES"


@pytest.fixture
def own(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the default project that a test may break, where the caller's shell names no images."""
    for name in ("BASE_IMAGE", "MYSQL_IMAGE"):
        monkeypatch.delenv(name, raising=False)
    return Path(shutil.copytree(project, tmp_path / "own"))


@pytest.fixture(scope="module")
def built(new_stack: Callable[..., Stack]) -> Stack:
    """Return a stack with its image built, whose .env tests may break."""
    one = new_stack()
    one.compose("build", "jupyter", timeout=900)
    return one


def up(project: Path) -> None:
    run("docker", "compose", "up", "--detach", cwd=project, timeout=20)


def without(project: Path, name: str, instead: str = "") -> None:
    """Replace the variable's line in .env."""
    env = project / ".env"
    lines = env.read_text().splitlines(keepends=True)
    env.write_text("".join(instead if line.startswith(f"{name}=") else line for line in lines))


@pytest.fixture
def broken(built: Stack, request: pytest.FixtureRequest) -> Stack:
    """Return the stack whose .env a test breaks; it is put back and all containers are removed afterwards."""
    env = built.project / ".env"
    before = env.read_text()

    def restore() -> None:
        env.write_text(before)
        built.down("--volumes")

    request.addfinalizer(restore)
    return built


def test_every_variable_is_one_of_these() -> None:
    lines = (stack.PROJECT_FOLDER / ".env.example").read_text().splitlines()
    names = [line.split("=", 1)[0] for line in lines if "=" in line and not line.startswith("#")]
    assert sorted(names) == sorted([*AT_ONCE, *SECRET, *DEFAULT, PARTS])


def test_without_env_compose_names_make_env_which_mends_it(own: Path) -> None:
    (own / ".env").unlink()
    with pytest.raises(CommandError, match=r"there is no \.env here, or .* 'make env' writes it") as stop:
        up(own)
    assert len(str(stop.value).partition("\n")[2].splitlines()) == 1
    run("make", "env", cwd=own)
    run("docker", "compose", "config", "--quiet", cwd=own)


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_variable_that_is_missing_is_named(own: Path, name: str) -> None:
    without(own, name)
    with pytest.raises(CommandError, match=rf"required variable {name} is missing a value: .*'make env'"):
        up(own)
    with pytest.raises(CommandError, match=rf"lacks variables\. Add these lines.*\n{name}="):
        run("make", "env", cwd=own)


@pytest.mark.parametrize("name", SECRET)
def test_a_secret_that_is_missing_is_named_and_nothing_runs(broken: Stack, name: str) -> None:
    without(broken.project, name)
    with pytest.raises(CommandError, match=f'environment variable "{name}" required by .* is not set'):
        broken.compose("up", "--detach")
    assert broken.compose("ps", "--quiet", "--status", "running") == ""
    with pytest.raises(CommandError, match=rf"lacks variables\. Add these lines.*\n{name}="):
        run("make", "env", cwd=broken.project)


@pytest.mark.parametrize("name", DEFAULT)
def test_without_any_other_all_is_as_the_example_says(own: Path, name: str) -> None:
    before = run("docker", "compose", "config", cwd=own)
    without(own, name)
    assert run("docker", "compose", "config", cwd=own) == before


@pytest.mark.parametrize("value", ["", "'  '"])
def test_lab_does_not_start_with_an_empty_token(broken: Stack, value: str) -> None:
    without(broken.project, "JUPYTER_TOKEN", f"JUPYTER_TOKEN={value}\n")
    with pytest.raises(CommandError, match=r"jupyter-1 exited \(1\)"):
        broken.compose("up", "--detach", "--wait", "--no-deps", "jupyter")
    assert re.search(r"JUPYTER_TOKEN in \.env is empty.*write a random value", broken.compose("logs", "jupyter"))


@pytest.mark.parametrize("content", [None, "", "\n"], ids=["none", "empty", "blank"])
def test_nor_by_plain_docker_run(built: Stack, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content)
    mounted = ("--volume", f"{tmp_path}:/token:ro", "--env", "JUPYTER_TOKEN_FILE=/token/token")
    tmp_path.chmod(0o755)
    with pytest.raises(CommandError, match=r"JUPYTER_TOKEN in \.env is empty"):
        run("docker", "run", "--rm", *mounted, f"{built.variables['COMPOSE_PROJECT_NAME']}-jupyter", timeout=30)


def test_the_server_does_not_start_with_an_empty_password_of_root(broken: Stack) -> None:
    without(broken.project, "MYSQL_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD=\n")
    with pytest.raises(CommandError, match=r"mysql-1 (exited \(1\)|is unhealthy)"):
        broken.compose("up", "--detach", "--wait", "mysql")
    assert "MYSQL_ROOT_PASSWORD" in broken.compose("logs", "mysql")
