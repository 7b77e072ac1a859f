"""`make add`, `keep` and `lock` where they cannot work: the true reason in one line, and nothing is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dependencies import FILES

# Anybody: not the owner of the files, and in no group that may use an engine.
UID = 12345
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else for a while")
# What Docker's command line says, to be heard without an engine.
NO_RIGHT = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    'Head "http://%2Fvar%2Frun%2Fdocker.sock/_ping": dial unix /var/run/docker.sock: connect: permission denied'
)
NO_ENGINE = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"


@pytest.fixture
def project(project: Path) -> Iterator[Path]:
    """Return a project of this test's own where anybody may come, which pytest's folders do not let everybody do."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(shutil.copytree(project, Path(folder, "project")))


@pytest.fixture
def tools(project: Path) -> Path:
    """Return a folder with the few programs that make needs, of which none is docker; anybody may use it."""
    folder = project.parent / "tools"
    folder.mkdir()
    for name in ("make", "sh", "awk"):
        (folder / name).symlink_to(shutil.which(name) or pytest.fail(f"this machine has no {name}"))
    (folder / "python3").symlink_to(shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable)
    return folder


def docker_that_says(tools: Path, words: str) -> None:
    """Put a docker there that says this and fails."""
    (tools / "docker").write_text(f"#!{shutil.which('sh')}\necho {words!r} >&2\nexit 1\n")
    (tools / "docker").chmod(0o755)


def refusal(project: Path, tools: Path, target: str, user: int | None = None) -> str:
    """Return the one line of a command that fails, and see that it changed nothing."""
    before = {path: (path.read_bytes(), path.stat()) for path in project.iterdir() if path.is_file()}
    done = subprocess.run(
        ["make", target, "PKG=humanize"],
        cwd=project,
        env={"PATH": str(tools), "HOME": "/", "LANG": "C.UTF-8"},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0
    assert len(lines) == 1, done.stderr
    now = {path: (path.read_bytes(), path.stat()) for path in project.iterdir() if path.is_file()}
    assert {path: (text, status.st_mtime_ns) for path, (text, status) in now.items()} == {
        path: (text, status.st_mtime_ns) for path, (text, status) in before.items()
    }
    assert lines[0].startswith(f"make {target}: ")
    return lines[0]


@AS_ROOT
@pytest.mark.parametrize("target", ["add", "lock", "keep"])
def test_a_folder_that_somebody_may_not_write(project: Path, tools: Path, target: str) -> None:
    for name in (*FILES, ".env"):
        os.chown(project / name, UID, UID)
    assert f"you may not write {project}: 'ls -ld {project}' shows who may" in refusal(project, tools, target, UID)


@AS_ROOT
def test_a_lock_of_somebody_else_or_read_only(project: Path, tools: Path) -> None:
    for path in (project, *(project / name for name in (*FILES, ".env"))):
        os.chown(path, UID, UID)
    os.chown(project / "lab.lock", 0, 0)
    assert f"you may not write {project}/lab.lock" in refusal(project, tools, "add", UID)
    os.chown(project / "lab.lock", UID, UID)
    (project / "pyproject.toml").chmod(0o444)
    assert f"you may not write {project}/pyproject.toml" in refusal(project, tools, "add", UID)


def test_a_file_that_is_missing_or_no_text(project: Path, tools: Path) -> None:
    (project / "pyproject.toml").write_bytes(b'\xff\xfe[\x00p\x00"')
    assert "pyproject.toml cannot be read; where git has it, git restore pyproject.toml" in refusal(
        project, tools, "add"
    )
    (project / "requirements.lock").unlink()
    shutil.copy(project / "lab.lock", project / "pyproject.toml")
    assert "requirements.lock cannot be read" in refusal(project, tools, "lock")


@pytest.mark.parametrize("target", ["add", "lock", "keep"])
@pytest.mark.parametrize(
    ("docker", "reason"),
    [
        (NO_RIGHT, NO_RIGHT),
        (NO_ENGINE, NO_ENGINE),
        (None, "there is no command 'docker': the README says how to install it"),
    ],
)
def test_an_engine_that_is_not_there_or_not_ones_own(
    project: Path, tools: Path, target: str, docker: str | None, reason: str
) -> None:
    if docker:
        docker_that_says(tools, docker)
    said = f"make {target}: Docker's engine does not serve you ({reason}): 'make doctor' says what mends it"
    assert refusal(project, tools, target) == said
