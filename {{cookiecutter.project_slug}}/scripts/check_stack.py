"""What can be wrong between .env and what the engine has: volumes, secrets, images, and why a service failed."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from check_env import locked_in, own_name
from make_env import parse
from project import Problem, Project, RefusedError, service_of, text_of, unquoted

# An empty volume beside the project's own: its label is the folder to which these belong. Volumes outlive containers,
# and a folder that was copied has a copy of .env.
MARK = "jupyter-docker-template.folder"
ADOPT = "python3 scripts/doctor.py --mine"
REFUSED, UNKNOWN_DATABASE = ("ERROR 1045", "ERROR 1698"), ("ERROR 1044", "ERROR 1049")
# The password arrives on the standard input, and is in no list of processes.
ASK = """MYSQL_PWD="$(cat)"; export MYSQL_PWD
client=$(command -v mysql || command -v mariadb)
exec "$client" --protocol=tcp --host=127.0.0.1 --skip-column-names --user="$1" --execute="$2" ${3:+"$3"}"""
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys"}
REACH = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"
# The servers' own words.
DOWNGRADE = (
    r"Cannot downgrade from (\d+) to (\d+)|Cannot boot server version \d+ on data directory built by version (\d+)"
)
UPGRADE = r"Cannot upgrade from (\d+) to (\d+)"
ANOTHERS = r"File \S*ib_logfile0 was not found|Tablespace flags are invalid in datafile|Unsupported redo log format"
FORBIDDEN = r"/var/lib/mysql\S* .*(errno|Errcode:) 13\b"
LAST_LINES = 8
# For a registry that neither answers nor refuses.
PATIENCE = 20


def clones(project: Project) -> Iterator[Problem]:
    """Find volumes that belong to another folder with the same COMPOSE_PROJECT_NAME: a copy, or the original."""
    owner, here, own = owner_of(project), str(project.folder), own_name(project)
    theirs: str | None = ""
    if owner not in ("", here):
        try:
            theirs = unquoted(parse(text_of(Path(owner) / ".env")).get("COMPOSE_PROJECT_NAME", ""))
        except (RefusedError, OSError):
            theirs = None
    volumes = project.docker("volume", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={project.name}")
    moved = f"if this folder is a copy, it needs a name of its own; if it was moved here: {ADOPT}"
    rename = project.setting(COMPOSE_PROJECT_NAME=own)
    if theirs == project.name:
        what = f"containers and volumes called {project.name} belong to {owner}, of which this folder is a copy"
        yield Problem(what, rename)
    elif theirs is None:
        what = f"containers and volumes called {project.name} belong to {owner}, which only somebody else may read"
        yield Problem(f"{what}: {moved}", rename)
    elif not owner and own != project.name and re.fullmatch(own[:-6] + "[0-9a-f]{6}", project.name) and volumes.stdout:
        yield Problem(f"the volumes called {project.name} were made from another folder: {moved}", rename)


def owner_of(project: Project) -> str:
    """Return the folder to which the project's volumes belong: by their mark, else by the containers; or nothing."""
    for volume in project.inspect("volume", f"{project.name}_folder"):
        return str((volume["Labels"] or {}).get(MARK, ""))
    label = "com.docker.compose.project.working_dir"
    folders = [str(one["Config"]["Labels"].get(label, "")) for one in project.containers()]
    return next(iter(sorted(folders, key=lambda folder: folder != str(project.folder))), "")


def adopt(project: Project) -> None:
    """Note that the project's volumes belong to this folder, whatever was noted before."""
    volume, here = f"{project.name}_folder", str(project.folder)
    noted = [(one["Labels"] or {}).get(MARK) for one in project.inspect("volume", volume)]
    if noted != [here]:
        project.docker("volume", "rm", "--force", volume)
        project.docker("volume", "create", "--label", f"{MARK}={here}", volume)


def of_service(project: Project, service: str) -> list[dict[str, Any]]:
    """Return what the engine knows of a service's containers."""
    return [one for one in project.containers() if service_of(one) == service]


