"""`make local`: JupyterLab on this machine, without Docker, in an environment of the project's own.

The environment is .venv, made from the locks with each package's hash. The database is what .env names, where this
machine can reach it, and else the SQLite file in outputs/. Given a command, it runs that instead of JupyterLab:
`python3 scripts/local.py python -m pytest`.
Standard library only, for Python 3.11 or newer on Linux, macOS and Windows; older ones are told so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from make_env import parse, write_env
from project import unquoted

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "lab.lock")
INSTALLER = "image/uv.txt"
IN_CONTAINERS = ("host.docker.internal", "gateway.docker.internal", "host.containers.internal")
"""This machine's names as seen from a container."""
NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL")
HINT = "install it (Debian: python3-venv), or name another: PYTHON=python3.13 make local"


class RefusedError(Exception):
    """What is asked for is not possible; the message says why, and what to do."""


def settings(written: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that JupyterLab gets beside those of the shell, which win over .env as they do in Compose.

    The database in the stack has no port on this machine, so that the embedded one takes its place.
    """
    given = {**written, **{name: value for name, value in environ.items() if value}}
    chosen = {"JUPYTER_TOKEN": given.get("JUPYTER_TOKEN", ""), "JUPYTER_PORT": given.get("JUPYTER_PORT", "8888")}
    chosen |= {name: given[name] for name in NETWORK if given.get(name)}
    if "PIP_INDEX_URL" in chosen:
        chosen["UV_DEFAULT_INDEX"] = chosen["PIP_INDEX_URL"]
    chosen["DATABASE"] = given.get("DATABASE", "")
    if chosen["DATABASE"] == "mysql" and given.get("MYSQL_HOST") == "mysql":
        chosen["DATABASE"] = "sqlite"
    if "MYSQL_HOST" in given:
        chosen["MYSQL_HOST"] = "127.0.0.1" if given["MYSQL_HOST"] in IN_CONTAINERS else given["MYSQL_HOST"]
    # A library that JupySQL brings can report its use and ask for newer versions; here it may do neither.
    return {**chosen, "PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true"}


def programs(environment: Path) -> Path:
    """Return the folder of an environment's programs."""
    return environment / ("Scripts" if os.name == "nt" else "bin")


def stamp(project: Path) -> str:
    """Return what tells an environment that is up to date: a hash of the locks, the Python and the folder."""
    told = [sys.version.encode(), str(project).encode()]
    told += [(project / name).read_bytes() for name in (*LOCKS, INSTALLER)]
    return hashlib.sha256(b"\0".join(told)).hexdigest()


def install(project: Path, variables: Mapping[str, str]) -> Path:
    """Return the environment of the project, made or made anew where the locks or Python have changed.

    Raises:
        RefusedError: it cannot be made.
    """
    environment = project / ".venv"
    mark = environment / "stamp"
    if mark.is_file() and mark.read_text(encoding="utf-8") == stamp(project):
        return environment
    if environment.exists() and not mark.is_file():
        raise RefusedError(f"{environment} is an environment of your own: move it away, and run this again")
    again = "anew, without what pip installed there, " if mark.is_file() else ""
    print(f"Making {environment.name} {again}from {' and '.join(LOCKS)}.", flush=True)
    shutil.rmtree(environment, ignore_errors=True)
    environment.mkdir()
    mark.write_text("unfinished", encoding="utf-8")
    run([sys.executable, "-m", "venv", environment], variables, f"this Python makes no environments: {HINT}")
    python = programs(environment) / ("python.exe" if os.name == "nt" else "python")
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
    ]
    advice = "the packages could not be installed as they are locked; the lines above say which and why"
    run([*pip, "--requirement", project / INSTALLER], variables, advice)
    locks: list[str | Path] = [part for name in LOCKS for part in ("--requirements", project / name)]
    uv: list[str | Path] = [programs(environment) / "uv", "pip", "install", "--quiet", "--python", python]
    run([*uv, "--no-deps", "--require-hashes", *locks], variables, advice)
    packages = output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    Path(packages, "project.pth").write_text(f"{project / 'src'}\n", encoding="utf-8")
    # Python warns of JupySQL's source when it compiles it, which would show in the first cell with `%sql`.
    run([python, "-W", "ignore", "-m", "compileall", "-q", Path(packages, "sql")], variables, advice)
    mark.write_text(stamp(project), encoding="utf-8")
    return environment


