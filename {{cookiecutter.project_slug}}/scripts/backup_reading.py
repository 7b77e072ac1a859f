# ruff: noqa: S608 - the connector and Arrow ship no types; names are quoted
"""A MySQL or MariaDB database as parts of a backup, with the rights of the application's own user.

All rows are read in one transaction, straight from the wire, and become text that LOAD DATA reads, compressed by zstd.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from backup_archive import Manifest, RefusedError
from backup_definitions import quote, without_definer
from backup_mysql import CHANGED, OBJECTS, TODO, connected, number_of, present, rows_of, run, text
from persistence import infile, wire
from persistence.server import Server
from persistence.vectors import hexadecimal

NUMBERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double")
TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json")
PLACES = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon")
COLLECTIONS = ("geomcollection", "geometrycollection")
BYTES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "vector", *PLACES, *COLLECTIONS)
READ = {"plain": "{}", "counted": "{}", "whole": "CAST({} AS UNSIGNED)", "bytes": "{}", "text": "CAST({} AS CHAR)"}
"""How a column is read, by the kind of its field in the file; geometry is the server's own bytes, SRID included."""
GENERATED = re.compile(r"\b(VIRTUAL|STORED) GENERATED", re.IGNORECASE)
COUNTED = "auto_increment"
TRIES = 10
Say = Callable[[str, int], object]


class Sink(Protocol):
    """Where parts go."""

    def add(self, name: str, data: bytes, **known: object) -> None:
        """Take one part, and what is known of it."""


@dataclass(frozen=True)
class Table:
    """A table to read.

    Attributes:
        name: its name.
        columns: of each stored column the kind of its field, a key of `READ`.
        key: the columns of its primary key.
    """

    name: str
    columns: dict[str, str]
    key: list[str]

    def select(self) -> str:
        """Return the query of all rows, in the order in which they lie."""
        values = ", ".join(READ[kind].format(quote(name)) for name, kind in self.columns.items())
        order = f"ORDER BY {', '.join(map(quote, self.key))}" if self.key else "USE INDEX ()"
        return f"SELECT {values} FROM {quote(self.name)} {order}"


def dump(server: Server, sink: Sink, say: Say) -> Manifest:
    """Write all tables to the sink, as they are at one moment, and return what there is.

    A save that replaces a table waits meanwhile until the last row is read; reading and adding rows does not.

    Args:
        server: where to read.
        sink: where the parts go.
        say: called with a table's name and the number of its rows that were read since the last call.

    Raises:
        RefusedError: something is there that cannot be backed up.
        PersistenceError, DBAPIError: the server refuses, or is gone.
    """
    with connected(server) as reader, connected(server) as catalogue:
        names = _hold(reader, catalogue)
        columns, keys = _columns(catalogue), _keys(catalogue)
        tables = [
            _dump_table(reader, Table(name, columns[name], keys.get(name, [])), f"tables/{number:04}", sink, say)
            for number, name in enumerate(names, 1)
        ]
        version, schema = rows_of(catalogue, "SELECT VERSION(), DATABASE()")[0]
        found = {"database": "mysql", "server": version, "name": schema, "tables": tables}
        return {**found, "objects": _objects(catalogue)}


def _hold(reader: Connection, catalogue: Connection) -> list[str]:
    """Take the metadata lock of every table before the first row is read; return their names.

    The first row settles which moment the transaction sees: a table that was replaced after that would look empty.
    LIMIT 0 reads none.
    """
    for _ in range(TRIES):
        reader.rollback()
        catalogue.rollback()
        found = present(catalogue)
        names = [name for name, kind in found.items() if kind == "BASE TABLE"]
        _check(found)
        try:
            for name in names:
                run(reader, f"SELECT 1 FROM {quote(name)} LIMIT 0").close()
        except DBAPIError as error:
            if number_of(error) not in CHANGED:
                raise
            continue
        catalogue.rollback()
        if present(catalogue) == found:
            return names
    raise RefusedError("tables come and go while they are to be read: run it again when no notebook makes new ones")


