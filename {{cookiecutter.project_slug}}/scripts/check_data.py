"""What can be wrong between .env and the database: another clone's volume, another server's, another password."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from check_folders import own_name
from make_env import parse
from project import Problem, Project, service_of, unquoted

# An empty volume beside the project's own: its label is the folder to which these belong. Volumes outlive containers,
# and a folder that was copied has a copy of .env.
MARK = "jupyter-docker-template.folder"
ADOPT = "python3 scripts/doctor.py --mine"
# Exit codes of image/check-volume.sh.
ANOTHER_SERVER, LONG_WAY = 3, 4
REFUSED, UNKNOWN_DATABASE = ("ERROR 1045", "ERROR 1698"), ("ERROR 1044", "ERROR 1049")
# The password arrives on the standard input, and is in no list of processes.
ASK = """MYSQL_PWD="$(cat)"; export MYSQL_PWD
client=$(command -v mysql || command -v mariadb)
exec "$client" --protocol=tcp --host=127.0.0.1 --skip-column-names --user="$1" --execute="$2" ${3:+"$3"}"""
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys"}
# What scripts/backup_mysql.py and backup_sqlite.py call it.
UNFINISHED = "_unfinished_restore"
TABLES = "from persistence import Database; print(*Database.from_env().tables())"
REACH = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"


def clones(project: Project) -> Iterator[Problem]:
    """Find volumes that belong to another folder with the same COMPOSE_PROJECT_NAME: a copy, or the original."""
    owner, here = owner_of(project), str(project.folder)
    rename = project.setting(COMPOSE_PROJECT_NAME=own_name(project))
    theirs = name_in(Path(owner)) if owner and owner != here else ""
    if theirs == project.name:
        yield Problem(
            f"containers and volumes called {project.name} belong to {owner}, of which this folder is a copy",
            rename,
        )
    elif theirs is None:
        yield Problem(
            f"containers and volumes called {project.name} belong to {owner}, which only somebody else may read: if "
            f"this folder is a copy, it needs a name of its own; if it was moved here: {ADOPT}",
            rename,
        )
    elif not owner and is_named_after_another_folder(project) and volumes_of(project):
        yield Problem(
            f"the volumes called {project.name} were made from another folder: if this one is a copy, it needs a name "
            f"of its own; if it was moved here: {ADOPT}",
            rename,
        )


def mark_volume(project: Project) -> str:
    """Return the name of the volume that says whose the volumes are."""
    return f"{project.name}_folder"


def owner_of(project: Project) -> str:
    """Return the folder to which the project's volumes belong: by their mark, else by the containers; or nothing."""
    for volume in project.inspect("volume", mark_volume(project)):
        return str((volume["Labels"] or {}).get(MARK, ""))
    folders = [
        one["Config"]["Labels"].get("com.docker.compose.project.working_dir", "") for one in project.containers()
    ]
    here = str(project.folder)
    return here if here in folders else next(iter(folders), "")


def name_in(folder: Path) -> str | None:
    """Return the COMPOSE_PROJECT_NAME of another folder; "" where there is none, None where we may not read it."""
    try:
        return unquoted(parse((folder / ".env").read_text(encoding="utf-8")).get("COMPOSE_PROJECT_NAME", ""))
    except PermissionError:
        return None
    except OSError:
        return ""


def is_named_after_another_folder(project: Project) -> bool:
    """Say whether the project's name carries the mark of a folder that is not this one."""
    own = own_name(project)
    return project.name != own and re.fullmatch(re.escape(own[:-6]) + "[0-9a-f]" * 6, project.name) is not None


def volumes_of(project: Project) -> list[str]:
    """Return the names of the project's volumes that exist, the mark aside."""
    label = f"label=com.docker.compose.project={project.name}"
    return project.docker("volume", "ls", "--quiet", "--filter", label).stdout.split()


def adopt(project: Project) -> None:
    """Note that the project's volumes belong to this folder, whatever was noted before."""
    here = str(project.folder)
    noted = [(volume["Labels"] or {}).get(MARK) for volume in project.inspect("volume", mark_volume(project))]
    if noted == [here]:
        return
    if noted:
        project.docker("volume", "rm", mark_volume(project))
    project.docker("volume", "create", "--label", f"{MARK}={here}", mark_volume(project))


