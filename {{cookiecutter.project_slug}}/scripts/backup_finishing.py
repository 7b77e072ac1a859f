# ruff: noqa: S608 - names are quoted
"""What is left of a restore once the new tables are in place: it may be interrupted, and done again."""

from __future__ import annotations

import json

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from backup_archive import Manifest
from backup_definitions import quote
from backup_mysql import OBJECTS, SESSION, TODO, connected, drop, present, rows_of, run
from persistence.errors import driver_error
from persistence.loading import literal
from persistence.server import Server

PASSING = {1021, 1114, 1205, 1213, 1317, 3024, 3675}
"""Errors after which the same statement may succeed: no space, a wait for others that was too long, an interruption."""


def unfinished(server: Server) -> Manifest | None:
    """Return what an interrupted restore has left to do."""
    with connected(server) as connection:
        if TODO not in present(connection):
            return None
        left: Manifest = json.loads(rows_of(connection, f"SELECT todo FROM {TODO}")[0][0])
        return left


def finish(server: Server, left: Manifest) -> list[str]:
    """Do what is left when the new tables are in place, for the first time or again.

    Returns:
        What the server refused to make, in its words.
    """
    with connected(server) as connection:
        drop(connection, left["token"])
        refused = [_constrain(connection, *constraint) for constraint in left["constraints"]]
        for kind in ("PROCEDURE", "FUNCTION", "EVENT"):  # triggers went with the old tables
            for (name,) in rows_of(connection, OBJECTS[kind]):
                run(connection, f"DROP {kind} {quote(name)}")
        return [*filter(None, refused), *_make(connection, left["objects"])]


def finished(server: Server) -> None:
    """Note that nothing is left to do."""
    with connected(server) as connection:
        run(connection, f"DROP TABLE IF EXISTS {TODO}")


def _constrain(connection: Connection, table: str, name: str, line: str) -> str:
    """Add a constraint that is not there yet; return what the server refused, or nothing."""
    if _has_constraint(connection, table, name):
        return ""
    try:
        run(connection, f"ALTER TABLE {quote(table)} ADD {line}")
    except DBAPIError as error:
        if _passes(error):
            raise
        return f"constraint {name} of {table}: {driver_error(error)}"
    return ""


def _passes(error: DBAPIError) -> bool:
    """Say whether what failed is to be done again later, as the whole restore is then."""
    return error.connection_invalidated or driver_error(error).errno in PASSING


def _has_constraint(connection: Connection, table: str, name: str) -> bool:
    bare = name[1:-1].replace("``", "`")
    sql = (
        "SELECT 1 FROM information_schema.table_constraints WHERE table_schema = DATABASE()"
        f" AND table_name = {literal(table)} AND constraint_name = {literal(bare)}"
    )
    return bool(rows_of(connection, sql))


def _make(connection: Connection, objects: list[Manifest]) -> list[str]:
    """Make routines, views, triggers and events; return what the server refused.

    One may need another that comes later, as views do: what fails is tried again as long as that helps.
    """
    waiting = objects
    while waiting:
        refused: list[tuple[Manifest, str]] = []
        for one in waiting:
            try:
                _make_one(connection, one)
            except DBAPIError as error:
                if _passes(error):
                    raise
                refused.append((one, f"{one['kind'].lower()} {one['name']}: {driver_error(error)}"))
        if len(refused) == len(waiting):
            return [words for _, words in refused]
        waiting = [one for one, _ in refused]
    return []


def _make_one(connection: Connection, one: Manifest) -> None:
    run(connection, f"DROP {one['kind']} IF EXISTS {quote(one['name'])}")
    for name in ("sql_mode", "time_zone"):
        if name in one:
            run(connection, f"SET SESSION {name} = {literal(one[name])}")
    try:
        run(connection, one["sql"])
    finally:
        run(connection, SESSION)
