"""`make backup`, `make restore` and `make verify-backup`: files in backups/, and the questions before data is replaced.

The work beside the database is done by backup_worker.py in the notebook's environment; this side streams the file to it
and from it, and reads a file to its end before anything is touched.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from backup_archive import Manifest, RefusedError, check
from make_env import parse
from project import MOUNTS, Project

PROJECT = Path(__file__).resolve().parents[1]
BACKUPS = PROJECT / "backups"
WORKER = "/home/jovyan/work/scripts"
COMPOSE = ("docker", "compose", "--progress", "quiet")
# What the first run of a command has started and looked after already.
STARTED = "--no-deps"
# The throw-away server of compose.yaml, with the credentials of the project's own.
THROW_AWAY = {"DATABASE": "mysql", "MYSQL_HOST": "verify", "MYSQL_PORT": "3306", "MYSQL_SSL_CA": ""}
FORGOTTEN_SECONDS = 3600
"""After which nobody writes to an unfinished file any more."""
USAGE = {
    "restore": "name the file: make restore FILE=backups/...",
    "verify": "name the file: make verify-backup FILE=backups/...",
}


def project_name() -> str:
    """Return the project's own name, the same in every clone."""
    return parse((PROJECT / ".env.example").read_text(encoding="utf-8"))["COMPOSE_PROJECT_NAME"]


def template_version() -> Any:  # noqa: ANN401 - as cruft notes it
    """Return the template and the commit that the project was made from, where cruft noted it."""
    noted = PROJECT / ".cruft.json"
    if not noted.is_file():
        return None
    known = json.loads(noted.read_text(encoding="utf-8"))
    return {name: known.get(name) for name in ("template", "commit", "checkout")}


def worker(
    command: str, request: Manifest, *options: str, backup: Path | None = None, out: IO[bytes] | None = None
) -> Any:  # noqa: ANN401 - JSON
    """Run a command of backup_worker.py and return its answer.

    Args:
        command: its name.
        request: what it reads first.
        options: more options of `docker compose run`.
        backup: the file that it reads then.
        out: where its output goes, which is no answer then.

    Raises:
        RefusedError: it failed; what it said is on standard error already.
    """
    live = ("--env", "PROGRESS=1") if sys.stderr.isatty() else ()
    mounted = ("--volume", f"{PROJECT / 'scripts'}:{WORKER}:ro", "--entrypoint", "python")
    called = ("run", "--rm", "-T", *live, *options, *mounted, "jupyter", "-B", f"{WORKER}/backup_worker.py", command)
    try:
        with subprocess.Popen(  # noqa: S603 - no shell
            [*COMPOSE, *called],
            cwd=PROJECT,
            env={**os.environ, "NOTEBOOKS_MODE": "rw"},  # read-only for notebooks, but not for a restore
            stdin=subprocess.PIPE,
            stdout=out or subprocess.PIPE,
        ) as process:
            send(process, request, backup)
            answer = process.stdout.read() if process.stdout else b""
    except FileNotFoundError:
        raise RefusedError("there is no command 'docker': the README says how to install it") from None
    if process.returncode != 0:
        raise RefusedError("")
    return None if out else json.loads(answer)


def send(process: subprocess.Popen[bytes], request: Manifest, backup: Path | None) -> None:
    """Write the request, and the file behind it, to a process that may end before it has read all."""
    assert process.stdin  # noqa: S101 - asked for
    try:
        with process.stdin as stdin:
            stdin.write(json.dumps(request).encode() + b"\n")
            if backup:
                with backup.open("rb") as file:
                    shutil.copyfileobj(file, stdin, 2**20)
    except BrokenPipeError:
        pass


def chosen(text: str) -> list[str]:
    """Return the folders that somebody asks for.

    Raises:
        RefusedError: one cannot be backed up.
    """
    for name in text.split():
        if name not in MOUNTS:
            raise RefusedError(f'WITH={name!r} is none of {", ".join(MOUNTS)}: make backup WITH="outputs data"')
    return sorted(set(text.split()))


def check_lasting(folders: list[str]) -> None:
    """Raise where a folder, or the one in which an SQLite file lies, is gone with each container.

    Raises:
        RefusedError: its variable in .env is empty, so that every container has a volume of its own.
    """
    project = Project(PROJECT)
    for name in [*folders, "outputs"] if project.value("DATABASE") == "sqlite" else folders:
        if not project.value(MOUNTS[name]):
            raise RefusedError(
                f"{name} is an anonymous volume, gone with its container ({MOUNTS[name]} in .env is empty): name a"
                f" volume or a folder, such as {MOUNTS[name]}={name}, which is kept"
            )


def backup() -> None:
    """Write a backup, whole or not at all."""
    folders = chosen(os.environ.get("WITH", ""))
    check_lasting(folders)
    BACKUPS.mkdir(mode=0o700, exist_ok=True)
    name = f"{project_name()}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.tar"
    draft, path = BACKUPS / f".{name}.part", BACKUPS / name
    for dead in BACKUPS.glob(".*.part"):
        if time.time() - dead.stat().st_mtime > FORGOTTEN_SECONDS:
            dead.unlink()
    about = {"project": project_name(), "template": template_version()}
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            worker("dump", {"about": about, "folders": folders}, out=file)
            os.fsync(file.fileno())
        manifest = check(draft)
        draft.rename(path)
    finally:
        if draft.exists():
            draft.unlink()
    print(f"Wrote {path.relative_to(PROJECT)}, {path.stat().st_size / 1e6:,.1f} MB: {contents(manifest)}.")


