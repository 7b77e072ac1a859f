"""What can be wrong with this machine: its engine, who owns which folder, the notebook's port, room on the disks."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from project import Problem, Project, service_of

PORTS = range(1024, 65536)
# Less than this is a full disk: an image's layer, a redo log and a temporary table want more.
ROOM = 200 * 10**6
LINUX = sys.platform.startswith("linux")
INSTALL = "sudo bash deploy/install-docker.sh" if LINUX else "install Docker Desktop"


def needed(project: Project) -> dict[str, list[int]]:
    """Return the versions that the project needs, as the script that installs them knows them."""
    script = (project.folder / "deploy" / "install-docker.sh").read_text(encoding="utf-8")
    return {name: version(text) for name, text in re.findall(r"([A-Z]+)_NEEDED=([0-9.]+)", script)}


def version(text: str) -> list[int]:
    """Return the first version in a text."""
    found = re.search(r"\d+\.[0-9.]*\d", text)
    return [int(part) for part in found[0].split(".")] if found else []


def engine(project: Project) -> Iterator[Problem]:
    """Find an engine that is not there, not running, not ours to use, or too old."""
    said = project.docker("version")
    host = os.environ.get("DOCKER_HOST", "")
    if said.returncode == 127:
        yield Problem("there is no command 'docker'", INSTALL)
    elif "permission denied" in said.stderr.lower():
        joining = 'sudo usermod --append --groups docker "$USER" && newgrp docker'
        yield Problem("the engine runs, but you may not use it: you are not in the group docker", joining)
    elif said.returncode != 0:
        reason = (said.stderr.strip() or "no answer").splitlines()[-1]
        systemd = "sudo systemctl start docker" if Path("/run/systemd/system").is_dir() else INSTALL
        starting = systemd if LINUX else "open -a Docker" if sys.platform == "darwin" else "start Docker Desktop"
        yield Problem(
            f"the engine does not answer ({reason})", f"unset DOCKER_HOST  # it is {host}" if host else starting
        )
    else:
        # Podman answers here too, with versions of its own.
        found = version("".join(re.findall(r"\n Engine:\s+Version:\s+(.*)", said.stdout)))
        wanted = needed(project)["ENGINE"]
        if found and found < wanted:
            yield Problem(f"Docker Engine {dotted(found)} is too old: {dotted(wanted)} is needed", INSTALL)


def dotted(numbers: list[int]) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, numbers))


def plugins(project: Project) -> Iterator[Problem]:
    """Find plugins of docker's command line that are missing or too old; a person's own wins over the machine's."""
    for name in ("compose", "buildx"):
        said = project.docker(name, "version")
        found, wanted = version(said.stdout), needed(project)[name.upper()]
        own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins" / f"docker-{name}"
        if said.returncode != 0 or not found:
            yield Problem(f"docker has no plugin {name}: {dotted(wanted)} or newer is needed", INSTALL)
        elif found < wanted:
            removing = f"rm {shlex.quote(str(own))} && " if LINUX and own.exists() else ""
            yield Problem(
                f"docker's plugin {name} {dotted(found)} is too old: {dotted(wanted)} is needed", removing + INSTALL
            )


def is_rootless(project: Project) -> bool:
    """Say whether the engine's root is a person, whom a container's root then is, too."""
    return re.search(r"^ *(name=)?rootless", project.info, re.MULTILINE) is not None


def ids(project: Project) -> Iterator[Problem]:
    """Find a NB_UID or NB_GID with which the notebook's files would belong to somebody else."""
    if not hasattr(os, "getuid"):
        return
    (uid, gid), me = project.user, os.getuid()
    if is_rootless(project):
        if (uid, gid) != (0, 0):
            what = f"the engine is rootless: there 0 is you, and {uid} in .env is a number that nobody has"
            yield Problem(what, project.setting(NB_UID="0", NB_GID="0"))
    elif -1 in (uid, gid) or (me != 0 and (uid != me or gid not in (os.getgid(), *os.getgroups()))):
        own = (me, os.getgid()) if me else (1000, 100)
        what = (
            f"the notebook writes as {project.value('NB_UID')}:{project.value('NB_GID')}, and you are {own[0]}:{own[1]}"
        )
        yield Problem(what, project.setting(NB_UID=str(own[0]), NB_GID=str(own[1])))


