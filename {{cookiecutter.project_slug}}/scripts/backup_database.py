# ruff: noqa: S608 - names are quoted
"""A MySQL or MariaDB database as parts of a backup, and back, by the server's own programs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import chain, takewhile

from backup_archive import Archive, Manifest, Writer
from project import RefusedError
from server import Server, Session, talk

DUMP = ("--single-transaction", "--no-tablespaces", "--hex-blob", "--max-allowed-packet=64M")
PART = "database.sql"
# What the dump program writes once its transaction has begun.
STARTED = re.compile(rb"-- (Table|Temporary|Dump)")
# How the tables begin in which the helper package works; they last as long as a save.
HIDDEN = "_persistence_"
DEFINER = re.compile(rb"^((?:/\*!\d+ )?(?:CREATE(?:\*/)? ?)?(?:/\*!\d+ )?)DEFINER ?= ?`(?:[^`]|``)*`@`(?:[^`]|``)*`")
SIGNED_ZERO = re.compile(rb"'(?:[^'\\]+|\\.)*'|(?<=[(,])-0(?=[,)])", re.DOTALL)
MODE = re.compile(rb"(?<=SQL_MODE='NO_AUTO_VALUE_ON_ZERO)(?=')")
# What a definition may or may not say of the same table: where it counts, a character set that its collation implies.
UNSTEADY = re.compile(r" AUTO_INCREMENT=\d+| CHARACTER SET \w+(?= COLLATE )")
OBJECTS = {
    "view": ("table_name", "table_schema", "view_definition"),
    "routine": ("routine_name", "routine_schema", "routine_type, routine_definition, sql_mode"),
    "trigger": ("trigger_name", "trigger_schema", "event_object_table, action_timing, action_statement, sql_mode"),
    "event": ("event_name", "event_schema", "event_definition, interval_value, interval_field, starts, status"),
}


def quote(name: str) -> str:
    """Return a name as a quoted identifier."""
    return "`" + name.replace("`", "``") + "`"


def unhex(text: str) -> str:
    """Return a name that was asked for in hexadecimal, since it may hold anything."""
    return bytes.fromhex(text).decode()


def tables(session: Session) -> list[str]:
    """Return the names of the tables.

    Raises:
        RefusedError: something is there of which a backup would not be whole.
    """
    sql = "SELECT HEX(table_name), table_type FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1"
    kinds = {unhex(name): kind for name, kind in session.ask(sql)}
    for name, kind in kinds.items():
        if kind not in ("BASE TABLE", "VIEW"):
            raise RefusedError(f"{name} is a {kind.lower()}, which 'make backup' cannot take: use the server's tools")
    return [name for name, kind in kinds.items() if kind == "BASE TABLE"]


def visible(names: list[str]) -> list[str]:
    """Return tables without those that a save works in."""
    return [name for name in names if not name.startswith(HIDDEN)]


def facts(session: Session, names: Iterable[str]) -> dict[str, Manifest]:
    """Return what tables that came back must have in common with those that were backed up."""
    found = {}
    for name in names:
        table = quote(name)
        asked = f"SELECT COUNT(*) FROM {table}; CHECKSUM TABLE {table}; SHOW CREATE TABLE {table}"
        rows, checksum, create = (answer[-1] for answer in session.ask(asked))
        definition = hashlib.sha256(UNSTEADY.sub("", create).encode()).hexdigest()
        found[name] = {"rows": int(rows), "checksum": checksum, "definition": definition}
    return found


def everything(session: Session) -> Manifest:
    """Return what is there of all that a backup holds."""
    found = facts(session, visible(tables(session)))
    return {"server": session.ask("SELECT VERSION()")[0][0], "tables": found, "objects": objects(session)}


def objects(session: Session) -> dict[str, str]:
    """Return a checksum of each view, routine, trigger and event, by kind and name."""
    own = "CONCAT('`', DATABASE(), '`.')"  # which a view's definition names, and its dump does not
    asked = [
        f"SELECT '{kind}', HEX({name}), SHA2(REPLACE(CONCAT_WS('/', {what}), {own}, ''), 256)"
        f" FROM information_schema.{kind}s WHERE {schema} = DATABASE()"
        for kind, (name, schema, what) in OBJECTS.items()
    ]
    return {f"{kind} {unhex(name)}": summed for kind, name, summed in session.ask(" UNION ALL ".join(asked))}


def differences(one: Manifest, other: Manifest) -> list[str]:
    """Return a line for each thing in which two databases differ, as far as the first says what it is.

    Another server, or version, has checksums and a way to write definitions of its own.
    """
    said, same = [], one["server"] == other["server"]
    for what in ("tables", "objects"):
        before, after = one[what], other[what]
        said += [f"{name} is not in the backup" for name in after.keys() - before.keys()]
        said += [f"{name} is not there" for name in before.keys() - after.keys()]
        for name in before.keys() & after.keys():
            if what == "tables":
                kinds = before[name] if same else ["rows"]
                wrong = [kind for kind in kinds if before[name][kind] != after[name].get(kind)]
                said += [f"{name} differs ({', '.join(wrong)})"] * bool(wrong)
            elif same and before[name] not in ("", after[name]):
                said.append(f"{name} differs")
    return sorted(said)


def dump(writer: Writer, server: Server) -> Manifest:
    """Write the database as it is at one moment, and return what there is.

    Until the end no table comes, goes or is replaced, which root may ask of a server. For the moment itself nobody
    writes: a second connection begins to read then, and the dump program. Then writing goes on.
    """
    with server.session() as lock, server.session() as snapshot:
        version = lock.ask("SELECT VERSION()")[0][0]
        mariadb, root = "MariaDB" in version, server.user == "root"
        lock.ask("SET SESSION lock_wait_timeout = 60")
        if root:
            snapshot.ask("BACKUP STAGE START; BACKUP STAGE BLOCK_DDL" if mariadb else "LOCK INSTANCE FOR BACKUP")
            lock.ask("FLUSH TABLES WITH READ LOCK")
        names = tables(lock)
        if names and not root:
            lock.ask(f"LOCK TABLES {', '.join(f'{quote(name)} READ' for name in names)}")
            if tables(lock) != names:
                raise RefusedError("tables come and go meanwhile: run it again when nobody makes new ones")
        made = objects(lock)
        snapshot.ask("SET time_zone = '+00:00'")
        snapshot.ask("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        snapshot.ask("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        gtid = () if mariadb else ("--set-gtid-purged=OFF",)
        schema = server.project.value("MYSQL_DATABASE")
        left = [f"--ignore-table={schema}.{name}" for name in names if name not in visible(names)]
        process = server.popen("dump", *DUMP, *gtid, "--routines", "--events", *left, schema)
        lines = talk(process, "the server's dump program", lines=True)
        begun = list(takewhile(lambda line: not STARTED.match(line), lines))
        lock.ask("UNLOCK TABLES")
        writer.add(PART, portable(chain(begun, lines)))
        floats = "SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        for (name,) in lock.ask(f"{floats} AND data_type = 'float' GROUP BY 1"):
            print(
                f"The FLOAT columns of {name} keep six digits: the server's dump program writes no more (DOUBLE: all)."
            )
        return {"server": version, "tables": facts(snapshot, visible(names)), "objects": made}


def portable(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a dump that anybody may load anywhere, without what it would change.

    Views, routines, triggers and events belong to whoever loads them; invalid dates are taken as they are; a zero keeps
    its sign, which a server reads of `-0e0` and not of `-0`.
    """
    for line in lines:
        if line.startswith(b"INSERT"):
            signed = b",-0," in line or b"(-0" in line or b",-0)" in line
            yield SIGNED_ZERO.sub(lambda one: one[0] + b"e0" * (one[0] == b"-0"), line) if signed else line
        elif line.startswith((b"/*!", b"CREATE")):
            yield MODE.sub(b",ALLOW_INVALID_DATES", DEFINER.sub(rb"\1", line, count=1))
        else:
            yield line


def load(server: Server, archive: Archive) -> None:
    """Give a server what a backup holds, with the rights of the project's user; the client's own commands are off."""
    process = server.popen("sql", "--binary-mode", "--local-infile=0", server.project.value("MYSQL_DATABASE"))
    for _ in talk(process, f"{archive.path} cannot be loaded", archive.read(PART)):
        pass


def replaced(server: Server, archive: Archive) -> list[str]:
    """Drop all that is in the database and load a backup; return in what it is not as it was."""
    with server.session() as session:
        session.ask("SET foreign_key_checks = 0")
        for name in objects(session):
            kind, _, bare = name.partition(" ")
            for dropped in {"routine": ("PROCEDURE", "FUNCTION"), "trigger": ()}.get(kind, (kind.upper(),)):
                session.ask(f"DROP {dropped} IF EXISTS {quote(bare)}")
        for name in tables(session):
            session.ask(f"DROP TABLE IF EXISTS {quote(name)}")
        load(server, archive)
        return differences(archive.manifest, everything(session))
