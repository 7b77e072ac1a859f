# ruff: noqa: ANN401, S608 - values of every type; names are quoted by `quote`, values bound
"""A MySQL or MariaDB server: reaching it, its tables, its rows. Nothing else in the package knows which one answers.

What SQL cannot say about a column stands in the column's comment. DDL commits at once on MySQL, so a new table is built
under a name of this package's own and takes its place by RENAME TABLE, which is atomic. The name is locked while its
writer lives (GET_LOCK); tables whose writer died are removed by the next one.

Rows go in as delimited text by LOAD DATA LOCAL INFILE, without a file: the connection answers the server's request from
memory, and any other one with nothing. While one piece is loaded, the next is encoded.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np
import pyarrow as pa
from mysql.connector import Error, FieldType, InterfaceError
from mysql.connector.connection import MySQLConnection
from mysql.connector.constants import ClientFlag
from pyarrow import csv
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from persistence import errors, reader
from persistence.errors import ConnectionFailedError, DatabaseError, PersistenceError, UnsupportedValueError, UsageError
from persistence.geometry import noted_srid
from persistence.rows import NOTE_LIMIT, Result, from_driver, noted, regrouped, run
from persistence.settings import Settings
from persistence.types import BY_SQL_TYPE, KIND, MAX_VARCHAR, RESERVED, TEXT_LADDER, Column, Target, own_name, quoted

UNPREPARED, DENIED, EXISTS, MISSING = 1295, 1142, 1050, 1146
"""Errors of a statement that cannot be prepared; of one that the user may not run; of RENAME TABLE when another writer
has made the table meanwhile, or has removed it."""
NO_FILES = (1148, 2068, 3948, 4166)
"""Errors of a server, or of a client's library, that does not load local files."""
COLLISIONS, ATTEMPTS = (1213, 1020), 10
"""The errors of a statement that another writer's got in the way of (1020: of MariaDB, whose transactions change no row
that is newer than what they see), and how often such a one is tried."""
TLS_VERSIONS = ["TLSv1.2", "TLSv1.3"]
"""Named, because the pure-Python connector otherwise asks more of a certificate than MySQL's own tools give it."""
SESSION = (
    "SET NAMES utf8mb4, SESSION sql_mode = CONCAT(REPLACE(REPLACE(@@sql_mode,"
    " 'NO_BACKSLASH_ESCAPES', ''), 'EMPTY_STRING_IS_NULL', ''), ',STRICT_ALL_TABLES'), SESSION lock_wait_timeout = 300"
)
"""What holds on every connection, whatever the server's defaults are.

Texts in SQL get the server's own collation for UTF-8. The connector escapes bound values with backslashes; no value is
shortened, rounded or taken for NULL. A statement waits five minutes for others to end their transactions on the table;
the server's default is a year.
"""
log = logging.getLogger("persistence")
quote = partial(quoted, "`")

# --- Reaching a server ----------------------------------------------------------------------------------------------


class Wire(MySQLConnection):
    """The connector's connection in pure Python, of which `reader` takes the socket.

    Attributes:
        needs_tls: whether nothing is said to a server that does not encrypt.
        rows: what the next LOAD DATA LOCAL INFILE gets.
    """

    needs_tls = False
    rows: Any = None
    cmd_query = reader.understood()(MySQLConnection.cmd_query)
    get_rows = reader.understood()(MySQLConnection.get_rows)

    def _do_handshake(self) -> None:
        """Read the server's greeting; the password comes after it, and after TLS where both can."""
        super()._do_handshake()
        if self.needs_tls and not self._client_flags & ClientFlag.SSL:
            raise InterfaceError("the server doesn't support TLS")

    def _handle_load_data_infile(self, filename: str, *timeouts: Any, **named: Any) -> Any:
        """Answer a request for a file with the rows that are to be loaded, whatever name the server says."""
        data, self.rows = self.rows or pa.BufferReader(b""), None
        return self._handle_ok(self._send_data(data, True, *timeouts, **named))


class Watched:
    """A socket that, when the other side has been silent for some seconds, has it asked whether it is still there.

    How long a server takes for an answer does not matter, as long as it is there.

    Attributes:
        ahead: what was received already, and is received once more.
    """

    def __init__(self, sock: Any, seconds: float, is_there: Callable[[], bool]) -> None:
        """Watch an open socket."""
        self.ahead, self._sock, self._is_there = bytearray(), sock, is_there
        sock.settimeout(seconds)
        OPEN.add(self)

    def __getattr__(self, name: str) -> Any:
        """Do all else as the socket does it."""
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Leave the time as it is: the connector has no other for statements."""

    def recv_into(self, view: memoryview, size: int = 0) -> int:
        """Receive what there is."""
        if taken := min(len(self.ahead), size or len(view)):
            view[:taken] = self.ahead[:taken]
            del self.ahead[:taken]
            return taken
        return self._patiently(self._sock.recv_into, view, size)

    def sendall(self, data: Any) -> None:
        """Send everything."""
        view = memoryview(data)
        while view:
            view = view[self._patiently(self._sock.send, view) :]

    def _patiently(self, act: Callable[..., int], *arguments: Any) -> int:
        while True:
            try:
                return act(*arguments)
            except TimeoutError:
                if not self._is_there():
                    raise ConnectionResetError("the network no longer answers") from None


OPEN: WeakSet[Watched] = WeakSet()
"""The sockets of this process."""


def _leave_to_parent() -> None:
    """Close a forked process's copies of the sockets, over which it would get the parent's answers."""
    for sock in list(OPEN):
        sock.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def is_container() -> bool:
    """Say whether this process runs in a container (Docker's and Podman's marks)."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def _told(error: BaseException) -> tuple[int | None, str]:
    """Return the server's number and words of an error, before some of which the connector puts its own."""
    cause = errors.driver_error(error)
    cause = cause.__cause__ if isinstance(cause.__cause__, Error) else cause
    return getattr(cause, "errno", None), " ".join(str(getattr(cause, "msg", None) or cause).split())


