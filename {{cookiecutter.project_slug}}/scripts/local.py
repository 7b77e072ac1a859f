"""`make local`: JupyterLab on this machine, without Docker, in an environment of the project's own.

The environment is .venv, made from the locks with each package's hash. The database is what .env names, where this
machine can reach it, and else the SQLite file in outputs/. A command runs in place of JupyterLab: `local.py python`.
Standard library only, for Python 3.11 or newer on Linux, macOS and Windows; older ones are told so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

from check_host import free_port
from make_env import write_env
from project import ROOT, Project, RefusedError, command

LOCKS = ("requirements.lock", "lab.lock", "image/uv.txt")  # the last has uv, which installs the others
ENVIRONMENT = ROOT / ".venv"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
NAMES = ("JUPYTER_TOKEN", "DATABASE", "MYSQL_HOST", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL")
OTHER = "or name another Python: PYTHON=python3.13 make local"


def configure(project: Project) -> str:
    """Set JupyterLab's variables, of which the shell's win over .env as in Compose; return where its tables are."""
    os.environ.update({name: value for name in NAMES if (value := project.value(name))})
    if "PIP_INDEX_URL" in os.environ:
        os.environ["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]
    # A library that JupySQL brings can report its use and ask for newer versions; here it may do neither.
    os.environ.update(PLOOMBER_STATS_ENABLED="false", PLOOMBER_VERSION_CHECK_DISABLED="true")
    os.environ.update(PATH=f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}", VIRTUAL_ENV=str(ENVIRONMENT))
    host = project.value("MYSQL_HOST") or "MYSQL_HOST, which .env leaves out"
    if host == "mysql" or project.value("DATABASE") == "sqlite":
        os.environ["DATABASE"] = "sqlite"
        return "in outputs/database.sqlite (a server of the stack would run in Docker)"
    if host.endswith((".docker.internal", ".containers.internal")):  # this machine, as a container calls it
        os.environ["MYSQL_HOST"] = host = "127.0.0.1"
    return f"on the server at {host}"


def install() -> None:
    """Make the environment, unless it is there, of these locks and this Python."""
    mark, locks = ENVIRONMENT / "stamp", [Path(name).read_text(encoding="utf-8") for name in LOCKS]
    stamp = "\n".join([sys.version, str(ROOT), *locks])
    found = mark.read_text(encoding="utf-8") if mark.is_file() else ""
    if found == stamp:
        return
    if ENVIRONMENT.exists() and not found:
        raise RefusedError(f"{ENVIRONMENT} is an environment of your own: move it away, and run this again")
    print(f"Making .venv {'anew, without what pip installed' if found else 'from the locks'}.", flush=True)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    ENVIRONMENT.mkdir()
    mark.write_text("unfinished", encoding="utf-8")
    python, packages = PROGRAMS / "python", sysconfig.get_path("purelib", "venv", {"base": str(ENVIRONMENT)})
    locked = ("--quiet", "--require-hashes", "--no-deps", "--requirement")
    commands: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", ENVIRONMENT],
        [python, "-m", "pip", "install", "--disable-pip-version-check", *locked, LOCKS[2]],
        [PROGRAMS / "uv", "pip", "install", "--python", ENVIRONMENT, *locked, LOCKS[0], "--requirement", LOCKS[1]],
        # Python warns of JupySQL's source when it compiles it, which would show in the first cell with `%sql`.
        [python, "-W", "ignore", "-m", "compileall", "-q", f"{packages}/sql"],
    ]
    for words in commands:
        if subprocess.run(words, check=False).returncode:  # noqa: S603 - no shell
            raise RefusedError(f".venv could not be made; the lines above say why; mend that, {OTHER}")
    Path(packages, "project.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    mark.write_text(stamp, encoding="utf-8")


def lab(project: Project) -> list[str]:
    """Return the command that starts JupyterLab, whose token is a variable, which no list of processes shows."""
    token, port = project.value("JUPYTER_TOKEN"), project.value("JUPYTER_PORT") or "8888"
    if not token:
        raise RefusedError("JUPYTER_TOKEN in .env is empty: give it a value, so that nobody else can use JupyterLab")
    if port != (free := free_port(project)):
        why = f"port {port} is not free (the project in Docker? make down)"
        raise RefusedError(f"{why}; or: JUPYTER_PORT={free} make local")
    options = ["--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if os.name == "posix" and os.geteuid() == 0:
        options.append("--allow-root")
        print("You are root, and so is every notebook: start this as another user where there is one.", flush=True)
    print(f"http://127.0.0.1:{port}/lab?token={token}", flush=True)
    return ["jupyter", "lab", *options, f"--ServerApp.root_dir={ROOT}"]


def main() -> None:
    """Make what is missing, then become JupyterLab or the command."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is this machine's Python, whatever the project asks for
        raise RefusedError(f"needs Python 3.11 or newer, and this is {sys.version.split()[0]}: install it, {OTHER}")
    os.chdir(ROOT)
    if not Path(".env").exists():
        print("\n".join(write_env(ROOT)))
    project = Project()
    where = configure(project)
    install()
    print(f"Tables are {where}.", flush=True)
    wanted = sys.argv[1:] or lab(project)
    if (program := shutil.which(wanted[0])) is None:
        raise RefusedError(f"there is no program {wanted[0]!r}, in the environment or on this machine")
    if os.name == "posix":  # become it, so that Ctrl+C is its own
        os.execv(program, [program, *wanted[1:]])  # noqa: S606 - no shell
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.run([program, *wanted[1:]], check=False).returncode)  # noqa: S603 - no shell


if __name__ == "__main__":
    command("local", main)
