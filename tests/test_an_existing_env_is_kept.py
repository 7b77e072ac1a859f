"""Generating over a project, or `make env` in one, never changes a .env that is there."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from stack import CommandError, run


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(project, tmp_path / project.name))


def make_env(project: Path) -> str:
    return run(sys.executable, "scripts/make_env.py", cwd=project)


def test_generating_over_a_project_keeps_its_env(template: Path, own: Path) -> None:
    (own / ".env").write_text((own / ".env").read_text() + "MINE=1\n")
    before = (own / ".env").read_bytes()
    (own / "compose.yaml").unlink()
    over = ("--no-input", "--overwrite-if-exists", "--output-dir", own.parent)
    run(sys.executable, "-m", "cookiecutter", template, *over)
    assert (own / ".env").read_bytes() == before
    assert (own / "compose.yaml").exists()


def test_make_env_twice_keeps_the_first(own: Path) -> None:
    before = (own / ".env").read_bytes()
    assert "stays as it is" in make_env(own)
    assert (own / ".env").read_bytes() == before


def test_a_missing_variable_is_named_and_the_file_is_left_alone(own: Path) -> None:
    env = own / ".env"
    env.write_text("".join(line for line in env.open() if not line.startswith(("NB_UID=", "MYSQL_IMAGE="))))
    before = env.read_bytes()
    with pytest.raises(CommandError, match=r"add: MYSQL_IMAGE=mysql:\S+  NB_UID=\d+"):
        make_env(own)
    assert env.read_bytes() == before


def test_a_clone_gets_what_generation_gave_but_for_credentials_and_name(own: Path) -> None:
    generated = (own / ".env").read_text().splitlines()
    (own / ".env").unlink()
    make_env(own)
    cloned = (own / ".env").read_text().splitlines()
    differing = {a.split("=")[0] for a, b in zip(generated, cloned, strict=True) if a != b}
    assert differing == {"COMPOSE_PROJECT_NAME", "JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD"}


def test_two_clones_on_one_machine_have_names_of_their_own(own: Path, tmp_path: Path) -> None:
    names = set()
    for folder in ("here", "there"):
        clone = shutil.copytree(own, tmp_path / folder / own.name)
        (clone / ".env").unlink()
        make_env(clone)
        names |= {line for line in (clone / ".env").read_text().splitlines() if line.startswith("COMPOSE_PROJECT")}
    assert len(names) == 2


def test_a_missing_example_is_said_in_one_line(own: Path) -> None:
    (own / ".env").unlink()
    (own / ".env.example").unlink()
    with pytest.raises(CommandError, match=r"(?m)^make env: .*\.env\.example"):
        make_env(own)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can hand files over")
def test_a_project_that_root_generates_belongs_to_the_notebooks_user_where_it_is_mounted(project: Path) -> None:
    for folder in ("notebooks", "data", "outputs", "src"):
        for path in (project / folder, *(project / folder).rglob("*")):
            assert (path.stat().st_uid, path.stat().st_gid) == (1000, 100), path
    assert project.stat().st_uid == 0
