# ruff: noqa: ANN401, S608 - values of every type; names are quoted by `quote`, values bound
"""SQL and types of a MySQL or MariaDB server; `server` connects to it, `product` says where the two differ.

What SQL cannot say about a column stands in the column's comment. DDL commits at once on MySQL, so a new table is built
under a name of this package's own and takes its place by RENAME TABLE, which is atomic. The name is locked while its
writer lives (GET_LOCK); tables whose writer died are removed by the next one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
from mysql.connector import Error, FieldType
from mysql.connector.constants import FieldFlag
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from persistence import geometry, wire
from persistence.columns import BY_SQL_TYPE, KIND, MAX_VARCHAR, TEXT_LADDER, Column, encode_arrow
from persistence.dialect import RESERVED, Check, Dialect, Slices, own_name
from persistence.errors import PersistenceError, UsageError, driver_error
from persistence.loading import ROW, Loader, Target, literal
from persistence.planning import NOTE_LIMIT
from persistence.reading import Result, regrouped
from persistence.server import SESSION, Server
from persistence.settings import Settings

UNPREPARED = 1295
"""The error of a statement that the server cannot prepare."""
SPATIAL_RATE = 5_000
"""Rows a second, as measured, of which MySQL indexes the places on the globe; without an EPSG code it is six times."""
ROW_BYTES = 40_000
"""Of a row's 65,535 bytes, what VARCHAR columns may take; with more of them, text goes to TEXT columns."""
PAGE_BYTES = 4_000
"""Of the some 8,100 bytes that a row may take in its page, what short VARCHAR columns may."""
OWN_NAME = len(own_name())
COLLISIONS, ATTEMPTS = (1213, 1020), 10
"""The errors of a statement that another writer's got in the way of (1020: of MariaDB, whose transactions change no row
that is newer than what they see), and how often such a one is tried."""
DENIED = 1142
"""The error of a statement that the user may not run on the table."""
EXISTS, MISSING = 1050, 1146
"""Errors of RENAME TABLE when another writer has made the table meanwhile, or has removed it."""
RESULTS = {
    FieldType.TINY: "TINYINT",
    FieldType.SHORT: "SMALLINT",
    FieldType.INT24: "MEDIUMINT",
    FieldType.LONG: "INT",
    FieldType.LONGLONG: "BIGINT",
    FieldType.YEAR: "YEAR",
    FieldType.FLOAT: "FLOAT",
    FieldType.DOUBLE: "DOUBLE",
    FieldType.DECIMAL: "DOUBLE",
    FieldType.NEWDECIMAL: "DOUBLE",
    FieldType.DATETIME: "DATETIME",
    FieldType.TIMESTAMP: "TIMESTAMP",
    FieldType.GEOMETRY: "GEOMETRY",
}
"""The SQL types as which a query's result is read; the values of the others speak for themselves."""
log = logging.getLogger("persistence")


