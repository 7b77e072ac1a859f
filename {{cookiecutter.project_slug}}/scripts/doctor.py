"""Say what is wrong with this machine or project, a line each, and the command that mends it: `make doctor`.

With --before-up only what would damage data or mix it with another clone's, and a busy port: `make up` asks that before
it starts.
With --mine the project's volumes belong to this folder from now on, as after it was moved.
The exit code is 1 if something is wrong. Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import check_data
import check_engine
import check_env
import check_folders
import check_images
from project import Problem, Project

FOLDER = Path(__file__).resolve().parents[1]
Check = Callable[[Project], Iterator[Problem]]


def found_by(checks: Iterable[Check], project: Project) -> list[Problem]:
    """Return what these checks find."""
    return [problem for check in checks for problem in check(project)]


def before_up(project: Project) -> list[Problem]:
    """Return what would damage data, and a busy port, which would be said after a long build alone.

    Nothing where there is no .env or engine, which compose itself says.
    """
    if not project.lines or project.docker("version").returncode != 0:
        return []
    problems = found_by((*check_data.BEFORE_UP, check_folders.port), project)
    if not problems:
        check_data.adopt(project)
    return problems


def everything(project: Project) -> list[Problem]:
    """Return all that is wrong, in the order in which it is to be mended."""
    problems = found_by(check_engine.CHECKS, project)
    if not project.env.exists():
        return [*problems, Problem(".env is missing, as after a clone", "make env")]
    has_engine = not problems
    problems += found_by(check_env.CHECKS, project)
    problems += found_by(check_folders.CHECKS, project)
    if has_engine:
        problems += found_by((*check_data.CHECKS, *check_images.CHECKS), project)
    return problems


def main(arguments: list[str]) -> int:
    """Print what is wrong and return the exit code."""
    if arguments not in ([], ["--before-up"], ["--mine"]):
        sys.exit("usage: doctor.py [--before-up | --mine]")
    project = Project(FOLDER)
    if arguments == ["--mine"]:
        check_data.adopt(project)
        print(f"The volumes called {project.name} belong to {FOLDER}.")
        return 0
    problems = before_up(project) if arguments else everything(project)
    for problem in problems:
        print(f"doctor: {problem}")
    if not problems and not arguments:
        print("doctor: nothing wrong found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