def volume(project: Project) -> Iterator[Problem]:
    """Translate what a failed server said of the volume that it could not open."""
    image = project.value("MYSQL_IMAGE")
    place = image.rpartition("/")[0] + "/" if "/" in image else ""
    for one in of_service(project, "mysql") if project.has_server else []:
        said = log(project, one)
        if one["State"]["Running"] or one["Config"]["Image"] != image:
            continue
        if newer := re.search(DOWNGRADE, said):
            was = version(newer[1] or newer[3])
            what = f"the volume was written by mysql {was}, {image} is older: no server opens the files of a newer one"
            yield Problem(what, project.setting(MYSQL_IMAGE=f"{place}mysql:{series(was)}"))
        elif older := re.search(UPGRADE, said):
            was, now = version(older[1]), version(older[2])
            by = "8.0" if was < "8" else "8.4" if was < "8.4" else "9.7"
            what = f"the volume was written by mysql {was}, {image} is mysql {now}: the way goes by MySQL {by}"
            yield Problem(what, f"MYSQL_IMAGE={place}mysql:{by} docker compose up --detach --wait mysql && make up")
        elif re.search(ANOTHERS, said):
            brand, was = writer(project, one["Id"])
            what = (
                f"the volume was written by {brand} {was}, {image} is another server: neither opens the other's files"
            )
            yield Problem(what, project.setting(MYSQL_IMAGE=f"{place}{brand}:{series(was)}"))
        elif re.search(FORBIDDEN, said):
            mounted = next(mount["Name"] for mount in one["Mounts"] if mount["Destination"] == "/var/lib/mysql")
            owning = f"docker run --rm --user 0 --entrypoint chown --volume {mounted}:/data {image} -R mysql: /data"
            yield Problem("the database's volume does not belong to the server's user", f"{owning} && make up")


def log(project: Project, container: dict[str, Any]) -> str:
    """Return what a container said since it was started last."""
    since = ("--since", container["State"]["StartedAt"])
    said = project.docker("logs", *since, container["Id"])
    return said.stdout + said.stderr


def version(number: str) -> str:
    """Return a version as people write it: 90704 is 9.7.4."""
    return f"{int(number) // 10000}.{int(number) // 100 % 100}.{int(number) % 100}"


def series(version: str) -> str:
    """Return the first two parts of a version, which images have as a tag."""
    return ".".join(version.split(".")[:2])


def writer(project: Project, container: str) -> tuple[str, str]:
    """Return brand and version of the server that used the volume, as its files say."""
    history = project.files(container, "/var/lib/mysql/mysql_upgrade_history").get("mysql_upgrade_history", b"")
    upgrade = project.files(container, "/var/lib/mysql/mariadb_upgrade_info").get("mariadb_upgrade_info", b"")
    if upgrade:
        return "mariadb", upgrade.decode(errors="replace").split("-")[0]
    if history:  # since 8.4
        return "mysql", re.findall(r'"version": *"([0-9.]+[0-9])', history.decode(errors="replace"))[-1]
    return "mysql", "8.0"


def password(project: Project) -> Iterator[Problem]:
    """Find a password or a database of .env that is not the running server's."""
    if not project.has_server or not any(one["State"]["Running"] for one in of_service(project, "mysql")):
        return
    user, database = project.value("MYSQL_USER"), project.value("MYSQL_DATABASE")
    said = answer(project, "SELECT 1", database).stderr
    if any(error in said for error in REFUSED):
        what = f"MYSQL_PASSWORD in .env is not the password that {user} has in the database's volume"
        yield Problem(what, "make rotate-password")
    elif any(error in said for error in UNKNOWN_DATABASE):
        own = [name for name in answer(project, "SHOW DATABASES").stdout.split() if name not in SYSTEM]
        setting = project.setting(MYSQL_DATABASE=next(iter(own), database))
        yield Problem(f"MYSQL_DATABASE={database} is not in the database's volume", setting)


def answer(project: Project, statement: str, *database: str) -> subprocess.CompletedProcess[str]:
    """Have the stack's running server execute a statement for the user of .env."""
    ask = ("exec", "-T", "mysql", "sh", "-c", ASK, "sh", project.value("MYSQL_USER"), statement, *database)
    return project.compose(*ask, stdin=project.value("MYSQL_PASSWORD"))


def outdated(project: Project) -> dict[str, list[str]]:
    """Return the services whose container holds other secrets than .env has now, and their variables."""
    found: dict[str, list[str]] = {}
    for one in project.containers():
        for name, content in project.files(one["Id"], "/run/secrets").items():
            variable = name.upper()
            line = project.lines.get(variable, "")
            # What compose puts together itself is not compared, and a file of authorities is mounted.
            known = variable in os.environ or (variable in project.lines and (line[:1] == "'" or "$" not in line))
            if known and variable != "CA_BUNDLE" and content.decode(errors="replace") != project.value(variable):
                found.setdefault(service_of(one), []).append(variable)
    return found


