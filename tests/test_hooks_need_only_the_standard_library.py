"""The hooks run on whatever Python cookiecutter runs on: no package, no command, no network."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import stack

SCRIPTS = [*sorted((stack.TEMPLATE / "hooks").glob("*.py")), stack.PROJECT_FOLDER / "scripts" / "make_env.py"]
COMMANDS_AND_NETWORK = {
    "asyncio",
    "ctypes",
    "ftplib",
    "http",
    "multiprocessing",
    "socket",
    "subprocess",
    "urllib",
}


def imported(script: Path) -> set[str]:
    """Return the top-level modules that a script imports."""
    nodes = list(ast.walk(ast.parse(script.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_hook_imports_only_the_standard_library(script: Path) -> None:
    assert imported(script) <= sys.stdlib_module_names - COMMANDS_AND_NETWORK


@pytest.mark.parametrize("name", ["check_host.py", "dependencies.py", "local.py", "project.py"])
def test_what_make_runs_needs_no_package_and_no_new_python(name: str) -> None:
    script = stack.PROJECT_FOLDER / "scripts" / name
    assert imported(script) <= sys.stdlib_module_names | {path.stem for path in script.parent.glob("*.py")}
    ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_hook_starts_no_command(script: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(script.read_text())) if isinstance(node, ast.Call)]
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    assert not names & {"system", "popen", "fork", "execv", "execvp", "spawnv", "startfile"}
