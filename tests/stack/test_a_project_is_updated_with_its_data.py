"""The commands of docs/updates.md, typed: a project with work and data in it comes to a newer template."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from updating import ANSWERS, commit, somebody, tells_no_secret, type_block

import diagnosis
import stack
from stack import CommandError, Stack, run

# Two lines of compose.yaml that a newer template might have.
REQUIRED = "      NB_UMASK: ${NB_UMASK:-022}\n"
NEWLY_REQUIRED = "      TEAM: ${TEAM:?run 'make env', which writes .env or says what it lacks}\n"
SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"day": [1, 2, 3]}), "days", if_exists="replace", key="day")
open("outputs/note.txt", "w").write("kept")
"""
LOAD = """
import os
from persistence import Database

print(Database.from_env().load("days")["day"].tolist(), open("outputs/note.txt").read(), os.environ["TEAM"])
"""


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


@pytest.fixture(scope="module", autouse=True)
def _somebody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Type as a person with a name, the template's tools at hand, and a folder for what is temporary."""
    with somebody(tmp_path_factory.mktemp("temporary")):
        yield


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of the template with the tags v1, as it is, and v2, in which something happened."""
    # Cookiecutter takes an address for git's where `git` is in it.
    copy = stack.copy_template(tmp_path_factory.mktemp("git"))
    run("git", "init", "--quiet", cwd=copy)
    commit(copy, "The template")
    run("git", "tag", "v1", cwd=copy)
    generated = copy / stack.PROJECT_FOLDER.name
    edit(generated / "compose.yaml", REQUIRED, REQUIRED + NEWLY_REQUIRED)
    with (generated / ".env.example").open("a", encoding="utf-8") as example:
        example.write("\n# Whose work it is.\nTEAM=everybody\n")
    edit(generated / "README.md", "## Settings\n", "## All settings\n")
    edit(generated / "notebooks" / "start.ipynb", '"# Start here\\n"', '"# Begin here\\n"')
    (generated / "notebooks" / "map.ipynb").unlink()
    (generated / "scripts" / "report.py").write_text('"""New in this version."""\n')
    commit(copy, "Newer")
    run("git", "tag", "v2", cwd=copy)
    return copy


@pytest.fixture(autouse=True)
def _first_time(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cookiecutter meet the template for the first time: the second time it asks whether to fetch it again."""
    monkeypatch.setenv("COOKIECUTTER_CONFIG", str(stack.cookiecutter_settings(tmp_path_factory.mktemp("cookiecutter"))))


def work(project: Path) -> None:
    """Do what people do in a project, and commit it."""
    notebook = project / "notebooks" / "start.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))
    cells["cells"].append({"cell_type": "markdown", "id": "own", "metadata": {}, "source": ["My own remark"]})
    notebook.write_text(json.dumps(cells, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (project / "src" / "ours.py").write_text("ANSWER = 42\n")
    (project / "data" / "mine.csv").write_text("a\n1\n")
    with (project / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("\nOur own last line.\n")
    commit(project, "Our work")


def is_updated(project: Path) -> None:
    """Find the newer template's changes and the person's own in the files, all of it committed."""
    assert run("git", "status", "--porcelain", cwd=project) == ""
    assert NEWLY_REQUIRED in (project / "compose.yaml").read_text()
    assert "\nTEAM=everybody\n" in (project / ".env.example").read_text()
    assert (project / "scripts" / "report.py").read_text() == '"""New in this version."""\n'
    assert not (project / "notebooks" / "map.ipynb").exists()
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# Data Project\n")
    assert "The trip team answers for this project." in readme
    assert "## All settings\n" in readme
    assert readme.endswith("\nOur own last line.\n")
    cells = json.loads((project / "notebooks" / "start.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[0]["source"][0] == "# Begin here\n"
    assert cells[-1]["source"] == ["My own remark"]
    assert (project / "src" / "ours.py").read_text() == "ANSWER = 42\n"
    assert (project / "data" / "mine.csv").read_text() == "a\n1\n"


@dataclass
class Updated:
    """A project after the update: its stack, .env as it was before, and what the update printed."""

    one: Stack
    env: bytes
    said: str


@pytest.fixture(scope="module")
def updated(versions: Path, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updated]:
    """Update a project that runs, with a table and a file in its volumes, by cruft."""
    folder = tmp_path_factory.mktemp("cruft")
    type_block("Begin with cruft", folder, versions, ANSWERS)
    one = Stack(folder / "data-project")
    work(one.project)
    env = one.project / ".env"
    diagnosis.write(env, **images, JUPYTER_PORT=str(stack.free_port()))
    try:
        run("make", "up", cwd=one.project)
        one.python(SAVE)
        before = env.read_bytes()
        said = type_block("Update with cruft", one.project, versions)
        yield Updated(one, before, said)
    finally:
        # Whether or not a test has added what .env lacks.
        Stack(one.project, {"TEAM": "nobody"}).down("--volumes", "--rmi", "local", "--remove-orphans")
        run("docker", "volume", "rm", "--force", f"{one.variable('COMPOSE_PROJECT_NAME')}_folder")


def test_the_newer_templates_changes_and_the_persons_own_are_both_there(updated: Updated, versions: Path) -> None:
    is_updated(updated.one.project)
    state = json.loads((updated.one.project / ".cruft.json").read_text())
    assert state["commit"] == run("git", "rev-parse", "v2", cwd=versions).strip()


def test_env_is_what_it_was(updated: Updated) -> None:
    env = updated.one.project / ".env"
    assert env.read_bytes() == updated.env
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_an_update_tells_no_secret(updated: Updated) -> None:
    assert re.search(r"^In /.*/data-project:\nWrote .env", updated.said, re.MULTILINE), "the hook says where"
    tells_no_secret(updated.one.project, updated.said)


def test_what_env_lacks_is_named_and_the_data_is_there(updated: Updated) -> None:
    project = updated.one.project
    with pytest.raises(CommandError) as caught:
        run("make", "up", cwd=project)
    run("sh", "-c", diagnosis.command(str(caught.value).splitlines(), ".env lacks TEAM"), cwd=project)
    assert (project / ".env").read_bytes() == updated.env + b"\nTEAM=everybody\n"
    run("make", "up", cwd=project)
    assert updated.one.python(LOAD) == "[1, 2, 3] kept everybody"


def test_git_alone_does_the_same(versions: Path, tmp_path: Path) -> None:
    type_block("Begin with git alone", tmp_path, versions, ANSWERS)
    project = tmp_path / "data-project"
    work(project)
    before = (project / ".env").read_bytes()
    said = type_block("Update with git alone", project, versions, f"y\n{ANSWERS}")
    is_updated(project)
    assert (project / ".env").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name != "update"] == ["data-project"]
    tells_no_secret(project, said)


def test_a_project_without_cruft_can_be_linked(versions: Path, tmp_path: Path) -> None:
    type_block("Begin with git alone", tmp_path, versions, ANSWERS)
    project = tmp_path / "data-project"
    work(project)
    before = (project / ".env").read_bytes()
    type_block("Begin with cruft", project, versions, ANSWERS, number=1)
    said = type_block("Update with cruft", project, versions)
    is_updated(project)
    assert (project / ".env").read_bytes() == before
    tells_no_secret(project, said)
