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
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from weakref import WeakSet

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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

STARTING = (2002, 2003, 2013, 2026, 2055, 1053, 3024)
"""Errors of a server that is not there yet: refused, silent, lost while greeting or encrypting, shutting down."""
UNPREPARED, DENIED, EXISTS, MISSING = 1295, 1142, 1050, 1146
"""Errors of a statement that cannot be prepared; of one that the user may not run; of RENAME TABLE when another writer
has made the table meanwhile, or has removed it."""
NO_FILES = (1148, 2068, 3948, 4166)
"""Errors of a server, or of a client's library, that does not load local files."""
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

# --- Reaching a server ----------------------------------------------------------------------------------------------


class NoTLSError(InterfaceError):
    """A server elsewhere offers no TLS; it has not been told who asks."""


class Wire(MySQLConnection):
    """The connector's connection in pure Python, of which `reader` takes the socket.

    Attributes:
        needs_tls: whether nothing is said to a server that does not encrypt.
        rows: what the next LOAD DATA LOCAL INFILE gets.
    """

    needs_tls = False
    rows: Any = None

    def _do_handshake(self) -> None:
        """Read the server's greeting; the password comes after it, and after TLS where both can."""
        super()._do_handshake()
        if self.needs_tls and not self._client_flags & ClientFlag.SSL:
            raise NoTLSError("the server doesn't support TLS")

    def _handle_load_data_infile(self, filename: str, *timeouts: Any, **named: Any) -> Any:
        """Answer a request for a file with the rows that are to be loaded, whatever name the server says."""
        data, self.rows = self.rows or pa.BufferReader(b""), None
        return self._handle_ok(self._send_data(data, True, *timeouts, **named))

    def cmd_query(self, *arguments: Any, **named: Any) -> Any:
        """Send a statement that is not prepared, and read the beginning of the answer."""
        with reader.understood():
            return super().cmd_query(*arguments, **named)

    def get_rows(self, *arguments: Any, **named: Any) -> Any:
        """Read the rows of such a statement."""
        with reader.understood():
            return super().get_rows(*arguments, **named)

    def prepare(self, seconds: float, is_there: Callable[[Wire], bool]) -> None:
        """Make `SESSION` hold, and the network's silence an error.

        Small packets go at once: the connector leaves them to TCP, which holds the end of each piece of rows back until
        the server has acknowledged what came before, 40 ms later.
        """
        OPEN.add(self)
        way: Any = self._socket
        way.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        way.sock = Watched(way.sock, seconds, partial(is_there, self))
        with self.cursor() as cursor:
            cursor.execute(SESSION)