def _retried(connection: Connection, act: Callable[[], object]) -> None:
    """Do what another writer's collision undoes, and again where there was one.

    Any error ends the transaction at once: what it has locked, others would wait for.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            act()
            return
        except (DBAPIError, PersistenceError) as error:
            with suppress(DBAPIError):
                connection.rollback()
            if not left or _told(error)[0] not in COLLISIONS:
                raise


# --- The two servers ------------------------------------------------------------------------------------------------


class Product(NamedTuple):
    """What each of the two servers that speak MySQL's protocol has of its own."""

    name: str
    collation: str  # by which every two texts differ, in case, accents and spaces at the end too
    srid: str  # stands between GEOMETRY and the SRID in a column's definition
    srids: str  # the query for a table's columns of geometry that have an SRID, each with it
    knows_srid: str  # the query that returns a row where the server takes an SRID
    axis_order: str  # the argument with which geometry is x before y, where the server would ask the SRID's authority
    least_varchar: (
        int  # of a VARCHAR that counts 40 bytes in a row, however long its texts are; shorter ones count whole
    )


MYSQL = Product(
    *("MySQL", "utf8mb4_0900_bin", " SRID "),
    "SELECT column_name, srs_id FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND table_name = %s AND srs_id IS NOT NULL",
    "SELECT 1 FROM information_schema.st_spatial_reference_systems WHERE srs_id = %s",
    axis_order=", 'axis-order=long-lat'",
    least_varchar=0,
)
# MariaDB documentation, "GEOMETRY Types": it compares no coordinates with an SRID, so any number will do.
# "Troubleshooting Row Size Too Large Errors with InnoDB": what has at most 255 bytes, four for each character, never
# leaves the row's page.
MARIADB = Product(
    *("MariaDB", "utf8mb4_nopad_bin", " REF_SYSTEM_ID="),
    "SELECT g_geometry_column, srid FROM information_schema.geometry_columns"
    " WHERE g_table_schema = DATABASE() AND g_table_name = %s AND srid <> 0",
    knows_srid="SELECT %s",
    axis_order="",
    least_varchar=64,
)
OBSTACLES = (
    (
        ("append", "upsert"),
        "SELECT engine FROM information_schema.tables NATURAL JOIN information_schema.engines"
        " WHERE table_schema = DATABASE() AND table_name = %s AND transactions <> 'YES'",
        "table {table!r} is stored by {0}, which would keep a part of the rows after an error; run ALTER TABLE ..."
        " ENGINE = InnoDB on it first",
    ),
    (
        ("upsert",),
        "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
        " AND table_name = %s AND non_unique = 0 AND index_name <> 'PRIMARY'",
        "table {table!r} has the unique index {0!r} beside its key, by which MySQL would overwrite other rows; drop"
        ' that index, or save new rows with if_exists="append"',
    ),
    (
        ("replace",),
        "SELECT table_name, constraint_name FROM information_schema.key_column_usage"
        " WHERE referenced_table_schema = DATABASE() AND referenced_table_name = %s"
        " AND (table_schema, table_name) <> (referenced_table_schema, referenced_table_name)",
        "the foreign key {1!r} of table {0!r} names {table!r}, which is not replaced therefore; drop the key first, or"
        ' save with if_exists="upsert"',
    ),
)
"""Why rows are not saved in some ways: the ways, the query that finds such a thing, and the message."""
COLUMNS = (
    "SELECT column_name, CONVERT(CONCAT(column_type, IF(character_set_name <> 'utf8mb4',"
    " CONCAT(' CHARACTER SET ', character_set_name), '')) USING utf8mb4), column_comment, character_maximum_length,"
    " numeric_precision, numeric_scale, is_nullable = 'NO' AND NOT INSTR(extra, 'auto_increment'), is_nullable = 'YES'"
    " OR column_default IS NOT NULL OR INSTR(extra, 'auto_increment') OR INSTR(extra, ' GENERATED'),"
    " INSTR(extra, ' GENERATED') > 0 FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position"
)
TEXT_SIZE = next(size for size, sql in TEXT_LADDER if sql == "TEXT")
ROW = f"{RESERVED}row"
"""The invisible primary key of a table without a key: the number of the row, in which order rows are read."""
SPATIAL_RATE = 5_000
"""Rows a second, as measured, of which MySQL indexes the places on the globe; without an EPSG code it is six times."""
ROW_BYTES, PAGE_BYTES = 40_000, 4_000
"""Of a row's 65,535 bytes, what VARCHAR columns may take, else text goes to TEXT columns; of the some 8,100 bytes that
a row may take in its page, what short VARCHAR columns may."""
EXACT = re.compile(
    r"(((tiny|small|big)?int|integer)\b.*|double|date|(datetime|time)\(6\)|decimal\(\d+,\d+\)|varchar\(\d+\)"
    r"|(tiny|medium|long)?(text|blob)|varbinary\(\d+\)|json|geometry( .*)?|)$"
)
"""SQL types that hold what is sent to them as it is; that of a column to be made is none yet."""
FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*.*?\*/)*([a-z]+)", re.IGNORECASE | re.DOTALL)
READS = (
    *("ANALYZE", "CALL", "CHECK", "CHECKSUM", "DESC", "DESCRIBE", "EXECUTE", "EXPLAIN", "HELP", "OPTIMIZE", "REPAIR"),
    *("SHOW", "XA"),
)
"""The first words of statements that may return rows though the server does not say so beforehand."""
GIVEN = {FieldType.GEOMETRY: "geometry", FieldType.DECIMAL: "decimal", FieldType.NEWDECIMAL: "decimal"}
"""The kinds of a result's columns of which the type says more than the values."""


