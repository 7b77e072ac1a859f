# ruff: noqa: ANN401 - Arrow ships no types
"""Rows as delimited text in a file of a private folder, for MySQL's LOAD DATA LOCAL INFILE.

Every text stands in double quotes, a quote in it is doubled, and nothing else is escaped: so commas, line breaks,
backslashes and NUL are themselves, and the word NULL without quotes is a missing value (MySQL 9.7 reference manual,
"LOAD DATA Statement"). Arrow writes floats with the fewest digits that give the same float back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from persistence.folder import PrivateFolder
from persistence.vectors import hexadecimal

FORMAT = (
    "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY X'0A'"
)
OPTIONS = csv.WriteOptions(include_header=False, batch_size=16_384, null_string="NULL", quoting_style="needed")
FILE_BYTES, FILE_ROWS = 2**22, 40_000
"""Bytes of Arrow data, about as many as of text, or rows, that make one file: a fraction of the server's second."""


@dataclass
class Batch:
    """Rows that make one file.

    Attributes:
        first_row: how many rows of the same save come before these.
        slices: of each slice of the rows, the columns as Arrow arrays.
    """

    first_row: int
    slices: list[list[Any]] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(len(part[0]) for part in self.slices)


UNQUOTABLE = "'\\\n"
"""Characters that the connector, which looks the path up in the SQL, does not read as the server does."""


def private_folder() -> PrivateFolder:
    """Return a new private folder.

    Raises:
        UnwritableError: there is no place for it.
    """
    try:
        folder = PrivateFolder()
    except OSError as error:
        raise UnwritableError(str(error)) from error
    if set(str(folder.path)) & set(UNQUOTABLE):
        raise UnwritableError(f"the connector reads no file below a folder whose name needs quoting: {folder.path}")
    return folder


def batches(slices: Iterator[list[Any]]) -> Iterator[Batch]:
    """Gather slices until they fill a file. The first is a file of its own: it tells whether files are possible."""
    batch, size = Batch(0), FILE_BYTES
    for part in slices:
        batch.slices.append(part)
        size += sum(values.nbytes for values in part)
        if size >= FILE_BYTES or len(batch) >= FILE_ROWS:
            yield batch
            batch, size = Batch(batch.first_row + len(batch)), 0
    if batch.slices:
        yield batch


class UnwritableError(Exception):
    """The temporary folder takes no file; nothing was sent."""


def write(folder: str, batch: Batch, numbered: bool) -> Path:
    """Write rows to a new file of the folder and return its path.

    Args:
        folder: the private folder.
        batch: the rows.
        numbered: whether each line begins with the row's number, counted from 1.

    Raises:
        UnwritableError: the file cannot be written; what was is removed.
    """
    path: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".csv", delete=False) as file:
            path = Path(file.name)
            row = batch.first_row + 1
            for part in batch.slices:
                count = len(part[0])
                arrays = [pa.array(np.arange(row, row + count))] if numbered else []
                arrays += map(_printable, part)
                csv.write_csv(pa.table(arrays, names=[str(number) for number in range(len(arrays))]), file, OPTIONS)
                row += count
    except OSError as error:
        if path:
            remove(path)
        raise UnwritableError(str(error)) from error
    return path


def remove(path: Path) -> None:
    """Remove a file; where that fails, it goes with the folder when Python ends."""
    with suppress(OSError):
        path.unlink()


def _printable(values: Any) -> Any:
    """Return an array as one that Arrow's writer prints in MySQL's way, and as briefly as it can be read back."""
    if pa.types.is_boolean(values.type):
        return values.cast(pa.uint8())
    if pa.types.is_timestamp(values.type):
        with suppress(pa.ArrowInvalid):  # there are fractions of seconds
            return values.cast(pa.timestamp("s"))
    return hexadecimal(values) if pa.types.is_large_binary(values.type) else values