class Watched:
    """A socket that, when the other side has been silent for some seconds, has it asked whether it is still there.

    How long a server takes for an answer does not matter, as long as it is there.
    """

    def __init__(self, sock: Any, seconds: float, is_there: Callable[[], bool]) -> None:
        """Watch an open socket."""
        self._sock, self._is_there = sock, is_there
        sock.settimeout(seconds)

    def __getattr__(self, name: str) -> Any:
        """Do all else as the socket does it."""
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Leave the time as it is: the connector has no other for statements."""

    def recv_into(self, *arguments: Any) -> Any:
        """Receive what there is."""
        return self._patiently(self._sock.recv_into, *arguments)

    def sendall(self, data: Any) -> None:
        """Send everything."""
        view = memoryview(data)
        while view:
            view = view[self._patiently(self._sock.send, view) :]

    def _patiently(self, act: Callable[..., Any], *arguments: Any) -> Any:
        while True:
            try:
                return act(*arguments)
            except TimeoutError:
                if not self._is_there():
                    raise ConnectionResetError("the network no longer answers") from None


OPEN: WeakSet[Wire] = WeakSet()
"""The connections of this process."""


def _leave_to_parent() -> None:
    """Close a forked process's copies of the sockets, over which it would get the parent's answers."""
    for wire in list(OPEN):
        with suppress(Exception):
            wire._socket.sock.close()  # type: ignore[union-attr]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


class Server:
    """The way to a server: an engine, whose connections are `Wire`, and what its errors mean."""

    failures = (DBAPIError, Error)

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the first connection waits for a server that is starting."""
        self.settings = settings
        # A third each: until the server is asked, until it answers, and until a new connection is there.
        self._patience, self._is_silent = max(1, round(settings.timeout / 3)), False
        self._options: dict[str, Any] = {
            "charset": "utf8mb4",
            "collation": "utf8mb4_general_ci",  # for the beginning; one that every server knows
            "connection_timeout": self._patience,
            "allow_local_infile": True,  # of `Wire`, which has no other file to give than rows
        }
        if settings.ca:
            self._options |= {"ssl_ca": str(settings.ca), "ssl_verify_cert": True, "ssl_verify_identity": True}
            self._options["tls_versions"] = TLS_VERSIONS
        account = (settings.user, settings.password, settings.host, settings.port, settings.name)
        self.engine = create_engine(
            URL.create("mysql+mysqlconnector", *account),
            connect_args=self._options,
            pool_pre_ping=True,
            max_overflow=-1,  # the server has a limit of its own, which it tells
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", self._connect)

    def _connect(self, dialect: Any, record: object, args: Any, options: dict[str, Any]) -> Any:
        """Connect, waiting for a server that is starting."""
        waits = 0 if self._is_silent else self.settings.timeout
        deadline, pause = time.monotonic() + waits, 0.1
        while True:
            wire = self._new()
            try:
                wire.connect(**options)
                wire.prepare(self._patience, partial(self._is_there, options))
                self._is_silent = False
                return wire
            except (Error, *reader.MALFORMED) as error:
                wire.close()
                if not self._is_starting(error) or time.monotonic() + pause > deadline:
                    raise self._unreachable(error) from None
                if pause == 0.1:
                    where = f"{self.settings.host}:{self.settings.port}"
                    log.warning("%s does not answer yet; waiting up to %g seconds", where, self.settings.timeout)
            except BaseException:
                wire.close()
                raise
            time.sleep(pause)
            pause = min(pause * 2, 1)

    def _new(self) -> Wire:
        wire = Wire()
        wire.needs_tls = self.settings.tls != "preferred"
        return wire

    def _is_there(self, options: dict[str, Any], wire: Wire) -> bool:
        """Ask the server, over a connection of its own, whether it still has this one."""
        probe = self._new()
        try:
            probe.connect(**options, read_timeout=self._patience, write_timeout=self._patience)
            with probe.cursor() as cursor:
                cursor.execute("SHOW PROCESSLIST")
                found: Any = cursor.fetchall()
                return any(row[0] == wire.connection_id for row in found)
        except (Error, *reader.MALFORMED) as error:
            number = getattr(error, "errno", None) or 0
            self._is_silent = not (1000 <= number < 2000 or number > 3024)  # which are a server's own words
            return not self._is_silent
        finally:
            probe.close()

    def _is_starting(self, error: BaseException) -> bool:
        """Say whether a server that gives this error may answer a little later.

        While a service of the stack restarts, its name is unknown.
        """
        if isinstance(error.__cause__, socket.gaierror):
            return is_container() and "." not in self.settings.host
        return getattr(error, "errno", None) in STARTING and _about_tls(error) is None

    def _unreachable(self, error: BaseException) -> ConnectionFailedError:
        """Return why there is no connection, and what to do about it."""
        number, text = _told(error)
        cause: int | str = _about_tls(error) or ("plugin" if "uthentication plugin" in text else number or 0)
        if cause not in errors.CONNECTING:
            is_unknown = isinstance(error.__cause__, socket.gaierror)
            is_own = number is not None and (1000 <= number < 2000 or number >= 3000)
            answer = "no answer" if number in STARTING else "refused" if is_own else "no server"
            cause = "unknown host" if is_unknown else answer
        return ConnectionFailedError(self._filled(errors.CONNECTING[cause], text))

    def _filled(self, template: str, text: str) -> str:
        """Return a line of the table of errors with what it names."""
        settings, inside = self.settings, is_container()
        is_local = settings.host in ("localhost", "127.0.0.1", "::1") and inside
        look = "container" if is_local else "service" if settings.host == "mysql" and not inside else "elsewhere"
        where = f"{settings.host}:{settings.port}"
        return template.format(where=where, settings=settings, text=text, advice=errors.WHERE_TO_LOOK[look])

    def explain(self, error: BaseException) -> PersistenceError:
        """Return the connector's error as one that says what to do."""
        number, text = _told(errors.driver_error(error))
        if number in errors.GONE or "not available" in text:
            return ConnectionFailedError(self._filled(errors.LOST, text))
        return errors.refusal(number, text)


def is_container() -> bool:
    """Say whether this process runs in a container (Docker's and Podman's marks)."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def _told(error: Any) -> tuple[int | None, str]:
    return getattr(error, "errno", None), " ".join(str(getattr(error, "msg", None) or error).split())


def _number(error: BaseException) -> int | None:
    """Return the server's number of an error; before its 3948 the connector puts words of its own."""
    cause = errors.driver_error(error)
    number: int | None = getattr(cause.__cause__, "errno", None) or getattr(cause, "errno", None)
    return number


def _about_tls(error: BaseException) -> str | None:
    """Return what is wrong with a server that answers, but not with the TLS that is asked of it."""
    number, text = _told(error)
    if isinstance(error, NoTLSError) or "doesn't support" in text or "requires SSL" in text:
        return "no TLS"
    if number not in (-1, 2026, 2055) or "certificate" not in text.lower():
        return None
    return "authority" if "Invalid CA" in text else "certificate"


# --- The two servers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Product:
    """One of the two servers that speak MySQL's protocol, in its own words.

    Attributes:
        name: what messages call it.
        collation: the collation by which every two texts differ, in case, accents and spaces at the end too.
        srid: what stands between GEOMETRY and the SRID in a column's definition.
        srids: the query for a table's columns of geometry that have an SRID, each with it.
        knows_srid: the query that returns a row where the server takes an SRID.
        axis_order: the argument with which geometry is x before y, where the server would ask the SRID's authority.
        least_varchar: the least size of a VARCHAR that counts 40 bytes in a row, however long its texts may become;
            shorter ones count whole.
    """

    name: str
    collation: str
    srid: str
    srids: str
    knows_srid: str
    axis_order: str
    least_varchar: int


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

# --- Tables ---------------------------------------------------------------------------------------------------------

ROW = f"{RESERVED}row"
"""The invisible primary key of a table without a key: the number of the row, in which order rows are read."""
SPATIAL_RATE = 5_000
"""Rows a second, as measured, of which MySQL indexes the places on the globe; without an EPSG code it is six times."""
ROW_BYTES, PAGE_BYTES = 40_000, 4_000
"""Of a row's 65,535 bytes, what VARCHAR columns may take, else text goes to TEXT columns; of the some 8,100 bytes that
a row may take in its page, what short VARCHAR columns may."""
EXACT = re.compile(
    r"((tiny|small|medium|big)?int|integer)\b.*|double|date|(datetime|time)\(6\)|decimal\(\d+,\d+\)|varchar\(\d+\)"
    r"|(tiny|medium|long)?(text|blob)|varbinary\(\d+\)|json|geometry( .*)?"
)
"""SQL types that hold what is sent to them as it is, or are refused by the server in a warning."""
COLLISIONS, ATTEMPTS = (1205, 1213, 1020), 10
"""The errors of a statement that another writer's got in the way of (1020: of MariaDB, whose transactions change no row
that is newer than what they see), and how often such a one is tried."""
FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*.*?\*/)*([a-z]+)", re.IGNORECASE | re.DOTALL)
READS = (
    *("ANALYZE", "CALL", "CHECK", "CHECKSUM", "DESC", "DESCRIBE", "EXECUTE", "EXPLAIN", "HELP", "OPTIMIZE", "REPAIR"),
    *("SHOW", "XA"),
)
"""The first words of statements that may return rows though the server does not say so beforehand."""
NO_ROWS = (
    "the statement returns no rows, and has not been run; use db.execute for one that changes rows, or use db.engine"
    " for statements that are not queries"
)


