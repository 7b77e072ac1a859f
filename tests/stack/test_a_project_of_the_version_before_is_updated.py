"""From the template's last version with two Dockerfiles to this one: a project with work, a table and files in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from updating import ANSWERS, commit, somebody, tells_no_secret, type_block

import diagnosis
import stack
from stack import CommandError, Stack, run

BEFORE = "dfec12ca0a750648926801126ce9f51df48c2cec"
# What people made themselves: a file's new last lines, or a file.
OWN = {
    "README.md": "\nOur own last line.\n",
    "apt.txt": "# ours: a package of Debian's\n",
    "src/ours.py": "ANSWER = 42\n",
    "data/mine.csv": "a\n1\n",
}
REMARK = {"cell_type": "markdown", "id": "own", "metadata": {}, "source": ["My own remark"]}
# A table with an index, a category and dates, in the words of both versions.
SAVE = """
import pandas as pd
from persistence import Database

frame = pd.DataFrame({"day": [1, 2, 3], "kind": pd.Categorical(["a", "b", "a"])})
frame["when"] = pd.to_datetime(["2026-01-01", None, "2026-01-03"])
Database.from_env().save(frame, "days", if_exists="replace", key="day")
open("outputs/note.txt", "w").write("kept")
"""
LOAD = """
from ours import ANSWER
from persistence import Database

days = Database.from_env().load("days")
print(days["day"].tolist(), days["kind"].astype(str).tolist(), str(days["when"].max())[:10], days["kind"].dtype.name)
print(open("outputs/note.txt").read(), open("data/mine.csv").read().split(), ANSWER)
"""
KEPT = "[1, 2, 3] ['a', 'b', 'a'] 2026-01-03 category\nkept ['a', '1'] 42"


@pytest.fixture(scope="module", autouse=True)
def _somebody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with somebody(tmp_path_factory.mktemp("temporary")):
        yield


@pytest.fixture(autouse=True)
def _first_time(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cookiecutter meet the template for the first time: the second time it asks whether to fetch it again."""
    monkeypatch.setenv("COOKIECUTTER_CONFIG", str(stack.cookiecutter_settings(tmp_path_factory.mktemp("cookiecutter"))))


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of the template with the tags v1, the version before, and v2, as it is now."""
    # Cookiecutter takes an address for git's where `git` is in it.
    folder = tmp_path_factory.mktemp("git")
    repository, archive = folder / "template", folder / "before.tar"
    try:
        run("git", "archive", "--output", archive, BEFORE, cwd=stack.TEMPLATE)
    except CommandError:
        reason = f"this copy of the template lacks its history, with the commit {BEFORE[:7]}: git fetch --unshallow"
        if os.environ.get("REQUIRE_ENGINE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with tarfile.open(archive) as files:
        files.extractall(repository, filter="data")
    run("git", "init", "--quiet", cwd=repository)
    commit(repository, "The version before")
    run("git", "tag", "v1", cwd=repository)
    shutil.move(repository / ".git", folder / "history")
    shutil.rmtree(repository)
    stack.copy_template(folder)
    shutil.move(folder / "history", repository / ".git")
    commit(repository, "This version")
    run("git", "tag", "v2", cwd=repository)
    return repository


@pytest.fixture(scope="module")
def fresh(versions: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a project that each version generates from the answers that are typed, by its tag."""
    made = {}
    for tag in ("v1", "v2"):
        template = tmp_path_factory.mktemp(tag) / "template"
        run("git", "clone", "--quiet", "--branch", tag, versions, template)
        shutil.rmtree(template / ".git")
        made[tag] = stack.bake(template, tmp_path_factory.mktemp("fresh"), author="The trip team")
    return made


def names(project: Path) -> set[str]:
    """Return the files of a project that git would know."""
    found = (str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())
    return {name for name in found if not name.startswith((".git/", ".cruft.json")) and name != ".env"}


