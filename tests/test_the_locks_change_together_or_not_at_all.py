"""pyproject.toml and both locks are replaced together, as the person's own files, or stay as they are."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from dependencies import FILES, read, write
from project import RefusedError


@pytest.fixture
def project(bake: Callable[..., Path]) -> Path:
    return bake()


def test_all_are_replaced_and_keep_their_modes(project: Path) -> None:
    (project / "lab.lock").chmod(0o640)
    old = read(project)
    new = {name: f"# neu: ä\r\n{text}" for name, text in old.items()}
    write(project, old, new)
    assert read(project) == new
    assert (project / "lab.lock").stat().st_mode & 0o777 == 0o640
    assert not list(project.glob(".*.new"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can replace somebody else's file and leave it theirs")
def test_roots_command_leaves_files_to_their_owner(project: Path) -> None:
    os.chown(project / "lab.lock", 1234, 1235)
    old = read(project)
    write(project, old, {name: "# new\n" for name in old})
    status = (project / "lab.lock").stat()
    assert (status.st_uid, status.st_gid) == (1234, 1235)


def test_a_link_stays_one(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.lock"
    (project / "lab.lock").rename(elsewhere)
    (project / "lab.lock").symlink_to(elsewhere)
    old = read(project)
    write(project, old, {**old, "lab.lock": "# new\n"})
    assert (project / "lab.lock").is_symlink()
    assert elsewhere.read_text() == "# new\n"


def test_a_failure_at_the_last_file_takes_the_others_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = read(project)
    replace = Path.replace

    def fail_at_the_last(self: Path, target: Path) -> Path:
        if target.name == FILES[-1]:
            raise PermissionError(f"cannot write {target.name}")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_the_last)
    with pytest.raises(PermissionError):
        write(project, old, {name: "# new\n" for name in old})
    assert read(project) == old
    assert not list(project.glob(".*.new"))


def test_a_full_disk_empties_nothing(project: Path) -> None:
    old = read(project)
    new = {"pyproject.toml": "# new\n", "requirements.lock": "# new\n", "lab.lock": "# large\n" * 10_000}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # as a disk with so much space
    try:
        with pytest.raises(OSError, match="File too large"):
            write(project, old, new)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read(project) == old
    assert not list(project.glob(".*.new"))


def test_a_stop_between_two_files_takes_the_first_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = read(project)
    replace = Path.replace

    def stop_at_the_second(self: Path, target: Path) -> Path:
        if target.name == FILES[1] and self.read_text() == "# new\n":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        write(project, old, {name: "# new\n" for name in old})
    assert read(project) == old
    assert not list(project.glob(".*.new"))


def test_what_somebody_edited_meanwhile_is_not_overwritten(project: Path) -> None:
    old = read(project)
    (project / "pyproject.toml").write_text("# mine\n")
    with pytest.raises(RefusedError, match="changed meanwhile"):
        write(project, old, {name: "# new\n" for name in old})
    assert (project / "pyproject.toml").read_text() == "# mine\n"
    assert (project / "lab.lock").read_text() == old["lab.lock"]
