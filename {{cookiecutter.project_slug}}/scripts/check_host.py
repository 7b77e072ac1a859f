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

from dependencies import locked
from make_env import CREDENTIALS, IMAGE_USER, fill, parse, random_credential
from project import FOLDER, MOUNTS, SERVER, STATE, Problem, Project, reason

LINE = re.compile(r"""\s*(#.*)?|(export\s+)?[A-Za-z_]\w*\s*=\s*('[^']*'|"(\\.|[^"\\])*"|[^'"\s].*)?\s*(\s#.*)?""")
NO_VOLUME = "is no name for a volume (letters, digits, -, _ and .)"
ADDRESS = r"([a-z][a-z0-9]*://([^\s/]*@)?[^\s/:@]+(:[0-9]+)?(/\S*)?)?", "is no address (http://host:port)"
# What values look like, and the words for one that does not; of the others those are not empty that .env.example fills.
FORMS = {
    "COMPOSE_PROJECT_NAME": ("[a-z0-9][a-z0-9_-]*", "is no name for compose (small letters, digits, - and _)"),
    "DATABASE": ("mysql|sqlite", "is neither mysql nor sqlite"),
    "NOTEBOOKS_MODE": ("rw|ro", "is neither rw nor ro"),
    "NB_UMASK": ("[0-7]{1,4}", "is no umask (three octal digits)"),
    **dict.fromkeys(("MEMORY", "SHM_SIZE", "LOG_SIZE"), ("[1-9][0-9]*[kmg]", "is no size (512m, 4g)")),
    "CPUS": (r"[0-9]+(\.[0-9]+)?", "is no number of processors (0 is all)"),
    "SITE": (r"[A-Za-z0-9.:\[\]-]*", "is neither a domain nor an address"),
    "PIDS": ("[1-9][0-9]*", "is no number of processes"),
    "MYSQL_PORT": ("[1-9][0-9]{0,4}", "is no port"),
    **dict.fromkeys(("MYSQL_VOLUME", "SERVER_VOLUME"), (r"[a-zA-Z0-9][\w.-]*", NO_VOLUME)),
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL", "APT_MIRROR"), ADDRESS),
    **dict.fromkeys(("COMPOSE_PROFILES", "JUPYTER_PORT"), (".*", "")),  # they are looked at elsewhere
}
PORTS = [str(number) for number in range(1024, 65536)]
# The first engine that answers nobody on a container's own address.
GUARDED = 28
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
    return "\n".join(
        file.read_text(encoding="utf-8")
        for file in project.folder.glob("*compose*.y*ml")
        if SERVER or file.name != "compose.deploy.yaml"
    )


def state(project: Project) -> Iterator[Problem]:
    """Find passwords that everybody reads, and Windows' line ends."""
    if os.name == "posix" and project.env.stat().st_mode & 0o007:
        yield Problem(".env holds passwords, and everybody on this machine can read it", "chmod 600 .env")
    files = [project.env, *sorted(project.folder.glob("image/*.sh")), *sorted(project.folder.glob("deploy/*.sh"))]
    names = " ".join(file.relative_to(project.folder).as_posix() for file in files if b"\r" in file.read_bytes())
    if names:
        what = f"{names}: Windows' line ends (CRLF), which a shell takes as part of each value and command"
        yield Problem(what, f"perl -pi -e 's/\\r//g' {names}")


def interrupted(project: Project) -> Iterator[Problem]:
    """Find what an interrupted rotation or restore left, with which nobody should go on."""
    if (project.folder / f"{STATE}.rotating").exists():
        yield Problem(f"`make rotate-password` was interrupted ({STATE}.rotating)", "make rotate-password")
    if (project.folder / f"{STATE}.restoring").exists():
        yield Problem(f"a restore was interrupted when all was built ({STATE}.restoring)", "make restore")


def lines(project: Project) -> Iterator[Problem]:
    """Find lines that compose cannot read, and variables that are there twice."""
    texts = project.text.split("\n")
    wrong = [str(number) for number, text in enumerate(texts, 1) if not LINE.fullmatch(text.rstrip("\r"))]
    if wrong:
        what = f"line {', '.join(wrong)} of .env is neither NAME=value nor a comment, or has a quote too many"
        yield Problem(what, f"perl -pi -e 's/^/# / if {' || '.join(f'$. == {number}' for number in wrong)}' .env")
    names = [name for text in texts for name in parse(text)]
    for name in filter(str.isidentifier, project.lines):
        if (times := names.count(name)) > 1:
            removing = f"perl -ni -e 'print unless /^\\s*{name}\\s*=/ && ++$n < {times}' .env"
            yield Problem(f"{name} is in .env {times} times, and the last one counts", removing)


