"""What the scripts share: .env as compose reads it and written in one step, docker's command line, one way to refuse.

Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import functools
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from make_env import parse, with_values

# What .env mounts, and what is there without a line of its own.
MOUNTS = {"notebooks": "NOTEBOOKS", "data": "DATA", "outputs": "OUTPUTS"}
# Whether the engine is a server's, as HOST= behind `make` says. There the database's volume, and what an interrupted
# command left, have names of their own: the same .env may serve a stack on this machine.
SERVER = os.environ.get("COMPOSE_FILE", "").endswith("compose.deploy.yaml")
HOST = os.environ.get("DOCKER_HOST", "").removeprefix("ssh://") if SERVER else ""
VOLUME, STATE = ("SERVER_VOLUME", ".env.server") if SERVER else ("MYSQL_VOLUME", ".env")
THERE = f"DOCKER_HOST=ssh://{HOST} COMPOSE_FILE={os.environ.get('COMPOSE_FILE')}"
DEFAULTS = {"NOTEBOOKS": "./notebooks", "NOTEBOOKS_MODE": "rw", VOLUME: "mysql"}
FOLDER = re.compile(r"[./~]|[A-Za-z]:[\\/]")
BEFORE = "project.before"  # the label of what takes a place: whose
Values = Mapping[str, Any]  # None is no value, in place of the shell's
Said = subprocess.CompletedProcess[str]
ROOT = Path(__file__).resolve().parents[1]
EDIT = '"${EDITOR:-vi}" .env'


class RefusedError(Exception):
    """What was asked for cannot be done; the message says why, and what to do. An empty one was said already."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, in one line; the command, typed in the project's folder, that mends it; lines shown below."""

    what: str
    command: str
    log: str = ""

    def __str__(self) -> str:
        """Return the line that people read; .env may hold signs that move a cursor, and addresses with passwords."""
        what = "".join(sign if sign.isprintable() else "?" for sign in re.sub("//[^/@]+@", "//...@", self.what))
        command = self.command if self.command.isprintable() else EDIT  # with a value of .env that nobody can type
        if SERVER:  # typed as it stands it would be about this machine's stack
            command = re.sub(r"\bmake up\b", "make deploy", command)
            command = re.sub(r"\bmake [a-z-]+", lambda typed: f"{typed[0]} HOST={HOST}", command)
            command = re.sub(r"\bdocker (?=compose|run)", f"{THERE} docker ", command)
        return f"{what}; mend it with: {command}" + "".join(f"\n    {line}" for line in self.log.splitlines())


