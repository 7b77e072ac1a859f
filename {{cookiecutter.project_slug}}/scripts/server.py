"""The database server's own client, in a container: the stack's server, one beside it, or one elsewhere.

Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

from project import STATE, Problem, Project, RefusedError, service_of

# MariaDB's programs have names of their own.
CLIENT = """
case $1 in dump) one=mysqldump other=mariadb-dump ;; *) one=mysql other=mariadb ;; esac
shift
exec "$(command -v $one || command -v $other)" "$@"
"""
LOCAL = ("--protocol=tcp", "--host=127.0.0.1")
# What compose.yaml gives the server, whose command other options take the place of.
SERVER = ("--disable-log-bin", "--max-allowed-packet=64M", "--event-scheduler=OFF")
# Names behind which no network lies, so that a connection need not be encrypted.
NEAR = ("mysql", "localhost", "host.docker.internal", "gateway.docker.internal", "host.containers.internal")
# What MySQL's client calls it, and MariaDB's.
TLS = {
    "verified": (["--ssl-mode=VERIFY_IDENTITY"], ["--ssl-verify-server-cert"]),
    "required": (["--ssl-mode=REQUIRED"], ["--ssl", "--skip-ssl-verify-server-cert"]),
    "preferred": (["--ssl-mode=PREFERRED"], ["--skip-ssl-verify-server-cert"]),
}
DENIED = "ERROR 1045"
PIECE = 2**20
PIPES: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
# What a restore that has built everything has left to do: from then on it is finished, not begun again.
NOTE = f"{STATE}.restoring"
# The volume that goes with the next restore: what a killed one built, or what a step back has left.
LEFT = f"{STATE}.left"
# The containers that a command starts for itself: a server; the client of one elsewhere, and whose view it has; who
# reads and writes folders.
ONE_OFF = ("aside", "client", "way", "files")


@contextlib.contextmanager
def alone(project: Project, finishes: bool = False) -> Iterator[None]:
    """Let no second command have the project's database meanwhile, where the system knows such locks.

    Refused where a restore was interrupted, unless this finishes it.
    """
    with (project.folder / "compose.yaml").open("r+b") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except BlockingIOError:
            raise RefusedError("another backup, restore or rotation runs in this project: wait for its end") from None
        if (project.folder / NOTE).exists() and not finishes:
            raise RefusedError(Problem(f"a restore was interrupted when all was built ({NOTE})", "make restore"))
        discard(project, *ONE_OFF)  # what a killed one left
        yield


def discard(project: Project, *names: str) -> None:
    """Remove containers that a command has started for itself."""
    project.docker("rm", "--force", "--volumes", *(f"{project.name}-{name}" for name in names))


def compose(project: Project, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
    """Run docker compose and return what it printed; RefusedError where it fails."""
    return project.run("compose", "--progress", "quiet", *arguments, variables=variables)


def running(project: Project) -> dict[str, str]:
    """Return the containers of the services that run."""
    states = [(one, one["State"]) for one in project.containers()]
    return {service_of(one): one["Id"] for one, state in states if state["Running"] and not state["Restarting"]}


def remove(project: Project, *services: str) -> None:
    """Remove containers, so that `up` makes them anew with what .env says now.

    `up` alone, killed while it makes a container anew, leaves one under a name over which the next `up` stumbles.
    After a killed `rm` the engine still removes for some seconds, and refuses to do it twice.
    """
    for pause in (0.5, 1, 2, 4):
        with contextlib.suppress(RefusedError):
            compose(project, "rm", "--stop", "--force", *services)
            return
        time.sleep(pause)
    compose(project, "rm", "--stop", "--force", *services)


def retire(project: Project) -> None:
    """Remove the containers of services that .env starts no more, which compose leaves as they are."""
    listing = ("config", "--services")
    every = project.docker("compose", "--profile", "*", *listing).stdout.split()
    active = project.docker("compose", *listing).stdout.split()  # none where .env is wrong, which others say
    idle = {*every} - {*active} if active else set()
    if gone := [one["Id"] for one in project.containers() if service_of(one) in idle]:
        project.docker("stop", "--time", "60", *gone, timeout=0)
        project.docker("rm", "--force", *gone)


def start(project: Project, *services: str) -> None:
    """Start services and wait until they are healthy."""
    if services:
        compose(project, "up", "--detach", "--wait", "--no-deps", *services)


def server_of(project: Project) -> str:
    """Return the container of the stack's server, which is started if need be and may not answer yet."""
    if "mysql" not in running(project):
        compose(project, "up", "--detach", "--no-deps", "mysql")
    if container := running(project).get("mysql"):
        return container
    raise RefusedError("the server ends as it starts: make doctor says why")


