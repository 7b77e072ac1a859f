"""What can be wrong between .env and what the engine has: volumes, secrets, images, and why a service failed."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from check_host import example_of
from locks import ENTRY, locked
from project import EDIT, Problem, Project, RefusedError, reason, service_of

# An empty volume beside the project's own: its label is the folder to which these belong. Volumes outlive containers,
# and a folder that was copied has a copy of .env.
MARK = "jupyter-docker-template.folder"
ADOPT = "python3 scripts/doctor.py --mine"
REFUSED = re.compile("ERROR (1045|1698)")
# The password arrives on the standard input, and is in no list of processes.
ASK = """MYSQL_PWD="$(cat)"; export MYSQL_PWD
client=$(command -v mysql || command -v mariadb)
exec "$client" --protocol=tcp --host=127.0.0.1 --skip-column-names --user="$1" --execute="$2" ${3:+"$3"}"""
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys"}
REACH = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"
# What servers say of a volume that they cannot open: a newer one's, one too old for them, another brand's, root's.
NEWER = r"Cannot (?:downgrade from|boot server version \d+ on data directory built by version) (\d+)"
OLDER = r"Cannot upgrade from (\d+) to \d+"
ANOTHERS = r"File \S*ib_logfile0 was not found|Tablespace flags are invalid in datafile|Unsupported redo log format"
FORBIDDEN = r"/var/lib/mysql\S* .*(errno|Errcode:) 13\b"
WALLS = "docs/walls.md of the template"
# For a registry that neither answers nor refuses.
PATIENCE = 20


def clones(project: Project) -> Iterator[Problem]:
    """Find volumes that belong to another folder with the same COMPOSE_PROJECT_NAME: a copy, or the original."""
    own, owner, what = example_of(project)["COMPOSE_PROJECT_NAME"], owner_of(project), ""
    belong = f"containers and volumes called {project.name} belong to {owner}"
    moved = f"if this folder is a copy, it needs a name of its own; if it was moved here: {ADOPT}"
    if owner and owner != str(project.folder):
        try:
            if Project(Path(owner)).written("COMPOSE_PROJECT_NAME") == project.name:
                what = f"{belong}, of which this folder is a copy"
        except (RefusedError, OSError):
            what = f"{belong}, which only somebody else may read: {moved}"
    elif not owner and own != project.name and re.fullmatch(own[:-6] + "[0-9a-f]{6}", project.name):
        label = f"label=com.docker.compose.project={project.name}"
        if project.docker("volume", "ls", "--quiet", "--filter", label).stdout:
            what = f"the volumes called {project.name} were made from another folder: {moved}"
    if what:
        yield Problem(what, project.setting(COMPOSE_PROJECT_NAME=own))


def owner_of(project: Project) -> str:
    """Return the folder to which the project's volumes belong: by their mark, else by the containers; or nothing."""
    for volume in project.inspect("volume", f"{project.name}_folder"):
        return str((volume["Labels"] or {}).get(MARK, ""))
    label, here = "com.docker.compose.project.working_dir", str(project.folder)
    folders = {str(one["Config"]["Labels"].get(label, "")) for one in project.containers()}
    return here if here in folders else min(folders, default="")


def adopt(project: Project) -> None:
    """Note that the project's volumes belong to this folder, whatever was noted before."""
    volume, here = f"{project.name}_folder", str(project.folder)
    if [(one["Labels"] or {}).get(MARK) for one in project.inspect("volume", volume)] != [here]:
        project.docker("volume", "rm", "--force", volume)
        project.docker("volume", "create", "--label", f"{MARK}={here}", volume)


def said_by(project: Project, container: dict[str, Any]) -> str:
    """Return what a container has said since it was started last."""
    said = project.docker("logs", "--since", container["State"]["StartedAt"], container["Id"])
    return said.stdout + said.stderr