def literal(text: str) -> str:
    """Return text as a string of SQL, in which backslashes escape on every connection."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def quote(name: str) -> str:
    """Return a name as a quoted identifier."""
    return quoted(name, "`")


def quote_all(names: Sequence[str]) -> str:
    """Return names as a comma-separated list of quoted identifiers."""
    return ", ".join(map(quote, names))


class MySQL(Server):
    """A MySQL server, 8.4 or later, or a MariaDB server, 10.11 or later."""

    quote = staticmethod(quote)
    takes_files = True

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

    def execute(self, connection: Connection, sql: str, values: Sequence[Any], rows: bool | None) -> reader.Rows | int:
        """Run a statement as a prepared one, whose values the server binds."""
        if not connection.in_transaction():
            connection.begin()  # so that `commit` knows of what follows
        try:
            return reader.execute(connection.connection.driver_connection, sql, values, rows)
        except reader.CountError as error:
            raise UsageError(
                f"the SQL has {error}: write each as %(name)s, outside of quotes and comments, and no ? of your own"
            ) from None
        except reader.RowsError:
            raise
        except BaseException as error:
            if not isinstance(error, Error) or error.errno in errors.GONE:
                connection.invalidate()  # the next statement would get this one's answer
            raise

    @contextmanager
    def reading(
        self, connection: Connection, sql: str, values: Sequence[Any], rows: int | None = None
    ) -> Iterator[Result]:
        """Run a query and read what it returns; a connection with unread rows is dropped.

        What cannot be prepared (MySQL 9.7 reference manual, "SQL Syntax Permitted in Prepared Statements") is few and
        short, and is run as it stands.

        Args:
            connection: the connection; nothing else uses it meanwhile.
            sql: the statement.
            values: the values to bind.
            rows: how many rows a batch has; by default they are as many as suits.

        Raises:
            UsageError: the statement returns no rows; it has not been run.
        """
        word = FIRST_WORD.match(sql)
        may_read = bool(word and word[1].upper() in READS) or "RETURNING" in sql.upper()
        try:
            found = self.execute(connection, sql, values, None if may_read else True)
        except (reader.RowsError, Error) as error:
            if isinstance(error, Error) and (error.errno != UNPREPARED or values):
                raise
            if not may_read:
                raise UsageError(NO_ROWS) from None
            cursor = run(connection, sql)
            yield from_driver(cursor.cursor.description, cursor.all()) if cursor.returns_rows else Result([], [[]])
            return
        if isinstance(found, int):
            yield Result([], [[]])
            return
        columns = [_result_column(entry, rows is not None) for entry in found.description]
        try:
            yield Result(columns, found if rows is None else regrouped(found, rows))
        finally:
            if not found.finished:
                connection.invalidate()

    def changing(self, connection: Connection, sql: str, values: Sequence[Any]) -> int:
        """Run a statement that is no query; return the number of rows that it changed."""
        try:
            found = self.execute(connection, sql, values, False)
        except reader.RowsError:
            raise UsageError("the statement returns rows, and has not been run; use db.query") from None
        except Error as error:
            if error.errno != UNPREPARED or values:
                raise
            return int(run(connection, sql).rowcount)
        if isinstance(found, int):
            return found
        for _ in found:  # a procedure's rows
            pass
        return 0

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
        names = {name for (name,) in run(connection, sql)}
        if surely and surely not in names:
            try:
                self.hold(connection, surely)
                names = {name for (name,) in run(connection, sql)}
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
                if not writes or _number(error) != DENIED:  # who may only INSERT goes without
                    raise
            else:
                return

    def check_writable(self, connection: Connection, table: str, upserts: bool) -> None:
        """Refuse engines without transactions, and to update by ON DUPLICATE KEY where that means another key too."""
        sql = (
            "SELECT engine FROM information_schema.tables NATURAL JOIN information_schema.engines"
            " WHERE table_schema = DATABASE() AND table_name = %s AND transactions <> 'YES'"
        )
        if engine := run(connection, sql, table).scalar():
            raise UsageError(
                f"table {table!r} is stored by {engine}, which would keep a part of the rows after an error;"
                " run ALTER TABLE ... ENGINE = InnoDB on it first"
            )
        sql = (
            "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " AND table_name = %s AND non_unique = 0 AND index_name <> 'PRIMARY'"
        )
        if upserts and (unique := run(connection, sql, table).scalar()):
            raise UsageError(
                f"table {table!r} has the unique index {unique!r} beside its key, by which MySQL would overwrite other"
                ' rows; drop that index, or save new rows with if_exists="append"'
            )

    def check_replaceable(self, connection: Connection, table: str) -> None:
        """Refuse a table that a foreign key of another one names: the key would go on naming the old table."""
        sql = (
            "SELECT table_name, constraint_name FROM information_schema.key_column_usage"
            " WHERE referenced_table_schema = DATABASE() AND referenced_table_name = %s"
            " AND (table_schema, table_name) <> (referenced_table_schema, referenced_table_name)"
        )
        if found := run(connection, sql, table).first():
            raise UsageError(
                f"the foreign key {found[1]!r} of table {found[0]!r} names {table!r}, which is not replaced therefore;"
                ' drop the key first, or save with if_exists="upsert"'
            )

    def describe(self, connection: Connection, table: str) -> tuple[list[Column], list[str]]:
        """Return the columns of a table, in order, and the names of those of its primary key."""
        rows = run(
            connection,
            "SELECT column_name, column_type, column_comment, character_maximum_length, numeric_precision,"
            " numeric_scale, is_nullable, column_default, extra, character_set_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position",
            table,
        )
        columns = [_column(row._mapping) for row in rows if not row[0].startswith(RESERVED)]
        if any(column.kind.name == "geometry" for column in columns):
            srids = {name: srid for name, srid in run(connection, self.product.srids, table)}
            for at, column in enumerate(columns):
                if column.kind.name == "geometry":  # where MariaDB's own dumps left the SRID out, it is the note's
                    size = srids.get(column.name, noted_srid(column.note.get("crs")))
                    columns[at] = replace(column, size=size)
        sql = (
            "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " AND table_name = %s AND index_name = 'PRIMARY' ORDER BY seq_in_index"
        )
        return columns, [name for (name,) in run(connection, sql, table) if not name.startswith(RESERVED)]

    # --- Making a table

    def settle(self, connection: Connection, columns: list[Column], key: Sequence[str]) -> list[Column]:
        """Return the columns within a row's size, and with SRIDs that the server knows."""
        least = self.product.least_varchar
        short = [column for column in columns if _is_varchar(column) and column.size < least]
        if sum(4 * column.size for column in short) > PAGE_BYTES:
            columns = [replace(column, size=least) if column in short else column for column in columns]
        wide = sum(4 * column.size for column in columns if _is_varchar(column)) > ROW_BYTES
        settled = []
        for column in columns:
            if len(column.note_text()) > NOTE_LIMIT:
                raise UsageError(f"column {column.name!r}: its CRS or type is too long to note; use an EPSG code")
            if wide and _is_varchar(column) and column.name not in key:
                column = replace(column, size=next(size for size, sql in TEXT_LADDER if sql == "TEXT"))
            is_place = column.kind.name == "geometry"
            if is_place and not run(connection, self.product.knows_srid, column.size).first():
                column = replace(column, size=0)
            settled.append(column)
        return settled

    def tidy(self, connection: Connection) -> None:
        """Drop this package's tables whose writer is no longer connected; what cannot be dropped stops nobody."""
        sql = (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
            " table_type = 'BASE TABLE' AND LEFT(table_name, %s) = %s AND IS_FREE_LOCK(LEFT(table_name, %s))"
        )
        for (name,) in run(connection, sql, len(RESERVED), RESERVED, len(own_name())).all():
            try:
                run(connection, f"DROP TABLE IF EXISTS {quote(name)}")
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                log.warning("the unfinished table %s stays: %s", name, _told(errors.driver_error(error))[1])

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
        parts.append(f"PRIMARY KEY ({quote_all(key or [ROW])})")
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
            made = not replace and _number(error) == EXISTS
            removed = replace and _number(error) == MISSING and table not in self.tables(connection, table)
            if made or removed:
                return False
            raise
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

    def fill(
        self, connection: Connection, table: str, columns: list[Column], keyed: bool, slices: Iterator[list[Any]]
    ) -> None:
        """Write rows to a table that `create` made and nobody else sees; an error may leave some there."""
        Load(self, table, columns, numbered=not keyed, hidden=True).run(connection, _pieces(slices))

    def append(self, connection: Connection, table: str, columns: list[Column], slices: Iterator[list[Any]]) -> None:
        """Write rows within the connection's transaction."""
        Load(self, table, columns, numbered=False, hidden=False).run(connection, _pieces(slices))

    def is_exact(self, columns: Sequence[Column]) -> bool:
        """Say whether these columns of a table hold what is sent to them as it is, or refuse it."""
        return all(EXACT.fullmatch(column.declared or "json") for column in columns)

    def check_staged(self, connection: Connection, staged: str, table: str, columns: Sequence[Column]) -> None:
        """Raise for the first staged value that a column of the table would not hold exactly.

        Servers round, pad, cut, or take for something else what a column's type does not hold, many of them without a
        word. So each such column is tried: a column of the same type beside the staged one gets its values, and the two
        are compared byte by byte.
        """
        for column in [column for column in columns if not self.is_exact([column])]:
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

    def merge(self, connection: Connection, staged: str, target: Target) -> None:
        """Append the staged rows to a table in one statement; with a key, update the rows that have it already."""
        names = [column.name for column in target.columns]
        changed = [name for name in names if name not in target.key] or list(target.key[:1])
        updates = ", ".join(f"{quote(name)} = fresh.{quote(name)}" for name in changed)
        statement = (
            f"INSERT INTO {quote(target.table)} ({quote_all(names)})"
            f" SELECT {quote_all(names)} FROM {quote(staged)} AS fresh"
            + (f" ON DUPLICATE KEY UPDATE {updates}" if target.key else "")
        )
        connection.commit()  # the staged rows, which a deadlock would take along
        for attempt in range(ATTEMPTS):
            try:
                target.hold()
                run(connection, statement)
                return
            except DBAPIError as error:
                if _number(error) not in COLLISIONS[1:] or attempt == ATTEMPTS - 1:
                    raise
                connection.rollback()

    def unstage(self, connection: Connection, staged: str) -> None:
        """Drop the temporary table, which does not end the transaction."""
        run(connection, f"DROP TEMPORARY TABLE {quote(staged)}")