def secrets(project: Project) -> Iterator[Problem]:
    """Find containers that hold an old secret, which compose does not look at."""
    for service, names in outdated(project).items():
        yield Problem(f"{', '.join(names)} in .env changed after the container of {service} was made", "make up")


def reach(project: Project) -> Iterator[Problem]:
    """Find a database elsewhere at whose address no server answers, as the notebook would find it."""
    host, port, image = project.value("MYSQL_HOST"), project.value("MYSQL_PORT"), f"{project.name}-jupyter"
    if project.value("DATABASE") == "mysql" and not project.has_server and host not in ("mysql", ""):
        view = ("--add-host", "host.docker.internal:host-gateway", "--entrypoint", "python", image)
        if not project.inspect("image", image):
            return  # the notebook's own view is the one that counts
        said = project.docker("run", "--rm", *view, "-c", REACH, host, port, timeout=30)
        if said.returncode != 0:
            reason = (said.stderr.strip() or "no answer").splitlines()[-1]
            what = f"no server answers the notebook at MYSQL_HOST={host}, MYSQL_PORT={port} ({reason})"
            yield Problem(what, '"${EDITOR:-vi}" .env  # where is it, and does it listen on that address?')


def images(project: Project) -> Iterator[Problem]:
    """Find images of .env that are not on this machine and whose registry does not give them."""
    example = (project.folder / ".env.example").read_text(encoding="utf-8")
    known = re.findall(r"(?<![\w/.:-])[a-z][\w./-]*:[\w.-]*\w", example)
    for variable in ["BASE_IMAGE", "MYSQL_IMAGE"] if project.has_server else ["BASE_IMAGE"]:
        image = project.value(variable)
        if project.inspect("image", image):
            continue
        said = project.docker("manifest", "inspect", image, timeout=PATIENCE)
        if said.returncode != 0:
            reason = (said.stderr.strip() or "no answer").splitlines()[-1]
            command = '"${EDITOR:-vi}" .env  # is the name right? docs/walls.md of the template has other registries'
            if any(f"/{image}".endswith(f"/{name}") for name in known):  # the name is right, also of a mirror
                command = (
                    f"docker pull {shlex.quote(image)}  # or another {variable} in .env: docs/walls.md of the template"
                )
            elif near := difflib.get_close_matches(image, known, n=1):
                command = project.setting(**{variable: near[0]})
            what = f"{variable}={image} is not on this machine, and its registry does not give it ({reason})"
            yield Problem(what, command)


def older_image(project: Project) -> Iterator[Problem]:
    """Find a notebook's image that holds other packages than the lock says."""
    image = f"{project.name}-jupyter"
    if not project.inspect("image", image):
        return
    reading = ("run", "--rm", "--network", "none", "--entrypoint", "cat", image, "/opt/project/as-built.txt")
    listed = project.docker(*reading)
    built = dict(line.split("==", 1) for line in listed.stdout.splitlines() if "==" in line)
    other = []
    for name, entries in locked_in(project).items():
        everywhere = any(";" not in marker for _, marker in entries)  # with one it may not be meant for the image
        if built[name] not in [version for version, _ in entries] if name in built else everywhere:
            other.append(name)
    if other or listed.returncode != 0:
        named = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        what = f"the notebook's image is older than requirements.lock ({named or 'of an older template'})"
        yield Problem(what, "make up")


def failed(project: Project) -> Iterator[Problem]:
    """Find services that failed, whose log says more than the doctor knows."""
    for one in project.containers():
        state = one["State"]
        ended = not state["Running"] and (state["OOMKilled"] or state["ExitCode"] not in (0, 130, 137, 143))
        if ended or state.get("Health", {}).get("Status") == "unhealthy":
            how = f"ended with {state['ExitCode']}" if ended else "is not healthy"
            last = "\n".join(log(project, one).splitlines()[-LAST_LINES:])
            service = service_of(one)
            yield Problem(f"the service {service} {how}", f"docker compose logs {service}  # says why; its end:", last)


BEFORE_UP = (clones, password)
CHECKS = (clones, volume, password, secrets, reach, images)
HINTS = (older_image,)
