"""Two clones of one project and another project run at the same time on one machine, and share none of their data."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

import diagnosis
import stack
from stack import CommandError, Stack, run

SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({{"owner": ["{0}"]}}), "notes", if_exists="fail")
open("outputs/note.txt", "x").write("{0}")
"""
LOAD = """
from persistence import Database

print(*Database.from_env().load("notes")["owner"], open("outputs/note.txt").read())
"""


def make_up(one: Stack) -> None:
    run("make", "up", cwd=one.project)


def git(*arguments: str | Path, cwd: Path) -> None:
    run("git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def projects(
    template: Path, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Stack]]:
    """Yield three running projects whose .env, the images aside, is as `make env` and the doctor's command made it."""
    folder = tmp_path_factory.mktemp("side")
    port = stack.free_port()
    first = Stack(stack.bake(template, folder / "one", jupyter_port=str(port)))
    git("init", "--quiet", cwd=first.project)
    git("add", ".", cwd=first.project)
    git("commit", "--quiet", "--message", "As generated", cwd=first.project)
    git("clone", "--quiet", first.project, folder / "clone", cwd=folder)
    clone = Stack(folder / "clone")
    run("make", "env", cwd=clone.project)
    answers = {"project_name": "Other project", "database": "sqlite", "jupyter_port": str(stack.free_port())}
    other = Stack(stack.bake(template, folder / "other", **answers))
    all_three = {"first": first, "clone": clone, "other": other}
    with ExitStack() as at_the_end:
        for one in all_three.values():
            diagnosis.write(one.project / ".env", **images)
            at_the_end.callback(run, "docker", "volume", "rm", "--force", f"{name(one)}_folder")
            at_the_end.callback(one.down, "--volumes", "--rmi", "local", "--remove-orphans")
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(make_up, [first, other]))
        # The clone's .env names the port of the project that runs already.
        with pytest.raises(CommandError) as caught:
            make_up(clone)
        assert clone.compose("ps", "--all", "--quiet") + clone.compose("images", "--quiet") == "", "nothing was started"
        command = diagnosis.command(str(caught.value).splitlines(), f"port {port} of this machine is busy")
        run("sh", "-c", command, cwd=clone.project)
        make_up(clone)
        for owner, one in all_three.items():
            one.python(SAVE.format(owner))
        yield all_three


def name(one: Stack) -> str:
    return one.variable("COMPOSE_PROJECT_NAME")


def owned(kind: str, one: Stack) -> set[str]:
    """Return the engine's containers, networks or volumes of a project."""
    label = f"label=com.docker.compose.project={name(one)}"
    return set(run("docker", kind, "ls", "--quiet", "--filter", label).split())


def test_each_sees_its_own_table_and_file_under_the_same_name(projects: dict[str, Stack]) -> None:
    assert {owner: one.python(LOAD) for owner, one in projects.items()} == {
        owner: f"{owner} {owner}" for owner in projects
    }


def test_each_has_a_name_a_network_and_volumes_of_its_own(projects: dict[str, Stack]) -> None:
    assert re.fullmatch(r"data-project-[0-9a-f]{6} data-project-[0-9a-f]{6} other-project-[0-9a-f]{6}",
                        " ".join(name(one) for one in projects.values()))  # fmt: skip
    for kind, counts in {"network": [1, 1, 1], "volume": [2, 2, 1]}.items():
        found = [owned(kind, one) for one in projects.values()]
        assert [len(names) for names in found] == counts
        assert len(set().union(*found)) == sum(counts)


def test_make_url_leads_to_each(projects: dict[str, Stack]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    addresses = [run("make", "url", cwd=one.project).strip() for one in projects.values()]
    assert len(set(addresses)) == 3
    for address, one in zip(addresses, projects.values(), strict=True):
        assert address.startswith(f"http://127.0.0.1:{one.variable('JUPYTER_PORT')}/lab?token=")
        with opener.open(address, timeout=20) as answer:
            assert answer.status == 200


def test_removing_one_with_its_volumes_leaves_the_others(projects: dict[str, Stack]) -> None:
    """The last test here: the first project is gone afterwards."""
    others = {owner: owned("volume", projects[owner]) for owner in ("clone", "other")}
    projects["first"].down("--volumes")
    assert owned("volume", projects["first"]) == set()
    assert {owner: owned("volume", projects[owner]) for owner in others} == others
    assert projects["clone"].python(LOAD) == "clone clone"