def _is_varchar(column: Column) -> bool:
    return column.kind.name == "text" and column.size is not None and column.size <= MAX_VARCHAR


def _column(line: Any) -> Column:
    """Return a column from its line in the server's catalogue."""
    name, declared, note, length, precision, scale, nullable, default, extra, charset = line.values()
    sql = declared.decode() if isinstance(declared, bytes) else str(declared)
    sql += f" CHARACTER SET {charset}" if charset not in (None, "utf8mb4") else ""
    bare = re.split(r"\W", sql.upper(), maxsplit=1)[0]
    unsigned = BY_SQL_TYPE.get(f"{bare} UNSIGNED") if "unsigned" in sql else None
    column = noted(name, note, sql) or Column(name, unsigned or BY_SQL_TYPE.get(bare, KIND["bytes"]))
    size: Any = length
    if column.kind.name == "text" and length:
        size = None if bare in ("ENUM", "SET") else length // 4 if bare.endswith("TEXT") else length
    if column.kind.name == "decimal":
        size = (precision, scale)
    numbered, computed = "auto_increment" in extra.lower(), " GENERATED" in extra.upper()
    is_given = nullable == "YES" or default is not None or numbered or computed
    required = nullable == "NO" and not numbered
    return replace(column, size=size, declared=sql, required=required, default=is_given, computed=computed)