def product(manifest: Manifest) -> str:
    """Return which server a backup comes from, or which one is here."""
    if manifest["database"] == "sqlite":
        return "SQLite"
    return "MariaDB" if "MariaDB" in manifest["server"] else "MySQL"


def contents(manifest: Manifest) -> str:
    """Return in words what a backup holds."""
    tables = manifest["tables"]
    rows = sum(table["rows"] for table in tables)
    words = f"{len(tables)} tables with {rows:,} rows of {product(manifest)} {manifest['server']}"
    return "; ".join([words, *(f"{folder['name']} with {folder['files']:,} files" for folder in manifest["folders"])])


def sound(path: Path) -> Manifest:
    """Return a file's manifest once the file was read to its end.

    Raises:
        RefusedError: it is no backup, damaged, or another project's.
    """
    try:
        manifest = check(path)
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}") from error
    if manifest["project"] not in (project_name(), os.environ.get("FROM")):
        raise RefusedError(
            f"{path} is a backup of the project {manifest['project']!r}, not of {project_name()!r}. "
            f"If its data shall come here: make restore FILE={path} FROM={manifest['project']}"
        )
    return manifest


def agree(path: Path, manifest: Manifest, now: Manifest) -> None:
    """Ask before anything is replaced; YES=1 is an answer too.

    Raises:
        RefusedError: it does not fit here, or nobody agreed.
    """
    if manifest["database"] != now["database"]:
        raise RefusedError(
            f"{path} holds a database of {manifest['database']}, and DATABASE in .env says {now['database']}. "
            "Nothing was changed"
        )
    print(f"{path}, made {manifest['made']}: {contents(manifest)}.")
    if product(manifest) != product(now):
        print(
            f"It goes to {product(now)}: if that refuses a table, nothing is changed; what it refuses of foreign keys, "
            "checks, views and routines is named afterwards."
        )
    replaced = [f"the tables {', '.join(now['tables'])}"] if now["tables"] else []
    replaced += [f"all that is in {folder['name']}" for folder in manifest["folders"]]
    if not replaced or os.environ.get("YES") == "1":
        return
    question = f"This replaces {', and '.join(replaced)}."
    held = {one["name"] for one in (*manifest["tables"], *manifest.get("objects", ()))}
    if gone := [name for name in now["tables"] if name not in held]:
        question += f" Not in the backup, and gone afterwards: {', '.join(gone)}."
    if not sys.stdin.isatty():
        raise RefusedError(f"{question} Nothing was changed: say YES=1 if that is meant")
    if input(f"{question} Type yes to go on: ").strip().lower() not in ("y", "yes"):
        raise RefusedError("Nothing was changed")


def restore() -> None:
    """Replace the database, and the folders of the backup, by what a file holds."""
    if not os.environ.get("FILE"):
        if not worker("state", {})["unfinished"]:
            raise RefusedError(USAGE["restore"])
        report(worker("finish", {}, STARTED))
        print("The interrupted restore is finished.")
        return
    path = Path(os.environ["FILE"])
    manifest = sound(path)
    check_lasting([folder["name"] for folder in manifest["folders"]])
    agree(path, manifest, worker("state", {}))
    report(worker("restore", {"manifest": manifest}, STARTED, backup=path))
    print(f"Restored {path}.")


def report(refused: list[str]) -> None:
    """Say what could not be made.

    Raises:
        RefusedError: there is something.
    """
    if refused:
        raise RefusedError("\n".join(["The data is restored; the server refused to make:", *refused]))


def verify() -> None:
    """Restore a file into a throw-away server and compare all that is there with what was backed up."""
    if not os.environ.get("FILE"):
        raise RefusedError(USAGE["verify"])
    path = Path(os.environ["FILE"])
    manifest = sound(path)
    if manifest["database"] == "sqlite":
        said = worker("verify", {"manifest": manifest}, STARTED, "--env", "DATABASE=sqlite", backup=path)
    else:
        said = on_throw_away_server(manifest, path)
    if said:
        raise RefusedError("\n".join([f"{path} does not come back as it was:", *said]))
    print(f"{path} is sound, and came back as it was: {contents(manifest)}.")


def on_throw_away_server(manifest: Manifest, path: Path) -> Any:  # noqa: ANN401 - JSON
    """Return the differences that a server shows which is started for this, and goes with all it holds."""
    remove_server()  # what a killed one left
    try:
        started = [*COMPOSE, "--profile", "verify", "up", "--detach", "--wait", "--no-deps", "verify"]
        if subprocess.run(started, cwd=PROJECT, check=False).returncode != 0:  # noqa: S603 - no shell
            raise RefusedError("the server to verify with did not start")
        changed = [option for name, value in THROW_AWAY.items() for option in ("--env", f"{name}={value}")]
        return worker("verify", {"manifest": manifest}, STARTED, *changed, backup=path)
    finally:
        remove_server()


def remove_server() -> None:
    """Remove the throw-away server with its volume."""
    gone = [*COMPOSE, "--profile", "verify", "rm", "--stop", "--force", "--volumes", "verify"]
    subprocess.run(gone, cwd=PROJECT, check=False, capture_output=True)  # noqa: S603 - no shell


COMMANDS = {"backup": backup, "restore": restore, "verify": verify}

if __name__ == "__main__":
    try:
        COMMANDS[sys.argv[1]]()
    except RefusedError as error:
        sys.exit(f"make {sys.argv[1].replace('verify', 'verify-backup')}: {error}" if str(error) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