def run(command: Sequence[str | Path], variables: Mapping[str, str], advice: str) -> None:
    """Run a command; raise `RefusedError` with the advice where it fails."""
    if subprocess.run(command, env={**os.environ, **variables}, check=False).returncode:  # noqa: S603 - no shell
        raise RefusedError(advice)


def output(command: Sequence[str | Path]) -> str:
    """Return what a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - no shell


def lab(project: Path, variables: Mapping[str, str]) -> list[str]:
    """Return the command that starts JupyterLab, whose token is a variable, which no list of processes shows.

    Raises:
        RefusedError: it has no token, or its port is in use.
    """
    port = variables["JUPYTER_PORT"]
    if not variables["JUPYTER_TOKEN"]:
        raise RefusedError("JUPYTER_TOKEN in .env is empty: give it a value, so that nobody else can use JupyterLab")
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, ValueError, OverflowError):
            raise RefusedError(
                f"port {port} of this machine cannot be used, perhaps because the project runs in Docker (`make down`);"
                f" or take another: JUPYTER_PORT={int(port) + 1 if port.isdecimal() else 8889} make local"
            ) from None
    return [
        *("jupyter", "lab", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
        *("--ServerApp.port_retries=0", f"--ServerApp.root_dir={project}"),
        *(["--allow-root"] if is_root() else []),
    ]


def is_root() -> bool:
    """Return whether this is the machine's administrator, as whom JupyterLab runs only if it is told to."""
    return os.name == "posix" and os.geteuid() == 0


def describe(written: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """Return where tables are kept, in a line."""
    if variables["DATABASE"] != "sqlite":
        return f"Tables are on the server at {variables.get('MYSQL_HOST', 'MYSQL_HOST, which .env leaves out')}."
    reason = "" if written.get("DATABASE") == "sqlite" else " (.env names the stack's server, which runs in Docker)"
    return f"Tables are in outputs/database.sqlite{reason}."


def main(project: Path, command: Sequence[str]) -> int:
    """Make what is missing, then become JupyterLab or the command; return the exit code.

    Raises:
        RefusedError: something is not possible.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - it is this machine's Python, whatever the project asks for
        raise RefusedError(f"needs Python 3.11 or newer, and this is {sys.version.split()[0]}: {HINT}")
    if not (project / ".env").exists():
        print("\n".join(write_env(project)))
    lines = parse((project / ".env").read_text(encoding="utf-8"))
    written = {name: unquoted(value) for name, value in lines.items()}
    variables = settings(written, os.environ)
    environment = install(project, variables)
    wanted = list(command) or lab(project, variables)
    path = f"{programs(environment)}{os.pathsep}{os.environ.get('PATH', '')}"
    variables |= {"PATH": path, "VIRTUAL_ENV": str(environment)}
    print(describe(written, variables), flush=True)
    if not command:
        if is_root():
            print("You are root, and so is every notebook: start this as another user where there is one.", flush=True)
        print(f"http://127.0.0.1:{variables['JUPYTER_PORT']}/lab?token={variables['JUPYTER_TOKEN']}", flush=True)
    program = shutil.which(wanted[0], path=path)
    if program is None:
        raise RefusedError(f"there is no program {wanted[0]!r}, in the environment or on this machine")
    os.chdir(project)
    return become([program, *wanted[1:]], {**os.environ, **variables})


def become(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Become another program, so that Ctrl+C is its own; on Windows, which cannot, wait for it and return its code."""
    if os.name == "posix":
        os.execve(command[0], list(command), environ)  # noqa: S606 - no shell
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(command, env=environ, check=False).returncode  # noqa: S603 - no shell


if __name__ == "__main__":
    try:
        sys.exit(main(PROJECT, sys.argv[1:]))
    except (RefusedError, OSError, ValueError) as error:
        sys.exit(f"make local: {error}")