def _result_column(entry: Sequence[Any], in_parts: bool) -> Column:
    """Return a column of a result, from its line in the cursor's description; mostly the values say what they are."""
    known = {FieldType.GEOMETRY: "geometry", FieldType.DECIMAL: "decimal", FieldType.NEWDECIMAL: "decimal"}
    return Column(entry[0], KIND[known.get(entry[1], "bytes")], nullable=in_parts and bool(entry[6]))


# --- Rows -----------------------------------------------------------------------------------------------------------

PIECE_BYTES, PIECE_ROWS = 2**22, 40_000
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
HEXADECIMAL = np.frombuffer("".join(f"{byte:02X}" for byte in range(256)).encode("ascii"), dtype="u2")
"""The two hexadecimal digits of each byte, as two ASCII characters."""
PLACE = re.compile(r"(?:column|field) (?:`[^`]*`\.`[^`]*`\.)?['`](.+?)['`] at row (\d+)")
"""Where a warning names a column and a row of the piece."""


@dataclass
class Piece:
    """Rows that are loaded at a time.

    Attributes:
        first_row: how many rows of the same save come before these.
        slices: of each slice of the rows, the columns as Arrow arrays.
    """

    first_row: int
    slices: list[list[Any]]

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(len(part[0]) for part in self.slices)

    def text(self, numbered: bool) -> Any:
        """Return the rows as LOAD DATA takes them, each line with the row's number first where they are numbered."""
        stream, row = pa.BufferOutputStream(), self.first_row + 1
        for part in self.slices:
            arrays = [pa.array(np.arange(row, row + len(part[0])))] if numbered else []
            arrays += map(_printable, part)
            csv.write_csv(pa.table(arrays, names=[str(number) for number in range(len(arrays))]), stream, OPTIONS)
            row += len(part[0])
        return stream.getvalue()


