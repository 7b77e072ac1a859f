"""Whatever image a project starts from: the same user, mounts, token, health, imports, notebooks and commands.

The published image where its registry answers, else its local equivalent of tests/images. IMAGES names the choices to
test; those without a local equivalent are tested where their registry answers, by the workflow `images`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import stack
from dependencies import locked
from stack import Stack, run

# The choices that have a local equivalent, and its name.
LOCAL = {
    "minimal-notebook": "minimal-notebook",
    "r-notebook": "r-notebook",
    "slim": "python",
    "anaconda3": "anaconda3",
    "rocker": "rocker",
}
# Without IMAGES, what the others have in parts, R and a Python of root's, is for the long run.
LONG_RUN = {"r-notebook", "anaconda3", "rocker"}
CHOICES: list[Any] = os.environ.get("IMAGES", "").split() or [
    pytest.param(one, marks=pytest.mark.soak) if one in LONG_RUN else one for one in LOCAL
]
WITH_R = {"r-notebook", "datascience-notebook", "all-spark-notebook", "rocker"}
# Nobody's in any of the images, and no member of a group there.
UID, GID = 1234, 5678
MOUNTS = ("notebooks", "data", "src", "outputs")
LIBRARIES = ("geopandas", "jupyterlab", "matplotlib", "pandas", "persistence", "pyarrow", "sqlalchemy")
PACKAGES = ["-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"]


@dataclass
class Started:
    """A healthy stack, the choice that it was generated with, and the image below it."""

    choice: str
    base: str
    stack: Stack

    def shell(self, command: str) -> str:
        """Run a command as a terminal of Lab does, and return its output."""
        return self.stack.compose("exec", "-T", "jupyter", "bash", "-l", "-c", command, timeout=300)

    def notebook(self, name: str) -> None:
        """Execute a notebook with the kernel that it names; CommandError holds the first error of a cell."""
        self.shell(f"jupyter nbconvert --execute --to notebook --output-dir outputs notebooks/{name}")


def base_of(choice: str) -> str:
    """Return the published image of a choice where it can be had, else its local equivalent, built if need be."""
    published = stack.images_of_choices()[choice]
    # The workflow that names choices means the published ones.
    if "IMAGES" in os.environ or stack.can_be_had(published):
        return published
    return stack.build_local_image(LOCAL[choice])


@pytest.fixture(scope="module", params=CHOICES)
def started(request: pytest.FixtureRequest, new_stack: Callable[..., Stack]) -> Iterator[Started]:
    """Yield the stack of a project with this image, whose owner is nobody that the image knows."""
    base = base_of(request.param)
    one = new_stack(image=request.param)
    people = {"NB_UID": str(UID), "NB_GID": str(GID)} if os.getuid() == 0 else {}
    for path in (one.project, *one.project.rglob("*")) if people else ():
        os.chown(path, UID, GID)
    one = replace(one, variables={**one.variables, **people, "BASE_IMAGE": base})
    one.up()
    yield Started(request.param, base, one)
    one.down("--volumes", "--rmi", "local")


def test_the_user_is_the_person_and_has_a_name_and_no_capability(started: Started) -> None:
    ids = started.shell("id -u; id -g; whoami; python -c 'import getpass; print(getpass.getuser())'").split()
    assert ids == [started.stack.variable("NB_UID"), started.stack.variable("NB_GID"), "jovyan", "jovyan"]
    statuses = started.shell("cat /proc/[0-9]*/status")
    assert {line.split()[1] for line in statuses.splitlines() if line.startswith("CapEff")} == {"0" * 16}
    assert "0" not in {line.split()[1] for line in statuses.splitlines() if line.startswith("Uid")}


def test_the_mounts_are_writable_and_belong_to_the_person(started: Started) -> None:
    for folder in MOUNTS:
        started.shell(f"touch {folder}/made-inside")
        made: Path = started.stack.project / folder / "made-inside"
        if folder != "outputs":  # a volume
            assert made.stat().st_uid == int(started.stack.variable("NB_UID"))
        started.shell(f"rm {folder}/made-inside")
    assert started.shell("cd && pwd").strip() == "/home/jovyan"
    started.shell("cd && mkdir -p .cache/a .config/a && touch a .cache/a/b .config/a/b && rm -r a .cache/a .config/a")


def test_lab_wants_its_token(started: Started) -> None:
    assert started.stack.status("/api/status", token=started.stack.variable("JUPYTER_TOKEN")) == 200
    assert started.stack.status("/lab", token=started.stack.variable("JUPYTER_TOKEN")) == 200
    assert started.stack.status("/api/contents") == 403


def test_every_library_can_be_imported(started: Started) -> None:
    assert started.shell(f"python -c 'import {', '.join(LIBRARIES)}; print(persistence.__file__)'").startswith(
        "/home/jovyan/work/src/"
    )


def test_a_notebook_saves_and_loads(started: Started) -> None:
    started.notebook("start.ipynb")
    rows = started.stack.python("from persistence import Database; print(len(Database.from_env().load('trips')))")
    assert int(rows) > 0


def test_a_notebook_in_r_reads_the_saved_table(started: Started) -> None:
    kernels = started.shell("jupyter kernelspec list --json 2>/dev/null")
    assert ('"ir"' in kernels) == (started.choice in WITH_R)
    if started.choice in WITH_R:
        started.notebook("start.ipynb")
        started.notebook("start_r.ipynb")


def test_the_images_own_packages_stay_as_they_are(started: Started) -> None:
    python = run(
        "docker", "run", "--rm", "--entrypoint", "python", started.base, "-c", "import sys; print(sys.executable)"
    )
    before = run("docker", "run", "--rm", "--entrypoint", python.strip(), started.base, *PACKAGES)
    after = started.stack.compose("exec", "-T", "jupyter", python.strip(), *PACKAGES)
    assert set(before.splitlines()) <= set(after.splitlines())
    joined = set(after.splitlines()) - set(before.splitlines())
    extensions = {line.partition("==")[0].replace("_", "-") for line in joined}
    assert extensions <= locked((started.stack.project / "lab.lock").read_text(encoding="utf-8")).keys()
    assert "pip==" in before


def test_lab_leads_to_what_runs_beside_it_and_nowhere_else(started: Started) -> None:
    token = started.stack.variable("JUPYTER_TOKEN")
    assert started.stack.status("/proxy/example.org:80/", token) == 403  # 404 where there is no such extension
    assert started.stack.status("/proxy/8888/api", token) == 200


def test_git_and_pip_and_uv_work_in_a_terminal(started: Started) -> None:
    commands = started.shell("command -v python; command -v pip").split()
    assert commands == ["/opt/project/bin/python", "/opt/project/bin/pip"]
    started.shell("git init --quiet /tmp/repository && git clone --quiet /tmp/repository notebooks/cloned")
    started.shell("rm -r notebooks/cloned && pip install --quiet mdutils && uv pip install --quiet humanize")
    assert started.stack.python("import humanize, mdutils; print(mdutils.__file__)").startswith("/opt/project/")


def test_the_container_ends_when_it_is_asked_to(started: Started) -> None:
    started.stack.compose("stop", "--timeout", "20", "jupyter")
    (line,) = started.stack.compose("ps", "--all", "--format", "json", "jupyter").splitlines()
    assert json.loads(line)["ExitCode"] != 137  # what a killed process leaves
