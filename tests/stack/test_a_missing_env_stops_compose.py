"""Without .env, or with a hole in it, compose stops at once and names `make env`, which mends it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import stack
from stack import CommandError, run

REQUIRED = [
    line.split("=", 1)[0]
    for line in (stack.PROJECT_FOLDER / ".env.example").read_text().splitlines()
    if "=" in line
    and not line.startswith(
        ("#", "COMPOSE_PROFILES=", "NB_UMASK=", "NOTEBOOKS=", "NOTEBOOKS_MODE=", "MYSQL_SSL_CA=", "CA_BUNDLE=")
    )
]


@pytest.fixture(autouse=True)
def _no_images_of_the_callers_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BASE_IMAGE", "MYSQL_IMAGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Path:
    """Return a copy of the default project that a test may break."""
    return Path(shutil.copytree(project, tmp_path / "own"))


def up(project: Path) -> None:
    run("docker", "compose", "up", "--detach", cwd=project, timeout=20)


def test_without_env_compose_names_make_env_which_mends_it(own: Path) -> None:
    (own / ".env").unlink()
    with pytest.raises(
        CommandError, match=r"required variable \w+ is missing a value: run 'make env', which writes .env"
    ):
        up(own)
    run("make", "env", cwd=own)
    run("docker", "compose", "config", "--quiet", cwd=own)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_variable_that_is_missing_is_named(own: Path, name: str) -> None:
    env = own / ".env"
    lines = env.read_text().splitlines(keepends=True)
    env.write_text("".join(line for line in lines if not line.startswith(f"{name}=")))
    with pytest.raises(CommandError, match=f"required variable {name} is missing a value: run 'make env'"):
        up(own)
    with pytest.raises(CommandError, match=rf"lacks variables\. Add these lines.*\n{name}="):
        run("make", "env", cwd=own)


@pytest.mark.parametrize("name", ["JUPYTER_TOKEN", "MYSQL_ROOT_PASSWORD"])
def test_an_empty_credential_stops_compose(own: Path, name: str) -> None:
    env = own / ".env"
    lines = env.read_text().splitlines(keepends=True)
    env.write_text("".join(f"{name}=\n" if line.startswith(f"{name}=") else line for line in lines))
    with pytest.raises(CommandError, match=f"required variable {name} is missing a value"):
        up(own)
