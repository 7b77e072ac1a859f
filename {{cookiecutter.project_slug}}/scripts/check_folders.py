"""What can be wrong with who owns which folder, with the notebook's port and with room on the disk."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from make_env import clone_name, parse
from project import Problem, Project, service_of

# The group users: the image's home and packages are open to it, and compose.yaml adds it to the notebook.
USERS = 100
PORTS = range(1024, 65536)
# Less than this is a full disk: an image's layer, a redo log and a temporary table want more.
ROOM = 200 * 10**6


def is_rootless(project: Project) -> bool:
    """Say whether the engine's root is a person, whom a container's root then is, too."""
    return re.search(r"^ *(name=)?rootless", project.info, re.MULTILINE) is not None


def ids(project: Project) -> Iterator[Problem]:
    """Find a NB_UID or NB_GID with which the notebook's files would belong to somebody else."""
    if not hasattr(os, "getuid"):
        return
    mine = os.getuid(), os.getgid()
    if is_rootless(project):
        if project.user != (0, 0):
            yield Problem(
                f"the engine is rootless: there 0 is you, and {project.user[0]} in .env is a number that nobody has",
                project.setting(NB_UID="0", NB_GID="0"),
            )
    elif -1 in project.user or (mine[0] != 0 and not is_mine(*project.user)):
        uid, gid = mine if mine[0] else (1000, 100)
        yield Problem(
            f"the notebook writes as {project.value('NB_UID')}:{project.value('NB_GID')}, and you are {uid}:{gid}",
            project.setting(NB_UID=str(uid), NB_GID=str(gid)),
        )


def is_mine(uid: int, gid: int) -> bool:
    """Say whether this is the caller's UID, and a group that the caller is in."""
    return uid == os.getuid() and gid in (os.getgid(), *os.getgroups())


def writable(project: Project) -> Iterator[Problem]:
    """Find mounted folders that the notebook cannot write, or that hold files of root; data from outside is read."""
    uid, gid = project.user
    if not hasattr(os, "getuid") or -1 in (uid, gid) or (uid != 0 and is_rootless(project)):
        return  # whoever that is: `ids` says it
    if uid == 0:
        uid, gid = os.getuid(), os.getgid()
    for name, folder in project.folders().items():
        if not folder.is_dir() or (name == "notebooks" and project.value("NOTEBOOKS_MODE") == "ro"):
            continue  # a folder that is not there yet is made, and handed over, by the service `folders`
        owner, verb = folder.stat().st_uid, "write"
        if name == "data" and not folder.resolve().is_relative_to(project.folder):
            verb = "read"
        mend = f"sudo chown -R {uid}:{gid} {shlex.quote(str(folder))}"
        if not may(verb, folder.stat(), uid, {gid, USERS}):
            if owner != 0 or is_filled(folder):
                yield Problem(f"{folder} belongs to {owner}, and the notebook ({uid}:{gid}) cannot {verb} there", mend)
        elif name != "data" and any(child.lstat().st_uid == 0 != uid for child in folder.iterdir()):
            yield Problem(f"{folder} holds files of root, which the notebook ({uid}:{gid}) cannot change", mend)


def is_filled(folder: Path) -> bool:
    """Say whether there is anything in a folder; one that may not be looked into is taken for filled."""
    try:
        return any(folder.iterdir())
    except PermissionError:
        return True


def may(verb: str, status: os.stat_result, uid: int, gids: set[int]) -> bool:
    """Say whether somebody with this UID and these groups may read the files of a folder, or write new ones."""
    wanted = stat.S_IROTH | stat.S_IXOTH if verb == "read" else stat.S_IWOTH | stat.S_IXOTH
    if uid == status.st_uid:
        wanted <<= 6
    elif status.st_gid in gids:
        wanted <<= 3
    return uid == 0 or status.st_mode & wanted == wanted


def port(project: Project) -> Iterator[Problem]:
    """Find a port that is none, or that somebody else has."""
    text = project.value("JUPYTER_PORT")
    if not text.isdigit() or int(text) not in PORTS:
        yield Problem(
            f"JUPYTER_PORT={text} is no number from 1024 to 65535", project.setting(JUPYTER_PORT=str(free_port(8888)))
        )
    elif is_busy(int(text)) and not is_ours(project, text):
        free = str(free_port(int(text)))
        yield Problem(f"port {text} of this machine is busy", project.setting(JUPYTER_PORT=free))


def is_ours(project: Project, number: str) -> bool:
    """Say whether it is this project's own notebook that the engine publishes there."""
    for container in project.containers():
        bound = container["HostConfig"]["PortBindings"] or {}
        if container["State"]["Running"] and service_of(container) == "jupyter":
            return number in [one["HostPort"] for places in bound.values() for one in places]
    return False


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
    engine = re.search(r"^ *Docker Root Dir: *(.*)$", project.info, re.MULTILINE)
    if engine and Path(engine[1]).is_dir():  # elsewhere the engine runs in a machine of its own
        free = shutil.disk_usage(engine[1]).free
        if free < ROOM:
            yield Problem(
                f"the engine's disk is full ({megabytes(free)} left in {engine[1]})",
                "docker builder prune --all --force",
            )
    for folder in {folder.resolve() for folder in project.folders().values() if folder.is_dir()}:
        free = shutil.disk_usage(folder).free
        if free < ROOM:
            biggest = f"du -xah {shlex.quote(str(folder))} | sort -h | tail  # says what to remove"
            yield Problem(f"the disk of {folder} is full ({megabytes(free)} left)", biggest)


def megabytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / 10**6:.0f} MB"


def own_name(project: Project) -> str:
    """Return the name that `make env` gives to the project of this folder."""
    example = (project.folder / ".env.example").read_text(encoding="utf-8")
    return clone_name(parse(example), project.folder)


CHECKS = (ids, writable, port, room)
