"""Turn a backup of the first format (tar of zstd parts, rows as CSV) into one of today's, without any server.

It runs where pyarrow and the project's scripts are, the notebook's container for instance (docs/backup.md, "Older
files"): the old file comes by standard input, the new one goes out by standard output. Each checksum of the old one is
compared.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any

import pyarrow as pa
from pyarrow import csv

sys.path.append("/scripts")  # the project's, in the container
from backup_archive import FORMAT, Manifest, Writer

BEGIN = (
    b"SET FOREIGN_KEY_CHECKS=0, UNIQUE_CHECKS=0, TIME_ZONE='+00:00', AUTOCOMMIT=0;\n"
    b"SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';\n"
)
KINDS = {"PROCEDURE": "routine", "FUNCTION": "routine", "VIEW": "view", "TRIGGER": "trigger", "EVENT": "event"}
STATEMENT = 2**20


class OddFileError(ValueError):
    """The file is no sound backup of the first format."""


class Old:
    """A backup of the first format.

    Attributes:
        manifest: what it says of itself.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Read the manifest."""
        self._tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - as long as this is
        text, seal = (self._content(name) for name in ("manifest.json", "manifest.sha256"))
        if not seal.startswith(hashlib.sha256(text).hexdigest().encode()):
            raise OddFileError("its manifest is not as it was written")
        self.manifest: Manifest = json.loads(text)
        if (self.manifest["format"], self.manifest["version"]) != (FORMAT, 1):
            raise OddFileError("it has not the first format")

    def _content(self, name: str) -> bytes:
        content = self._tar.extractfile(name)
        return content.read() if content else b""

    def parts(self, **which: str | None) -> Iterator[bytes]:
        """Yield what is in the parts of a table or folder, in their order."""
        for part in self.manifest["parts"]:
            if all(part.get(key) == value for key, value in which.items()):
                data = self._content(part["name"])
                if hashlib.sha256(data).hexdigest() != part["sha256"]:
                    raise OddFileError(f"its part {part['name']} is not as it was written")
                yield pa.decompress(data, part["raw"], codec="zstd", asbytes=True)


def quote(name: str) -> str:
    """Return a name as a quoted identifier."""
    return "`" + name.replace("`", "``") + "`"


def literal(kind: str, value: str | None) -> str:
    """Return a field as SQL writes it, by its kind in the old manifest."""
    if value is None:
        return "NULL"
    if kind in ("bytes", "whole"):
        return f"x'{value}'" if kind == "bytes" else value
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def rows(lines: bytes, columns: dict[str, str]) -> Iterator[str]:
    """Yield the rows of a part, each as SQL writes it."""
    reading = csv.ReadOptions(column_names=list(columns), block_size=len(lines) + 1)
    parsing = csv.ParseOptions(double_quote=True, newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=["NULL"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    read = csv.read_csv(io.BytesIO(lines), reading, parsing, converting)
    kinds = list(columns.values())
    for values in zip(*(column.to_pylist() for column in read.columns), strict=True):
        yield f"({','.join(map(literal, kinds, values))})"


def table(old: Old, known: Manifest) -> Iterator[bytes]:
    """Yield the statements that make a table, with its rows."""
    yield f"DROP TABLE IF EXISTS {quote(known['name'])};\n{known['create']};\n".encode()
    head = f"INSERT INTO {quote(known['name'])} ({', '.join(map(quote, known['columns']))}) VALUES\n"
    summed = hashlib.sha256()
    for lines in old.parts(table=known["name"]):
        summed.update(lines)
        for _, group in groupby(sized(rows(lines, known["columns"])), key=lambda one: one[0]):
            yield (head + ",\n".join(row for _, row in group) + ";\n").encode()
    if summed.hexdigest() != known["sha256"]:
        raise OddFileError(f"the rows of {known['name']} are not as they were written")
    yield b"COMMIT;\n"


def sized(found: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield rows, each with the number of the statement in which it belongs."""
    size = 0
    for row in found:
        size += len(row)
        yield size // STATEMENT, row


def ordered(objects: list[Manifest]) -> list[Manifest]:
    """Return objects in an order in which they can be made: a view after those of which it speaks."""
    views = [one for one in objects if one["kind"] == "VIEW"]
    done: list[Manifest] = []
    while views:
        free = [one for one in views if not any(quote(other["name"]) in one["sql"] for other in views if other != one)]
        done += free or views
        views = [one for one in views if free and one not in free]
    kinds = ["PROCEDURE", "FUNCTION", "VIEW", "TRIGGER", "EVENT"]
    return sorted([*done, *(one for one in objects if one["kind"] != "VIEW")], key=lambda one: kinds.index(one["kind"]))


def statements(objects: list[Manifest]) -> Iterator[bytes]:
    """Yield what makes routines, views, triggers and events."""
    yield b"DELIMITER ;;\n"
    for one in ordered(objects):
        for name in ("sql_mode", "time_zone"):
            if name in one:
                yield f"SET SESSION {name} = {literal('text', one[name])};;\n".encode()
        yield f"{one['sql']};;\n".encode()
    yield b"DELIMITER ;\n"


def database(old: Old) -> Iterator[bytes]:
    """Yield the statements that make a database of MySQL or MariaDB."""
    yield BEGIN
    for known in old.manifest["tables"]:
        yield from table(old, known)
    yield from statements(old.manifest["objects"])


def convert(source: IO[bytes], target: IO[bytes]) -> None:
    """Read a backup of the first format and write one of today's.

    Raises:
        OddFileError: it is none, or damaged.
    """
    old = Old(source)
    known = old.manifest
    kept: dict[str, Any] = {name: known[name] for name in ("project", "database", "server", "made")}
    kept["tables"] = {one["name"]: {"rows": one["rows"]} for one in known["tables"]}
    # What was not noted in today's way is not compared: an object is there, or not.
    kept["objects"] = {f"{KINDS[one['kind']]} {one['name']}": "" for one in known.get("objects", [])}
    with Writer(target) as writer:
        if known["database"] == "sqlite":
            writer.add("database.sqlite", old.parts(table=None, folder=None))
        else:
            writer.add("database.sql", database(old))
        for folder in known["folders"]:
            writer.add(f"folders/{folder['name']}.tar", old.parts(folder=folder["name"]))
        writer.finish(kept)


def main() -> None:
    """Convert standard input to standard output."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        shutil.copyfileobj(sys.stdin.buffer, source)
        source.seek(0)
        convert(source, target)
        target.seek(0)
        shutil.copyfileobj(target, sys.stdout.buffer)


if __name__ == "__main__":
    try:
        main()
    except (OddFileError, tarfile.TarError, KeyError, ValueError, pa.ArrowException) as error:
        sys.exit(f"convert_backup: this is no sound backup of the first format: {error}")