def server(project: Project) -> Iterator[Problem]:
    """Find a database volume that the server of MYSQL_IMAGE may not open: a newer one's, or one too old for it."""
    image = project.value("MYSQL_IMAGE")
    known = project.inspect("image", image)
    volume = f"{project.name}_mysql"
    if not project.has_server or not known or not project.inspect("volume", volume):
        return  # nothing is there yet; what has to be pulled first is checked by the service `mysql-volume` itself
    script = f"type=bind,source={project.folder / 'image' / 'check-volume.sh'},target=/check-volume.sh,readonly"
    mounts = ("--mount", script, "--mount", f"type=volume,source={volume},target=/var/lib/mysql,readonly")
    rights = ("--network", "none", "--user", "0:0", "--cap-drop", "ALL", "--cap-add", "DAC_READ_SEARCH")
    look = ("--entrypoint", "sh", image, "/check-volume.sh", "--look", image)
    said = project.docker("run", "--rm", *rights, *mounts, *look)
    found = re.search(r": MYSQL_IMAGE=(\S+)$", said.stderr, re.MULTILINE)
    sentence = "".join(re.findall(r"^mysql-volume: (.*): MYSQL_IMAGE=", said.stderr, re.MULTILINE))
    if said.returncode == ANOTHER_SERVER and found:
        yield Problem(sentence, project.setting(MYSQL_IMAGE=found[1]))
    elif said.returncode == LONG_WAY and found:
        between = f"MYSQL_IMAGE={found[1]} docker compose up --detach --wait mysql"
        yield Problem(sentence, f"{between} && make up")


def another_server(project: Project) -> Iterator[Problem]:
    """Do the same, but not where that very image has opened the volume already."""
    images = [one["Id"] for one in project.inspect("image", project.value("MYSQL_IMAGE"))]
    servers = [one for one in project.containers() if service_of(one) == "mysql"]
    # A container that never started has the year 1.
    if not any(one["Image"] in images and not one["State"]["StartedAt"].startswith("0001") for one in servers):
        yield from server(project)


def password(project: Project) -> Iterator[Problem]:
    """Find a password of .env that is not the one which the running server has, and what a restore left there."""
    running = [one for one in project.containers() if service_of(one) == "mysql" and one["State"]["Running"]]
    if not project.has_server or not running:
        return
    user, database = project.value("MYSQL_USER"), project.value("MYSQL_DATABASE")
    answered = answer(project, f"SHOW TABLES LIKE '{UNFINISHED}'", database)
    yield from interrupted_restore(answered.stdout.split())
    said = answered.stderr
    if any(error in said for error in REFUSED):
        yield Problem(
            f"MYSQL_PASSWORD in .env is not the password that {user} has in the database's volume",
            "make rotate-password",
        )
    elif any(error in said for error in UNKNOWN_DATABASE):
        own = [name for name in answer(project, "SHOW DATABASES").stdout.split() if name not in SYSTEM]
        yield Problem(
            f"MYSQL_DATABASE={database} is not in the database's volume",
            project.setting(MYSQL_DATABASE=next(iter(own), database)),
        )


def answer(project: Project, statement: str, *database: str) -> subprocess.CompletedProcess[str]:
    """Have the stack's running server execute a statement for the user of .env."""
    ask = ("exec", "-T", "mysql", "sh", "-c", ASK, "sh", project.value("MYSQL_USER"), statement, *database)
    return project.compose(*ask, stdin=project.value("MYSQL_PASSWORD"))


def unfinished(project: Project) -> Iterator[Problem]:
    """Find the same leftover in a file or on a server elsewhere, as the running notebook sees them."""
    if (project.value("DATABASE"), project.value("MYSQL_HOST"), project.has_server) != ("mysql", "mysql", True):
        tables = project.compose("exec", "-T", "jupyter", "python", "-c", TABLES).stdout.split()
        yield from interrupted_restore(tables)


def interrupted_restore(tables: list[str]) -> Iterator[Problem]:
    """Find, among a database's tables, what says that a restore has something left to do."""
    if UNFINISHED in tables:
        yield Problem(
            f"a restore was interrupted when its data was in place, and has something left to do ({UNFINISHED})",
            "make restore",
        )


def reach(project: Project) -> Iterator[Problem]:
    """Find a database elsewhere at whose address no server answers, as the notebook would find it."""
    host, port = project.value("MYSQL_HOST"), project.value("MYSQL_PORT")
    if project.value("DATABASE") != "mysql" or project.has_server or host in ("mysql", ""):
        return
    image = f"{project.name}-jupyter"
    if not project.inspect("image", image):
        return  # the notebook's own view is the one that counts
    view = ("--add-host", "host.docker.internal:host-gateway", "--entrypoint", "python")
    said = project.docker("run", "--rm", *view, image, "-c", REACH, host, port, timeout=30)
    if said.returncode != 0:
        reason = (said.stderr.strip() or "no answer").splitlines()[-1]
        yield Problem(
            f"no server answers the notebook at MYSQL_HOST={host}, MYSQL_PORT={port} ({reason})",
            '"${EDITOR:-vi}" .env  # where is it, and does it listen on that address?',
        )


BEFORE_UP = (clones, another_server)
CHECKS = (clones, server, password, unfinished, reach)
