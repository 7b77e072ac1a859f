"""`make backup`, `make restore` and `make verify-backup`: files in backups/, and the questions before data is replaced.

The server's own programs read and write its tables, backup_files.py the folders. A restore builds a new volume beside
the old one; a line of .env makes it the project's.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import backup_database as database
import server
from backup_archive import Archive, Manifest, Writer
from make_env import parse
from project import BEFORE, MOUNTS, SERVER, VOLUME, Project, RefusedError, command, draft
from server import LEFT, NOTE, Server, alone, aside, compose, elsewhere, remove, running, server_of, start

HELPER = Path(__file__).with_name("backup_files.py").read_text(encoding="utf-8")
# Nobody needs this volume if its server is killed, so it need not survive that.
HURRY = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")
UNKNOWN = "whatever is in it"
SQLITE, STAMP = "database.sqlite", "%Y%m%dT%H%M%SZ"
STAMPED = "[0-9]" * 8 + "T" + "[0-9]" * 6 + "Z"


def project_name(project: Project) -> str:
    """Return the project's own name, the same in every clone."""
    return parse((project.folder / ".env.example").read_text(encoding="utf-8"))["COMPOSE_PROJECT_NAME"]


def helper(
    project: Project, action: str, folder: str = "", chunks: Iterable[bytes] = ()
) -> Generator[bytes, None, str]:
    """Have backup_files.py do something with what it reads, without a folder nowhere; yield and return what it says.

    It runs as the notebook's user, in a container that is none of the service's: `docker compose exec`, for which
    people have the notebook, takes the newest of those.
    """
    compose(project, "up", "--no-start", "--no-deps", "--no-recreate", "jupyter")  # the image, and the volumes
    known = json.loads(compose(project, "config", "--format", "json"))
    service = known["services"]["jupyter"]
    options = ["--rm", "--interactive", f"--name={project.name}-files", "--entrypoint=python", "--network=none"]
    options += ["--cap-drop=ALL", "--security-opt=no-new-privileges:true", f"--user={service['user']}"]
    options += ["--log-driver=none", f"--memory={service.get('mem_limit', 0)}"]
    options += [f"--group-add={group}" for group in service["group_add"]]
    for mount in service["volumes"] if folder else ():
        if "source" in mount and f"{mount['target']}/".startswith(f"/home/jovyan/work/{folder}/"):  # or lies below
            source = known["volumes"][mount["source"]]["name"] if mount["type"] == "volume" else mount["source"]
            source = source.replace("$$", "$").replace('"', '""')  # as compose writes it, and as docker reads it
            options.append(f'--mount=type={mount["type"]},"source={source}",target={mount["target"]}')
    called = ("docker", "run", *options, service["image"], "-IBc", HELPER, action, folder)
    process = subprocess.Popen(called, cwd=project.folder, **server.PIPES)  # noqa: S603
    return server.talk(process, folder or "the backup", chunks)


def do(project: Project, action: str, folder: str = "", chunks: Iterable[bytes] = ()) -> Any:  # noqa: ANN401 - JSON
    """Have backup_files.py do something; return its answer, if it has one."""
    return json.loads(b"".join(helper(project, action, folder, chunks)) or b"null")


def check_lasting(project: Project, folders: Iterable[str]) -> None:
    """Raise where a folder, or the one in which an SQLite file lies, is gone with each container."""
    for name in [*folders, "outputs"] if project.value("DATABASE") == "sqlite" else folders:
        if name not in MOUNTS:
            raise RefusedError(f'{name!r} is none of {", ".join(MOUNTS)}: make backup WITH="outputs data"')
        if not (SERVER or project.value(MOUNTS[name])):
            raise RefusedError(
                f"{name} is an anonymous volume, gone with its container ({MOUNTS[name]} in .env is empty): name a"
                f" volume or a folder, such as {MOUNTS[name]}={name}, which is kept"
            )


@contextlib.contextmanager
def own_server(project: Project) -> Any:  # noqa: ANN401 - a context
    """Yield the project's server: the stack's, started if need be, or the one elsewhere."""
    if not project.has_server:
        with elsewhere(project) as one:
            yield one.wait()
    else:
        container = server_of(project)
        root = Server.of(project, container, root=True).wait()
        yield Server.of(project, container) if root.refusal() else root