class Project:
    """A generated project on this machine: its folder, the text of its .env, and the variables as they stand there."""

    def __init__(self, folder: Path = ROOT) -> None:
        """Read .env, which holds nothing where it is missing; a RefusedError is the problem with it."""
        self.folder, self.env = folder, folder / ".env"
        if os.path.lexists(self.env) and not self.env.is_file():
            raise RefusedError(Problem(".env is no file", "mv .env .env.old && make env"))
        try:
            content = self.env.read_bytes() if self.env.exists() else b""
        except PermissionError:
            owning = 'sudo chown "$(id -u)" .env && chmod 600 .env'
            raise RefusedError(Problem(".env may not be read by you", owning)) from None
        try:
            self.text = content.replace(b"\0", b"\xff").decode("utf-8-sig")  # UTF-16 is full of zeros
        except UnicodeDecodeError:
            encoding = "UTF-16" if b"\0" in content else "ISO-8859-1"
            converted = f"(umask 077 && iconv -f {encoding} -t UTF-8 .env >.env.new) && mv .env.new .env"
            raise RefusedError(Problem(f".env is not in UTF-8, it may be in {encoding}", converted)) from None
        self.lines = parse(self.text)
        self.name = self.value("COMPOSE_PROJECT_NAME")  # what containers, network and volumes are called after
        self.has_server = "mysql" in self.value("COMPOSE_PROFILES").split(",")  # the stack's own
        ids = [self.value(name) for name in ("NB_UID", "NB_GID")]
        uid, gid = (int(one) if re.fullmatch("[0-9]{1,10}", one) else -1 for one in ids)
        self.user = uid, gid  # the notebook's on this machine; -1 is no number
        # What compose calls it, and what `make push` does.
        self.image = self.value("IMAGE") or f"{self.name}-jupyter"
        if SERVER:  # so that what compose makes anew there is what was deployed
            os.environ.update(self.deployed())

    def value(self, name: str) -> str:
        """Return a variable's value as compose sees it: the shell's, else .env's, else nothing."""
        return os.environ.get(name, self.written(name) or DEFAULTS.get(name, ""))

    def written(self, name: str) -> str:
        """Return what compose reads for a variable in .env, by its own rules for quotes and comments, or nothing."""
        line = self.lines.get(name, "")
        if quoted := re.fullmatch(r"'([^']*)'(\s+#.*)?", line):
            return quoted[1]
        if quoted := re.fullmatch(r'"((?:[^"\\]|\\.)*)"(\s+#.*)?', line):
            return re.sub(r"\\(.)", r"\1", quoted[1])
        return re.split(r"\s#", line, maxsplit=1)[0].rstrip()

    def folders(self) -> dict[str, Path]:
        """Return the folders of this machine that are mounted, by their name in the container."""
        sources = {name: self.value(variable) for name, variable in MOUNTS.items()}
        mounted = {name: Path(source).expanduser() for name, source in sources.items() if FOLDER.match(source)}
        return {name: self.folder / path for name, path in {"src": Path("src"), **mounted}.items()}

    def setting(self, **values: str) -> str:
        """Return the command that gives variables these values: in the shell where that has one, else in .env."""
        start = "export" if any(name in os.environ for name in values) else "python3 scripts/doctor.py --set"
        return " ".join([start, *(f"{name}={shlex.quote(value)}" for name, value in values.items())])

    def wrong(self, name: str, words: str, **values: str) -> Problem:
        """Return what is wrong with a variable's value; that variables have these values mends it."""
        return Problem(f"{name}={self.value(name)} {words}", self.setting(**values))

    def write(self, **values: str) -> None:
        """Give variables of .env these values, in one step that no kill can cut; RefusedError where the shell's win."""
        for name in values.keys() & os.environ.keys():
            raise RefusedError(f"{name} is set in the shell, which wins over .env: unset {name}, and run this again")
        text = with_values(self.env.read_text(encoding="utf-8"), values)
        draft(self.env.with_name(".env.new"), text, self.env).replace(self.env)
        self.lines.update(values)

    def run(self, *arguments: str, stdin: str = "", variables: Values | None = None) -> str:
        """Run docker as below and return what it printed; where it failed, its last words are a RefusedError."""
        done = self.docker(*arguments, stdin=stdin, timeout=0, variables=variables)
        if done.returncode == 0:
            return done.stdout.strip()
        if self.docker("version").returncode != 0:
            raise RefusedError(f"Docker's engine does not serve you ({reason(done)}): 'make doctor' says what mends it")
        words = done.stderr.strip() or done.stdout.strip() or f"docker {arguments[0]} failed"
        raise RefusedError("\n".join(words.splitlines()[-12:]))

    def docker(self, *arguments: str, stdin: str = "", timeout: int = 60, variables: Values | None = None) -> Said:
        """Return what docker, run in the project, said; its exit code is 127 without it. Variables win over .env."""
        command = ["docker", *arguments]
        options: dict[str, Any] = {"cwd": self.folder, "capture_output": True, "encoding": "utf-8", "errors": "replace"}
        try:
            return subprocess.run(command, input=stdin, timeout=timeout or None, env=environment(variables), **options)  # noqa: S603
        except FileNotFoundError:
            return Said(command, 127, "", "there is no command 'docker': the README says how to install it")
        except subprocess.TimeoutExpired:
            return Said(command, 124, "", f"no answer within {timeout} s")

    def inspect(self, kind: str, *names: str) -> list[dict[str, Any]]:
        """Return what the engine knows of containers, images or volumes; nothing of those that do not exist."""
        said = self.docker(kind, "inspect", *names).stdout if names else ""
        return list(json.loads(said or "[]"))

    def files(self, container: str, path: str) -> dict[str, bytes]:
        """Return what a container's file, or the files of its folder, hold, by their names; it need not run."""
        command = ["docker", "cp", "--follow-link", f"{container}:{path}", "-"]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        if done.returncode != 0:
            return {}
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            members = [(Path(member.name).name, archive.extractfile(member)) for member in archive if member.isfile()]
            return {name: file.read() for name, file in members if file is not None}

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """Return what the engine knows of a service's containers, or of all, running or not; not of one command's."""
        labels = [f"project={self.name}", "oneoff=False", *([f"service={service}"] if service else [])]
        filters = [f"--filter=label=com.docker.compose.{label}" for label in labels]
        return self.inspect("container", *self.docker("ps", "--all", "--quiet", *filters).stdout.split())

    def deployed(self) -> dict[str, str]:
        """Return compose.deploy.yaml's variables of what runs on a server: its image, and the one before it.

        RefusedError where it does not answer.
        """
        said = self.docker("version", timeout=120)
        if said.returncode != 0:
            trying = f"ssh {shlex.quote(HOST)} docker version  # may you log in, and use the engine there?"
            raise RefusedError(Problem(f"the engine of the server does not answer ({reason(said)})", trying))
        for one in self.containers("jupyter"):
            return {"DEPLOYED": one["Config"]["Image"], "DEPLOYED_BEFORE": one["Config"]["Labels"].get(BEFORE, "")}
        return {}

    @functools.cached_property
    def info(self) -> str:
        """Return what the engine says of itself; nothing where none answers."""
        return self.docker("info").stdout


def environment(variables: Values | None) -> dict[str, str]:
    """Return the shell's variables with these in their place."""
    return {name: value for name, value in {**os.environ, **(variables or {})}.items() if value is not None}


def command(target: str, function: Callable[[], None]) -> None:
    """Run what `make TARGET` is for; a refusal is one line on standard error, and exit code 1."""
    try:
        function()
    except (RefusedError, OSError) as error:
        sys.exit(f"make {target}: {error}" if str(error) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


def draft(path: Path, text: str, like: Path) -> Path:
    """Write a file that is to take another's place, on the disk as a whole, with the mode and owner of that one."""
    path.unlink(missing_ok=True)
    path.touch(0o600, exist_ok=False)
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(like.stat().st_mode)
    if hasattr(os, "getuid") and os.getuid() == 0:
        os.chown(path, like.stat().st_uid, like.stat().st_gid)
    return path


def reason(said: Said) -> str:
    """Return the last line of why docker failed."""
    return (said.stderr.strip() or "no answer").splitlines()[-1]


def service_of(container: dict[str, Any]) -> str:
    """Return the service that a container is one of."""
    return str(container["Config"]["Labels"].get("com.docker.compose.service", ""))