def _pieces(slices: Iterator[list[Any]]) -> Iterator[Piece]:
    """Gather slices; the first is a piece of its own: it tells whether the server takes files."""
    piece, size = Piece(0, []), PIECE_BYTES
    for part in slices:
        piece.slices.append(part)
        size += sum(values.nbytes for values in part)
        if size >= PIECE_BYTES or len(piece) >= PIECE_ROWS:
            yield piece
            piece, size = Piece(piece.first_row + len(piece), []), 0
    if piece.slices:
        yield piece


def _printable(values: Any) -> Any:
    """Return an array as one that Arrow's writer prints in MySQL's way, and as briefly as it can be read back."""
    if pa.types.is_boolean(values.type):
        return values.cast(pa.uint8())
    if pa.types.is_timestamp(values.type):
        with suppress(pa.ArrowInvalid):  # there are fractions of seconds
            return values.cast(pa.timestamp("s"))
    if not pa.types.is_large_binary(values.type):
        return values
    values = pa.concat_arrays([values])  # offsets of a part of an array need not begin at 0
    _, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, dtype="i8")[values.offset : values.offset + len(values) + 1]
    digits = HEXADECIMAL[np.frombuffer(data or b"", dtype="u1")[ends[0] : ends[-1]]]
    buffers = pa.py_buffer((ends - ends[0]) * 2), pa.py_buffer(np.ascontiguousarray(digits))
    texts = pa.LargeStringArray.from_buffers(len(values), *buffers)
    return pc.if_else(values.is_valid(), texts, pa.scalar(None, pa.large_string()))


