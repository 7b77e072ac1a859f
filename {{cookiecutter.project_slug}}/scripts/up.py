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


def start(project: Project) -> bool:
    """Build, start and wait until all is healthy; not any longer once the server has refused what .env says.

    A server that makes its first files does not listen yet, so it refuses nobody.
    """
    for service in check_stack.outdated(project):
        print(f"make up: the container of {service} is made anew, with the secrets that .env has now", flush=True)
        project.docker("compose", "up", "--no-start", "--no-deps", "--force-recreate", service, timeout=None)
    compose = subprocess.Popen(
        ["docker", "compose", "up", "--detach", "--build", "--wait"],  # noqa: S607 - as the person's PATH has it
        cwd=project.folder,
        stdin=subprocess.DEVNULL,
        # Its group can be ended together with the plugin that docker calls; this is Windows' way to say it, then Unix'.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        start_new_session=True,
    )
    try:
        while not any(check_stack.server(project)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return compose.wait(2) == 0
        return False
    finally:
        if compose.poll() is None:  # it stops waiting, as by Ctrl+C; what it started goes on
            if sys.platform == "win32":
                compose.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                os.killpg(compose.pid, signal.SIGINT)
            compose.wait()


def address(project: Project) -> str:
    """Return JupyterLab's address with the token that the running notebook has.

    Raises:
        RefusedError: there is none; the message is the reason.
    """
    for problem in doctor.essentials(project):
        raise RefusedError(problem)
    for one in project.containers("jupyter"):
        for place in (one["NetworkSettings"]["Ports"] or {}).get("8888/tcp") or []:
            token = project.files(one["Id"], "/run/secrets/jupyter_token").get("jupyter_token", b"").decode()
            return f"http://{place['HostIp']}:{place['HostPort']}/lab?token={urllib.parse.quote(token)}"
    raise RefusedError("JupyterLab does not run; make up starts it")


def up() -> None:
    """Do what `make up` is for."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    project = Project()
    if problems := doctor.before_up(project):
        doctor.show(problems)
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