def _check(found: dict[str, str]) -> None:
    """Raise where something is there of which a backup would not be whole."""
    if TODO in found:
        raise RefusedError("a restore was interrupted at its very end: 'make restore' finishes it")
    for name, kind in found.items():
        if kind not in ("BASE TABLE", "VIEW"):
            raise RefusedError(f"{name} is a {kind.lower()}, which 'make backup' cannot take: use the server's tools")


def _columns(catalogue: Connection) -> dict[str, dict[str, str]]:
    """Return the kinds of the fields of each table, invisible columns included; generated ones make themselves."""
    found: dict[str, dict[str, str]] = {}
    for table, name, data_type, extra in rows_of(
        catalogue,
        "SELECT table_name, column_name, data_type, extra FROM information_schema.columns"
        " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position",
    ):
        columns = found.setdefault(table, {})
        if not GENERATED.search(extra):
            columns[name] = "counted" if COUNTED in extra.lower() else _kind(data_type.lower())
    return found


def _kind(data_type: str) -> str:
    """Return the kind of field for a type of SQL."""
    if data_type in ("bit", "year"):  # as text, the year 0 would be 2000
        return "whole"
    if data_type in BYTES:
        return "bytes"
    return "plain" if data_type in NUMBERS + TEXTS else "text"


def _keys(catalogue: Connection) -> dict[str, list[str]]:
    """Return the columns of each table's primary key."""
    found: dict[str, list[str]] = {}
    for table, column in rows_of(
        catalogue,
        "SELECT table_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
        " AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index",
    ):
        found.setdefault(table, []).append(column)
    return found


def _dump_table(reader: Connection, table: Table, folder: str, sink: Sink, say: Say) -> Manifest:
    """Write one table's parts; return its definition, and the count and checksum of its rows."""
    create = rows_of(reader, f"SHOW CREATE TABLE {quote(table.name)}")[0][1]
    summed, rows = hashlib.sha256(), 0
    for number, arrays in enumerate(_batches(reader, table.select()), 1):
        lines = _lines(arrays)
        summed.update(lines)
        rows += len(arrays[0])
        data = pa.compress(lines, codec="zstd", asbytes=True)
        sink.add(f"{folder}/{number:06}.csv.zst", data, table=table.name, rows=len(arrays[0]), raw=len(lines))
        say(table.name, len(arrays[0]))
    say(table.name, 0)
    known = {"name": table.name, "rows": rows, "sha256": summed.hexdigest()}
    return {**known, "create": create, "columns": table.columns, "keyed": bool(table.key)}


def _batches(reader: Connection, sql: str) -> Iterator[list[Any]]:
    """Yield the rows as columns of Arrow arrays, some megabytes at a time."""
    if not reader.in_transaction():
        reader.begin()
    for arrays in wire.execute(reader.connection.driver_connection, sql, []) or ():
        if len(arrays[0]):
            yield arrays


def _lines(arrays: list[Any]) -> bytes:
    """Return rows as the lines that `infile.FORMAT` describes."""
    lines = pa.BufferOutputStream()
    # The server's HEX would make NULL of what is larger than a packet.
    printed = [hexadecimal(values) if pa.types.is_large_binary(values.type) else values for values in arrays]
    csv.write_csv(pa.table(printed, names=[str(number) for number in range(len(printed))]), lines, infile.OPTIONS)
    written: bytes = lines.getvalue().to_pybytes()
    return written


def _objects(catalogue: Connection) -> list[Manifest]:
    """Return how each routine, view, trigger and event is made."""
    found = []
    for kind, names in OBJECTS.items():
        for (name,) in rows_of(catalogue, names):
            result = run(catalogue, f"SHOW CREATE {kind} {quote(name)}")
            row = {key.lower(): text(value) for key, value in zip(result.keys(), result.one(), strict=True)}
            sql = row.get("sql original statement") or row.get(f"create {kind.lower()}")
            if not sql:
                raise RefusedError(
                    f"the {kind.lower()} {name} shows its text to its owner only: have SHOW_ROUTINE granted to the"
                    " project's user, or drop it"
                )
            kept = {key: row[key] for key in ("sql_mode", "time_zone") if row.get(key) is not None}
            found.append({"kind": kind, "name": name, "sql": without_definer(sql), **kept})
    return found
