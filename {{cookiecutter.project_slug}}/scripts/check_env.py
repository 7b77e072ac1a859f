"""What can be wrong with .env itself, and with the files beside it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from make_env import CREDENTIALS, fill, parse, random_credential
from project import FOLDER, MOUNTS, Problem, Project, appending, service_of

EDIT = '"${EDITOR:-vi}" .env'
MAY_BE_EMPTY = {"COMPOSE_PROFILES", "DATA", "OUTPUTS"}
LINE = re.compile(r"""\s*(#.*)?|(export\s+)?[A-Za-z_]\w*\s*=\s*('[^']*'|"(\\.|[^"\\])*"|[^'"\s].*)?\s*(\s#.*)?""")
ADDRESS = r"[a-z][a-z0-9]*://([^\s/]*@)?[^\s/:@]+(:[0-9]+)?(/\S*)?", "is no address (http://host:port)"
# What values look like, and the words for one that does not.
FORMS = {
    "COMPOSE_PROJECT_NAME": ("[a-z0-9][a-z0-9_-]*", "is no name for compose (small letters, digits, - and _)"),
    "DATABASE": ("mysql|sqlite", "is neither mysql nor sqlite"),
    "NOTEBOOKS_MODE": ("rw|ro", "is neither rw nor ro"),
    "NB_UMASK": ("[0-7]{1,4}", "is no umask (three octal digits)"),
    "MYSQL_PORT": ("[1-9][0-9]{0,4}", "is no port"),
    "MYSQL_VOLUME": (r"[a-zA-Z0-9][\w.-]*", "is no name for a volume (letters, digits, -, _ and .)"),
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL", "APT_MIRROR"), ADDRESS),
}


def example_of(project: Project) -> dict[str, str]:
    """Return the variables that `make env` would write here."""
    return parse(fill((project.folder / ".env.example").read_text(encoding="utf-8"), project.folder))


def layers(project: Project) -> str:
    """Return the text of compose.yaml, of its layers and of an override of one's own."""
    return "\n".join(file.read_text(encoding="utf-8") for file in project.folder.glob("*compose*.y*ml"))


def locked_in(project: Project) -> dict[str, dict[str, str]]:
    """Return the versions of each package of the lock, each with the marker that says for whom it is, if any."""
    found: dict[str, dict[str, str]] = {}
    lock = (project.folder / "requirements.lock").read_text(encoding="utf-8")
    for name, version, marker in re.findall(r"^([^\s=;@]+)==([^\s;]+) *(;[^\\\n]*)?", lock, re.MULTILINE):
        found.setdefault(name, {})[version] = marker
    return found


def secret(project: Project) -> Iterator[Problem]:
    """Find passwords that everybody on this machine can read, and what an interrupted rotation or restore left."""
    if os.name == "posix" and project.env.stat().st_mode & 0o007:
        yield Problem(".env holds passwords, and everybody on this machine can read it", "chmod 600 .env")
    if (project.folder / ".env.rotating").exists():
        what = "new passwords were on their way when `make rotate-password` was interrupted (.env.rotating)"
        yield Problem(what, "make rotate-password")
    if (project.folder / ".env.restoring").exists():
        yield Problem("a restore was interrupted when all was built (.env.restoring)", "make restore")


def line_ends(project: Project) -> Iterator[Problem]:
    """Find Windows' line ends where Unix' are needed."""
    files = [project.env, *sorted(project.folder.glob("image/*.sh")), *sorted(project.folder.glob("deploy/*.sh"))]
    names = " ".join(file.relative_to(project.folder).as_posix() for file in files if b"\r" in file.read_bytes())
    if names:
        what = f"{names}: Windows' line ends (CRLF), which a shell takes as part of each value and command"
        yield Problem(what, f"perl -pi -e 's/\\r//g' {names}")


def lines(project: Project) -> Iterator[Problem]:
    """Find lines that compose cannot read, and variables that are there twice."""
    texts = project.env.read_text(encoding="utf-8-sig").split("\n")
    wrong = [str(number) for number, text in enumerate(texts, 1) if not LINE.fullmatch(text.rstrip("\r"))]
    if wrong:
        what = f"line {', '.join(wrong)} of .env is neither NAME=value nor a comment, or has a quote too many"
        yield Problem(what, f"perl -pi -e 's/^/# / if grep {{ $_ == $. }} ({','.join(wrong)})' .env")
    names = [name for text in texts for name in parse(text)]
    for name in sorted({name for name in names if names.count(name) > 1 and name.isidentifier()}):
        removing = f"perl -ni -e 'print unless /^\\s*{name}\\s*=/ && ++$n < {names.count(name)}' .env"
        yield Problem(f"{name} is in .env {names.count(name)} times, and the last one counts", removing)


def unused(project: Project) -> Iterator[Problem]:
    """Find variables that nothing here reads: misspelled, or of an older template."""
    used = {*example_of(project), *re.findall(r"\$\{?(\w+)", layers(project))}
    for name in project.lines:
        if name.isidentifier() and name not in used and not name.startswith(("COMPOSE_", "DOCKER_", "BUILD")):
            removing = f"perl -ni -e 'print unless /^\\s*{name}\\s*=/' .env"
            yield Problem(f"{name} in .env is read by nothing here, or no longer", removing)


def shell(project: Project) -> Iterator[Problem]:
    """Find variables of the shell that win over .env."""
    for name in example_of(project):
        if project.written(name) and project.value(name) != project.written(name):
            yield Problem(f"{name} is set in the shell, too, which wins over .env", f"unset {name}")


def lacking(project: Project) -> Iterator[Problem]:
    """Find variables that .env lacks, as after an update, and those that may not be empty."""
    values = example_of(project)
    absent = [name for name in values if name not in project.lines]
    if plain := [name for name in absent if name not in CREDENTIALS]:
        yield Problem(f".env lacks {', '.join(plain)}", appending([f"{name}={values[name]}" for name in plain]))
    for name, value in values.items():
        if value and name not in (*absent, *CREDENTIALS, *MAY_BE_EMPTY) and not project.value(name):
            yield Problem(f"{name} is empty in .env", project.setting(**{name: value}))
    names = [name for name in CREDENTIALS if not project.value(name)]
    if not project.has_server and "MYSQL_PASSWORD" in project.lines:
        names = [name for name in names if name != "MYSQL_PASSWORD"]  # of a server elsewhere, it may come later
    if names:  # new ones for Lab and the stack's server, which knows no others then
        commands = [project.setting(**{name: random_credential()}) for name in names]
        commands += ["make rotate-password"] if project.has_server and names != ["JUPYTER_TOKEN"] else []
        yield Problem(f".env has no {', '.join(names)}", " && ".join(commands))


def quotes(project: Project) -> Iterator[Problem]:
    """Find passwords that compose reads as something else than what is written."""
    for name in CREDENTIALS:
        line = project.lines.get(name, "")
        sign = "$" if "$" in line else " #"
        if line[:1] not in ("'", '"') and sign in line:
            what = f"{name} holds {sign!r}, which compose does not take as it stands: it belongs in single quotes"
            edit = shlex.quote(f"s/^{name}=(.*)/{name}=\\x27$1\\x27/")
            yield Problem(what, f"perl -pi -e {edit} .env")


def forms(project: Project) -> Iterator[Problem]:
    """Find values that do not look like what they have to be; an address gets the scheme that it lacks."""
    defaults = example_of(project)
    for name, (form, words) in FORMS.items():
        value = project.value(name)
        if value and not re.fullmatch(form, value):
            with_scheme = f"http://{value}" if (form, words) == ADDRESS else ""
            fitting = with_scheme if re.fullmatch(form, with_scheme) else defaults[name]
            yield Problem(f"{name}={value} {words}", project.setting(**{name: fitting}))


def places(project: Project) -> Iterator[Problem]:
    """Find a server or tables that are not where .env says: not started, not reachable there, or not lasting."""
    database, host = project.value("DATABASE"), project.value("MYSQL_HOST")
    if database == "mysql" and host == "mysql" and not project.has_server:
        profiles = ",".join(filter(None, ["mysql", project.value("COMPOSE_PROFILES")]))
        what = "MYSQL_HOST=mysql is the stack's own server, which COMPOSE_PROFILES does not start"
        yield Problem(what, project.setting(COMPOSE_PROFILES=profiles))
    if database == "mysql" and host in ("localhost", "127.0.0.1", "::1"):
        what = f"MYSQL_HOST={host} is, in the notebook's container, that container itself"
        yield Problem(what, project.setting(MYSQL_HOST="host.docker.internal"))
    if database == "sqlite" and not project.value("OUTPUTS"):
        command = project.setting(OUTPUTS="./outputs")
        if any(service_of(one) == "jupyter" for one in project.containers()):
            # By tar, since what `docker cp` writes by itself is root's where root calls it.
            copying = "docker compose cp jupyter:/home/jovyan/work/outputs/. - | tar -xf - -C outputs"
            command = f"docker compose stop jupyter && {copying} && {command} && make up"
        what = "DATABASE=sqlite keeps its tables in outputs/, which is anonymous (OUTPUTS is empty): no backup reaches"
        yield Problem(f"{what} them, and they are gone after `make down`", command)


def mounts(project: Project) -> Iterator[Problem]:
    """Find mounts that are neither a folder nor a volume that compose.yaml declares."""
    sections = re.findall(r"^volumes:\n((?:[ #].*\n|\n)*)", layers(project), re.MULTILINE)
    declared = re.findall(r"^  (\w[\w.-]*):", "".join(sections), re.MULTILINE)
    for name in MOUNTS.values():
        source = project.value(name)
        if source and not FOLDER.match(source) and source not in declared:
            what = f"{name}={source} is neither a folder (./{source}) nor a volume of compose.yaml"
            yield Problem(f"{what} ({', '.join(declared)})", project.setting(**{name: f"./{source}"}))


def files(project: Project) -> Iterator[Problem]:
    """Find files that are not there: those of certificate authorities that .env names, and src/."""
    bundle = project.value("CA_BUNDLE")
    authority = project.value("MYSQL_SSL_CA") if project.value("DATABASE") == "mysql" else ""
    if bundle and not (project.folder / bundle).is_file():
        yield Problem(f"CA_BUNDLE={bundle} is no file", project.setting(CA_BUNDLE=""))
    top, _, rest = authority.removeprefix("./").partition("/")
    folder = project.folders().get(top)
    if authority and folder is not None and not (folder / rest).is_file():
        yield Problem(f"MYSQL_SSL_CA={authority} is no file", project.setting(MYSQL_SSL_CA=""))
    elif authority and folder is None and top not in MOUNTS:
        what = f"MYSQL_SSL_CA={authority} lies in no folder that the notebook sees (data/, notebooks/, outputs/)"
        setting = project.setting(MYSQL_SSL_CA=f"data/{Path(authority).name}")
        yield Problem(what, f"cp {shlex.quote(authority)} data/ && {setting}")
    if not (project.folder / "src" / "persistence").is_dir():
        in_git = any((folder / ".git").exists() for folder in (project.folder, *project.folder.parents))
        other = "mkdir -p src/persistence  # and copy its files from another project of this template"
        yield Problem("src/persistence is missing", "git checkout HEAD -- src" if in_git else other)


def unlocked(project: Project) -> Iterator[Problem]:
    """Find packages that pyproject.toml asks for and the lock does not hold."""
    metadata = (project.folder / "pyproject.toml").read_text(encoding="utf-8")
    section = re.search(r"^dependencies\s*=\s*\[(.*?)\]\s*$", metadata, re.MULTILINE | re.DOTALL)
    names = re.findall(r"""^\s*["']([\w.-]+)""", section[1].replace(",", "\n") if section else "", re.MULTILINE)
    locked = locked_in(project)
    if absent := [name for name in names if re.sub(r"[-_.]+", "-", name).lower() not in locked]:
        what = f"pyproject.toml asks for {', '.join(absent)}, which requirements.lock does not hold"
        yield Problem(what, f"make add PKG={shlex.quote(' '.join(absent))}")


CHECKS = (secret, line_ends, lines, lacking, quotes, forms, places, mounts, files, unlocked)
HINTS = (unused, shell)
