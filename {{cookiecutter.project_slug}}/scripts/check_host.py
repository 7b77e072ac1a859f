"""What can be wrong on this machine: its engine, .env and the files beside it, owners, the port, room on the disks."""

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

from locks import locked
from make_env import CREDENTIALS, IMAGE_USER, fill, parse, random_credential
from project import FOLDER, MOUNTS, Problem, Project, reason

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
PORTS = range(1024, 65536)
# Less than this is a full disk: an image's layer, a redo log and a temporary table want more.
ROOM = 200 * 10**6
LINUX = sys.platform.startswith("linux")
INSTALL = "sudo bash deploy/install-docker.sh" if LINUX else "install Docker Desktop"
SYSTEMD = "sudo systemctl start docker" if Path("/run/systemd/system").is_dir() else INSTALL
START = SYSTEMD if LINUX else "open -a Docker" if sys.platform == "darwin" else "start Docker Desktop"


def example_of(project: Project) -> dict[str, str]:
    """Return the variables that `make env` would write here."""
    return parse(fill((project.folder / ".env.example").read_text(encoding="utf-8"), project.folder))


def layers(project: Project) -> str:
    """Return the text of compose.yaml, of its layers and of an override of one's own."""
    return "\n".join(file.read_text(encoding="utf-8") for file in project.folder.glob("*compose*.y*ml"))


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
    texts = project.text.split("\n")
    wrong = [str(number) for number, text in enumerate(texts, 1) if not LINE.fullmatch(text.rstrip("\r"))]
    if wrong:
        what = f"line {', '.join(wrong)} of .env is neither NAME=value nor a comment, or has a quote too many"
        chosen = " || ".join(f"$. == {number}" for number in wrong)
        yield Problem(what, f"perl -pi -e 's/^/# / if {chosen}' .env")
    names = [name for text in texts for name in parse(text)]
    for name in filter(str.isidentifier, project.lines):
        if (times := names.count(name)) > 1:
            removing = f"perl -ni -e 'print unless /^\\s*{name}\\s*=/ && ++$n < {times}' .env"
            yield Problem(f"{name} is in .env {times} times, and the last one counts", removing)


def unused(project: Project) -> Iterator[Problem]:
    """Find variables that nothing here reads: misspelled, or of an older template."""
    used = {*example_of(project), *re.findall(r"\$\{?(\w+)", layers(project))}
    for name in filter(str.isidentifier, project.lines):
        if name not in used and not name.startswith(("COMPOSE_", "DOCKER_", "BUILD")):
            removing = f"perl -ni -e 'print unless /^\\s*{name}\\s*=/' .env"
            yield Problem(f"{name} in .env is read by nothing here, or no longer", removing)


def shell(project: Project) -> Iterator[Problem]:
    """Find variables of the shell that win over .env."""
    for name in example_of(project):
        if project.written(name) and project.value(name) != project.written(name):
            yield Problem(f"{name} is set in the shell, too, which wins over .env", f"unset {name}")


def lacking(project: Project) -> Iterator[Problem]:
    """Find variables that .env lacks, as after an update, and those that may not be empty."""
    values = {name: value for name, value in example_of(project).items() if name not in CREDENTIALS}
    if absent := [name for name in values if name not in project.lines]:
        added = " ".join(shlex.quote(f"{name}={values[name]}") for name in absent)
        yield Problem(f".env lacks {', '.join(absent)}", f"printf '%s\\n' '' {added} >>.env")
    for name, value in values.items():
        if value and name not in (*absent, *MAY_BE_EMPTY) and not project.value(name):
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
            yield Problem(what, f"perl -pi -e 's/^{name}=(.*)/{name}=\\x27$1\\x27/' .env")


def forms(project: Project) -> Iterator[Problem]:
    """Find values that do not look like what they have to be; an address gets the scheme that it lacks."""
    defaults = example_of(project)
    for name, (form, words) in FORMS.items():
        value = project.value(name)
        if value and not re.fullmatch(form, value):
            fitting = [text for text in (f"http://{value}", defaults[name]) if re.fullmatch(form, text)]
            yield Problem(f"{name}={value} {words}", project.setting(**{name: (*fitting, "")[0]}))


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
        if project.containers("jupyter"):
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
    if bundle and not (project.folder / bundle).is_file():
        yield Problem(f"CA_BUNDLE={bundle} is no file", project.setting(CA_BUNDLE=""))
    authority = project.value("MYSQL_SSL_CA") if project.value("DATABASE") == "mysql" else ""
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
    have = locked((project.folder / "requirements.lock").read_text(encoding="utf-8"))
    if absent := [name for name in names if re.sub(r"[-_.]+", "-", name).lower() not in have]:
        what = f"pyproject.toml asks for {', '.join(absent)}, which requirements.lock does not hold"
        yield Problem(what, f"make add PKG={shlex.quote(' '.join(absent))}")