def sqlite(project: Project, about: Manifest) -> Iterator[bytes]:
    """Yield the SQLite file, and note what is in it."""
    about.update(json.loads((yield from helper(project, "dump", "outputs"))))


def files(project: Project) -> list[Path]:
    """Return this project's files in backups/, by their names, the newest first."""
    pattern = f"{glob.escape(project_name(project))}-{STAMPED}.zip"
    return sorted((project.folder / "backups").glob(pattern), reverse=True)


def kept() -> int:
    """Return how many files are to be there after a backup; 0 where KEEP says nothing, and all are."""
    if not re.fullmatch("([1-9][0-9]{0,5})?", typed := os.environ.get("KEEP", "")):
        raise RefusedError(f"KEEP={typed!r} is no number of files: KEEP=14 keeps the newest 14")
    return int(typed or 0)


def backup(project: Project) -> None:
    """Write a backup, whole or not at all; then remove the oldest, if so many are not to be kept."""
    folders, name, most = sorted(set(os.environ.get("WITH", "").split())), project_name(project), kept()
    check_lasting(project, folders)
    place = project.folder / "backups"
    place.mkdir(mode=0o700, exist_ok=True)
    path, part = place / time.strftime(f"{name}-{STAMP}.zip", time.gmtime()), place / ".part"
    part.unlink(missing_ok=True)  # what a killed one left
    part.touch(mode=0o600)
    about: Manifest = {"project": name, "database": project.value("DATABASE")}
    about["made"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        with Writer(part) as writer:
            if about["database"] == "sqlite":
                writer.add(SQLITE, sqlite(project, about))
            else:
                with own_server(project) as one:
                    about.update(database.dump(writer, one))
            for folder in folders:
                writer.add(f"folders/{folder}.tar", helper(project, "pack", folder))
            writer.finish(about)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        archive = Archive(part)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    print(f"Wrote {path.relative_to(project.folder)}, {path.stat().st_size / 1e6:,.1f} MB: {contents(archive)}.")
    for old in [one for one in files(project) if one != path][most - 1 :] if most else []:
        old.unlink()
        print(f"Removed {old.relative_to(project.folder)}, since KEEP={most}.")


def contents(archive: Archive) -> str:
    """Return in words what a backup holds."""
    known = archive.manifest
    rows = sum(table["rows"] for table in known["tables"].values())
    product = "SQLite" if archive.is_sqlite else "MariaDB" if "MariaDB" in known["server"] else "MySQL"
    words = f"{len(known['tables'])} tables with {rows:,} rows of {product} {known['server']}".rstrip()
    return "; ".join([words, *archive.folders])


def given(project: Project, target: str, *without: Path) -> Archive:
    """Return the backup that somebody names, or another one, read to its end; refused if damaged or a foreign one."""
    if not (paths := [Path(os.environ["FILE"])] if os.environ.get("FILE") else [*without]):
        raise RefusedError(f"name the file: make {target} FILE=backups/...")
    archive, own = Archive(paths[0]), project_name(project)
    theirs = archive.manifest["project"]
    if theirs not in (own, os.environ.get("FROM")):
        raise RefusedError(
            f"{archive.path} is a backup of the project {theirs!r}, not of {own!r}. "
            f"If its data shall come here: make {target} FILE={archive.path} FROM={theirs}"
        )
    check_lasting(project, archive.folders)
    return archive


def names_in(known: Manifest) -> list[str]:
    """Return the names of tables and views."""
    return [*known["tables"], *(name[len("view ") :] for name in known["objects"] if name.startswith("view "))]


def present(project: Project) -> tuple[list[str], str]:
    """Return which tables and views there are, and what else is to be known before they are replaced."""
    if project.value("DATABASE") == "sqlite":
        return names_in(do(project, "look", "outputs")), ""
    if project.has_server and not project.inspect("volume", volume_of(project)):
        return [], ""
    try:
        with own_server(project) as one, one.session() as session:
            found = names_in({"tables": database.tables(session), "objects": database.objects(session)})
    except RefusedError as error:
        return [UNKNOWN], f" Its server cannot be asked: {error}."
    return found, "" if project.has_server else " On a server elsewhere that is not all or nothing: run it again then."


def agree(project: Project, archive: Archive) -> None:
    """Ask before anything is replaced; YES=1 is an answer too. Refused if it does not fit here, or nobody agreed."""
    known, here = archive.manifest, project.value("DATABASE")
    if known["database"] != here:
        raise RefusedError(
            f"{archive.path} holds a database of {known['database']}, and DATABASE in .env says {here}."
            " Nothing was changed"
        )
    print(f"{archive.path}, made {known['made']}: {contents(archive)}.")
    if os.environ.get("YES") == "1":
        return
    now, more = present(project)
    replaced = [f"the tables {', '.join(now)}"] * bool(now) + [f"all that is in {name}" for name in archive.folders]
    if not replaced:
        return
    question = f"This replaces {', and '.join(replaced)}.{more}"
    if gone := [name for name in now if name not in (UNKNOWN, *names_in(known))]:
        question += f" Not in the backup, and gone afterwards: {', '.join(gone)}."
    if not sys.stdin.isatty():
        raise RefusedError(f"{question} Nothing was changed: say YES=1 if that is meant")
    if input(f"{question} Type yes to go on: ").strip().lower() not in ("y", "yes"):
        raise RefusedError("Nothing was changed")


def volume_of(project: Project, value: str = "") -> str:
    """Return the engine's name of a volume, without a value of the project's."""
    return f"{project.name}_{value or project.value(VOLUME)}"


def replaced_by(project: Project, value: str) -> str:
    """Return the volume whose place another took; nothing where it was the first, or is gone."""
    known = project.inspect("volume", volume_of(project, value)) if value else []
    return str((known[0]["Labels"] or {}).get(BEFORE, "")) if known else ""


def sweep(project: Project) -> None:
    """Remove the volume that was left by a killed restore, or by a step back, unless .env has come to name it."""
    left = project.folder / LEFT
    if left.exists() and (value := left.read_text(encoding="utf-8")) != project.value(VOLUME):
        project.docker("volume", "rm", "--force", volume_of(project, value))
    left.unlink(missing_ok=True)


def placed(archive: Archive) -> list[tuple[str, str, str, str]]:
    """Return what goes into folders: the folder, the part, what unpacks it beside, what puts it in its place."""
    found = [(folder, part, "unpack", "swap") for folder, part in archive.folders.items()]
    return [("outputs", SQLITE, "stage", "load")] * archive.is_sqlite + found


def built(project: Project, archive: Archive, stays: bool) -> tuple[str, list[str]]:
    """Build all that a backup holds beside what is there; return the volume, if one stays, and what is not as it was.

    If nothing is to stay, folders are unpacked nowhere. Nothing is left where it is refused.
    """
    said, parts = list[str](), placed(archive)
    try:
        for folder, part, beside, _ in parts:
            if found := do(project, beside, folder if stays else "", archive.read(part)):
                said = database.differences(archive.manifest, found)
        return ("", said) if archive.is_sqlite else loaded(project, archive, stays and project.has_server)
    except BaseException:
        for folder in {folder for folder, *_ in parts if stays}:
            with contextlib.suppress(RefusedError):
                do(project, "forget", folder)
        raise


def loaded(project: Project, archive: Archive, stays: bool) -> tuple[str, list[str]]:
    """Load a backup into a server on a new volume; return the volume, if it stays, and what is not as it was."""
    value, whole = time.strftime(f"mysql-{STAMP}", time.gmtime()) if stays else "verify", False
    if stays:
        sweep(project)
        (project.folder / LEFT).write_text(value, encoding="utf-8")
    labels = [f"com.docker.compose.project={project.name}", "com.docker.compose.volume=mysql"]
    labels += [f"{BEFORE}={project.value(VOLUME)}"] * stays
    project.docker("volume", "rm", "--force", volume_of(project, value))  # what a killed proof left
    project.run("volume", "create", *(f"--label={one}" for one in labels), volume_of(project, value))
    try:
        with aside(project, *HURRY, **{VOLUME: value}) as container:
            root, user = Server.of(project, container, root=True).wait(), Server.of(project, container)
            with root.session() as session:
                mysql = "MariaDB" not in session.ask("SELECT VERSION()")[0][0]
                session.ask("ALTER INSTANCE DISABLE INNODB REDO_LOG" if mysql else "DO 0")
                database.load(user, archive)
                found = database.everything(session)
                session.ask("ALTER INSTANCE ENABLE INNODB REDO_LOG" if mysql else "DO 0")
            if lost := archive.manifest["tables"].keys() - found["tables"].keys():
                raise RefusedError(f"{archive.path} does not hold {', '.join(lost)}. Nothing was changed")
            if root.refusal() or user.refusal():
                raise RefusedError(
                    f"{archive.path} changes the server's passwords: do not trust it. Nothing was changed"
                )
        whole = stays
        return value if stays else "", database.differences(archive.manifest, found)
    finally:
        if not whole:
            project.docker("volume", "rm", "--force", volume_of(project, value))


def restore(project: Project) -> None:
    """Replace the database, and the folders of the backup, by what a file holds; or finish what was interrupted."""
    if project.has_server:
        project.write(**{VOLUME: project.value(VOLUME)})  # says now what would stop it in the end
    if (project.folder / NOTE).exists():
        finish(project)
        return print("The interrupted restore is finished.")
    if os.environ.get("BACK") == "1":
        return back(project)
    archive, before = given(project, "restore"), volume_of(project)
    agree(project, archive)
    value, said = built(project, archive, stays=True)
    if not project.has_server and not archive.is_sqlite:
        with elsewhere(project) as one:
            said = database.replaced(one.wait(), archive)
    put(project, value, [(last, folder) for folder, *_, last in placed(archive)])
    print(f"Restored {archive.path}.")
    if value and project.inspect("volume", before):
        print(f"What was there before is in the volume {before}: make restore BACK=1 returns to it.")
    if said:
        raise RefusedError("\n".join(["The data is restored, but not all of it is as it was:", *said]))


def put(project: Project, value: str, steps: list[tuple[str, str]]) -> None:
    """Put in place what was built: a volume, if it has a name, and what backup_files.py has to do in folders."""
    note = {"volume": value, "ran": "mysql" in running(project), "steps": steps}
    draft(project.folder / f"{NOTE}.new", json.dumps(note), project.env).replace(project.folder / NOTE)
    finish(project)


def finish(project: Project) -> None:
    """Do what is noted. The volume of before stays; the one before that goes."""
    note = project.folder / NOTE
    left = json.loads(note.read_text(encoding="utf-8"))
    if value := left["volume"]:
        if not project.inspect("volume", volume_of(project, value)):
            raise RefusedError(f"the volume {volume_of(project, value)} is gone: rm {NOTE}, and begin anew")
        remove(project, "mysql")  # first, or a notebook would go on writing to the old one
        project.write(**{VOLUME: value})
        (project.folder / LEFT).unlink(missing_ok=True)
        if last := replaced_by(project, replaced_by(project, value)):
            project.docker("volume", "rm", "--force", volume_of(project, last))
        start(project, *["mysql"] * left["ran"])
    for action, folder in left["steps"]:
        do(project, action, folder)
    note.unlink()


def back(project: Project) -> None:
    """Return to the volume that was the project's before the last restore, with the passwords that .env has now."""
    last = project.value(VOLUME)
    value = replaced_by(project, last)
    if not value or not project.inspect("volume", volume_of(project, value)):
        raise RefusedError(f"there is no volume of before the last restore ({volume_of(project)} is the only one)")
    server.impose(project, project.value("MYSQL_PASSWORD"), project.value("MYSQL_ROOT_PASSWORD"), **{VOLUME: value})
    put(project, value, [])
    (project.folder / LEFT).write_text(last, encoding="utf-8")
    print(f"{volume_of(project)} is the project's again; {volume_of(project, last)} goes with the next restore.")


def verify(project: Project) -> None:
    """Restore a file, the newest if none is named, into a throw-away server and compare all with what was backed up."""
    archive = given(project, "verify-backup", *files(project)[:1])
    if said := built(project, archive, stays=False)[1]:
        raise RefusedError("\n".join([f"{archive.path} does not come back as it was:", *said]))
    print(f"{archive.path} is sound, and came back as it was: {contents(archive)}.")


def main(action: str) -> None:
    """Do one of the three, alone."""
    project, named = Project(), any(os.environ.get(name) for name in ("FILE", "BACK"))
    with alone(project, finishes=action == "restore" and not named):
        {"backup": backup, "restore": restore, "verify": verify}[action](project)


if __name__ == "__main__":
    command(sys.argv[1].replace("verify", "verify-backup"), lambda: main(sys.argv[1]))
