"""What can be wrong with .env itself."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from make_env import CREDENTIALS, fill, parse, random_credential
from project import FOLDER, MOUNTS, Problem, Project, appending, service_of

# Empty in .env, and right so.
MAY_BE_EMPTY = {"COMPOSE_PROFILES", "DATA", "OUTPUTS", "MYSQL_SSL_CA", "CA_BUNDLE"}
MAY_BE_EMPTY |= {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL", "APT_MIRROR"}


def readable(project: Project) -> Iterator[Problem]:
    """Find a .env that everybody on this machine can read."""
    if os.name == "posix" and project.env.stat().st_mode & 0o007:
        yield Problem(".env holds passwords, and everybody on this machine can read it", "chmod 600 .env")


def rotating(project: Project) -> Iterator[Problem]:
    """Find the note of a rotation that was interrupted, or that goes on right now."""
    if (project.folder / ".env.rotating").exists():
        yield Problem(
            "new passwords were on their way when `make rotate-password` was interrupted (.env.rotating)",
            "make rotate-password",
        )


def restoring(project: Project) -> Iterator[Problem]:
    """Find the note of a restore that was interrupted when all was built, or that goes on right now."""
    if (project.folder / ".env.restoring").exists():
        yield Problem("a restore was interrupted when all was built (.env.restoring)", "make restore")


def line_ends(project: Project) -> Iterator[Problem]:
    """Find Windows' line ends where Unix' are needed."""
    files = [project.env, *sorted(project.folder.glob("image/*.sh")), *sorted(project.folder.glob("deploy/*.sh"))]
    names = [file.relative_to(project.folder).as_posix() for file in files if b"\r" in file.read_bytes()]
    if names:
        yield Problem(
            f"{', '.join(names)}: Windows' line ends (CRLF), which a shell takes as part of each value and command",
            f"perl -pi -e 's/\\r//g' {' '.join(names)}",
        )


def lacking(project: Project) -> Iterator[Problem]:
    """Find variables that .env lacks, as after an update, and those that may not be empty."""
    example = fill((project.folder / ".env.example").read_text(encoding="utf-8"), project.folder)
    values = parse(example)
    absent = [name for name in values if name not in project.lines]
    plain = [name for name in absent if name not in CREDENTIALS]
    if plain:
        yield Problem(f".env lacks {', '.join(plain)}", appending([f"{name}={values[name]}" for name in plain]))
    empty = [name for name in values if not project.value(name) and name not in (*absent, *MAY_BE_EMPTY)]
    for name in empty:
        if name not in CREDENTIALS:
            yield Problem(f"{name} is empty in .env", project.setting(**{name: values[name]}))
    yield from without_credentials(project, [name for name in CREDENTIALS if name in (*absent, *empty)])


def without_credentials(project: Project, names: list[str]) -> Iterator[Problem]:
    """Find credentials that are not there: new ones for Lab and the stack's server, which knows no others then."""
    if not project.has_server and "MYSQL_PASSWORD" in project.lines:
        names = [name for name in names if name != "MYSQL_PASSWORD"]  # of a server elsewhere, it may come later
    if names:
        commands = [project.setting(**{name: random_credential()}) for name in names]
        if project.has_server and names != ["JUPYTER_TOKEN"]:
            commands.append("make rotate-password")
        yield Problem(f".env has no {', '.join(names)}", " && ".join(commands))


def quotes(project: Project) -> Iterator[Problem]:
    """Find passwords that compose reads as something else than what is written."""
    for name in CREDENTIALS:
        line = project.lines.get(name, "")
        if line[:1] not in ("'", '"') and ("$" in line or " #" in line):
            sign = "$" if "$" in line else " #"
            edit = shlex.quote(f"s/^{name}=(.*)/{name}=\\x27$1\\x27/")
            yield Problem(
                f"{name} holds {sign!r}, which compose does not take as it stands: it belongs in single quotes",
                f"perl -pi -e {edit} .env",
            )


def choices(project: Project) -> Iterator[Problem]:
    """Find values that are none of the choices, and choices that contradict each other."""
    database, host = project.value("DATABASE"), project.value("MYSQL_HOST")
    if database not in ("mysql", "sqlite"):
        yield Problem(f"DATABASE={database} is neither mysql nor sqlite", project.setting(DATABASE="mysql"))
    if project.value("NOTEBOOKS_MODE") not in ("rw", "ro"):
        yield Problem("NOTEBOOKS_MODE is neither rw nor ro", project.setting(NOTEBOOKS_MODE="rw"))
    if database == "mysql" and host == "mysql" and not project.has_server:
        profiles = ",".join(filter(None, ["mysql", project.value("COMPOSE_PROFILES")]))
        yield Problem(
            "MYSQL_HOST=mysql is the stack's own server, which COMPOSE_PROFILES does not start",
            project.setting(COMPOSE_PROFILES=profiles),
        )
    if database == "mysql" and host in ("localhost", "127.0.0.1", "::1"):
        yield Problem(
            f"MYSQL_HOST={host} is, in the notebook's container, that container itself",
            project.setting(MYSQL_HOST="host.docker.internal"),
        )


