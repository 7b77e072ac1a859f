"""Start the project and wait until all is healthy: `make up`. With --url only say where JupyterLab is: `make url`.

Beforehand the doctor is asked for what would damage data, and containers that hold an old secret are made anew, which
compose does not look at. Afterwards it is asked for the reason where something failed.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.parse

import check_stack
import doctor
from project import SERVER, Project, RefusedError, command
from server import retire


def start(project: Project) -> bool:
    """Build, start and wait until all is healthy: the server first, which nobody waits for once it refuses .env.

    A server that makes its first files does not listen yet, so it refuses nobody.
    """
    retire(project)
    for service in {service for service, _ in check_stack.outdated(project)}:
        print(f"make up: the container of {service} is made anew, with the secrets that .env has now", flush=True)
        project.docker("compose", "up", "--no-start", "--no-deps", "--force-recreate", service, timeout=0)
    steps = ["build", *(["up --detach mysql"] if project.has_server else []), "up --detach --wait"]
    for step in steps:
        words = ["docker", "compose", *step.split()]
        if subprocess.run(words, cwd=project.folder, stdin=subprocess.DEVNULL, check=False).returncode:  # noqa: S603
            return False
        while "health: starting" in project.docker("compose", "ps", "mysql").stdout:
            if any(check_stack.server(project)):
                return False
            time.sleep(1)
    return True


def address(project: Project) -> str:
    """Return JupyterLab's address with the token that the running notebook has; RefusedError says why there is none."""
    for problem in doctor.essentials(project):
        raise RefusedError(problem)
    for one in project.containers("jupyter"):
        places = (one["NetworkSettings"]["Ports"] or {}).get("8888/tcp") or []
        found = [f"http://{place['HostIp']}:{place['HostPort']}" for place in places]
        if SERVER and one["State"]["Running"]:
            found = [f"https://{project.value('SITE')}"]
        for begun in found:
            token = project.files(one["Id"], "/run/secrets/jupyter_token").get("jupyter_token", b"").decode()
            return f"{begun}/lab?token={urllib.parse.quote(token)}"
    raise RefusedError(f"JupyterLab does not run; make {'deploy HOST=...' if SERVER else 'up'} starts it")


def up() -> None:
    """Do what `make up` is for."""
    project = Project()
    problems = doctor.before_up(project)
    if not problems and start(project):
        return print(address(project))
    problems = problems or doctor.everything(Project())
    doctor.show(problems, "nothing that it knows of is wrong; what failed is said above")
    raise RefusedError


if __name__ == "__main__":
    if sys.argv[1:] == ["--url"]:
        command("url", lambda: print(address(Project())))
    else:
        command("up", up)
