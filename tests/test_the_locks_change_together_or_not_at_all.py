"""pyproject.toml and both locks are replaced together, as the person's own files, or stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import dependencies
from dependencies import FILES, RefusedError


@pytest.fixture
def project(bake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    made = bake()
    monkeypatch.setattr(dependencies, "PROJECT", made)
    return made


def test_all_are_replaced_and_keep_their_modes(project: Path) -> None:
    (project / "lab.lock").chmod(0o640)
    old = dependencies.read()
    new = {name: f"# new\n{text}" for name, text in old.items()}
    dependencies.write(old, new)
    assert dependencies.read() == new
    assert (project / "lab.lock").stat().st_mode & 0o777 == 0o640
    assert not list(project.glob(".*.new"))


def test_a_failure_at_the_last_file_takes_the_others_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = dependencies.read()
    replace = Path.replace

    def fail_at_the_last(self: Path, target: Path) -> Path:
        if target.name == FILES[-1]:
            raise PermissionError(f"cannot write {target.name}")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_the_last)
    with pytest.raises(PermissionError):
        dependencies.write(old, {name: "# new\n" for name in old})
    assert dependencies.read() == old
    assert not list(project.glob(".*.new"))


def test_a_full_disk_empties_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = dependencies.read()

    def no_space(self: Path, content: bytes) -> int:
        self.open("wb").close()
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", no_space)
    with pytest.raises(OSError, match="No space left"):
        dependencies.write(old, {name: "# new\n" for name in old})
    assert dependencies.read() == old
    assert not list(project.glob(".*.new"))


def test_a_stop_between_two_files_takes_the_first_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = dependencies.read()
    replace = Path.replace

    def stop_at_the_second(self: Path, target: Path) -> Path:
        if target.name == FILES[1] and self.read_text() == "# new\n":
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        dependencies.write(old, {name: "# new\n" for name in old})
    assert dependencies.read() == old


def test_what_somebody_edited_meanwhile_is_not_overwritten(project: Path) -> None:
    old = dependencies.read()
    (project / "pyproject.toml").write_text("# mine\n")
    with pytest.raises(RefusedError, match="changed meanwhile"):
        dependencies.write(old, {name: "# new\n" for name in old})
    assert (project / "pyproject.toml").read_text() == "# mine\n"
    assert (project / "lab.lock").read_text() == old["lab.lock"]