class Load:
    """Rows on their way into one table: by LOAD DATA, or by statements where the server takes no files.

    A table that nobody else sees is filled over two connections at once, each piece a transaction of its own, and the
    rows' numbers keep them in order; what others can see is written over one connection in one transaction.
    """

    def __init__(self, server: MySQL, table: str, columns: list[Column], numbered: bool, hidden: bool) -> None:
        """Prepare.

        Args:
            server: the server.
            table: the table.
            columns: its columns of which the rows have values, in the rows' order.
            numbered: whether the rows' numbers are written too, to `ROW`.
            hidden: whether nobody else sees the table yet.
        """
        self._server, self._table, self._columns = server, table, columns
        self._numbered, self._hidden = numbered, hidden
        marks = [f"@field{number}" for number in range(len(columns))]
        fields = [self._value(column, f"UNHEX({mark})") for column, mark in zip(columns, marks, strict=True)]
        listed = [
            mark if field else quote(column.name) for column, mark, field in zip(columns, marks, fields, strict=True)
        ]
        values = [f"{quote(column.name)} = {field}" for column, field in zip(columns, fields, strict=True) if field]
        self._statement = (
            f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE {quote(table)} {FORMAT} ({', '.join([ROW] * numbered + listed)})"
            + (f" SET {', '.join(values)}" if values else "")
        )

    def _value(self, column: Column, binary: str) -> str:
        """Return the expression for a value that travels as bytes; nothing for others."""
        if column.kind.name == "geometry":
            return f"ST_GeomFromWKB({binary}, {int(column.size)}{self._server.product.axis_order})"
        return binary if pa.types.is_large_binary(column.kind.wire) else ""

    def run(self, connection: Connection, pieces: Iterator[Piece]) -> None:
        """Write all rows. Where others see the table, nothing is committed."""
        first = next(pieces, None)
        if first is None:
            return
        if not self._server.takes_files or not self._is_taken(connection, first):
            for piece in chain([first], pieces):
                self._insert(connection, piece)
            return
        second = next(pieces, None)
        if second is None:
            return
        with ExitStack() as stack:
            lanes = [connection]
            if self._hidden:
                try:
                    lanes.append(stack.enter_context(self._server.session(writes=True)))
                except (DBAPIError, PersistenceError) as error:  # the server may allow no more
                    log.info("writing over one connection: %s", error)
            self._spread(lanes, chain([second], pieces))

    def _is_taken(self, connection: Connection, piece: Piece) -> bool:
        """Load the first rows and return true, or say once that files are not possible here."""
        try:
            self._load(connection, piece, piece.text(self._numbered))
        except DBAPIError as error:
            if _number(error) not in NO_FILES:
                raise
            self._server.takes_files = False
            why = _told(errors.driver_error(error).__cause__ or errors.driver_error(error))[1]
            log.warning("writing by statements, several times slower: %s; switch the server's local_infile on", why)
        return self._server.takes_files

    def _spread(self, lanes: Sequence[Connection], pieces: Iterator[Piece]) -> None:
        """Load each piece over a connection that is idle, while the next one is encoded.

        No more are encoded than one for each connection and one that waits. The first error ends it: what runs is
        waited for, since a connection cannot be used by two.
        """
        idle: SimpleQueue[Connection] = SimpleQueue()
        for lane in lanes:
            idle.put(lane)

        def step(piece: Piece, text: Any) -> None:
            lane = idle.get()
            try:
                self._load(lane, piece, text)
            finally:
                idle.put(lane)

        running: deque[Future[None]] = deque()
        pool = ThreadPoolExecutor(len(lanes), thread_name_prefix="persistence")
        try:
            for piece in pieces:
                running.append(pool.submit(step, piece, piece.text(self._numbered)))
                while len(running) > len(lanes):
                    running.popleft().result()
            while running:
                running.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _load(self, connection: Connection, piece: Piece, text: Any) -> None:
        """Load one piece; of a hidden table as a transaction of its own, which is tried again after a collision.

        Two connections that insert the same keys wait for each other, or deadlock; when the other has committed, a key
        that exists already is a warning (MySQL 9.7 reference manual, "LOAD DATA Statement"). An error ends the
        transaction at once: what it has locked, the other connection would wait for.
        """
        for attempt in range(ATTEMPTS if self._hidden else 1):
            try:
                self._send(connection, piece, text)
            except (DBAPIError, PersistenceError) as error:
                if not self._hidden:
                    raise
                with suppress(DBAPIError):
                    connection.rollback()
                if _number(error) not in COLLISIONS or attempt == ATTEMPTS - 1:
                    raise
            else:
                if self._hidden:
                    connection.commit()
                return

    def _send(self, connection: Connection, piece: Piece, text: Any) -> None:
        """Run LOAD DATA for one piece.

        With LOCAL the server makes errors warnings and goes on, so each warning is an error here.
        """
        connection.connection.driver_connection.rows = pa.BufferReader(text)  # type: ignore[union-attr]
        result = connection.execution_options(no_parameters=True).exec_driver_sql(self._statement)
        warning = connection.exec_driver_sql("SHOW WARNINGS LIMIT 1").first()
        if warning:
            raise self._refused(warning[1], warning[2], piece)
        if result.rowcount != len(piece):
            name = self._server.product.name
            raise DatabaseError(f"{name} loaded {result.rowcount} rows of {len(piece)}; run this again")

    def _refused(self, number: int, text: str, piece: Piece) -> PersistenceError:
        """Return a warning as an error; where it names column and row, with the value."""
        place = PLACE.search(text)
        names = [column.name for column in self._columns]
        if number not in errors.REFUSED_VALUES or not place or place[1] not in names:
            return errors.refusal(number, text)
        row, position = int(place[2]) - 1, names.index(place[1])
        values = chain.from_iterable(part[position].to_pylist() for part in piece.slices)
        value = next((value for at, value in enumerate(values) if at == row), None)
        return UnsupportedValueError(
            place[1], f"{errors.REFUSED_VALUES[number]} ({text})", piece.first_row + row, value
        )

    def _insert(self, connection: Connection, piece: Piece) -> None:
        """Insert rows by statements of many rows each, whose values the server binds."""
        marks = f"({', '.join(self._value(column, '?') or '?' for column in self._columns)})"
        names = quote_all([column.name for column in self._columns])
        most = max(1, min(BATCH_ROWS, BATCH_PLACES // len(self._columns)))
        for part in piece.slices:
            rows, size, batch = zip(*(array.to_pylist() for array in part), strict=True), 0, list[Any]()
            for number, row in enumerate(rows, 1):
                batch.extend(row)
                size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
                count = len(batch) // len(row)
                if count == most or size >= BATCH_BYTES or number == len(part[0]):
                    sql = f"INSERT INTO {quote(self._table)} ({names}) VALUES {', '.join([marks] * count)}"
                    self._server.execute(connection, sql, batch, None)
                    size, batch = 0, []