def last_line(said: bytes, otherwise: str) -> str:
    """Return the last words of a program, of a server's error all of them, in one line."""
    text = said.decode(errors="replace").strip() or otherwise
    return " ".join(text[text.rfind("ERROR ") :].split()) if "ERROR " in text else text.splitlines()[-1]


def talk(
    process: subprocess.Popen[bytes], what: str, chunks: Iterable[bytes] = (), lines: bool = False
) -> Generator[bytes, None, str]:
    """Give a process what it reads, then yield pieces or lines of what it writes; return what it says beside that.

    Where it fails, the last of that is a RefusedError.
    """
    assert process.stdin and process.stdout and process.stderr  # noqa: S101 - asked for
    said: list[bytes] = []
    listening = threading.Thread(target=lambda: said.extend(process.stderr or ()))
    with process:
        listening.start()
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin:  # if it ends early, it says why
                for chunk in chunks:
                    process.stdin.write(chunk)
            yield from process.stdout if lines else iter(functools.partial(process.stdout.read, PIECE), b"")
        except BaseException:
            process.kill()
            raise
        finally:
            listening.join()
    if process.returncode:
        raise RefusedError(f"{what}: {last_line(b''.join(said), 'it ended early')}")
    return b"".join(said).decode()


@dataclass(frozen=True)
class Server:
    """A database server, as one of its users sees it.

    Attributes:
        project: the project.
        container: where the client runs.
        user: who asks; the project's own user, or root.
        password: its password.
        way: the client's options that lead to the server.
    """

    project: Project
    container: str
    user: str
    password: str
    way: tuple[str, ...] = LOCAL

    @classmethod
    def of(cls, project: Project, container: str, root: bool = False) -> Server:
        """Return the server that runs in a container, with a password of .env."""
        user = "root" if root else project.value("MYSQL_USER")
        return cls(project, container, user, project.value("MYSQL_ROOT_PASSWORD" if root else "MYSQL_PASSWORD"))

    def having(self, password: str) -> Server:
        """Return the same with another password."""
        return replace(self, password=password)

    def popen(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the client, or `dump`; the password is in no list of processes and in no `docker inspect`."""
        called = ["docker", "exec", "-i", "--env", "MYSQL_PWD", self.container, "sh", "-c", CLIENT, "sh", program]
        called += [*self.way, f"--user={self.user}", "--default-character-set=utf8mb4", *arguments]
        return subprocess.Popen(called, env={**os.environ, "MYSQL_PWD": self.password}, **PIPES)  # noqa: S603

    @contextlib.contextmanager
    def session(self, schema: str | None = None) -> Iterator[Session]:
        """Open one connection; leaving it ends what it began."""
        where = self.project.value("MYSQL_DATABASE") if schema is None else schema
        process = self.popen("sql", "--batch", "--skip-column-names", "--quick", "--unbuffered", where)
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - asked for
        try:
            yield Session(process.stdin, process.stdout, process.stderr)
        finally:
            with process, contextlib.suppress(BrokenPipeError):
                process.stdin.close()

    def refusal(self) -> str:
        """Return why the server does not answer this user; nothing if it does."""
        process = self.popen("sql", "--connect-timeout=5", "--execute=DO 0")
        said = process.communicate()[1]
        return last_line(said, "it does not answer") if process.returncode else ""

    def wait(self, seconds: float = 120) -> Server:
        """Wait until the server answers, be it that the password is wrong; RefusedError where it stops or does not."""
        end = time.monotonic() + seconds
        while (said := self.refusal()) and DENIED not in said:
            state = self.project.inspect("container", self.container)[0]["State"]
            if time.monotonic() > end or not state["Running"] or state["Restarting"]:
                log = self.project.docker("logs", "--tail", "2", self.container)
                raise RefusedError(f"the server does not answer ({said}):\n{(log.stdout + log.stderr).strip()}")
            time.sleep(0.3)
        return self


@dataclass(frozen=True)
class Session:
    """One connection, asked line by line."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    END = b"--end-of-answer--\n"

    def lines(self, sql: str) -> Iterator[bytes]:
        """Send statements and yield the rows, in which the client escapes tabs, line ends, backslashes and NUL."""
        with contextlib.suppress(BrokenPipeError):
            self.stdin.write(f"{sql};\nSELECT '--end-of-answer--';\n".encode())
            self.stdin.flush()
        for line in self.stdout:
            if line == self.END:
                return
            yield line
        raise RefusedError(last_line(self.stderr.read(), "the connection to the server ended"))

    def ask(self, sql: str) -> list[list[str]]:
        """Return all rows of statements."""
        return [line.decode().rstrip("\n").split("\t") for line in self.lines(sql)]


@contextlib.contextmanager
def aside(project: Project, *options: str, **variables: str) -> Iterator[str]:
    """Run a server beside the stack's, which no name leads to; in the end all it knows is in its volume.

    Args:
        project: the project.
        options: the server's.
        variables: what takes the place of values of .env.
    """
    name = f"{project.name}-aside"
    one = ("run", "--detach", "--no-deps", "--name", name, "mysql", *SERVER, *options)
    try:
        compose(project, *one, variables=variables)
        yield name
        project.run("stop", "--time", "600", name)
        if project.run("inspect", "--format", "{{.State.ExitCode}}", name) != "0":
            raise RefusedError("the server beside the stack's did not stop cleanly; nothing was changed")
    finally:
        discard(project, "aside")


def literal(text: str) -> str:
    """Return text as SQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def impose(project: Project, user: str, root: str, **variables: str) -> None:
    """Give the server of a volume its passwords though nobody knows the old ones; no server may run on it.

    It reads statements from a file as it starts: from the secret of root's password, the one that nothing else reads
    where there is data already.
    """
    statements = [f"ALTER USER {literal(project.value('MYSQL_USER'))}@'%' IDENTIFIED BY {literal(user)};"]
    statements += [f"ALTER USER IF EXISTS root@'{host}' IDENTIFIED BY {literal(root)};" for host in ("localhost", "%")]
    file = "--init-file=/run/secrets/mysql_root_password"
    with aside(project, file, MYSQL_ROOT_PASSWORD="\n".join(statements), **variables) as container:
        for one in (Server.of(project, container).having(user), Server(project, container, "root", root)):
            if said := one.wait().refusal():
                raise RefusedError(f"the server does not take the new password of {one.user} ({said})")


@contextlib.contextmanager
def elsewhere(project: Project) -> Iterator[Server]:
    """Yield the server elsewhere: its client runs in MYSQL_IMAGE, with the notebook's network, mounts and user.

    It keeps to what `persistence` does: verified with MYSQL_SSL_CA, else encrypted where a network lies between.
    """
    notebook, name = f"{project.name}-way", f"{project.name}-client"
    rights = ("--user", "{}:{}".format(*project.user), "--cap-drop", "ALL")
    view = ("--network", f"container:{notebook}", "--volumes-from", f"{notebook}:ro")
    idle = ("--detach", "--entrypoint", "sleep")
    authority, host = project.value("MYSQL_SSL_CA"), project.value("MYSQL_HOST")
    how = "verified" if authority else "preferred" if host in NEAR else "required"
    try:
        compose(project, "run", *idle, "--no-deps", "--name", notebook, "jupyter", "infinity")
        project.run("run", *idle, "--name", name, *view, *rights, project.value("MYSQL_IMAGE"), "infinity")
        mariadb = project.docker("exec", name, "sh", "-c", "command -v mariadb").returncode == 0
        way = ["--protocol=tcp", f"--host={host}", f"--port={project.value('MYSQL_PORT')}", *TLS[how][mariadb]]
        way += [f"--ssl-ca=/home/jovyan/work/{authority}"] * bool(authority)
        yield replace(Server.of(project, name), way=tuple(way))
    finally:
        discard(project, "client", "way")
