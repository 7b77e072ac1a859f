"""Say what is wrong with this machine or project, a line each, and the command that mends it: `make doctor`.

With --before-up only what would damage data or mix it with another clone's, another password than the running server's,
and a busy port: `make up` asks that before it starts.
With --mine the project's volumes belong to this folder from now on, as after it was moved.
The exit code is 1 if something is wrong. Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

import check_env
import check_machine
import check_stack
from project import Problem, Project, RefusedError

Check = Callable[[Project], Iterator[Problem]]


def found_by(checks: Iterable[Check], project: Project) -> list[Problem]:
    """Return what these checks find; one that cannot look, at a value that nobody thought of, says so."""
    problems: list[Problem] = []
    for check in checks:
        try:
            problems += check(project)
        except (OSError, ValueError, LookupError, RuntimeError) as error:
            problems.append(Problem(f"the check of {check.__name__} could not look ({error})", check_env.EDIT))
    return problems


def before_up(project: Project) -> list[Problem]:
    """Return what stops `up` beforehand; nothing where there is no .env or engine, which compose itself says."""
    if not project.lines or project.docker("version").returncode != 0:
        return []
    problems = found_by((*check_stack.BEFORE_UP, check_machine.port), project)
    if not problems:
        check_stack.adopt(project)
    return problems


def essentials(project: Project) -> list[Problem]:
    """Return whether anything can run here: what is wrong with the engine, and a .env that is missing."""
    missing = [] if project.env.exists() else [Problem(".env is missing, as after a clone", "make env")]
    return [*found_by(check_machine.ENGINE, project), *missing]


def everything(project: Project) -> list[Problem]:
    """Return all that is wrong, in the order in which it is to be mended; of what is unknown, the end of its log."""
    problems = essentials(project)
    if not project.env.exists():
        return problems
    asked = [] if problems else check_stack.CHECKS
    problems += found_by((*check_env.CHECKS, *check_machine.CHECKS, *asked), project)
    if asked and not problems:
        problems += found_by([check_stack.failed], project)
    return problems + found_by((*check_env.HINTS, *(check_stack.HINTS if asked else ())), project)


def show(problems: list[Problem], otherwise: str = "") -> None:
    """Print a line for each problem, or what there is to say without any."""
    for line in [*map(str, problems)] or filter(None, [otherwise]):
        print(f"doctor: {line}", flush=True)


def main(arguments: list[str]) -> int:
    """Print what is wrong and return the exit code."""
    if arguments not in ([], ["--before-up"], ["--mine"]):
        sys.exit("usage: doctor.py [--before-up | --mine]")
    try:
        project = Project()
    except RefusedError as unreadable:
        print(f"doctor: {unreadable}")
        return 1
    if arguments == ["--mine"]:
        check_stack.adopt(project)
        print(f"The volumes called {project.name} belong to {project.folder}.")
        return 0
    problems = before_up(project) if arguments else everything(project)
    show(problems, "" if arguments else "nothing wrong found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
