"""What can be wrong with this machine: its engine, who owns which folder, the notebook's port, room on the disks."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from project import Problem, Project, service_of

PORTS = range(1024, 65536)
# Less than this is a full disk: an image's layer, a redo log and a temporary table want more.
ROOM = 200 * 10**6
LINUX = sys.platform.startswith("linux")
INSTALL = "sudo bash deploy/install-docker.sh" if LINUX else "install Docker Desktop"
SYSTEMD = "sudo systemctl start docker" if Path("/run/systemd/system").is_dir() else INSTALL
START = SYSTEMD if LINUX else "open -a Docker" if sys.platform == "darwin" else "start Docker Desktop"


def engine(project: Project) -> Iterator[Problem]:
    """Find an engine that is not there, not running, not ours to use, or too old."""
    said, host = project.docker("version"), os.environ.get("DOCKER_HOST")
    if said.returncode == 127:
        yield Problem("there is no command 'docker'", INSTALL)
    elif "permission denied" in said.stderr.lower():
        joining = 'sudo usermod --append --groups docker "$USER" && newgrp docker'
        yield Problem("the engine runs, but you may not use it: you are not in the group docker", joining)
    elif said.returncode != 0:
        reason = (said.stderr.strip() or "no answer").splitlines()[-1]
        command = f"unset DOCKER_HOST  # it is {host}" if host else START
        yield Problem(f"the engine does not answer ({reason})", command)
    else:  # Podman answers here too, with versions of its own
        found = "".join(re.findall(r"\n Engine:\s+(Version:\s+.*)", said.stdout))
        yield from too_old(project, "Docker Engine", "ENGINE", found or "99.0", INSTALL)


def plugins(project: Project) -> Iterator[Problem]:
    """Find plugins of docker's command line that are missing or too old; a person's own wins over the machine's."""
    for name in ("compose", "buildx"):
        own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins" / f"docker-{name}"
        removing = f"rm {shlex.quote(str(own))} && " if LINUX and own.exists() else ""
        found = project.docker(name, "version").stdout
        yield from too_old(project, f"docker's plugin {name}", name.upper(), found, removing + INSTALL)


def too_old(project: Project, what: str, name: str, said: str, command: str) -> Iterator[Problem]:
    """Compare the version in what a program said with the one that the script knows that installs it."""
    script = (project.folder / "deploy" / "install-docker.sh").read_text(encoding="utf-8")
    wanted = dict(re.findall(r"([A-Z]+)_NEEDED=([0-9.]+)", script))[name]
    found = re.search(r"\d+(\.\d+)+", said)
    if found is None:
        yield Problem(f"{what} is missing: {wanted} or newer is needed", INSTALL)
    elif [int(part) for part in found[0].split(".")] < [int(part) for part in wanted.split(".")]:
        yield Problem(f"{what} {found[0]} is too old: {wanted} is needed", command)


def is_rootless(project: Project) -> bool:
    """Say whether the engine's root is a person, whom a container's root then is, too."""
    return re.search(r"^ *(name=)?rootless", project.info, re.MULTILINE) is not None


def ids(project: Project) -> Iterator[Problem]:
    """Find a NB_UID or NB_GID with which the notebook's files would belong to somebody else."""
    uid, gid = project.user
    me = os.getuid() if hasattr(os, "getuid") else None
    if me is not None and is_rootless(project):
        if (uid, gid) != (0, 0):
            what = f"the engine is rootless: there 0 is you, and {uid} in .env is a number that nobody has"
            yield Problem(what, project.setting(NB_UID="0", NB_GID="0"))
    elif me is not None and (-1 in (uid, gid) or (me and (uid != me or gid not in (os.getgid(), *os.getgroups())))):
        mine = (str(me), str(os.getgid())) if me else ("1000", "100")
        what = (
            f"the notebook writes as {project.value('NB_UID')}:{project.value('NB_GID')}, and you are {':'.join(mine)}"
        )
        yield Problem(what, project.setting(NB_UID=mine[0], NB_GID=mine[1]))


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
        status, outside = folder.stat(), name == "data" and not folder.resolve().is_relative_to(project.folder)
        verb, bits = ("read", 0o5) if outside else ("write", 0o3)
        # The group users (100): the image's home and packages are open to it, and compose.yaml adds it to the notebook.
        bits <<= 6 if uid == status.st_uid else 3 if status.st_gid in (gid, 100) else 0
        mend = f"sudo chown -R {uid}:{gid} {shlex.quote(str(folder))}"
        if uid != 0 and status.st_mode & bits != bits:
            if status.st_uid != 0 or not os.access(folder, os.R_OK) or any(folder.iterdir()):
                what = f"{folder} belongs to {status.st_uid}, and the notebook ({uid}:{gid}) cannot {verb} there"
                yield Problem(what, mend)
        elif name != "data" and any(child.lstat().st_uid == 0 != uid for child in folder.iterdir()):
            yield Problem(f"{folder} holds files of root, which the notebook ({uid}:{gid}) cannot change", mend)


def port(project: Project) -> Iterator[Problem]:
    """Find a port that is none, or that somebody else has than the project's own notebook."""
    text = project.value("JUPYTER_PORT")
    number = int(text) if re.fullmatch("[0-9]{4,5}", text) else 0
    bindings = [
        places
        for one in project.containers()
        if service_of(one) == "jupyter" and one["State"]["Running"]
        for places in (one["HostConfig"]["PortBindings"] or {}).values()
    ]
    own = [place["HostPort"] for places in bindings for place in places]
    if number not in PORTS:
        free = project.setting(JUPYTER_PORT=str(free_port(8888)))
        yield Problem(f"JUPYTER_PORT={text} is no number from 1024 to 65535", free)
    elif is_busy(number) and text not in own:
        yield Problem(f"port {text} of this machine is busy", project.setting(JUPYTER_PORT=str(free_port(number))))


def is_busy(number: int) -> bool:
    """Say whether something listens on a port of 127.0.0.1, or may not do so."""
    with socket.socket() as caller, socket.socket() as listener:
        caller.settimeout(2)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        with contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", number))
            return caller.connect_ex(("127.0.0.1", number)) == 0
    return True


def free_port(number: int) -> int:
    """Return the next port that nothing listens on, or the first of all."""
    while is_busy(number):
        number = number + 1 if number + 1 in PORTS else PORTS.start
    return number


def room(project: Project) -> Iterator[Problem]:
    """Find full disks: the engine's, where it has one of this machine, and those of the folders that are mounted."""
    places = [Path(root) for root in re.findall(r"^ *Docker Root Dir: *(.*)$", project.info, re.MULTILINE)]
    mounted = {folder.resolve() for folder in project.folders().values()}
    for place in filter(Path.is_dir, (*places, *mounted)):
        left = f"({shutil.disk_usage(place).free / 10**6:.0f} MB left"
        if shutil.disk_usage(place).free >= ROOM:
            continue
        if place in places:
            yield Problem(f"the engine's disk is full {left} in {place})", "docker builder prune --all --force")
        else:
            biggest = f"du -xah {shlex.quote(str(place))} | sort -h | tail  # says what to remove"
            yield Problem(f"the disk of {place} is full {left})", biggest)


ENGINE, CHECKS = (engine, plugins), (ids, folders, port, room)
