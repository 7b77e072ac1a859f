"""Say what is wrong with this machine or project, a line each, and the command that mends it: `make doctor`.

With --before-up only what would damage data or mix it with another clone's, another password than the running server's,
and a busy port: `make up` asks that before it starts.
With --mine the project's volumes belong to this folder from now on, as after it was moved; with --set NAME=value ... a
variable of .env has that value, which is what many of the commands do.
The exit code is 1 if something is wrong. Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence

import check_host
import check_stack
from project import EDIT, SERVER, Problem, Project, RefusedError


def quoted(value: str) -> str:
    """Return a value as .env has it, in single quotes where compose would read it as something else."""
    return f"'{value}'" if re.search(r"[\s#$\"\\]", value) and "'" not in value else value


def found_by(project: Project, *checks: Callable[[Project], Iterator[Problem]]) -> list[Problem]:
    """Return what these checks find; one that cannot look, at a value that nobody thought of, says so."""
    problems: list[Problem] = []
    for check in checks:
        try:
            problems += check(project)
        except (OSError, ValueError, LookupError, RuntimeError) as error:
            problems.append(Problem(f"the check of {check.__name__} could not look ({error})", EDIT))
    return problems


def before_up(project: Project) -> list[Problem]:
    """Return what stops `up` beforehand; nothing where there is no .env or engine, which compose itself says."""
    if not project.lines or project.docker("version").returncode != 0:
        return []
    problems = found_by(project, check_host.interrupted, *check_stack.OF_VOLUMES, check_host.port)
    if not problems:
        check_stack.adopt(project)
    return problems


def essentials(project: Project) -> list[Problem]:
    """Return whether anything can run here: what is wrong with the engine, and a .env that is missing."""
    missing = [] if project.env.exists() else [Problem(".env is missing, as after a clone", "make env")]
    return found_by(project, check_host.engine, check_host.versions) + missing


def everything(project: Project) -> list[Problem]:
    """Return all that is wrong, in the order in which it is to be mended; of what is unknown, the end of its log."""
    problems = essentials(project)
    if not project.env.exists():
        return problems
    asked = not problems
    problems += found_by(project, *check_host.CHECKS, *(check_stack.CHECKS if asked else ()))
    known = [problem for problem in problems if not problem.log]
    last = [check_stack.older_image] if asked and not SERVER else []
    return (known or problems) + found_by(project, check_host.hints, *last)


def show(problems: Sequence[object], otherwise: str = "") -> None:
    """Print a line for each problem, or what there is to say without any."""
    for line in [*map(str, problems)] or filter(None, [otherwise]):
        print(f"doctor: {line}", flush=True)


def main(option: str = "", *words: str) -> int:
    """Do what is asked, and return the exit code."""
    setting = option == "--set" and len(words) > 0 and all("=" in word for word in words)
    if not setting and (words or option not in ("", "--before-up", "--mine")):
        sys.exit("usage: doctor.py [--before-up | --mine | --set NAME=value ...]")
    problems: Sequence[object] = []
    try:
        project = Project()
        if setting:
            project.write(**{name: quoted(value) for name, value in (word.split("=", 1) for word in words)})
        elif option == "--mine":
            check_stack.adopt(project)
            print(f"The volumes called {project.name} belong to {project.folder}.")
        else:
            problems = before_up(project) if option else everything(project)
    except (RefusedError, OSError) as error:
        problems = [error]
    show(problems, "" if option else "nothing wrong found")
    if SERVER and not problems:
        show(list(check_host.notes(project)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
