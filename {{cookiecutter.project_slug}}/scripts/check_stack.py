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
from dependencies import ENTRY, locked
from project import BEFORE, EDIT, SERVER, VOLUME, Problem, Project, RefusedError, reason, service_of
from server import LEFT

# An empty volume beside the project's own: its label is the folder to which these belong. Volumes outlive containers,
# and a folder that was copied has a copy of .env.
MARK = "jupyter-docker-template.folder"
ADOPT = "python3 scripts/doctor.py --mine"
# The password arrives on the standard input, and is in no list of processes.
ASK = """MYSQL_PWD="$(cat)" "$(command -v mysql || command -v mariadb)" --protocol=tcp --host=127.0.0.1 \
--skip-column-names --user="$1" --execute="SHOW DATABASES" """
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys"}
REACH = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()"
# Processes that the kernel killed in this container for want of memory, as both versions of cgroups count them.
KILLED = "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null"
# What servers say of a volume that they cannot open: of another version, another brand's, root's.
VERSION = r"Cannot (?:(upgrade|downgrade) from|boot server version \d+ on data directory built by version) (\d+)"
ANOTHERS = r"File \S*ib_logfile0 was not found|Tablespace flags are invalid in datafile|Unsupported redo log format"
FORBIDDEN = r"/var/lib/mysql\S* .*(errno|Errcode:) 13\b"


def clones(project: Project) -> Iterator[Problem]:
    """Find volumes that belong to another folder with the same COMPOSE_PROJECT_NAME: a copy, or the original."""
    own, owner, what = example_of(project)["COMPOSE_PROJECT_NAME"], owner_of(project), ""
    if owner and owner != str(project.folder):
        try:
            copied = Project(Path(owner)).written("COMPOSE_PROJECT_NAME") == project.name
        except (RefusedError, OSError):
            copied = True  # or moved by somebody who may not read what is there now
        what = f"belong to {owner}, of which this folder is a copy" if copied else ""
    elif not owner and own != project.name and re.fullmatch(own[:-6] + "[0-9a-f]{6}", project.name):
        label = f"label=com.docker.compose.project={project.name}"
        found = project.docker("volume", "ls", "--quiet", "--filter", label).stdout
        what = "were made from another folder" if found else ""
    if what:
        whose = f"containers and volumes called {project.name} {what} (if it was moved here: {ADOPT})"
        yield Problem(whose, project.setting(COMPOSE_PROJECT_NAME=own))


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


def restored(project: Project) -> str:
    """Return the volume that the last restore made, where .env does not lead to it, as after it was written anew."""
    labels = (f"label=com.docker.compose.project={project.name}", f"label={BEFORE}")
    said = project.docker("volume", "ls", "--quiet", *(f"--filter={label}" for label in labels)).stdout
    left = project.folder / LEFT
    gone = left.read_text(encoding="utf-8") if left.exists() else ""
    found = {name[len(project.name) + 1 :] for name in said.split()} - {gone}
    return max(found, default="") if project.has_server and project.value(VOLUME) == "mysql" else ""


def volume(project: Project) -> Iterator[Problem]:
    """Find a volume that would be made anew, though a restore has made another."""
    last = restored(project)
    if last and not project.inspect("volume", f"{project.name}_mysql"):
        yield project.wrong(VOLUME, f"is gone, and the data is in {last}", **{VOLUME: last})


def server(project: Project) -> Iterator[Problem]:
    """Find a password or a database of .env that is not the server's, if that runs."""
    user, database, password = (project.value(f"MYSQL_{name}") for name in ("USER", "DATABASE", "PASSWORD"))
    if not project.has_server:
        return
    said = project.docker("compose", "exec", "-T", "mysql", "sh", "-c", ASK, "sh", user, stdin=password)
    if re.search("ERROR (1045|1698)", said.stderr):
        what = f"MYSQL_PASSWORD in .env is not the password that {user} has in the database's volume"
        last = restored(project)
        other = project.setting(**{VOLUME: last}) + f"  # {last} has newer data" if last else ""
        yield Problem(what, other or "make rotate-password")
    elif said.returncode == 0 and database not in said.stdout.split():
        own = [name for name in said.stdout.split() if name not in SYSTEM] or [database]
        yield project.wrong("MYSQL_DATABASE", "is not in the database's volume", MYSQL_DATABASE=own[0])


def outdated(project: Project) -> Iterator[tuple[str, str]]:
    """Find the services whose container holds another secret than .env has now, and the secret's variable."""
    for one in project.containers():
        for file, content in project.files(one["Id"], "/run/secrets").items():
            name = file.upper()
            line = project.lines.get(name, "$")
            # What compose puts together from other variables is not compared; authorities are a file, and mounted.
            known = name in os.environ or line[:1] == "'" or "$" not in line
            if known and name != "CA_BUNDLE" and content.decode(errors="replace") != project.value(name):
                yield service_of(one), name


def secrets(project: Project) -> Iterator[Problem]:
    """Find containers that hold an old secret, which compose does not look at."""
    for service, name in outdated(project):
        yield Problem(f"{name} in .env changed after the container of {service} was made", "make up")