class MySQL(Dialect):
    """A MySQL server, 8.4 or later, or a MariaDB server, 10.11 or later."""

    quote_mark = "`"
    failures = (DBAPIError, Error)

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the first connection waits for a server that is starting."""
        self._server = Server(settings)
        self._loader = Loader(self._server, self.writing)
        self.engine = self._server.engine

    def placeholder(self, key: str) -> str:
        """Return the server's placeholder."""
        return "?"

    def parameter(self, value: Any) -> Any:
        """Return a value as the connector binds it exactly: integers beyond 64 bits as decimals."""
        value = super().parameter(value)
        return Decimal(value) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value

    @contextmanager
    def reading(
        self, connection: Connection, sql: str, values: dict[str, Any], rows: int | None = None
    ) -> Iterator[Result | None]:
        """Run a statement as a prepared one, whose values the server binds; a connection with unread rows is dropped.

        What cannot be prepared (MySQL 9.7 reference manual, "SQL Syntax Permitted in Prepared Statements") is few and
        short, and is run as it stands.
        """
        if not connection.in_transaction():
            connection.begin()  # so that `commit` knows of what follows
        try:
            found = wire.execute(connection.connection.driver_connection, sql, list(values.values()))
        except wire.CountError as error:
            raise UsageError(
                f"the SQL has {error}: write each as %(name)s, outside of quotes and comments, and no ? of your own"
            ) from None
        except Error as error:
            if error.errno != UNPREPARED or values:
                raise
            with super().reading(connection, sql, values, rows) as result:
                yield result
            return
        except BaseException:
            connection.invalidate()  # the next statement would get this one's answer
            raise
        if found is None:
            yield None
            return
        columns = self.result_columns(found.description)
        columns = [
            replace(column, nullable=rows is not None and bool(entry[6]))
            for column, entry in zip(columns, found.description, strict=True)
        ]
        try:
            yield Result(columns, found if rows is None else regrouped(found, rows))
        finally:
            if not found.finished:
                connection.invalidate()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a connection, which does not outlive an error."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(SESSION)  # a user's own SET may have changed it
            connection.commit()
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.invalidate()  # takes temporary tables and locks with it
                raise

    def tables(self, connection: Connection, surely: str = "") -> set[str]:
        """Return the names of tables and views.

        MariaDB lists files, of which one that is being renamed may be missing; while the table is held, none is. More
        than the names would wait for every table that somebody is renaming.
        """
        names = self._listed(connection)
        if surely and surely not in names and self._is_held(connection, surely):
            names = self._listed(connection)
            connection.commit()
        return names

    def _listed(self, connection: Connection) -> set[str]:
        rows = connection.exec_driver_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        )
        return {name for (name,) in rows if not name.startswith(RESERVED)}

    def _is_held(self, connection: Connection, table: str) -> bool:
        """Hold a table; return false where there is none that can be."""
        try:
            self.hold(connection, table)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return False
        return True

    def is_view(self, connection: Connection, table: str) -> bool:
        """Ask the server's catalogue."""
        kind = connection.exec_driver_sql(
            "SELECT table_type FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s",
            (table,),
        ).scalar()
        return kind == "VIEW"

    def ignores_case(self, connection: Connection) -> bool:
        """Ask the server: it depends on its system (MySQL 9.7 reference manual, "Identifier Case Sensitivity")."""
        return bool(connection.exec_driver_sql("SELECT @@lower_case_table_names").scalar())

    def hold(self, connection: Connection, table: str, writes: bool = False) -> None:
        """Take the table's metadata lock before InnoDB takes the snapshot of which the transaction reads.

        The other way round, a table that was replaced between the two would look empty: its rows are younger than the
        snapshot. FOR UPDATE takes the stronger lock that writing takes: to ask for that later would be a deadlock with
        one who waits to replace the table.
        """
        connection.commit()
        statement = f"SELECT 1 FROM {self.quote(table)} LIMIT 0"
        for lock in (" FOR UPDATE", "") if writes else ("",):
            try:
                connection.exec_driver_sql(statement + lock).close()
            except DBAPIError as error:
                if not writes or _number(error) != DENIED:  # who may only INSERT goes without
                    raise
            else:
                return

    def check_writable(self, connection: Connection, table: str, upserts: bool) -> None:
        """Refuse engines without transactions, and to update by ON DUPLICATE KEY where that means another key too."""
        engine = connection.exec_driver_sql(
            "SELECT engine FROM information_schema.tables NATURAL JOIN information_schema.engines"
            " WHERE table_schema = DATABASE() AND table_name = %s AND transactions <> 'YES'",
            (table,),
        ).scalar()
        if engine:
            raise UsageError(
                f"table {table!r} is stored by {engine}, which would keep a part of the rows after an error;"
                " run ALTER TABLE ... ENGINE = InnoDB on it first"
            )
        unique = connection.exec_driver_sql(
            "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " AND table_name = %s AND non_unique = 0 AND index_name <> 'PRIMARY'",
            (table,),
        ).scalar()
        if upserts and unique:
            raise UsageError(
                f"table {table!r} has the unique index {unique!r} beside its key, by which MySQL would overwrite other"
                ' rows; drop that index, or save new rows with if_exists="append"'
            )

    def describe(self, connection: Connection, table: str) -> tuple[list[Column], list[str]]:
        """Return the columns of a table and its key, from the server's catalogue and the comments."""
        rows = connection.exec_driver_sql(
            "SELECT column_name, column_type, character_maximum_length, numeric_precision, numeric_scale,"
            " column_comment FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position",
            (table,),
        )
        columns = [_column(*row) for row in rows if not row[0].startswith(RESERVED)]
        if any(column.kind.name == "geometry" for column in columns):
            found = connection.exec_driver_sql(self._server.product.srids, (table,))
            srids = {name: srid for name, srid in found}
            columns = [_located(column, srids.get(column.name)) for column in columns]
        key = connection.exec_driver_sql(
            "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " AND table_name = %s AND index_name = 'PRIMARY' ORDER BY seq_in_index",
            (table,),
        )
        return columns, [name for (name,) in key if not name.startswith(RESERVED)]

    def settle(self, connection: Connection, columns: list[Column], key: Sequence[str]) -> list[Column]:
        """Return the columns within a row's size, and with SRIDs that the server knows."""
        least = self._server.product.least_varchar
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
            if column.kind.name == "geometry" and not self._knows_srid(connection, column.size):
                column = replace(column, size=0)
            settled.append(column)
        return settled

    def _knows_srid(self, connection: Connection, srid: int) -> bool:
        return connection.exec_driver_sql(self._server.product.knows_srid, (srid,)).first() is not None

    def encode(self, column: Column, series: pd.Series, first_row: int) -> Any:
        """Return the values as an Arrow array."""
        return encode_arrow(column, series, first_row)

    def tidy(self, connection: Connection) -> None:
        """Drop this package's tables whose writer is no longer connected."""
        found = connection.exec_driver_sql(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND LEFT(table_name, %s) = %s AND IS_FREE_LOCK(LEFT(table_name, %s))",
            (len(RESERVED), RESERVED, OWN_NAME),
        ).all()
        for (name,) in found:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {self.quote(name)}")

    def create(
        self, connection: Connection, table: str, columns: list[Column], key: Sequence[str], temporary: bool
    ) -> None:
        """Create a table; a permanent one is locked until `swap`."""
        if not temporary:
            connection.exec_driver_sql("SELECT GET_LOCK(%s, 0)", (table,)).scalar()
        parts = [self._definition(column, required=column.spatial or column.name in key) for column in columns]
        if not key:
            parts.append(f"{ROW} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE")
        parts.append(f"PRIMARY KEY ({self.quote_all(key or [ROW])})")
        connection.exec_driver_sql(
            f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {self.quote(table)} ({', '.join(parts)})"
            f" ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {self._server.product.collation}"
        )

    def _definition(self, column: Column, required: bool) -> str:
        """Return a column's line in CREATE TABLE."""
        declared = column.declared or column.kind.mysql_type(column.size)
        if column.kind.name == "geometry":
            declared = declared.replace(" SRID ", self._server.product.srid)
        comment = literal(column.note_text() if column.note else "")
        return f"{self.quote(column.name)} {declared} {'NOT NULL' if required else 'NULL'} COMMENT {comment}"

    def fill(self, connection: Connection, table: str, columns: list[Column], keyed: bool, slices: Slices) -> None:
        """Write the rows over two connections, of which each commits file after file."""
        target = Target(self._server.product, table, columns, columns, new=True, numbered=not keyed)
        self._loader.write(connection, target, slices)

    def index(self, connection: Connection, table: str, columns: list[Column], rows: int) -> None:
        """Add the spatial indexes. MySQL builds one row by row, before or after the rows are there."""
        for column in columns:
            if column.spatial:
                if rows > SPATIAL_RATE:
                    seconds = rows // SPATIAL_RATE
                    log.warning("the spatial index of %s takes about %s seconds", column.name, seconds)
                connection.exec_driver_sql(
                    f"ALTER TABLE {self.quote(table)} ADD SPATIAL INDEX ({self.quote(column.name)})"
                )

    def append(
        self, connection: Connection, table: str, stored: list[Column], columns: list[Column], slices: Slices
    ) -> None:
        """Write the rows within the connection's transaction."""
        if "%" not in table:
            self._loader.write(connection, Target(self._server.product, table, stored, columns), slices)
            return
        staged = own_name()  # the connector takes a %s in a statement with values for the place of one
        self.create(connection, staged, columns, [], temporary=True)
        self._loader.write(connection, Target(self._server.product, staged, columns, columns), slices)
        names = self.quote_all([column.name for column in columns])
        connection.execution_options(no_parameters=True).exec_driver_sql(
            f"INSERT INTO {self.quote(table)} ({names}) SELECT {names} FROM {self.quote(staged)} ORDER BY {ROW}"
        )
        self.unstage(connection, staged)

    def swap(self, connection: Connection, new: str, table: str, replace: bool) -> bool:
        """Rename the new table to its name and the old one out of the way, both at once; then drop the old one."""
        connection.commit()
        old = f"{new}_old"
        away = f"{self.quote(table)} TO {self.quote(old)}, " if replace else ""
        try:
            connection.exec_driver_sql(f"RENAME TABLE {away}{self.quote(new)} TO {self.quote(table)}")
        except DBAPIError as error:
            made = not replace and _number(error) == EXISTS
            removed = replace and _number(error) == MISSING and table not in self.tables(connection, table)
            if made or removed:
                return False
            raise
        if replace:
            connection.exec_driver_sql(f"DROP TABLE {self.quote(old)}")
        connection.exec_driver_sql("SELECT RELEASE_LOCK(%s)", (new,)).scalar()
        return True

    def discard(self, connection: Connection, new: str) -> None:
        """Drop an unfinished table and release its name."""
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {self.quote(new)}")
        connection.exec_driver_sql("SELECT RELEASE_LOCK(%s)", (new,)).scalar()

    def merge(
        self, connection: Connection, staged: str, table: str, columns: list[Column], key: Sequence[str], check: Check
    ) -> None:
        """Insert the staged rows, or update where the key exists: one statement, one transaction."""
        names = [column.name for column in columns]
        changed = [name for name in names if name not in key] or list(key[:1])
        updates = [f"{self.quote(name)} = fresh.{self.quote(name)}" for name in changed]
        statement = (
            f"INSERT INTO {self.quote(table)} ({self.quote_all(names)})"
            f" SELECT {self.quote_all(names)} FROM {self.quote(staged)} AS fresh"
            + (f" ON DUPLICATE KEY UPDATE {', '.join(updates)}" if key else "")
        )
        connection.commit()  # the staged rows, which a deadlock would take along
        for attempt in range(ATTEMPTS):
            try:
                check()
                connection.execution_options(no_parameters=True).exec_driver_sql(statement)
            except DBAPIError as error:
                if _number(error) not in COLLISIONS or attempt == ATTEMPTS - 1:
                    raise
                connection.rollback()
            else:
                break

    def unstage(self, connection: Connection, staged: str) -> None:
        """Drop the temporary table, which does not end the transaction."""
        connection.exec_driver_sql(f"DROP TEMPORARY TABLE {self.quote(staged)}")

    def select(self, column: Column) -> str:
        """Return the expression that reads a column: geometry as WKB, x before y."""
        name = self.quote(column.name)
        return self._server.product.as_wkb(name) if column.kind.name == "geometry" and column.note else name

    def result_columns(self, description: Sequence[Sequence[Any]]) -> list[Column]:
        """Return the columns of a result from the types that the server sends with it."""
        return [_result_column(entry) for entry in description]

    def explain(self, error: BaseException) -> PersistenceError:
        """Return the connector's error as one that says what to do."""
        return self._server.explain(error)