def fleeting(project: Project) -> Iterator[Problem]:
    """Find tables that go with the notebook's container, and that no backup reaches: a file in an anonymous volume."""
    if project.value("DATABASE") == "sqlite" and not project.value("OUTPUTS"):
        setting = project.setting(OUTPUTS="./outputs")
        made = any(service_of(one) == "jupyter" for one in project.containers())
        # By tar, since what `docker cp` writes by itself is root's where root calls it.
        copy = "docker compose cp jupyter:/home/jovyan/work/outputs/. - | tar -xf - -C outputs"
        yield Problem(
            "DATABASE=sqlite keeps its tables in outputs/, which is anonymous (OUTPUTS is empty): "
            "no backup reaches them, and they are gone after `make down`",
            f"docker compose stop jupyter && {copy} && {setting} && make up" if made else setting,
        )


def volumes(project: Project) -> Iterator[Problem]:
    """Find mounts that are neither a folder nor a volume that compose.yaml declares."""
    declared = declared_volumes(project)
    for variable in MOUNTS.values():
        source = project.value(variable)
        if source and not FOLDER.match(source) and source not in declared:
            yield Problem(
                f"{variable}={source} is neither a folder (./{source}) nor a volume of compose.yaml "
                f"({', '.join(declared)})",
                project.setting(**{variable: f"./{source}"}),
            )


def declared_volumes(project: Project) -> list[str]:
    """Return the volumes that compose.yaml, or the override of somebody's own, declares."""
    names = []
    for file in (*project.folder.glob("compose*.yaml"), *project.folder.glob("docker-compose*.y*ml")):
        under = file.read_text(encoding="utf-8").partition("\nvolumes:\n")[2].splitlines()
        for line in under:
            if line and not line.startswith((" ", "#")):
                break
            if line.startswith("  ") and line[2:3] not in (" ", "#"):
                names.append(line.split(":")[0].strip())
    return names


def dockerfile(project: Project) -> Iterator[Problem]:
    """Find a Dockerfile that does not go with the image that it is to start from."""
    file, image = project.value("DOCKERFILE"), project.value("BASE_IMAGE")
    plain = image.rpartition("/")[2].split("@")[0].split(":")[0] == "python"
    fitting = "slim.Dockerfile" if plain else "Dockerfile"
    if not (project.folder / file).is_file():
        yield Problem(f"DOCKERFILE={file} is not there", project.setting(DOCKERFILE=fitting))
    elif file in ("slim.Dockerfile", "Dockerfile") and file != fitting:
        brings = "no Jupyter, which Dockerfile wants" if plain else "Jupyter, which slim.Dockerfile brings itself"
        yield Problem(f"DOCKERFILE={file} does not go with BASE_IMAGE={image}: it brings {brings}",
                      project.setting(DOCKERFILE=fitting))  # fmt: skip


def files(project: Project) -> Iterator[Problem]:
    """Find files of certificate authorities that .env names and that are not there."""
    bundle = project.value("CA_BUNDLE")
    if bundle and not (project.folder / bundle).is_file():
        yield Problem(f"CA_BUNDLE={bundle} is no file", project.setting(CA_BUNDLE=""))
    authority = project.value("MYSQL_SSL_CA")
    if authority and project.value("DATABASE") == "mysql":
        top, _, rest = authority.removeprefix("./").partition("/")
        folder = project.folders().get(top)
        if folder is not None and not (folder / rest).is_file():
            yield Problem(f"MYSQL_SSL_CA={authority} is no file", project.setting(MYSQL_SSL_CA=""))
        elif folder is None and top not in MOUNTS:
            yield Problem(
                f"MYSQL_SSL_CA={authority} lies in no folder that the notebook sees (data/, notebooks/, outputs/)",
                f"cp {shlex.quote(authority)} data/ && {project.setting(MYSQL_SSL_CA=f'data/{Path(authority).name}')}",
            )


CHECKS = (readable, rotating, restoring, line_ends, lacking, quotes, choices, fleeting, volumes, dockerfile, files)