def hints(project: Project) -> Iterator[Problem]:
    """Find variables that nothing here reads (misspelled, or of an older template), and those of the shell that win."""
    example = example_of(project)
    used = {*example, *re.findall(r"\$\{?(\w+)", layers(project))}
    for name in filter(str.isidentifier, project.lines):
        if name not in used and not name.startswith(("COMPOSE_", "DOCKER_", "BUILD")):
            removing = f"perl -ni -e 'print unless /^\\s*{name}\\s*=/' .env"
            yield Problem(f"{name} in .env is read by nothing here, or no longer", removing)
        elif name in example and project.written(name) not in ("", project.value(name)):
            yield Problem(f"{name} is set in the shell, too, which wins over .env", f"unset {name}")


def values(project: Project) -> Iterator[Problem]:
    """Find variables that .env lacks, as after an update, and values that do not look like what they have to be."""
    sections = re.findall(r"^volumes:\n((?:[ #].*\n|\n)*)", layers(project), re.MULTILINE)
    volumes = "|".join(re.findall(r"^  (\w[\w.-]*):", "".join(sections), re.MULTILINE))
    mount = (f"|({FOLDER.pattern}).*|{volumes}", f"is neither a folder nor a volume of compose.yaml ({volumes})")
    forms = {**FORMS, **dict.fromkeys(MOUNTS.values(), mount)}
    defaults = {name: value for name, value in example_of(project).items() if name not in CREDENTIALS}
    if absent := [name for name in defaults if name not in project.lines]:
        added = " ".join(shlex.quote(f"{name}={defaults[name]}") for name in absent)
        yield Problem(f".env lacks {', '.join(absent)}", f"printf '%s\\n' '' {added} >>.env")
    for name in [name for name in defaults if name in project.lines]:
        form, words = forms.get(name, (".+" if defaults[name] else ".*", ""))
        if not re.fullmatch(form, value := project.value(name)):
            # A folder, or an address, gets the beginning that it lacks.
            fitting = [begun for begun in (f"./{value}", f"http://{value}") if value and re.fullmatch(form, begun)]
            what = f"{name}={value} {words}" if value else f"{name} is empty in .env"
            yield Problem(what, project.setting(**{name: (*fitting, defaults[name])[0]}))


def credentials(project: Project) -> Iterator[Problem]:
    """Find credentials that lack, and those that compose reads as something else than what is written."""
    later = set() if project.has_server else {"MYSQL_PASSWORD"} & project.lines.keys()  # of a server elsewhere
    if absent := [name for name in CREDENTIALS if not project.value(name) and name not in later]:
        # New ones for Lab and the stack's server, which knows no others then.
        rotating = " && make rotate-password" if project.has_server and absent != ["JUPYTER_TOKEN"] else ""
        setting = project.setting(**{name: random_credential() for name in absent})
        yield Problem(f".env has no {', '.join(absent)}", setting + rotating)
    for name in CREDENTIALS:
        line = project.lines.get(name, "")
        sign = "$" if "$" in line else " #"
        if line[:1] not in ("'", '"') and sign in line:
            what = f"{name} holds {sign!r}, which compose does not take as it stands: it belongs in single quotes"
            yield Problem(what, f"perl -pi -e 's/^{name}=(.*)/{name}=\\x27$1\\x27/' .env")


def places(project: Project) -> Iterator[Problem]:
    """Find a server or tables that are not where .env says: not started, not reachable there, or not lasting."""
    database, host, profiles = (project.value(name) for name in ("DATABASE", "MYSQL_HOST", "COMPOSE_PROFILES"))
    if database == "mysql" and host == "mysql" and not project.has_server:
        words = "is the stack's own server, which COMPOSE_PROFILES does not start"
        yield project.wrong("MYSQL_HOST", words, COMPOSE_PROFILES=f"mysql,{profiles}".strip(","))
    if database == "mysql" and host in ("localhost", "127.0.0.1", "::1"):
        words = "is, in the notebook's container, that container itself"
        yield project.wrong("MYSQL_HOST", words, MYSQL_HOST="host.docker.internal")
    if database == "sqlite" and not project.value("OUTPUTS"):
        command = project.setting(OUTPUTS="./outputs")
        if project.containers("jupyter"):
            # By tar, since what `docker cp` writes by itself is root's where root calls it.
            copying = "docker compose cp jupyter:/home/jovyan/work/outputs/. - | tar -xf - -C outputs"
            command = f"docker compose stop jupyter && {copying} && {command} && make up"
        what = "DATABASE=sqlite keeps its tables in outputs/, which is anonymous (OUTPUTS is empty): no backup reaches"
        yield Problem(f"{what} them, and they are gone after `make down`", command)