def literal(text: str) -> str:
    """Return text as a string of SQL, in which backslashes escape on every connection."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class MySQL:
    """A MySQL server, 8.4 or later, or a MariaDB server, 10.11 or later."""

    failures = (DBAPIError, Error)
    quote = staticmethod(quote)
    takes_files = True
    exact = EXACT

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the first connection waits for a server that is starting."""
        self.settings = settings
        # A third each: until the server is asked, until it answers, and until a new connection is there.
        self._patience, self._is_silent = max(1, round(settings.timeout / 3)), False
        options: dict[str, Any] = {
            "charset": "utf8mb4",
            "collation": "utf8mb4_general_ci",  # for the beginning; one that every server knows
            **dict.fromkeys(("connection_timeout", "read_timeout", "write_timeout"), self._patience),
            "allow_local_infile": True,  # of `Wire`, which has no other file to give than rows
        }
        if settings.ca:
            options |= {"ssl_ca": str(settings.ca), "ssl_verify_cert": True, "ssl_verify_identity": True}
            options["tls_versions"] = TLS_VERSIONS
        account = (settings.user, settings.password, settings.host, settings.port, settings.name)
        self.engine = create_engine(
            URL.create("mysql+mysqlconnector", *account),
            connect_args=options,
            pool_pre_ping=True,
            max_overflow=-1,  # the server has a limit of its own, which it tells
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", self._connect)

    def _connect(self, dialect: Any, record: object, args: Any, options: dict[str, Any]) -> Wire:
        """Connect, waiting for a server that is starting; while one of the stack restarts, its name is unknown."""
        deadline, pause = time.monotonic() + (0 if self._is_silent else self.settings.timeout), 0.1
        while True:
            try:
                wire = self._open(options, partial(self._is_there, options))
                self._is_silent = False
                return wire
            except (Error, *reader.MALFORMED) as error:
                cause = self._cause(error)
                is_service = cause == errors.NO_HOST and is_container() and "." not in self.settings.host
                if not (is_service or cause == errors.SILENT) or time.monotonic() + pause > deadline:
                    raise self._failed(errors.CONNECTING[cause], error) from None
            if pause == 0.1:
                where = f"{self.settings.host}:{self.settings.port}"
                log.warning("%s does not answer yet; waiting up to %g seconds", where, self.settings.timeout)
            time.sleep(pause)
            pause = min(pause * 2, 1)

    def _open(self, options: dict[str, Any], is_there: Callable[[Wire], bool]) -> Wire:
        """Open a connection on which `SESSION` holds, and the network's silence is an error.

        Small packets go at once: the connector leaves them to TCP, which holds the end of each piece of rows back until
        the server has acknowledged what came before, 40 ms later.
        """
        wire = Wire()
        wire.needs_tls = self.settings.tls != "preferred"
        try:
            wire.connect(**options)
            way: Any = wire._socket
            way.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            way.sock = Watched(way.sock, self._patience, partial(is_there, wire))
            with wire.cursor() as cursor:
                cursor.execute(SESSION)
            return wire
        except BaseException:
            wire.close()
            raise

    def _is_there(self, options: dict[str, Any], wire: Wire) -> bool:
        """Ask the server, over a connection of its own, whether it still has this one."""
        try:
            with self._open(options, lambda probe: False) as probe, probe.cursor() as cursor:
                cursor.execute("SHOW PROCESSLIST")
                found: Any = cursor.fetchall()
                return any(row[0] == wire.connection_id for row in found)
        except (Error, *reader.MALFORMED) as error:
            self._is_silent = self._cause(error) in (errors.SILENT, errors.NO_HOST, errors.NO_SERVER)
            return not self._is_silent

    def _cause(self, error: BaseException) -> str:
        """Return why there is no connection: a key of the table of errors."""
        number, text = _told(error)
        line = f"{number} {type(error.__cause__).__name__} {text}"
        return next(cause for cause in errors.CONNECTING if re.search(cause, line, re.IGNORECASE))

    def _failed(self, template: str, error: BaseException) -> ConnectionFailedError:
        """Return a line of the table of errors with what it names."""
        settings, inside = self.settings, is_container()
        is_local = settings.host in ("localhost", "127.0.0.1", "::1") and inside
        look = "container" if is_local else "service" if settings.host == "mysql" and not inside else "elsewhere"
        known = {"where": f"{settings.host}:{settings.port}", "settings": settings, "text": _told(error)[1]}
        return ConnectionFailedError(template.format(advice=errors.WHERE_TO_LOOK[look], **known))

    def explain(self, error: BaseException) -> PersistenceError:
        """Return the connector's error as one that says what to do."""
        number, text = _told(error)
        if number in errors.GONE or "not available" in text:
            return self._failed(errors.LOST, error)
        return errors.refusal(number, text)

    @property
    def product(self) -> Product:
        """Which of the two servers it is; known from the first connection on."""
        return MARIADB if getattr(self.engine.dialect, "is_mariadb", False) else MYSQL

    def parameter(self, value: Any) -> Any:
        """Return a value as the connector binds it exactly: integers beyond 64 bits as decimals."""
        return Decimal(value) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value

    @contextmanager
    def session(self, writes: bool = False) -> Iterator[Connection]:
        """Open a connection; one to write with does not outlive an error, nor do its locks and temporary tables."""
        with self.engine.connect() as connection:
            if not writes:
                yield connection
                return
            run(connection, SESSION)  # a user's own SET may have changed it
            connection.commit()
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.invalidate()
                raise

    # --- Reading

    def execute(self, connection: Connection, sql: str, values: Sequence[Any], rows: bool | None) -> Any:
        """Run a statement as a prepared one, whose values the server binds; return `Rows`, or how many were changed.

        What cannot be prepared (MySQL 9.7 reference manual, "SQL Syntax Permitted in Prepared Statements") is few and
        short, and is run as it stands: it returns SQLAlchemy's result.
        """
        if not connection.in_transaction():
            connection.begin()  # so that `commit` knows of what follows
        try:
            return reader.execute(connection.connection.driver_connection, sql, values, rows)
        except UsageError:
            raise
        except BaseException as error:
            if not isinstance(error, Error) or error.errno in errors.GONE:
                connection.invalidate()  # the next statement would get this one's answer
            elif error.errno == UNPREPARED and not values:
                if rows:
                    raise UsageError(reader.NO_ROWS) from None
                return run(connection, sql)
            raise

    @contextmanager
    def reading(
        self, connection: Connection, sql: str, values: Sequence[Any], rows: int | None = None
    ) -> Iterator[Result]:
        """Run a query and read what it returns, in batches of so many rows or as suits; unread rows end the connection.

        Raises:
            UsageError: the statement returns no rows; it has not been run.
        """
        word = FIRST_WORD.match(sql)
        may_read = bool(word and word[1].upper() in READS) or "RETURNING" in sql.upper()
        found = self.execute(connection, sql, values, None if may_read else True)
        if isinstance(found, reader.Rows):
            columns = [
                Column(entry[0], KIND[GIVEN.get(entry[1], "bytes")], nullable=rows is not None and bool(entry[6]))
                for entry in found.description
            ]
            try:
                yield Result(columns, found if rows is None else regrouped(found, rows))
            finally:
                if not found.finished:
                    connection.invalidate()
        elif isinstance(found, int) or not found.returns_rows:
            yield Result([], [[]])
        else:
            yield from_driver(found.cursor.description, found.all())

    def changing(self, connection: Connection, sql: str, values: Sequence[Any]) -> int:
        """Run a statement that is no query; return the number of rows that it changed."""
        found = self.execute(connection, sql, values, False)
        if isinstance(found, reader.Rows):
            for _ in found:  # a procedure's rows
                pass
            return 0
        return found if isinstance(found, int) else int(found.rowcount)

    def select(self, column: Column) -> str:
        """Return the expression that reads a column: geometry as WKB, x before y."""
        name = quote(column.name)
        is_own = column.kind.name == "geometry" and column.note
        return f"ST_AsWKB({name}{self.product.axis_order})" if is_own else name

    # --- What is there

    def tables(self, connection: Connection, surely: str = "") -> set[str]:
        """Return the names of tables and views.

        MariaDB lists files, of which one that is being renamed may be missing; while the table is held, none is. More
        than the names would wait for every table that somebody is renaming.
        """
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        names = set(run(connection, sql).scalars())
        if surely and surely not in names:
            try:
                self.hold(connection, surely)
                names = set(run(connection, sql).scalars())
                connection.commit()
            except DBAPIError as error:  # there is none that can be held
                if error.connection_invalidated:
                    raise
        return {name for name in names if not name.startswith(RESERVED)}

    def is_view(self, connection: Connection, table: str) -> bool:
        """Ask the server's catalogue."""
        sql = "SELECT table_type FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s"
        return bool(run(connection, sql, table).scalar() == "VIEW")

    def ignores_case(self, connection: Connection) -> bool:
        """Ask the server: it depends on its system (MySQL 9.7 reference manual, "Identifier Case Sensitivity")."""
        return bool(run(connection, "SELECT @@lower_case_table_names").scalar())

    def hold(self, connection: Connection, table: str, writes: bool = False) -> None:
        """Keep a table from being replaced or changed in shape until the connection's transaction ends.

        Its metadata lock is taken before InnoDB takes the snapshot of which the transaction reads. The other way round,
        a table that was replaced between the two would look empty: its rows are younger than the snapshot. FOR UPDATE
        takes the stronger lock that writing takes: to ask for that later would be a deadlock with one who waits to
        replace the table.
        """
        connection.commit()
        for lock in (" FOR UPDATE", "") if writes else ("",):
            try:
                run(connection, f"SELECT 1 FROM {quote(table)} LIMIT 0{lock}").close()
            except DBAPIError as error:
                if not writes or _told(error)[0] != DENIED:  # who may only INSERT goes without
                    raise
            else:
                return

    def check(self, connection: Connection, table: str, mode: str) -> None:
        """Refuse what would not be kept, would overwrite other rows, or would be cut off from other tables."""
        for modes, sql, why in OBSTACLES:
            if mode in modes and (found := run(connection, sql, table).first()):
                raise UsageError(why.format(*found, table=table))

    def describe(self, connection: Connection, table: str) -> tuple[list[Column], list[str]]:
        """Return the columns of a table, in order, and the names of those of its primary key."""
        columns = [_column(*row) for row in run(connection, COLUMNS, table) if not row[0].startswith(RESERVED)]
        if any(column.kind.name == "geometry" for column in columns):
            srids = dict(run(connection, self.product.srids, table).all())
            for at, column in enumerate(columns):
                if column.kind.name == "geometry":  # where MariaDB's own dumps left the SRID out, it is the note's
                    columns[at] = replace(column, size=srids.get(column.name, noted_srid(column.note.get("crs"))))
        sql = (
            "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " AND table_name = %s AND index_name = 'PRIMARY' ORDER BY seq_in_index"
        )
        return columns, [name for name in run(connection, sql, table).scalars() if not name.startswith(RESERVED)]

    # --- Making a table

    def settle(self, connection: Connection, columns: list[Column], key: Sequence[str]) -> list[Column]:
        """Return the columns within a row's size, and with SRIDs that the server knows."""
        least, sizes = self.product.least_varchar, [column.size for column in columns if _is_varchar(column)]
        if 4 * sum(size for size in sizes if size < least) <= PAGE_BYTES:
            least = 0
        is_wide = 4 * sum(max(size, least) for size in sizes) > ROW_BYTES
        settled = []
        for column in columns:
            size = column.size
            if len(column.note_text()) > NOTE_LIMIT:
                raise UsageError(f"column {column.name!r}: its CRS or type is too long to note; use an EPSG code")
            if _is_varchar(column):
                size = TEXT_SIZE if is_wide and column.name not in key else max(size, least)
            elif column.kind.name == "geometry" and not run(connection, self.product.knows_srid, size).first():
                size = 0
            settled.append(replace(column, size=size))
        return settled

    def tidy(self, connection: Connection) -> None:
        """Drop this package's tables whose writer is no longer connected; what cannot be dropped stops nobody."""
        sql = (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
            " table_type = 'BASE TABLE' AND LEFT(table_name, %s) = %s AND IS_FREE_LOCK(LEFT(table_name, %s))"
        )
        for name in run(connection, sql, len(RESERVED), RESERVED, len(own_name())).scalars().all():
            try:
                run(connection, f"DROP TABLE IF EXISTS {quote(name)}")
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                log.warning("the unfinished table %s stays: %s", name, _told(error)[1])

    def create(
        self, connection: Connection, table: str, columns: list[Column], key: Sequence[str], temporary: bool = False
    ) -> None:
        """Create a table; a permanent one is locked until `swap`."""
        if not temporary:
            run(connection, "SELECT GET_LOCK(%s, 0)", table).scalar()
        parts = []
        for column in columns:
            declared = column.kind.mysql_type(column.size).replace(" SRID ", self.product.srid)
            null = "NOT NULL" if column.spatial or column.name in key else "NULL"
            comment = literal(column.note_text() if column.note else "")
            parts.append(f"{quote(column.name)} {declared} {null} COMMENT {comment}")
        if not key:
            parts.append(f"{ROW} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE")
        parts.append(f"PRIMARY KEY ({quote(*(key or [ROW]))})")
        scope = "TEMPORARY " if temporary else ""
        options = f"ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {self.product.collation}"
        run(connection, f"CREATE {scope}TABLE {quote(table)} ({', '.join(parts)}) {options}")

    def index(self, connection: Connection, table: str, columns: list[Column], rows: int) -> None:
        """Add the spatial indexes. MySQL builds one row by row, before or after the rows are there."""
        for column in columns:
            if column.spatial:
                if rows > SPATIAL_RATE:
                    log.warning("the spatial index of %s takes about %s seconds", column.name, rows // SPATIAL_RATE)
                run(connection, f"ALTER TABLE {quote(table)} ADD SPATIAL INDEX ({quote(column.name)})")

    def swap(self, connection: Connection, new: str, table: str, replace: bool) -> bool:
        """Rename the new table to its name and the old one out of the way, both at once; then drop the old one.

        Returns false, having done nothing, when meanwhile another writer has made the table, or removed it.
        """
        connection.commit()
        old = f"{new}_old"
        away = f"{quote(table)} TO {quote(old)}, " if replace else ""
        try:
            run(connection, f"RENAME TABLE {away}{quote(new)} TO {quote(table)}")
        except DBAPIError as error:
            if _told(error)[0] != (MISSING if replace else EXISTS):
                raise
            if replace and table in self.tables(connection, table):
                raise
            return False
        if replace:
            try:
                run(connection, f"DROP TABLE {quote(old)}")
            except DBAPIError as error:
                if not error.connection_invalidated:  # a foreign key that nobody saw: all is as it was
                    run(connection, f"RENAME TABLE {quote(table)} TO {quote(new)}, {quote(old)} TO {quote(table)}")
                raise
        run(connection, "SELECT RELEASE_LOCK(%s)", new).scalar()
        return True

    def discard(self, connection: Connection, new: str) -> None:
        """Drop an unfinished table and release its name."""
        run(connection, f"DROP TABLE IF EXISTS {quote(new)}")
        run(connection, "SELECT RELEASE_LOCK(%s)", new).scalar()

    def drop(self, connection: Connection, table: str, view: bool) -> None:
        """Drop a table or a view."""
        run(connection, f"DROP {'VIEW' if view else 'TABLE'} {quote(table)}")

    # --- Rows

    def write(
        self, connection: Connection, table: str, columns: list[Column], slices: Iterator[list[Any]], **how: bool
    ) -> None:
        """Write rows within the connection's transaction; to a table that nobody else sees, in several of their own."""
        Load(self, table, columns, **how).run(connection, slices)

    def merge(self, connection: Connection, staged: str, target: Target) -> None:
        """Append the staged rows to a table in one statement; with a key, update the rows that have it already.

        Then the staged rows are dropped where they are in a temporary table, which does not end the transaction.
        """
        for column in target.columns:
            if not self.exact.match(column.declared or ""):
                self._try(connection, staged, column)
        names = [column.name for column in target.columns]
        changed = [name for name in names if name not in target.key] or list(target.key[:1])
        updates = ", ".join(f"{quote(name)} = fresh.{quote(name)}" for name in changed)
        statement = (
            f"INSERT INTO {quote(target.table)} ({quote(*names)}) SELECT {quote(*names)} FROM {quote(staged)} AS fresh"
            + (f" ON DUPLICATE KEY UPDATE {updates}" if target.key else "")
        )

        def insert() -> None:
            target.hold()
            run(connection, statement)

        connection.commit()  # the staged rows, which a deadlock would take along
        _retried(connection, insert)
        run(connection, f"DROP TEMPORARY TABLE IF EXISTS {quote(staged)}")

    def _try(self, connection: Connection, staged: str, column: Column) -> None:
        """Raise for the first staged value that the table's column would not hold exactly.

        Servers round, pad, cut, or take for something else what a column's type does not hold, many of them without a
        word. So it is tried: a column of the same type beside the staged one gets its values, and the two are compared
        byte by byte.
        """
        sent, held, place = quote(column.name), f"{RESERVED}held", column.kind.name == "geometry"
        run(connection, f"ALTER TABLE {quote(staged)} ADD COLUMN {held} {column.declared} NULL")
        fits = f" WHERE ST_GeometryType({sent}) = {literal(str(column.declared).upper())}" if place else ""
        run(connection, f"UPDATE IGNORE {quote(staged)} SET {held} = {sent}{fits}")
        same = f"{held} <=> {sent}"
        if column.kind.wire in (pa.large_string(), pa.large_binary()) and column.kind.name != "decimal":
            text = f"CONVERT({held} USING utf8mb4)" if column.kind.name == "text" else held
            same = f"HEX({text}) <=> HEX({sent})"
        sql = f"SELECT {ROW}, {sent}, {held} FROM {quote(staged)} WHERE NOT ({same}) ORDER BY {ROW} LIMIT 1"
        found = run(connection, sql).first()
        run(connection, f"ALTER TABLE {quote(staged)} DROP COLUMN {held}")
        if found:
            kept = "nothing" if found[2] is None else errors.shorten(found[2])
            raise UnsupportedValueError(
                column.name,
                f"{column.declared} would hold {kept} instead: it rounds, pads, loses or replaces what it cannot"
                " hold; give it a value that it holds, or change the column's type in SQL",
                *(found[0] - 1, found[1]),
            )


def _is_varchar(column: Column) -> bool:
    return column.kind.name == "text" and column.size is not None and column.size <= MAX_VARCHAR


def _column(name: str, sql: str, note: str, length: int | None, *more: Any) -> Column:
    """Return a column from its line in the server's catalogue."""
    precision, scale, required, default, computed = more
    bare = re.split(r"\W", sql.upper(), maxsplit=1)[0]
    unsigned = BY_SQL_TYPE.get(f"{bare} UNSIGNED") if "unsigned" in sql else None
    column = noted(name, note, sql) or Column(name, unsigned or BY_SQL_TYPE.get(bare, KIND["bytes"]), declared=sql)
    size: Any = (precision, scale) if column.kind.name == "decimal" else length
    if column.kind.name == "text" and length:
        size = None if bare in ("ENUM", "SET") else length // 4 if bare.endswith("TEXT") else length
    return replace(column, size=size, required=bool(required), default=bool(default), computed=bool(computed))


# --- Rows -----------------------------------------------------------------------------------------------------------

PIECE_BYTES, PIECE_ROWS = 2**22, 20_000
"""Bytes of Arrow data, about as many as of text, or rows, loaded at a time: a fraction of the server's second."""
BATCH_ROWS, BATCH_PLACES, BATCH_BYTES = 2_000, 60_000, 2**23
"""Rows, values and bytes in one INSERT: below the protocol's 65,535 and the server's max_allowed_packet of 64 MB."""
FORMAT = (
    "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY X'0A'"
)
"""Every text stands in double quotes, a quote in it is doubled, and nothing else is escaped: so commas, line breaks,
backslashes and NUL are themselves, and the word NULL without quotes is a missing value (MySQL 9.7 reference manual,
"LOAD DATA Statement"). Arrow writes floats with the fewest digits that give the same float back."""
OPTIONS = csv.WriteOptions(include_header=False, batch_size=16_384, null_string="NULL", quoting_style="needed")
PLACE = re.compile(r"(?:column|field) (?:`[^`]*`\.`[^`]*`\.)?['`](.+?)['`] at row (\d+)")
"""Where a warning names a column and a row of the piece."""


class Load:
    """Rows on their way into one table: by LOAD DATA, or by statements where the server takes no files.

    A table that nobody else sees is filled over two connections at once, each piece a transaction of its own, and the
    rows' numbers keep them in order; what others can see is written over one connection in one transaction.
    """

    def __init__(
        self, server: MySQL, table: str, columns: list[Column], numbered: bool = False, hidden: bool = False
    ) -> None:
        """Prepare.

        Args:
            server: the server.
            table: the table.
            columns: its columns of which the rows have values, in the rows' order.
            numbered: whether the rows' numbers are written too, to `ROW`.
            hidden: whether nobody else sees the table yet; an error may leave rows there.
        """
        self._server, self._table, self._numbered, self._hidden = server, table, numbered, hidden
        self._names = [column.name for column in columns]
        self._marks = [self._value(column, "?") or "?" for column in columns]
        fields, values = [ROW] * numbered, []
        for number, column in enumerate(columns):
            name, value = quote(column.name), self._value(column, f"UNHEX(@field{number})")
            fields.append(f"@field{number}" if value else name)
            values += [f"{name} = {value}"] if value else []
        self._statement = f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE {quote(table)} {FORMAT} ({', '.join(fields)})" + (
            f" SET {', '.join(values)}" if values else ""
        )

    def _value(self, column: Column, binary: str) -> str:
        """Return the expression for a value that travels as bytes; nothing for others."""
        if column.kind.name == "geometry":
            return f"ST_GeomFromWKB({binary}, {int(column.size)}{self._server.product.axis_order})"
        return binary if pa.types.is_large_binary(column.kind.wire) else ""

    def run(self, connection: Connection, slices: Iterator[list[Any]]) -> None:
        """Write all rows; say once where files are not possible. Where others see the table, nothing is committed."""
        pieces = self._pieces(slices)
        first = next(pieces, None)
        if first is not None and self._server.takes_files:
            try:
                self._load(connection, *first, self._text(*first))
                first = next(pieces, None)
            except DBAPIError as error:
                number, why = _told(error)
                if number not in NO_FILES:
                    raise
                self._server.takes_files = False
                log.warning("writing by statements, several times slower: %s; switch the server's local_infile on", why)
        if first is None:
            return
        if self._server.takes_files:
            self._spread(connection, chain([first], pieces))
            return
        for _, piece in chain([first], pieces):
            self._insert(connection, piece)

    def _pieces(self, slices: Iterator[list[Any]]) -> Iterator[tuple[int, Any]]:
        """Gather slices; yield the number of each piece's first row, and the piece, an Arrow table.

        The first slice is a piece of its own: it tells whether the server takes files.
        """
        row, most, held = 0, 1, list[Any]()
        for part in slices:
            held.append(pa.table(part, names=self._names))
            if sum(map(len, held)) >= most or sum(table.nbytes for table in held) >= PIECE_BYTES:
                yield row, pa.concat_tables(held)
                row, most, held = row + sum(map(len, held)), PIECE_ROWS, []
        if held:
            yield row, pa.concat_tables(held)

    def _text(self, first_row: int, piece: Any) -> Any:
        """Return a piece as LOAD DATA takes it, each line with the row's number first where they are numbered."""
        arrays = [pa.array(np.arange(first_row, first_row + len(piece)) + 1)] if self._numbered else []
        arrays += [_printable(column.combine_chunks()) for column in piece.columns]
        stream = pa.BufferOutputStream()
        csv.write_csv(pa.table(arrays, names=[str(number) for number in range(len(arrays))]), stream, OPTIONS)
        return stream.getvalue()

    def _spread(self, connection: Connection, pieces: Iterator[tuple[int, Any]]) -> None:
        """Load each piece over the connection whose turn it is, while the next one is encoded.

        After an error, what runs is waited for, since a connection cannot be used by two.
        """
        with ExitStack() as stack:
            lanes = [connection]
            if self._hidden:
                try:
                    lanes.append(stack.enter_context(self._server.session(writes=True)))
                except (DBAPIError, PersistenceError) as error:  # the server may allow no more
                    log.info("writing over one connection: %s", error)
            pool = stack.enter_context(ThreadPoolExecutor(len(lanes), thread_name_prefix="persistence"))
            running = [pool.submit(lambda: None) for _ in lanes]
            for number, (row, piece) in enumerate(pieces):
                text, turn = self._text(row, piece), number % len(lanes)
                running[turn].result()
                running[turn] = pool.submit(self._load, lanes[turn], row, piece, text)
            for load in running:
                load.result()

    def _load(self, connection: Connection, first_row: int, piece: Any, text: Any) -> None:
        """Load one piece; of a hidden table as a transaction of its own, which is tried again after a collision.

        Two connections that insert the same keys wait for each other, or deadlock; when the other has committed, a key
        that exists already is a warning (MySQL 9.7 reference manual, "LOAD DATA Statement").
        """
        send = partial(self._send, connection, first_row, piece, text)
        if self._hidden:
            _retried(connection, send)
            connection.commit()
        else:
            send()

    def _send(self, connection: Connection, first_row: int, piece: Any, text: Any) -> None:
        """Run LOAD DATA for one piece.

        With LOCAL the server makes errors warnings and goes on, so each warning is an error here.
        """
        connection.connection.driver_connection.rows = pa.BufferReader(text)  # type: ignore[union-attr]
        result = run(connection, self._statement)
        warning = connection.exec_driver_sql("SHOW WARNINGS LIMIT 1").first()
        if warning:
            number, why = warning[1:]
            place = PLACE.search(why)
            if number not in errors.REFUSED_VALUES or not place or place[1] not in self._names:
                raise errors.refusal(number, why)
            row, value = int(place[2]) - 1, piece[place[1]][int(place[2]) - 1].as_py()
            why = f"{errors.REFUSED_VALUES[number]} ({why})"
            raise UnsupportedValueError(place[1], why, first_row + row, value)
        if result.rowcount != len(piece):
            name = self._server.product.name
            raise DatabaseError(f"{name} loaded {result.rowcount} rows of {len(piece)}; run this again")

    def _insert(self, connection: Connection, piece: Any) -> None:
        """Insert rows by a statement whose values the server binds, or half of them each by two."""
        rows = len(piece)
        is_large = piece.nbytes > BATCH_BYTES or rows > BATCH_ROWS or rows * len(self._names) > BATCH_PLACES
        if is_large and rows > 1:
            self._insert(connection, piece.slice(0, rows // 2))
            self._insert(connection, piece.slice(rows // 2))
            return
        values = chain.from_iterable(zip(*(column.to_pylist() for column in piece.columns), strict=True))
        places = ", ".join([f"({', '.join(self._marks)})"] * rows)
        sql = f"INSERT INTO {quote(self._table)} ({quote(*self._names)}) VALUES {places}"
        self._server.execute(connection, sql, list(values), None)


def _printable(values: Any) -> Any:
    """Return an array as one that Arrow's writer prints in MySQL's way, and as briefly as it can be read back."""
    if pa.types.is_boolean(values.type):
        return values.cast(pa.uint8())
    if pa.types.is_timestamp(values.type):
        with suppress(pa.ArrowInvalid):  # there are fractions of seconds
            return values.cast(pa.timestamp("s"))
    if pa.types.is_large_binary(values.type):
        return pa.array([None if value is None else value.hex() for value in values.to_pylist()], pa.large_string())
    return values