def _number(error: BaseException) -> int | None:
    """Return the server's number of an error."""
    number: int | None = getattr(driver_error(error), "errno", None)
    return number


def _is_varchar(column: Column) -> bool:
    return column.kind.name == "text" and column.size <= MAX_VARCHAR


def _column(
    name: str, declared: Any, length: int | None, precision: int | None, scale: int | None, note: Any
) -> Column:
    """Return a column from the server's catalogue."""
    sql = declared.decode() if isinstance(declared, bytes) else str(declared)
    bare = re.split(r"\W", sql.upper(), maxsplit=1)[0]
    unsigned = BY_SQL_TYPE.get(f"{bare} UNSIGNED") if "unsigned" in sql else None
    kind = unsigned or BY_SQL_TYPE.get(bare, KIND["bytes"])
    column = Column.noted(name, note) or Column(name, kind)
    size: Any = length
    if column.kind.name == "text" and bare.endswith("TEXT") and length:
        size = length // 4
    if column.kind.name == "decimal":
        size = (precision, scale)
    return replace(column, size=size, declared=sql)


def _located(column: Column, srid: int | None) -> Column:
    """Return a column of geometry with its SRID, any other column as it is.

    MariaDB's own dumps leave the SRID out, so where the catalogue has none, it is that of the note.
    """
    if column.kind.name != "geometry":
        return column
    if srid is None:
        return replace(column, size=geometry.noted_srid(column.note.get("crs")))
    return replace(column, size=srid, declared=f"{column.declared} SRID {srid}")


def _result_column(entry: Sequence[Any]) -> Column:
    """Return a column of a result, from its line in the cursor's description."""
    sql = RESULTS.get(entry[1], "BLOB")
    if sql == "BIGINT" and entry[7] & FieldFlag.UNSIGNED:
        sql = "BIGINT UNSIGNED"
    return Column(entry[0], BY_SQL_TYPE[sql])