def files(project: Project) -> Iterator[Problem]:
    """Find what is not there: files of certificate authorities that .env names, src/, packages that the lock lacks."""
    bundle = project.value("CA_BUNDLE")
    if bundle and not (project.folder / bundle).is_file():
        yield project.wrong("CA_BUNDLE", "is no file", CA_BUNDLE="")
    authority = project.value("MYSQL_SSL_CA") if project.value("DATABASE") == "mysql" else ""
    top, _, rest = authority.removeprefix("./").partition("/")
    folder = project.folders().get(top)
    if authority and folder is not None and not (folder / rest).is_file():
        yield project.wrong("MYSQL_SSL_CA", "is no file", MYSQL_SSL_CA="")
    elif authority and folder is None and top not in MOUNTS:
        what = f"MYSQL_SSL_CA={authority} lies in no folder that the notebook sees (data/, notebooks/, outputs/)"
        setting = project.setting(MYSQL_SSL_CA=f"data/{Path(authority).name}")
        yield Problem(what, f"cp {shlex.quote(authority)} data/ && {setting}")
    if not (project.folder / "src" / "persistence").is_dir():
        other = "mkdir -p src/persistence  # without git, and copy its files from another project of this template"
        yield Problem("src/persistence is missing", f"git checkout HEAD -- src || {other}")
    metadata = (project.folder / "pyproject.toml").read_text(encoding="utf-8")
    section = re.search(r"^dependencies\s*=\s*\[(.*?)\]\s*$", metadata, re.MULTILINE | re.DOTALL)
    names = re.findall(r"""^\s*["']([\w.-]+)""", section[1].replace(",", "\n") if section else "", re.MULTILINE)
    have = locked((project.folder / "requirements.lock").read_text(encoding="utf-8"))
    if absent := [name for name in names if re.sub(r"[-_.]+", "-", name).lower() not in have]:
        what = f"pyproject.toml asks for {', '.join(absent)}, which requirements.lock does not hold"
        yield Problem(what, f"make add PKG={shlex.quote(' '.join(absent))}")


def engine(project: Project) -> Iterator[Problem]:
    """Find an engine that is not there, not running or not ours."""
    said, host = project.docker("version"), os.environ.get("DOCKER_HOST")
    if said.returncode == 127:
        yield Problem("there is no command 'docker'", INSTALL)
    elif "permission denied" in said.stderr.lower():
        joining = 'sudo usermod --append --groups docker "$USER" && newgrp docker'
        yield Problem("the engine runs, but you may not use it: you are not in the group docker", joining)
    elif said.returncode != 0:
        command = f"unset DOCKER_HOST  # it is {host}" if host else START
        yield Problem(f"the engine does not answer ({reason(said)})", command)


def notes(project: Project) -> Iterator[str]:
    """Say what is to be known of a server, and is no fault of its stack."""
    found = project.docker("version", "--format", "{{.Server.Version}}").stdout.strip()
    if found and int(found.partition(".")[0]) < GUARDED:
        yield (
            f"its engine {found} is older than {GUARDED}: a neighbour in its network who sets a route may reach the"
            " notebook's port on the container's own address, where token and password hold him (docs/server.md)"
        )


def versions(project: Project) -> Iterator[Problem]:
    """Find an engine or a plugin of docker's command line that is older than what the script installs, or no plugin."""
    script = (project.folder / "deploy" / "install-docker.sh").read_text(encoding="utf-8")
    for name, wanted in re.findall(r"([A-Z]+)_NEEDED=([0-9.]+)", script):
        plugin = "" if name == "ENGINE" else name.lower()
        said = project.docker(*filter(None, [plugin]), "version").stdout
        # Podman answers, too, and has no part of this name, but versions of its own.
        found = re.search(r"\d+(\.\d+)+", said if plugin else said.partition("\n Engine:")[2])
        # A person's own wins over the machine's.
        own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins" / f"docker-{plugin}"
        removing = f"rm {shlex.quote(str(own))} && " if LINUX and own.exists() else ""
        if plugin and found is None:
            yield Problem(f"docker's plugin {plugin} is missing: {wanted} or newer is needed", INSTALL)
        elif found and [int(part) for part in found[0].split(".")] < [int(part) for part in wanted.split(".")]:
            what = f"docker's {f'plugin {plugin}' if plugin else 'engine'} {found[0]}"
            yield Problem(f"{what} is too old: {wanted} is needed", removing + INSTALL)