def volume(project: Project) -> Iterator[Problem]:
    """Translate what a server of .env's image said of a volume that it could not open."""
    image = project.value("MYSQL_IMAGE")
    place = image[: image.rfind("/") + 1]
    failed = [one for one in project.containers("mysql") if not one["State"]["Running"]]
    for one in failed if project.has_server else []:
        said = said_by(project, one) if one["Config"]["Image"] == image else ""
        newer, older = re.search(NEWER, said), re.search(OLDER, said)
        number = int((newer or older or ["", "0"])[1])  # 90704 is 9.7.4
        major, series = number // 10000, f"{number // 10000}.{number // 100 % 100}"
        written = f"the volume was written by mysql {series}.{number % 100}, and {image} is"
        if newer:
            what = f"{written} older: no server opens the files of a newer one"
            yield Problem(what, project.setting(MYSQL_IMAGE=f"{place}mysql:{series}"))
        elif older:
            tag = {5: "8.0", 8: "8.4"}.get(major, "9.7")
            what = f"{written} too new for it: the way goes by MySQL {tag}"
            yield Problem(what, f"MYSQL_IMAGE={place}mysql:{tag} docker compose up --detach --wait mysql && make up")
        elif re.search(ANOTHERS, said):
            brand, was = writer(project, one["Id"])
            written = f"the volume was written by {brand} {was}, and {image} is"
            what = f"{written} another server: neither opens the other's files"
            yield Problem(what, project.setting(MYSQL_IMAGE=f"{place}{brand}:{was}"))
        elif re.search(FORBIDDEN, said):
            (mounted,) = [mount["Name"] for mount in one["Mounts"] if mount["Destination"] == "/var/lib/mysql"]
            chown = f"docker run --rm --user 0 --entrypoint chown --volume {mounted}:/data {image} -R mysql: /data"
            yield Problem("the database's volume does not belong to the server's user", f"{chown} && make up")


def writer(project: Project, container: str) -> tuple[str, str]:
    """Return brand and series of the server that used the volume, as its own notes there say; MySQL 8.0 has none."""
    mariadb = project.files(container, "/var/lib/mysql/mariadb_upgrade_info").values()
    mysql = project.files(container, "/var/lib/mysql/mysql_upgrade_history").values()
    versions = re.findall(rb"\d+\.\d+", b"".join(mariadb)) or re.findall(rb'"version": *"(\d+\.\d+)', b"".join(mysql))
    return "mariadb" if mariadb else "mysql", versions[-1].decode() if versions else "8.0"


def server(project: Project) -> Iterator[Problem]:
    """Find a password or a database of .env that is not the running server's."""
    if not project.has_server or not any(one["State"]["Running"] for one in project.containers("mysql")):
        return
    user, database, password = (project.value(f"MYSQL_{name}") for name in ("USER", "DATABASE", "PASSWORD"))
    ask = ("compose", "exec", "-T", "mysql", "sh", "-c", ASK, "sh", user)
    said = project.docker(*ask, "SELECT 1", database, stdin=password).stderr
    if REFUSED.search(said):
        what = f"MYSQL_PASSWORD in .env is not the password that {user} has in the database's volume"
        yield Problem(what, "make rotate-password")
    elif "ERROR 1044" in said or "ERROR 1049" in said:
        found = project.docker(*ask, "SHOW DATABASES", stdin=password).stdout.split()
        own = [name for name in found if name not in SYSTEM] or [database]
        what = f"MYSQL_DATABASE={database} is not in the database's volume"
        yield Problem(what, project.setting(MYSQL_DATABASE=own[0]))


def outdated(project: Project) -> dict[str, list[str]]:
    """Return the services whose container holds other secrets than .env has now, and their variables."""
    found: dict[str, list[str]] = {}
    for one in project.containers():
        for file, content in project.files(one["Id"], "/run/secrets").items():
            name = file.upper()
            line = project.lines.get(name, "$")
            # What compose puts together from other variables is not compared; authorities are a file, and mounted.
            known = name in os.environ or line[:1] == "'" or "$" not in line
            if known and name != "CA_BUNDLE" and content.decode(errors="replace") != project.value(name):
                found.setdefault(service_of(one), []).append(name)
    return found


