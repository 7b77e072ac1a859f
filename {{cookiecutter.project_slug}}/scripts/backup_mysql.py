# ruff: noqa: ANN401, S608 - the connector ships no types; names are quoted
"""Connections to a MySQL or MariaDB server for backup and restore, and what there is in its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from backup_definitions import quote
from persistence.dialect import RESERVED
from persistence.errors import driver_error
from persistence.loading import literal
from persistence.server import LOCK_SECONDS, Server

TODO = "_unfinished_restore"
"""The table of what a restore has left to do. Its prefix is not the helper package's, which tidies up its own."""
SESSION = (
    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', SESSION time_zone = '+00:00',"
    f" SESSION foreign_key_checks = 0, SESSION lock_wait_timeout = {LOCK_SECONDS},"
    " SESSION net_write_timeout = 3600, SESSION net_read_timeout = 3600"
)
"""What is stored is read and written, whatever it is: an invalid date, a zero in an AUTO_INCREMENT column, and times as
they are in UTC. What the server would change says a warning, and each is an error here."""
CHANGED = (1050, 1146)
"""Errors of a statement whose tables somebody else made or removed meanwhile."""
OBJECTS = {
    "PROCEDURE": "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()"
    " AND routine_type = 'PROCEDURE' ORDER BY routine_name",
    "FUNCTION": "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()"
    " AND routine_type = 'FUNCTION' ORDER BY routine_name",
    "VIEW": "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY table_name",
    "TRIGGER": "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
    " ORDER BY event_object_table, action_timing, event_manipulation, action_order",
    "EVENT": "SELECT event_name FROM information_schema.events WHERE event_schema = DATABASE() ORDER BY event_name",
}
"""What there is beside tables, in the order in which it can be made again, with the query of its names."""


def run(connection: Connection, sql: str) -> Any:
    """Run a statement as it stands, in which a percent sign is one."""
    return connection.execution_options(no_parameters=True).exec_driver_sql(sql)


def rows_of(connection: Connection, sql: str) -> list[list[Any]]:
    """Return a catalogue's rows, in which texts may come as bytes."""
    return [[text(value) for value in row] for row in run(connection, sql)]


def text(value: Any) -> Any:
    """Return bytes as text, and anything else as it is."""
    return value.decode() if isinstance(value, (bytes, bytearray)) else value


def number_of(error: BaseException) -> int | None:
    """Return the server's number of an error."""
    number: int | None = getattr(driver_error(error), "errno", None)
    return number


@contextmanager
def connected(server: Server) -> Iterator[Connection]:
    """Open a connection on which values pass unchanged; it does not outlive an error."""
    with server.engine.connect() as connection:
        run(connection, SESSION)
        run(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.commit()
        try:
            yield connection
        except BaseException:
            connection.invalidate()
            raise


def present(connection: Connection) -> dict[str, str]:
    """Return the kind of each table and view by name, without those of the helper package's own."""
    sql = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
    return {name: kind for name, kind in sorted(rows_of(connection, sql)) if not name.startswith(RESERVED)}


def named(connection: Connection, start: str) -> dict[str, str]:
    """Return the kind of each table and view whose name begins so."""
    sql = (
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
        f" AND LEFT(table_name, {len(start)}) = {literal(start)} ORDER BY table_name"
    )
    return {name: kind for name, kind in rows_of(connection, sql)}


def drop(connection: Connection, start: str) -> None:
    """Drop the tables and views whose names begin so."""
    for name, kind in named(connection, start).items():
        run(connection, f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} IF EXISTS {quote(name)}")
