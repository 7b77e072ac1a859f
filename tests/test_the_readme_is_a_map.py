"""The generated README begins with a map of all that is there, and says where the template's documentation is."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment

import stack
from stack import run

SOURCE = (stack.PROJECT_FOLDER / "README.md").read_text(encoding="utf-8")


def page(project: Path) -> str:
    return (project / "README.md").read_text(encoding="utf-8")


def paths_of(text: str) -> list[str]:
    """Return what stands in code marks in the first column of tables."""
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_each_file_and_folder_of_the_project_is_on_the_map_once(project: Path) -> None:
    named = paths_of(page(project))
    assert len(named) == len(set(named))
    assert [name for name in named if not (project / name).exists()] == []
    top = {path.name for path in project.iterdir()}
    assert top == {name.split("/")[0] for name in named if name.rstrip("/") not in ("src/persistence",)}


def test_the_map_comes_before_everything_but_the_start(project: Path) -> None:
    first, second = re.findall(r"^## (.*)$", page(project), re.MULTILINE)[:2]
    assert (first, second) == ("What is here", "In a notebook")
    assert page(project).count("\n") <= 100


def test_every_service_of_compose_is_explained(project: Path) -> None:
    for name in ("compose.yaml", "compose.clusters.yaml"):
        (said,) = re.findall(rf"^\| `{re.escape(name)}` \| (.*) \|$", page(project), re.MULTILINE)
        # compose's own marks, such as !reset, are nothing to this
        text = re.sub(r"!(reset|override)", "", (project / name).read_text(encoding="utf-8"))
        assert set(re.findall(r"`([a-z-]+)`", said)) == set(yaml.safe_load(text)["services"])


def test_every_command_that_it_names_exists(project: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (project / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"(?:`|^)make\s([a-z-]+)", page(project), re.MULTILINE)
    assert len(set(named)) >= 12
    assert set(named) <= targets


def test_documents_of_the_template_that_it_and_the_files_name_are_there(template: Path, project: Path) -> None:
    texts = [path.read_bytes().decode(errors="replace") for path in project.rglob("*") if path.is_file()]
    named = {name for text in texts for name in re.findall(r"\bdocs/[a-z-]+\.md", text)}
    assert len(named) >= 4
    assert [name for name in sorted(named) if not (template / name).is_file()] == []


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("gh:org/name", "https://github.com/org/name"),
        ("gl:org/name", "https://gitlab.com/org/name"),
        ("https://github.com/org/name.git", "https://github.com/org/name.git"),
        ("git@example.org:org/name.git", "git@example.org:org/name.git"),
        ("/srv/name", "/srv/name"),
        ("https://somebody:pass@word@example.org/a@b/name", "https://example.org/a@b/name"),
    ],
)
def test_the_templates_address_is_what_was_typed_without_a_password(typed: str, address: str) -> None:
    text = Environment(autoescape=False).from_string(SOURCE).render(cookiecutter={"_template": typed})  # noqa: S701
    assert f"documentation is in the folder `docs/` of\n{address}: " in text


def test_cookiecutter_and_cruft_know_the_address(template: Path, project: Path, tmp_path: Path) -> None:
    assert f"`docs/` of\n{template}: " in page(project)
    copy = tmp_path / "repository"
    shutil.copytree(template, copy)
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "Template")):
        run("git", "-c", "user.name=x", "-c", "user.email=x@example.org", *command, cwd=copy)
    run(sys.executable, "-m", "cruft", "create", "--no-input", "--output-dir", tmp_path / "made", copy)
    assert f"`docs/` of\n{copy}: " in page(tmp_path / "made" / "data-project")


def test_examples_go_without_harm(bake: Callable[..., Path]) -> None:
    project = bake()
    (said,) = re.findall(r"These are\nexamples, and may be deleted: (.*?)\.\n\n", page(project), re.DOTALL)
    for name in re.findall(r"`([^`]+)`", said):
        path = project / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    left = project / "notebooks" / "mine.ipynb"
    left.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    run(sys.executable, "-m", "pytest", cwd=project, env={"DATABASE": "sqlite"})
    assert (project / "outputs" / "notebooks" / "mine.ipynb").is_file()
    run(sys.executable, "scripts/make_env.py", cwd=project)