def reach(project: Project) -> Iterator[Problem]:
    """Find a database elsewhere at whose address no server answers, as the notebook would find it."""
    host, port, image = project.value("MYSQL_HOST"), project.value("MYSQL_PORT"), project.image
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
    known = re.findall(r"(?<![\w/.:-])[a-z][\w./-]*:[\w.-]*\w(?:@sha256:\w+)?", example)
    for name in ["BASE_IMAGE", "MYSQL_IMAGE"] if project.has_server else ["BASE_IMAGE"]:
        image = project.value(name)
        if project.inspect("image", image):
            continue
        said = project.docker("manifest", "inspect", image, timeout=20)  # one may neither answer nor refuse
        if said.returncode != 0:
            words = f"is not on this machine, and its registry does not give it ({reason(said)})"
            command = f"docker pull {shlex.quote(image)}  # is {name} right? docs/walls.md of the template"
            if not f"/{image}".endswith(tuple(f"/{one}" for one in known)):  # else it is right, maybe a mirror's
                near = difflib.get_close_matches(image, known, n=1)
                command = project.setting(**{name: near[0]}) if near else command
            yield Problem(f"{name}={image} {words}", command)


def older_image(project: Project) -> Iterator[Problem]:
    """Find a notebook's image that holds other packages than the lock says."""
    if not project.inspect("image", project.image):
        return
    reading = ("--rm", "--network=none", "--entrypoint=cat", project.image, "/opt/project/as-built.txt")
    listed = project.docker("run", *reading)
    built = locked(listed.stdout)
    lock = (project.folder / "requirements.lock").read_text(encoding="utf-8")
    # With a marker a package may not be meant for the image.
    needed = {entry["name"] for entry in ENTRY.finditer(lock) if not entry["marker"].strip()} | built.keys()
    other = [name for name, found in locked(lock).items() if name in needed and not {*built.get(name, [])} & {*found}]
    if other or listed.returncode != 0:
        named = ", ".join([*other[:3], "..."][: len(other)]) or "of an older template"
        yield Problem(f"the notebook's image is older than requirements.lock ({named})", "make up")


def failed(project: Project) -> Iterator[Problem]:
    """Find services that failed: what their log means, or its end."""
    for one in project.containers():
        state, service = one["State"], service_of(one)
        # Whoever was told to stop (130, 143) or was killed (137) has not failed, unless memory was the reason.
        badly = state["OOMKilled"] or state["ExitCode"] not in (0, 130, 137, 143)
        ended = badly and (not state["Running"] or state["Restarting"])
        if ended or state.get("Health", {}).get("Status") == "unhealthy":
            said = project.docker("logs", "--since", state["StartedAt"], one["Id"])
            log = said.stdout + said.stderr
            how = f"ended with {state['ExitCode']}" if ended else "is not healthy"
            command, end = f"docker compose logs {service}  # which ends so:", "\n".join(log.splitlines()[-8:])
            yield unopened(project, one, log) or Problem(f"the service {service} {how}", command, end)


def memory(project: Project) -> Iterator[Problem]:
    """Find containers in which a process died because they had no memory left, such as a kernel."""
    for one in [one for one in project.containers() if service_of(one) != "caddy"]:  # whose limit is its own
        said = project.docker("exec", one["Id"], "sh", "-c", KILLED) if one["State"]["Running"] else None
        if one["State"]["OOMKilled"] or (said and re.search(r"^oom_kill [1-9]", said.stdout, re.MULTILINE)):
            size = project.value("MEMORY") or "4g"
            what = f"{service_of(one)} had no memory left (MEMORY={size}), of which a process, such as a kernel, died"
            number = int(re.sub(r"\D", "", size) or 4)
            yield Problem(what, project.setting(MEMORY=size.replace(str(number), str(2 * number))) + " && make up")


def unopened(project: Project, one: dict[str, Any], log: str) -> Problem | None:
    """Translate what a server of .env's image said of a volume that it could not open."""
    image, found = project.value("MYSQL_IMAGE"), re.search(VERSION, log)
    if one["Config"]["Image"] != image or not (found or re.search(f"{ANOTHERS}|{FORBIDDEN}", log)):
        return None
    if re.search(FORBIDDEN, log):
        (mounted,) = [mount["Name"] for mount in one["Mounts"] if mount["Destination"] == "/var/lib/mysql"]
        chown = f"docker run --rm --user 0 --entrypoint chown --volume {mounted}:/data {image} -R mysql: /data"
        return Problem("the database's volume does not belong to the server's user", f"{chown} && make up")
    place, number = image[: image.rfind("/") + 1], int(found[2] if found else 0)  # 90704 is 9.7.4
    brand, series, patch = "mysql", f"{number // 10000}.{number // 100 % 100}", f".{number % 100}"
    why = "older: no server opens the files of a newer one"
    if not found:  # who used the volume, as its notes there say; MySQL 8.0 has none
        mariadb = b"".join(project.files(one["Id"], "/var/lib/mysql/mariadb_upgrade_info").values())
        mysql = b"".join(project.files(one["Id"], "/var/lib/mysql/mysql_upgrade_history").values())
        versions = re.findall(rb"\d+\.\d+", mariadb) or re.findall(rb'"version": *"(\d+\.\d+)', mysql) or [b"8.0"]
        brand, series, patch = "mariadb" if mariadb else "mysql", versions[-1].decode(), ""
        why = "another server: neither opens the other's files"
    written = f"the volume was written by {brand} {series}{patch}, and {image} is"
    if found and found[1] == "upgrade":
        tag = {5: "8.0", 8: "8.4"}.get(number // 10000, "9.7")
        passing = f"MYSQL_IMAGE={place}mysql:{tag} docker compose up --detach --wait mysql && make up"
        return Problem(f"{written} too new for it: the way goes by MySQL {tag}", passing)
    return Problem(f"{written} {why}", project.setting(MYSQL_IMAGE=f"{place}{brand}:{series}"))


# A server's stack belongs to no folder, and its images come by `make deploy`.
OF_VOLUMES = (volume, server) if SERVER else (clones, volume, server)
CHECKS = (*OF_VOLUMES, secrets, *(() if SERVER else (reach, images)), memory, failed)
