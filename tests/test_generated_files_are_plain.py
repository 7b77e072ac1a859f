"""Generated files hold no Jinja and no CR; the template holds little Jinja, and only where a name must stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import stack

# `{{.Name}}` is a format of docker's, not Jinja.
JINJA = re.compile(r"\{\{(?!\.).*?\}\}|\{%.*?%\}|\{#.*?#\}")
MOST_JINJA_LINES = 40
NEVER = ("*.py", "*.ipynb", "*.yaml", "*.yml", "*Dockerfile", "Makefile", "*.sh", "*.lock")


def text_files(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if b"\0" not in path.read_bytes()]


def jinja_lines(path: Path) -> list[str]:
    # A workflow's own `${{ }}` is not Jinja, nor is the pattern after which the update bot writes an image.
    text = path.read_text(encoding="utf-8").replace("${{", "$[[")
    return [line for line in text.splitlines() if JINJA.search(line) and '"autoReplaceStringTemplate"' not in line]


def test_no_jinja_is_left_in_a_generated_file(project: Path) -> None:
    found = {path.relative_to(project).as_posix(): jinja_lines(path) for path in text_files(project)}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert not [path for path in text_files(project) if "cookiecutter." in path.read_text(encoding="utf-8")]


def test_every_generated_file_has_unix_line_ends(project: Path) -> None:
    assert [path for path in text_files(project) if b"\r" in path.read_bytes()] == []


def test_the_template_has_few_jinja_lines(template: Path, measured: Callable[[str, object], None]) -> None:
    folder = template / stack.PROJECT_FOLDER.name
    counted = {path.relative_to(folder).as_posix(): len(jinja_lines(path)) for path in text_files(folder)}
    counted = {name: number for name, number in counted.items() if number}
    beside = [*(template / "hooks").glob("*.py"), template / "cookiecutter.json"]
    total = sum(counted.values()) + sum(len(jinja_lines(path)) for path in beside)
    measured("Jinja lines in the template", f"{total}, of which {sum(counted.values())} in generated files")
    assert total <= MOST_JINJA_LINES
    assert set(counted) == {"README.md", "pyproject.toml", ".env.example"}


def test_files_that_run_have_no_jinja(template: Path) -> None:
    folder = template / stack.PROJECT_FOLDER.name
    for path in {path for pattern in NEVER for path in folder.rglob(pattern)}:
        assert "cookiecutter" not in path.read_text(encoding="utf-8"), path


def test_workflows_and_rules_of_the_bot_arrive_as_they_are(template: Path, project: Path) -> None:
    source, made = (folder / ".github" for folder in (template / stack.PROJECT_FOLDER.name, project))
    assert {"renovate.json", "workflows/project.yaml"} <= stack.files(made).keys()
    assert stack.files(made) == stack.files(source)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_scripts_stay_executable(project: Path) -> None:
    for path in project.rglob("*.sh"):
        assert path.stat().st_mode & 0o111, path
