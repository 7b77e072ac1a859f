"""Generating over a project, or `make env` in one, never changes a .env that is there."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

import stack
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
    with pytest.raises(CommandError, match=r"Add these lines:\nMYSQL_IMAGE=mysql:\S+\nNB_UID=\d+\n"):
        make_env(own)
    assert env.read_bytes() == before


def test_a_missing_credential_is_named_and_no_other_is_made_up(own: Path) -> None:
    env = own / ".env"
    env.write_text("".join(line for line in env.open() if not line.startswith("MYSQL_PASSWORD=")))
    with pytest.raises(CommandError, match=r"with the value that the database has:\nMYSQL_PASSWORD=\n"):
        make_env(own)


def test_a_lost_env_comes_back_with_the_name_of_its_volumes_and_new_credentials(own: Path) -> None:
    (own / ".env").unlink()
    make_env(own)
    generated = (own / ".env").read_text().splitlines()
    (own / ".env").unlink()
    make_env(own)
    cloned = (own / ".env").read_text().splitlines()
    differing = {a.split("=")[0] for a, b in zip(generated, cloned, strict=True) if a != b}
    assert differing == {"JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD"}


def test_two_generations_on_one_machine_have_names_of_their_own(template: Path, tmp_path: Path) -> None:
    envs = [(stack.bake(template, tmp_path / place) / ".env").read_text() for place in ("here", "there")]
    names = {line for text in envs for line in text.splitlines() if line.startswith("COMPOSE_PROJECT_NAME=")}
    assert len(names) == 2
    assert all(re.fullmatch(r"COMPOSE_PROJECT_NAME=data-project-[0-9a-f]{6}", name) for name in names)


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