def engine(project: Project) -> Iterator[Problem]:
    """Find an engine or a plugin of docker's command line that is not there, not running, not ours, or too old."""
    said, host = project.docker("version"), os.environ.get("DOCKER_HOST")
    if said.returncode == 127:
        yield Problem("there is no command 'docker'", INSTALL)
    elif "permission denied" in said.stderr.lower():
        joining = 'sudo usermod --append --groups docker "$USER" && newgrp docker'
        yield Problem("the engine runs, but you may not use it: you are not in the group docker", joining)
    elif said.returncode != 0:
        command = f"unset DOCKER_HOST  # it is {host}" if host else START
        yield Problem(f"the engine does not answer ({reason(said)})", command)
    else:  # Podman answers here too, with versions of its own
        found = "".join(re.findall(r"\n Engine:\s+(Version:\s+.*)", said.stdout))
        yield from too_old(project, "Docker Engine", "ENGINE", found or "99.0", INSTALL)
    for name in ("compose", "buildx"):  # a person's own wins over the machine's
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
    if not hasattr(os, "getuid"):
        return
    (uid, gid), me = project.user, os.getuid()
    if is_rootless(project):
        if (uid, gid) != (0, 0):
            what = f"the engine is rootless: there 0 is you, and {uid} in .env is a number that nobody has"
            yield Problem(what, project.setting(NB_UID="0", NB_GID="0"))
    elif -1 in (uid, gid) or (me and (uid != me or gid not in (os.getgid(), *os.getgroups()))):
        mine = (me, os.getgid()) if me else IMAGE_USER
        named = f"{project.value('NB_UID')}:{project.value('NB_GID')}"
        what = f"the notebook writes as {named}, and you are {mine[0]}:{mine[1]}"
        yield Problem(what, project.setting(NB_UID=str(mine[0]), NB_GID=str(mine[1])))


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
    published = [one["NetworkSettings"]["Ports"] or {} for one in project.containers("jupyter")]
    own = [place["HostPort"] for ports in published for places in ports.values() for place in places or []]
    if number not in PORTS:
        what, number = f"JUPYTER_PORT={text} is no number from 1024 to 65535", 8888
    elif is_busy(number) and text not in own:
        what = f"port {text} of this machine is busy"
    else:
        return
    free = next(one for one in (*range(number, PORTS.stop), *PORTS) if not is_busy(one))
    yield Problem(what, project.setting(JUPYTER_PORT=str(free)))


def is_busy(number: int) -> bool:
    """Say whether something listens on a port of 127.0.0.1, or may not do so."""
    with socket.socket() as caller, socket.socket() as listener:
        caller.settimeout(2)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        with contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", number))
            return caller.connect_ex(("127.0.0.1", number)) == 0
    return True


def room(project: Project) -> Iterator[Problem]:
    """Find full disks: the engine's, where it has one of this machine, and those of the folders that are mounted."""
    engines = re.findall(r"^ *Docker Root Dir: *(.*)$", project.info, re.MULTILINE)
    for place in filter(os.path.isdir, (*engines, *{str(folder.resolve()) for folder in project.folders().values()})):
        free, biggest = shutil.disk_usage(place).free, f"du -xah {shlex.quote(place)} | sort -h | tail"
        left = f"is full ({free / 10**6:.0f} MB left in {place})"
        if free < ROOM and place in engines:
            yield Problem(f"the engine's disk {left}", "docker builder prune --all --force")
        elif free < ROOM:
            yield Problem(f"the disk of {place} {left}", f"{biggest}  # says what to remove")


OF_ENV = (secret, line_ends, lines, lacking, quotes, forms, places, mounts, files, unlocked)
CHECKS = (*OF_ENV, ids, folders, port, room)