def folders(project: Project) -> Iterator[Problem]:
    """Find mounted folders that the notebook cannot write, or that hold files of root; data from outside is read."""
    uid, gid = project.user
    if not hasattr(os, "getuid") or -1 in (uid, gid) or (uid != 0 and is_rootless(project)):
        return  # whoever that is: `ids` says it
    if uid == 0:
        uid, gid = os.getuid(), os.getgid()
    for name, folder in project.folders().items():
        if not folder.is_dir() or (name == "notebooks" and project.value("NOTEBOOKS_MODE") == "ro"):
            continue  # a folder that is not there yet is made, and handed over, by the service `folders`
        status, only_read = folder.stat(), name == "data" and not folder.resolve().is_relative_to(project.folder)
        # The group users (100): the image's home and packages are open to it, and compose.yaml adds it to the notebook.
        shift = 6 if uid == status.st_uid else 3 if status.st_gid in (gid, 100) else 0
        wanted = (0o5 if only_read else 0o3) << shift
        mend = f"sudo chown -R {uid}:{gid} {shlex.quote(str(folder))}"
        if uid != 0 and status.st_mode & wanted != wanted:
            verb = "read" if only_read else "write"
            if status.st_uid != 0 or not os.access(folder, os.R_OK) or any(folder.iterdir()):
                what = f"{folder} belongs to {status.st_uid}, and the notebook ({uid}:{gid}) cannot {verb} there"
                yield Problem(what, mend)
        elif name != "data" and any(child.lstat().st_uid == 0 != uid for child in folder.iterdir()):
            yield Problem(f"{folder} holds files of root, which the notebook ({uid}:{gid}) cannot change", mend)


def port(project: Project) -> Iterator[Problem]:
    """Find a port that is none, or that somebody else has."""
    text = project.value("JUPYTER_PORT")
    number = int(text) if re.fullmatch("[0-9]{4,5}", text) else 0
    if number not in PORTS:
        free = project.setting(JUPYTER_PORT=str(free_port(8888)))
        yield Problem(f"JUPYTER_PORT={text} is no number from 1024 to 65535", free)
    elif is_busy(number) and not any(text in published(one) for one in project.containers()):
        yield Problem(f"port {text} of this machine is busy", project.setting(JUPYTER_PORT=str(free_port(number))))


def published(container: dict[str, Any]) -> list[str]:
    """Return the ports of this machine that lead to the running notebook's container."""
    if service_of(container) != "jupyter" or not container["State"]["Running"]:
        return []
    return [one["HostPort"] for places in (container["HostConfig"]["PortBindings"] or {}).values() for one in places]


def is_busy(number: int) -> bool:
    """Say whether something listens on a port of 127.0.0.1."""
    with socket.socket() as caller:
        caller.settimeout(2)
        if caller.connect_ex(("127.0.0.1", number)) == 0:
            return True
    with socket.socket() as listener:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


def free_port(number: int) -> int:
    """Return the next port that nothing listens on, or the first of all."""
    while is_busy(number):
        number = number + 1 if number + 1 in PORTS else PORTS.start
    return number


def room(project: Project) -> Iterator[Problem]:
    """Find full disks: the engine's, and those of the folders that are mounted."""
    disks = {folder.resolve(): "the disk of" for folder in project.folders().values()}
    engines = re.search(r"^ *Docker Root Dir: *(.*)$", project.info, re.MULTILINE)
    if engines:  # elsewhere than on Linux it is in a machine of its own, and no folder here
        disks[Path(engines[1])] = "the engine's"
    for folder, whose in disks.items():
        free = shutil.disk_usage(folder).free if folder.is_dir() else ROOM
        if free < ROOM and whose == "the engine's":
            what = f"the engine's disk is full ({free / 10**6:.0f} MB left in {folder})"
            yield Problem(what, "docker builder prune --all --force")
        elif free < ROOM:
            biggest = f"du -xah {shlex.quote(str(folder))} | sort -h | tail  # says what to remove"
            yield Problem(f"the disk of {folder} is full ({free / 10**6:.0f} MB left)", biggest)


ENGINE, CHECKS = (engine, plugins), (ids, folders, port, room)
