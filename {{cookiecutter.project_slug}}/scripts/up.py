"""Start the project and wait until all is healthy: `make up`. With --url only say where JupyterLab is: `make url`.

Beforehand the doctor is asked for what would damage data, and containers that hold an old secret are made anew, which
compose does not look at. Afterwards it is asked for the reason where something failed.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import urllib.parse

import check_stack
import doctor
from project import Project, RefusedError, command

# A group of its own can be ended together with the plugin that docker calls; this is Windows' way to say it.
NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


def end(compose: subprocess.Popen[bytes]) -> None:
    """Let compose stop waiting, as by Ctrl+C; what it started goes on."""
    if sys.platform == "win32":
        compose.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        os.killpg(compose.pid, signal.SIGINT)
    compose.wait()


def refusals(project: Project) -> set[str]:
    """Return at which times the server refused the password of .env, as its health check noted."""
    probes = [
        probe
        for server in check_stack.of_service(project, "mysql")
        for probe in (server["State"].get("Health") or {}).get("Log") or []
    ]
    return {probe["Start"] for probe in probes if any(error in probe["Output"] for error in check_stack.REFUSED)}


def start(project: Project) -> bool:
    """Build, start and wait until all is healthy; not any longer once the server has refused the password twice.

    A server that makes its first files does not listen yet, so it refuses nobody.
    """
    for service in check_stack.outdated(project):
        print(f"make up: the container of {service} is made anew, with the secrets that .env has now", flush=True)
        project.compose("up", "--no-start", "--no-deps", "--force-recreate", service, timeout=None)
    before = refusals(project)
    compose = subprocess.Popen(
        ["docker", "compose", "up", "--detach", "--build", "--wait"],  # noqa: S607 - as the person's PATH has it
        cwd=project.folder,
        stdin=subprocess.DEVNULL,
        creationflags=NEW_GROUP,
        start_new_session=not NEW_GROUP,
    )
    try:
        while len(refusals(project) - before) < 2:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return compose.wait(2) == 0
    except KeyboardInterrupt:
        end(compose)
        raise
    end(compose)
    return False


def address(project: Project) -> str:
    """Return JupyterLab's address with the token that the running notebook has.

    Raises:
        RefusedError: there is none; the message is the reason.
    """
    for problem in doctor.essentials(project):
        raise RefusedError(problem)
    for one in check_stack.of_service(project, "jupyter"):
        for place in (one["NetworkSettings"]["Ports"] or {}).get("8888/tcp") or []:
            token = project.files(one["Id"], "/run/secrets/jupyter_token").get("jupyter_token", b"").decode()
            return f"http://{place['HostIp']}:{place['HostPort']}/lab?token={urllib.parse.quote(token)}"
    raise RefusedError("JupyterLab does not run; make up starts it")


def up() -> None:
    """Do what `make up` is for."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    project = Project()
    problems = doctor.before_up(project)
    doctor.show(problems)
    if problems:
        raise RefusedError
    if not start(project):
        doctor.show(doctor.everything(Project()), "nothing that it knows of is wrong; what failed is said above")
        raise RefusedError
    print(address(project))


if __name__ == "__main__":
    if sys.argv[1:] == ["--url"]:
        command("url", lambda: print(address(Project())))
    else:
        command("up", up)
