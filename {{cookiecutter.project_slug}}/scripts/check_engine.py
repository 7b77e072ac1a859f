"""What can be wrong with the engine and its command line."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from project import Problem, Project

DESKTOP = "start Docker Desktop"


def needed(project: Project) -> dict[str, str]:
    """Return the versions that the project needs, as the script that installs them knows them."""
    script = (project.folder / "deploy" / "install-docker.sh").read_text(encoding="utf-8")
    return dict(re.findall(r"([A-Z]+)_NEEDED=([0-9.]+)", script))


def is_older(found: str, wanted: str) -> bool:
    """Say whether a version, of numbers and dots, is older than another."""
    numbers = [[int(part) for part in version.split(".") if part] for version in (found, wanted)]
    return numbers[0] < numbers[1]


def installing() -> str:
    """Return the command that installs an engine and its plugins here."""
    return "sudo bash deploy/install-docker.sh" if sys.platform.startswith("linux") else "install Docker Desktop"


def renewing(plugin: str) -> str:
    """Return the command that brings a newer plugin; a person's own copy would still win over the machine's."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    own = folder / "cli-plugins" / f"docker-{plugin}"
    removing = f"rm {shlex.quote(str(own))} && " if sys.platform.startswith("linux") and own.exists() else ""
    return removing + installing()


def starting() -> str:
    """Return the command that starts the engine here."""
    if not sys.platform.startswith("linux"):
        return "open -a Docker" if sys.platform == "darwin" else DESKTOP
    return "sudo systemctl start docker" if Path("/run/systemd/system").is_dir() else installing()


def engine(project: Project) -> Iterator[Problem]:
    """Find an engine that is not there, not running, not ours to use, or too old."""
    said = project.docker("version")
    host = os.environ.get("DOCKER_HOST", "")
    if said.returncode == 127:
        yield Problem("there is no command 'docker'", installing())
    elif "permission denied" in said.stderr.lower():
        yield Problem(
            "the engine runs, but you may not use it: you are not in the group docker",
            'sudo usermod --append --groups docker "$USER" && newgrp docker',
        )
    elif said.returncode != 0:
        reason = (said.stderr.strip() or "no answer").splitlines()[-1]
        yield Problem(
            f"the engine does not answer ({reason})", f"unset DOCKER_HOST  # it is {host}" if host else starting()
        )
    else:
        # Podman answers here too, with versions of its own.
        version = re.search(r"\n Engine:\s+Version:\s+([0-9.]+)", said.stdout)
        wanted = needed(project)["ENGINE"]
        if version and is_older(version[1], wanted):
            yield Problem(f"Docker Engine {version[1]} is too old: {wanted} is needed", installing())


def plugins(project: Project) -> Iterator[Problem]:
    """Find plugins of docker's command line that are missing or too old."""
    for name, arguments in (("compose", ["version", "--short"]), ("buildx", ["version"])):
        said = project.docker(name, *arguments)
        version = re.search(r"\bv?(\d+\.\d+[0-9.]*)", said.stdout)
        wanted = needed(project)[name.upper()]
        if said.returncode != 0 or version is None:
            yield Problem(f"docker has no plugin {name}: {wanted} or newer is needed", installing())
        elif is_older(version[1], wanted):
            yield Problem(f"docker's plugin {name} {version[1]} is too old: {wanted} is needed", renewing(name))


CHECKS = (engine, plugins)