def ids(project: Project) -> Iterator[Problem]:
    """Find a NB_UID or NB_GID with which the notebook's files would belong to somebody else."""
    if not hasattr(os, "getuid"):
        return
    (uid, gid), me = project.user, os.getuid()
    # There the engine's root is a person, whom a container's root then is, too.
    rootless = re.search(r"^ *(name=)?rootless", project.info, re.MULTILINE)
    if rootless and (uid, gid) != (0, 0):
        what = f"the engine is rootless: there 0 is you, and {uid} in .env is a number that nobody has"
        yield Problem(what, project.setting(NB_UID="0", NB_GID="0"))
    elif not rootless and (-1 in (uid, gid) or (me and (uid != me or gid not in (os.getgid(), *os.getgroups())))):
        mine = (me, os.getgid()) if me else IMAGE_USER
        what = f"the notebook writes as {project.value('NB_UID')}:{project.value('NB_GID')}, and you are"
        yield Problem(f"{what} {mine[0]}:{mine[1]}", project.setting(NB_UID=str(mine[0]), NB_GID=str(mine[1])))


def folders(project: Project) -> Iterator[Problem]:
    """Find mounted folders that the notebook cannot write, or that hold files of root; data from outside is read."""
    if not hasattr(os, "getuid") or any(ids(project)):
        return  # whoever that is, `ids` says it
    uid, gid = project.user if project.user[0] else (os.getuid(), os.getgid())
    for name, folder in project.folders().items() if uid else ():
        if not folder.is_dir() or (name == "notebooks" and project.value("NOTEBOOKS_MODE") == "ro"):
            continue  # one that is not there yet is made, and handed over, by the service `folders`, as an empty one is
        status, outside = folder.stat(), name == "data" and not folder.resolve().is_relative_to(project.folder)
        verb, bits = ("read", 0o5) if outside else ("write", 0o3)
        # The group users (100): the image's home and packages are open to it, and compose.yaml adds it to the notebook.
        bits <<= 6 if uid == status.st_uid else 3 if status.st_gid in (gid, 100) else 0
        empty = os.access(folder, os.R_OK) and not any(folder.iterdir())
        mend = f"sudo chown -R {uid}:{gid} {shlex.quote(str(folder))}"
        if status.st_mode & bits != bits and not (status.st_uid == 0 and empty):
            what = f"{folder} belongs to {status.st_uid}, and the notebook ({uid}:{gid}) cannot {verb} there"
            yield Problem(what, mend)
        elif name != "data" and any(child.lstat().st_uid == 0 for child in folder.iterdir()):
            yield Problem(f"{folder} holds files of root, which the notebook ({uid}:{gid}) cannot change", mend)


def port(project: Project) -> Iterator[Problem]:
    """Find a port that is none, or that somebody else has than the project's own notebook."""
    text, free = project.value("JUPYTER_PORT"), free_port(project)
    own = [str(one["NetworkSettings"]["Ports"]) for one in project.containers("jupyter")]
    if text != free and not any(f"'HostPort': '{text}'" in ports for ports in own):
        words = "of this machine is busy" if text in PORTS else "is no number from 1024 to 65535"
        yield Problem(f"port {text} {words}", project.setting(JUPYTER_PORT=free))


def free_port(project: Project) -> str:
    """Return JUPYTER_PORT, or the next port that is free where somebody has that one; from 8888 on where it is none."""
    text = project.value("JUPYTER_PORT")
    first = PORTS.index(text if text in PORTS else "8888")
    return next(one for one in PORTS[first:] + PORTS if not is_busy(int(one)))


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


# Of a server nothing on this machine is used but .env.
OF_ENV = (state, interrupted, lines, values, credentials)
CHECKS = OF_ENV if SERVER else (*OF_ENV, places, files, ids, folders, port, room)
