"""A change repeats the steps of the image's build that depend on it and no other, and data never travels unasked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

import image_build
import stack
from image_build import Build
from stack import Stack, run

MB, GB = 10**6, 10**9
# What a step of the Dockerfile is known by, in their order.
PACKAGES, UV, CONDA, EMPTY, LOCKED, USER, CODE = (
    "debian-packages.sh",
    "uv.txt",
    "conda-packages.sh",
    "make-environment.sh",
    "python-packages.sh",
    "make-user.sh",
    "sr[c] src/",
)
NOTEBOOKS, DATA, START, NETWORK = "notebook[s] notebooks/", "dat[a] data/", "image/start.sh", "644 image/network.sh"
DEPLOYED = "notebook[s] deployed/"
STEPS = (NETWORK, PACKAGES, UV, CONDA, EMPTY, LOCKED, START, USER, NOTEBOOKS, DATA, DEPLOYED, CODE)
AFTER_THE_PACKAGES = [START, USER, NOTEBOOKS, DATA, DEPLOYED, CODE]


def build(one: Stack, service: str = "jupyter") -> Build:
    command = ("docker", "compose", "--progress", "plain", "build", service)
    return image_build.build(*command, cwd=one.project, env=one.variables)


def named(instructions: list[str]) -> list[str]:
    """Return the known steps among instructions, in the order of the instructions."""
    some = [words for words in instructions if words.startswith(("RUN ", "COPY "))]
    return [step for words in some for step in STEPS if f"{step} " in f"{words} "]


def change(path: Path) -> None:
    """Append a line that no build of this machine has seen yet, whose cache would answer for it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"# {uuid4()}\n")


@pytest.fixture(scope="module")
def built(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack(database="sqlite")
    assert 0 < build(one).context < MB
    # What the same build of another test takes over is in the log of that alone: each change below is one of its own.
    assert build(one).ran == []
    return one


def test_the_steps_of_the_dockerfile_are_known() -> None:
    text = (stack.PROJECT_FOLDER / "Dockerfile").read_text(encoding="utf-8")
    instructions = re.findall(r"^(?:RUN|COPY) (?:.*\\\n)*.*", text, re.MULTILINE)
    assert named(instructions) == list(STEPS)
    assert len(instructions) == len(STEPS)


def test_a_changed_notebook_repeats_nothing(built: Stack) -> None:
    notebook = built.project / "notebooks" / "start.ipynb"
    text = notebook.read_text(encoding="utf-8")
    assert '"source": [' in text
    notebook.write_text(text.replace('"source": [', f'"source": [\n    "{uuid4()}\\n",', 1), encoding="utf-8")
    assert build(built).ran == []


def test_a_changed_module_repeats_the_last_step(built: Stack) -> None:
    change(built.project / "src" / "persistence" / "__init__.py")
    again = build(built)
    assert len(again.ran) == 1
    assert named(again.ran) == [CODE]


def test_a_changed_lock_repeats_the_installation_and_what_follows(built: Stack) -> None:
    change(built.project / "requirements.lock")
    assert named(build(built).ran) == [LOCKED, *AFTER_THE_PACKAGES]


def test_a_changed_start_repeats_no_installation(built: Stack) -> None:
    change(built.project / "image" / "start.sh")
    assert named(build(built).ran) == AFTER_THE_PACKAGES


def test_big_data_and_outputs_neither_travel_nor_repeat_anything(new_stack: Callable[..., Stack]) -> None:
    one = new_stack(database="sqlite")
    for folder in ("data", "outputs"):
        with (one.project / folder / "big.bin").open("wb") as file:
            file.truncate(2 * GB)
    assert 0 < build(one).context < MB
    change(one.project / "data" / "big.bin")
    again = build(one)
    assert again.context < MB
    assert again.ran == []


def test_notebooks_and_data_that_are_asked_for_are_in_the_image_and_the_users(built: Stack) -> None:
    change(built.project / "data" / "sample_trips.csv")
    ignored = built.project / ".dockerignore"
    text = ignored.read_text(encoding="utf-8")
    asked = ("!notebooks", "!data/sample_trips.csv")
    for line in asked:
        assert text.count(f"# {line}\n") == 1
        text = text.replace(f"# {line}\n", f"{line}\n")
    ignored.write_text(text, encoding="utf-8")
    assert named(build(built).ran) == [NOTEBOOKS, DATA, DEPLOYED, CODE]
    image = f"{built.variables['COMPOSE_PROJECT_NAME']}-jupyter"
    command = "cd /home/jovyan/work && stat --format '%u:%g' notebooks/* data/* && cat data/* && ls data notebooks"
    said = run("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", command)
    person = f"{built.variable('NB_UID')}:{built.variable('NB_GID')}\n"
    notebooks = sorted(path.name for path in (built.project / "notebooks").glob("*.ipynb"))
    sample = (built.project / "data" / "sample_trips.csv").read_text(encoding="utf-8")
    listing = "\n".join(["data:", "sample_trips.csv", "", "notebooks:", *notebooks, ""])
    assert said == person * (len(notebooks) + 1) + sample + listing


def test_changed_debian_packages_repeat_their_installation_and_what_follows(built: Stack) -> None:
    build(built, "tools")
    change(built.project / "apt.txt")
    again = build(built, "tools")
    assert named(again.ran) == [PACKAGES, UV]
    assert len(again.ran) == 2
