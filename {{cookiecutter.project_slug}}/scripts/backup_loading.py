# ruff: noqa: ANN401, S608 - the connector and Arrow ship no types; names are quoted
"""The rows of a backup into one table: as files, or as statements where the server takes none."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from backup_definitions import quote
from backup_mysql import run
from persistence import infile
from persistence.errors import driver_error
from persistence.loading import NO_FILES, literal

WRITTEN = {"whole": "CAST({} AS UNSIGNED)", "bytes": "UNHEX({})", "counted": "{}"}
"""What is stored for a field that is not the value as it stands, by its kind (see `backup_reading.READ`).

MariaDB 11.8 gives a zero in an AUTO_INCREMENT column another number, whatever sql_mode says, where LOAD DATA sets other
columns than that one.
"""
STATEMENT_CHARACTERS = 2**20


@dataclass(frozen=True)
class Target:
    """A table to fill, and of each of its columns the kind of field."""

    table: str
    columns: dict[str, str]

    def load(self, connection: Connection, path: Path) -> int:
        """Load a file's rows, by statements where the server takes no files; return how many it took."""
        marks = {name: f"@field{number}" for number, name in enumerate(self.columns) if self.columns[name] in WRITTEN}
        fields = ", ".join(marks.get(name) or quote(name) for name in self.columns)
        values = [f"{quote(name)} = {WRITTEN[self.columns[name]].format(mark)}" for name, mark in marks.items()]
        statement = (
            f"LOAD DATA LOCAL INFILE {literal(path.as_posix())} INTO TABLE {quote(self.table)}"
            f" {infile.FORMAT} ({fields})" + (f" SET {', '.join(values)}" if values else "")
        )
        try:
            return int(run(connection, statement).rowcount)
        except DBAPIError as error:
            cause = driver_error(error)
            told = cause.__cause__ or cause  # the connector puts words of its own before the server's 3948
            if getattr(told, "errno", None) not in NO_FILES:
                raise
        return self._insert(connection, path)

    def _insert(self, connection: Connection, path: Path) -> int:
        """Insert a file's rows by statements of about a megabyte."""
        into = f"INSERT INTO {quote(self.table)} ({', '.join(map(quote, self.columns))}) VALUES "
        shapes = [WRITTEN.get(kind, "{}") for kind in self.columns.values()]
        columns = [column.to_pylist() for column in _parsed(path, list(self.columns)).columns]
        waiting: list[str] = []
        size = 0
        for row in zip(*columns, strict=True):
            written = (_value(shape, value) for shape, value in zip(shapes, row, strict=True))
            waiting.append(f"({', '.join(written)})")
            size += len(waiting[-1])
            if size > STATEMENT_CHARACTERS:
                run(connection, into + ", ".join(waiting))
                waiting, size = [], 0
        if waiting:
            run(connection, into + ", ".join(waiting))
        return len(columns[0])


def _parsed(path: Path, names: list[str]) -> Any:
    """Return a file's rows as an Arrow table of texts."""
    reading = csv.ReadOptions(column_names=names, block_size=path.stat().st_size + 1)
    parsing = csv.ParseOptions(double_quote=True, newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=["NULL"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return csv.read_csv(BytesIO(path.read_bytes()), reading, parsing, converting)


def _value(shape: str, value: str | None) -> str:
    return "NULL" if value is None else shape.replace("{}", literal(value))
