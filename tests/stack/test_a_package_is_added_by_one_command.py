"""`make add PKG=...`: declared, locked with its hashes, installed and running, with one command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import dependencies
from dependencies import changes, locked
from lock import only
from stack import CommandError, Stack, run

# Anybody, who is in no group that may use the engine.
UID = 12345


@pytest.fixture(scope="module")
def one(new_stack: Callable[..., Stack]) -> Stack:
    """Return a running project without a server."""
    made = new_stack(database="sqlite")
    made.up()
    return made


def contents(project: Path) -> dict[str, str]:
    return {name: (project / name).read_text() for name in dependencies.FILES}


def make_add(one: Stack, packages: str) -> str:
    return run("make", "add", f"PKG={packages}", cwd=one.project, env=one.variables)


def test_it_is_declared_locked_and_there_and_nothing_else_moves(one: Stack) -> None:
    before = contents(one.project)
    said = make_add(one, "humanize<4.15 'tomlkit'")
    after = contents(one.project)

    new = locked(after["requirements.lock"])
    changed = changes(locked(before["requirements.lock"]), new)
    assert changed == [f"+ humanize {new['humanize'][0]}", f"+ tomlkit {new['tomlkit'][0]}"]
    assert set(changed) <= set(said.splitlines())
    assert '"humanize<4.15",' in after["pyproject.toml"]
    assert after["lab.lock"] == before["lab.lock"]
    assert re.search(r"--hash=sha256:[0-9a-f]{64}\n", only(after["requirements.lock"], "humanize"))
    assert one.python("import humanize, tomlkit; print(humanize.__version__)") == new["humanize"][0]


@pytest.mark.parametrize(
    ("packages", "line"),
    [
        ("no-such-package-of-anybody", "no-such-package-of-anybody was not found in the package registry"),
        ("geopandas>=1 pandas<1", "unsatisfiable"),
        ("git+https://example.org/x.git", "'git+https://example.org/x.git' has no hash in a package index"),
        ("", 'make add PKG="polars"'),
    ],
)
def test_what_cannot_be_locked_changes_nothing_and_says_why(one: Stack, packages: str, line: str) -> None:
    before = contents(one.project)
    with pytest.raises(CommandError, match=r"(?m)^make add: ") as refusal:
        make_add(one, packages)
    assert line in str(refusal.value)
    assert contents(one.project) == before
    assert not list(one.project.glob(".*.new"))


def test_a_pyproject_that_is_no_toml_is_named_with_its_line(one: Stack) -> None:
    metadata = one.project / "pyproject.toml"
    text = metadata.read_text()
    metadata.write_text(text.replace("dependencies = [\n", "dependencies = \n"))
    before = contents(one.project)
    try:
        with pytest.raises(CommandError, match=r"(?sm)^make add: .*pyproject.toml.*TOML parse error at line \d+"):
            make_add(one, "humanize")
        assert contents(one.project) == before
    finally:
        metadata.write_text(text)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else for a while")
def test_who_may_not_use_the_engine_is_told_so(one: Stack) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(one.project, Path(folder, "project")))
        for path in (project.parent, project, *(path for path in project.iterdir() if path.is_file())):
            os.chown(path, UID, UID)
        done = subprocess.run(
            ["make", "add", "PKG=humanize"],
            cwd=project,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder},
            user=UID,
            group=UID,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert contents(project) == contents(one.project)
    assert done.returncode != 0
    assert re.search(
        r"make add: Docker's engine does not serve you \(permission denied .*: 'make doctor' says", done.stderr
    )
    assert done.stderr.count("\n") == 2, "one line of ours, one of make's"


def test_a_hash_that_differs_stops_the_build_and_names_the_package(one: Stack) -> None:
    lock = one.project / "requirements.lock"
    text = lock.read_text()
    entry = only(text, "tomlkit")
    lock.write_text(text.replace(entry, re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, entry)))
    try:
        with pytest.raises(CommandError) as refusal:
            one.compose("build", "jupyter")
    finally:
        lock.write_text(text)
    assert re.search(r"Hash mismatch for `tomlkit==", str(refusal.value))
    assert "A hash that differs is another file than the one that was locked" in str(refusal.value)


def test_uv_is_started_by_nothing_else(one: Stack) -> None:
    for services in (("config", "--services"), ("ps", "--all", "--services")):
        assert sorted(one.compose(*services).split()) == ["folders", "jupyter"]