def secrets(project: Project) -> Iterator[Problem]:
    """Find containers that hold an old secret, which compose does not look at."""
    for service, names in outdated(project).items():
        yield Problem(f"{', '.join(names)} in .env changed after the container of {service} was made", "make up")


def reach(project: Project) -> Iterator[Problem]:
    """Find a database elsewhere at whose address no server answers, as the notebook would find it."""
    host, port, image = project.value("MYSQL_HOST"), project.value("MYSQL_PORT"), f"{project.name}-jupyter"
    elsewhere = project.value("DATABASE") == "mysql" and not project.has_server and host not in ("mysql", "")
    if elsewhere and project.inspect("image", image):
        view = ("--add-host", "host.docker.internal:host-gateway", "--entrypoint", "python", image)
        said = project.docker("run", "--rm", *view, "-c", REACH, host, port, timeout=30)
        if said.returncode != 0:
            what = f"no server answers the notebook at MYSQL_HOST={host}, MYSQL_PORT={port} ({reason(said)})"
            yield Problem(what, f"{EDIT}  # where is it, and does it listen on that address?")


def images(project: Project) -> Iterator[Problem]:
    """Find images of .env that are not on this machine and whose registry does not give them."""
    example = (project.folder / ".env.example").read_text(encoding="utf-8")
    known = re.findall(r"(?<![\w/.:-])[a-z][\w./-]*:[\w.-]*\w", example)
    for name in ["BASE_IMAGE", "MYSQL_IMAGE"] if project.has_server else ["BASE_IMAGE"]:
        image = project.value(name)
        if project.inspect("image", image):
            continue
        said = project.docker("manifest", "inspect", image, timeout=PATIENCE)
        if said.returncode != 0:
            command = f"{EDIT}  # is the name right? {WALLS}"
            if f"/{image}".endswith(tuple(f"/{one}" for one in known)):  # it is, maybe a mirror's
                command = f"docker pull {shlex.quote(image)}  # or another {name} in .env: {WALLS}"
            elif near := difflib.get_close_matches(image, known, n=1):
                command = project.setting(**{name: near[0]})
            what = f"{name}={image} is not on this machine, and its registry does not give it ({reason(said)})"
            yield Problem(what, command)


def older_image(project: Project) -> Iterator[Problem]:
    """Find a notebook's image that holds other packages than the lock says."""
    image = f"{project.name}-jupyter"
    if not project.inspect("image", image):
        return
    reading = ("run", "--rm", "--network", "none", "--entrypoint", "cat", image, "/opt/project/as-built.txt")
    listed = project.docker(*reading)
    built = dict(line.split("==", 1) for line in listed.stdout.splitlines() if "==" in line)
    lock = (project.folder / "requirements.lock").read_text(encoding="utf-8")
    # With a marker a package may not be meant for the image.
    absent = {entry["name"]: "" for entry in ENTRY.finditer(lock) if not entry["marker"].strip()}
    found = {**absent, **built}
    other = [name for name, versions in locked(lock).items() if found.get(name, versions[0]) not in versions]
    if other or listed.returncode != 0:
        named = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        what = f"the notebook's image is older than requirements.lock ({named or 'of an older template'})"
        yield Problem(what, "make up")


def failed(project: Project) -> Iterator[Problem]:
    """Find services that failed, whose log says more than the doctor knows."""
    for one in project.containers():
        state, service = one["State"], service_of(one)
        # Whoever was told to stop (130, 143) or was killed (137) has not failed, unless memory was the reason.
        ended = not state["Running"] and (state["OOMKilled"] or state["ExitCode"] not in (0, 130, 137, 143))
        if ended or state.get("Health", {}).get("Status") == "unhealthy":
            how = f"ended with {state['ExitCode']}" if ended else "is not healthy"
            last = "\n".join(said_by(project, one).splitlines()[-8:])
            yield Problem(f"the service {service} {how}", f"docker compose logs {service}  # which ends so:", last)


CHECKS = (clones, volume, server, secrets, reach, images)