def work(project: Path) -> None:
    """Do what people do in a project, and commit it."""
    notebook = project / "notebooks" / "start.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))
    cells["cells"].append(REMARK)
    notebook.write_text(json.dumps(cells, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, text in OWN.items():
        with (project / name).open("a", encoding="utf-8") as file:
            file.write(text)
    commit(project, "Our work")


def is_of_this_version(project: Path, fresh: dict[str, Path]) -> None:
    """Find the new version's files, those that people changed with their changes, and none that is gone."""
    assert run("git", "status", "--porcelain", cwd=project) == ""
    now, v1, v2 = names(project), names(fresh["v1"]), names(fresh["v2"])
    tracked = {name for name in now if not name.startswith(("outputs/", "data/"))}
    assert "slim.Dockerfile" in v1 - v2
    assert not (v1 - v2) & tracked, "files of the version before are left"
    assert not v2 - now, "files of this version are missing"
    own = {*OWN, "notebooks/start.ipynb"}
    for name in v2 - own:
        assert (project / name).read_bytes() == (fresh["v2"] / name).read_bytes(), name
    for name, text in OWN.items():
        assert (project / name).read_text(encoding="utf-8").endswith(text)
    for name in ("README.md", "apt.txt"):
        # The README has the template's address, which differs between these two.
        theirs, of_template = (
            re.sub(r"(file://)?/\S+/template\b", "ADDRESS", (folder / name).read_text(encoding="utf-8"))
            for folder in (project, fresh["v2"])
        )
        assert theirs == of_template + OWN[name]
    cells = json.loads((project / "notebooks" / "start.ipynb").read_text(encoding="utf-8"))["cells"]
    assert cells[-1]["source"] == REMARK["source"]


@dataclass
class Updated:
    """A project after the update: its stack, .env as it was before, and what the update printed."""

    one: Stack
    env: bytes
    said: str


@pytest.fixture(scope="module")
def updated(versions: Path, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updated]:
    """Update a project of the version before that runs, with a table and a file in its volumes, by cruft."""
    folder = tmp_path_factory.mktemp("cruft")
    type_block("Begin with cruft", folder, versions, ANSWERS)
    one = Stack(folder / "data-project")
    work(one.project)
    env = one.project / ".env"
    diagnosis.write(env, **images, JUPYTER_PORT=str(stack.free_port()))
    try:
        run("make", "up", cwd=one.project)
        one.python(SAVE)
        assert one.python(LOAD) == KEPT
        before = env.read_bytes()
        said = type_block("Update with cruft", one.project, versions)
        yield Updated(one, before, said)
    finally:
        one.down("--volumes", "--rmi", "local", "--remove-orphans")
        run("docker", "volume", "rm", "--force", f"{one.variable('COMPOSE_PROJECT_NAME')}_folder")


def test_the_files_are_this_versions_with_the_persons_own_changes(updated: Updated, fresh: dict[str, Path]) -> None:
    is_of_this_version(updated.one.project, fresh)
    tells_no_secret(updated.one.project, updated.said)


def test_env_stays_and_the_project_starts_with_its_data(updated: Updated) -> None:
    project = updated.one.project
    assert (project / ".env").read_bytes() == updated.env
    assert re.search(rb"(?m)^DOCKERFILE=Dockerfile$", updated.env)
    assert b"MYSQL_VOLUME" not in updated.env
    run("make", "up", cwd=project, timeout=1200)
    assert (project / ".env").read_bytes() == updated.env
    assert updated.one.python(LOAD) == KEPT


def test_what_env_lacks_and_what_it_has_too_much_is_named(updated: Updated) -> None:
    """The commands that the doctor names, typed one after the other, leave nothing to say, and the data."""
    project = updated.one.project
    with pytest.raises(CommandError, match=r"(?m)^MYSQL_VOLUME=mysql$"):
        run("make", "env", cwd=project)
    typed = []
    while lines := diagnosis.said(project):
        typed.append(lines[0])
        assert len(typed) < 10, typed
        mending = diagnosis.command(lines, lines[0].partition(diagnosis.SIGN)[0])
        run("sh", "-c", f"{diagnosis.PREAMBLE}\n{mending}", cwd=project, timeout=1200)
    said = "\n".join(typed)
    assert ".env lacks MYSQL_VOLUME" in said
    assert "DOCKERFILE" in said
    run("make", "up", cwd=project)
    assert updated.one.python(LOAD) == KEPT


def test_git_alone_does_the_same(versions: Path, fresh: dict[str, Path], tmp_path: Path) -> None:
    type_block("Begin with git alone", tmp_path, versions, ANSWERS)
    project = tmp_path / "data-project"
    work(project)
    before = (project / ".env").read_bytes()
    said = type_block("Update with git alone", project, versions, f"y\n{ANSWERS}")
    is_of_this_version(project, fresh)
    assert (project / ".env").read_bytes() == before
    tells_no_secret(project, said)


def test_the_pages_command_brings_env_to_this_version(versions: Path, fresh: dict[str, Path], tmp_path: Path) -> None:
    project = Path(shutil.copytree(fresh["v2"], tmp_path / "project"))
    shutil.copy(fresh["v1"] / ".env", project / ".env")
    type_block("Bring .env to this version", project, versions)
    assert "stays as it is" in run("make", "env", cwd=project)
    lines = (project / ".env").read_text().splitlines()
    before = (fresh["v1"] / ".env").read_text().splitlines()
    added = ["MYSQL_VOLUME", "IMAGE", "MEMORY", "CPUS", "PIDS", "SHM_SIZE", "LOG_SIZE", "SITE", "JUPYTER_PASSWORD_HASH"]
    assert [line.partition("=")[0] for line in lines if line not in before] == added
    assert [line for line in before if line not in lines] == ["DOCKERFILE=Dockerfile"]
