"""`make doctor` on what is wrong in .env and the folders beside it: each is said in a line, whose command mends it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import diagnosis
from diagnosis import mends, said
from stack import run

ROOT = hasattr(os, "getuid") and os.getuid() == 0
SOMEBODY = 1234

# What breaks it, and words of the line that says so.
BROKEN = {
    "no .env": ("rm .env", ".env is missing"),
    "a .env that everybody can read": ("chmod 644 .env", "everybody on this machine can read it"),
    "a .env from Windows": ("perl -pi -e 's/$/\\r/' .env", ".env: Windows' line ends"),
    "a script from Windows": ("perl -pi -e 's/$/\\r/' image/start.sh", "image/start.sh: Windows' line ends"),
    "a .env of an older template": ("sed -i '/^MYSQL_IMAGE=/d; /^APT_MIRROR=/d' .env", "lacks MYSQL_IMAGE, APT_MIRROR"),
    "no last line end": ("sed -i '/^DATA=/d' .env; truncate -s -1 .env", ".env lacks DATA"),
    "an empty variable": ("sed -i 's/^MYSQL_PORT=.*/MYSQL_PORT=/' .env", "MYSQL_PORT is empty"),
    "no token": ("sed -i 's/^JUPYTER_TOKEN=.*/JUPYTER_TOKEN=/' .env", "has no JUPYTER_TOKEN"),
    "a dollar": ("sed -i 's/^MYSQL_PASSWORD=.*/MYSQL_PASSWORD=a$b/' .env", "MYSQL_PASSWORD holds '$'"),
    "a wrong choice": ("sed -i 's/^DATABASE=.*/DATABASE=postgres/' .env", "is neither mysql nor sqlite"),
    "no profile": ("sed -i 's/^COMPOSE_PROFILES=.*/COMPOSE_PROFILES=/' .env", "COMPOSE_PROFILES does not start"),
    "the host localhost": ("sed -i 's/^MYSQL_HOST=.*/MYSQL_HOST=localhost/' .env", "that container itself"),
    "no such volume": ("sed -i 's/^OUTPUTS=.*/OUTPUTS=results/' .env", "OUTPUTS=results is neither"),
    "another image's Dockerfile": ("sed -i 's/^DOCKERFILE=.*/DOCKERFILE=slim.Dockerfile/' .env", "does not go with"),
    "no such Dockerfile": ("sed -i 's/^DOCKERFILE=.*/DOCKERFILE=My.Dockerfile/' .env", "My.Dockerfile is not there"),
    "no authorities": ("sed -i 's/^CA_BUNDLE=.*/CA_BUNDLE=walls.pem/' .env", "CA_BUNDLE=walls.pem is no file"),
    "no authority": ("sed -i 's|^MYSQL_SSL_CA=.*|MYSQL_SSL_CA=data/ca.pem|' .env", "data/ca.pem is no file"),
    "an authority outside": (
        "touch ca.pem; sed -i 's|^MYSQL_SSL_CA=.*|MYSQL_SSL_CA=ca.pem|' .env",
        "lies in no folder",
    ),
    "tables in an anonymous volume": (
        "sed -i 's/^DATABASE=.*/DATABASE=sqlite/; s/^OUTPUTS=.*/OUTPUTS=/' .env",
        "which is anonymous (OUTPUTS is empty)",
    ),
    "a port that is none": ("sed -i 's/^JUPYTER_PORT=.*/JUPYTER_PORT=http/' .env", "is no number"),
    "a user that is none": ("sed -i 's/^NB_UID=.*/NB_UID=me/' .env", "the notebook writes as me:"),
}


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Path:
    """Return a copy of the default project that a test may break."""
    run("cp", "--archive", project, tmp_path / "own")  # with the owners that generating gave
    return tmp_path / "own"


@pytest.fixture
def somebodys(project: Path) -> Iterator[Path]:
    """Return a project that belongs to a person who is not root, in a folder that this person can enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(shutil.copytree(project, Path(folder) / "project"))
        diagnosis.write(copy / ".env", NB_UID=str(SOMEBODY), NB_GID=str(SOMEBODY))
        for path in (copy, *copy.rglob("*")):
            os.chown(path, SOMEBODY, SOMEBODY)
        yield copy


@pytest.mark.parametrize("situation", BROKEN)
def test_a_broken_situation_is_named_and_its_command_mends_it(own: Path, situation: str) -> None:
    broken, words = BROKEN[situation]
    mends(own, words, broken)


def test_a_project_as_generated_is_not_said_to_be_broken(own: Path) -> None:
    assert [line for line in said(own) if "registry" not in line] == []


def test_a_busy_port_is_named_and_another_one_found(own: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        diagnosis.write(own / ".env", JUPYTER_PORT=str(port))
        mends(own, f"port {port} of this machine is busy")


def test_a_variable_of_the_shell_is_mended_in_the_shell(own: Path) -> None:
    assert mends(own, "is neither mysql nor sqlite", env={"DATABASE": "oracle"}) == "export DATABASE=mysql"


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_a_folder_of_root_with_something_in_it_is_named(own: Path) -> None:
    command = mends(own, "notebooks belongs to 0", "chown -R 0:0 notebooks; chmod 755 notebooks")
    assert command.startswith("sudo chown -R 1000:100 ")


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_a_file_of_root_in_a_folder_is_named(own: Path) -> None:
    mends(own, "notebooks holds files of root", "touch notebooks/by-root.ipynb")


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_an_empty_folder_of_root_is_left_to_the_stack(own: Path) -> None:
    diagnosis.write(own / ".env", OUTPUTS="./results")
    assert [line for line in said(own, "mkdir --mode=755 results; chown 0:0 results") if "results" in line] == []


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_a_uid_that_is_not_yours_is_named(somebodys: Path) -> None:
    mends(somebodys, "the notebook writes as 1000:1234, and you are 1234:1234", "sed -i s/^NB_UID=.*/NB_UID=1000/ .env",
          user=SOMEBODY)  # fmt: skip


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_a_group_that_you_are_in_is_yours(somebodys: Path) -> None:
    assert [line for line in said(somebodys, user=SOMEBODY) if "the notebook writes as" in line] == []


def test_without_docker_the_script_that_installs_it_is_named(own: Path, tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    lines = said(own, env={"PATH": str(tmp_path)})
    assert diagnosis.command(lines, "no command 'docker'") == "sudo bash deploy/install-docker.sh"
