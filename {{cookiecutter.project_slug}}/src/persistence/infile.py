# ruff: noqa: ANN401 - Arrow ships no types
"""Rows as delimited text in a file of a private folder, for MySQL's LOAD DATA LOCAL INFILE.

Every text stands in double quotes, a quote in it is doubled, and nothing else is escaped: so commas, line breaks,
backslashes and NUL are themselves, and the word NULL without quotes is a missing value (MySQL 9.7 reference manual,
"LOAD DATA Statement"). Arrow writes floats with the fewest digits that give the same float back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from persistence.vectors import hexadecimal

FORMAT = (
    "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY X'0A'"
)
OPTIONS = csv.WriteOptions(include_header=False, batch_size=16_384, null_string="NULL", quoting_style="needed")
FILE_BYTES = 2**24
"""Bytes of Arrow data, about as many as of text, that make one file."""

Batch = list[list[Any]]
"""Slices of rows, of each the columns as Arrow arrays."""


def private_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new folder of mode 0700, which goes when it is no longer used or when Python ends."""
    return tempfile.TemporaryDirectory(prefix="persistence_", ignore_cleanup_errors=True)


def batches(slices: Iterator[list[Any]]) -> Iterator[Batch]:
    """Gather slices until they fill a file."""
    batch: Batch = []
    size = 0
    for part in slices:
        batch.append(part)
        size += sum(values.nbytes for values in part)
        if size >= FILE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class UnwritableError(Exception):
    """The temporary folder takes no file; nothing was sent."""


@contextmanager
def delimited(folder: str, batch: Batch) -> Iterator[str]:
    """Write rows to a file of the folder; give its path as SQL takes it, and remove the file at the end.

    Raises:
        UnwritableError: the file cannot be written.
    """
    path: Path | None = None
    try:
        try:
            with tempfile.NamedTemporaryFile(dir=folder, suffix=".csv", delete=False) as file:
                path = Path(file.name)
                for part in batch:
                    names = [str(number) for number in range(len(part))]
                    csv.write_csv(pa.table(list(map(_printable, part)), names=names), file, OPTIONS)
        except OSError as error:
            raise UnwritableError(str(error)) from error
        yield path.as_posix()
    finally:
        if path:
            with suppress(OSError):  # the folder goes as a whole when Python ends
                path.unlink()


def _printable(values: Any) -> Any:
    """Return an array as one that Arrow's writer prints in MySQL's way."""
    if pa.types.is_boolean(values.type):
        return values.cast(pa.uint8())
    return hexadecimal(values) if pa.types.is_large_binary(values.type) else values
