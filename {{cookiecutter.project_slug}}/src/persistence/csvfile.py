"""CSV files of any size as frames, with types that hold for the whole file.

The file is read twice, block by block: the first pass finds for each column the narrowest type that every one of its
values has, the second yields frames of these types. A value is never changed to fit one: text that a number would not
give back (``007``, ``+49``, ``0x1F``, 20 digits) keeps its column text. A ``float64``, written with as many
significant digits as the text has, at most `MOST_DIGITS`, gives that text's digits back: it does for each that a
program wrote of a ``float64``, and for any of 15 digits.

| values | dtype | with missing values |
| --- | --- | --- |
| whole numbers from -2**63 to 2**63 - 1 | ``int64`` | ``Int64`` |
| numbers with a point or an exponent | ``float64`` | ``float64`` |
| ISO 8601 dates and times, to the microsecond | ``datetime64[us]`` | the same |
| the same with ``Z`` or an offset, as moments | ``datetime64[us, UTC]`` | the same |
| ``true``, ``false``, also as ``True`` or ``TRUE`` | ``bool`` | ``boolean`` |
| anything else | ``str`` | ``str`` |

An empty field is missing; in all columns but text, so are the marks in `MARKS`. In text ``NA`` is text (Namibia), and
``""`` in quotes is empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from persistence import progress
from persistence.errors import UsageError

BLOCK_BYTES = 1 << 20
"""Bytes of the file that are read at a time, and so the longest possible row."""
MARKS = ("", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null")
MOST_EXACT = 10**15
"""Whole numbers below this are exact as float64, however many decimal digits the others of their column have."""

MOST_DIGITS = 17
"""Significant digits that tell every float64 from all others (IEEE 754); more say what it cannot hold."""


@dataclass(frozen=True)
class Kind:
    """A type of column: what its values look like, and the types of Arrow and of pandas when some are missing."""

    pattern: str
    wire: Any
    nullable: Any = None


_DAY = r"\d{4}-\d\d-\d\d"
_TIME = r"[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_WHOLE = r"0|-?[1-9]\d*"
_EXPONENT = r"[eE][+-]?\d+"
INTEGER = Kind(_WHOLE, pa.int64(), pd.Int64Dtype())
_SHORT_WHOLE = r"0|-?[1-9]\d{0,14}"
_POINTED = r"[+-]?(0|[1-9]\d*)?\.\d*"
NUMBER = Kind(
    rf"{_SHORT_WHOLE}|{_POINTED}({_EXPONENT})?|[+-]?(0|[1-9]\d*){_EXPONENT}",
    pa.float64(),
)
KINDS = (
    INTEGER,
    NUMBER,
    Kind(f"{_DAY}({_TIME})?", pa.timestamp("us")),
    Kind(rf"{_DAY}{_TIME}(Z|[+-]\d\d(:?\d\d)?)", pa.timestamp("us", "UTC")),
    Kind("true|True|TRUE|false|False|FALSE", pa.bool_(), pd.BooleanDtype()),
)
TEXT = Kind("", pa.string(), pd.StringDtype(na_value=np.nan))


class Column:
    """What is known of a column so far: the kinds that all of its values have, and whether some are missing."""

    def __init__(self) -> None:
        """Begin before the first value."""
        self.kinds: tuple[Kind, ...] = KINDS
        self.seen = self.missing = False

    def learn(self, values: pa.Array) -> None:
        """Take further values into account."""
        marked = unmarked(values)
        self.seen |= marked.null_count < len(marked)
        self.missing |= marked.null_count > 0
        self.kinds = fitting(marked, self.kinds)

    @property
    def kind(self) -> Kind:
        """The narrowest kind that fits; text where there is no value at all."""
        return self.kinds[0] if self.kinds and self.seen else TEXT

    def series(self, values: pa.Array) -> pd.Series | None:
        """Return the values in the column's dtype, or None when there is one that does not fit."""
        kind = self.kind
        found = values if kind is TEXT else typed(unmarked(values), kind)
        dtypes = {kind.wire: kind.nullable} if kind is TEXT or self.missing else {}
        return None if found is None else found.to_pandas(types_mapper=dtypes.get)


def unmarked(values: pa.Array) -> pa.Array:
    """Return text with all marks of missing values as null."""
    return pc.if_else(pc.is_in(values, pa.array(MARKS)), None, values)


def typed(values: pa.Array, kind: Kind) -> pa.Array | None:
    """Return text as values of a kind, or None when some would not be exactly that."""
    try:
        found = values.cast(kind.wire)
    except pa.ArrowInvalid:
        return None
    if not _all(pc.match_substring_regex(values, f"^({kind.pattern})$")):
        return None
    return found if kind is not NUMBER or (_all(pc.is_finite(found)) and _give_back(found, values)) else None


def _give_back(numbers: pa.Array, texts: pa.Array) -> bool:
    """Say whether all texts are their numbers, written with as many significant digits as the text has."""
    short = pc.less_equal(pc.binary_length(texts), 15)
    quick = pc.and_(short, pc.invert(pc.match_substring_regex(texts, "[eE]")))  # without an exponent, none becomes 0
    numbers, texts = numbers.filter(pc.invert(quick)), texts.filter(pc.invert(quick))
    others = pc.not_equal(_digits(texts), _digits(numbers.cast(pa.string())))  # the fewest digits that are enough
    numbers, texts = numbers.filter(others), texts.filter(others)
    return all(
        len(digits) <= MOST_DIGITS and f"{abs(number):.{max(len(digits) - 1, 0)}e}".startswith(_scientific(digits))
        for number, digits in zip(numbers.to_pylist(), _digits(texts).to_pylist(), strict=True)
    )


def _digits(texts: pa.Array) -> pa.Array:
    """Return the significant digits of numbers: nothing for zero."""
    digits = pc.replace_substring_regex(texts, "[eE].*|[^0-9]", "")
    return pc.ascii_trim(digits, "0")


def _scientific(digits: str) -> str:
    """Return significant digits as the scientific notation begins."""
    return f"{digits[0]}.{digits[1:]}e" if digits[1:] else f"{digits or 0}e"


def fitting(values: pa.Array, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Return those of the kinds that all values have."""
    whole = typed(values, INTEGER) if INTEGER in kinds else None
    if whole is None:
        return tuple(kind for kind in kinds if typed(values, kind) is not None)
    if whole.null_count == len(whole):
        return kinds
    low, high = pc.min_max(whole).as_py().values()  # which spares the other kinds' patterns
    exact = low > -MOST_EXACT and high < MOST_EXACT
    return tuple(kind for kind in kinds if kind is INTEGER or (kind is NUMBER and exact))


def frames(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a CSV file as frames, from at most `BLOCK_BYTES` of it each.

    Raises:
        UsageError: the file is not CSV with commas in UTF-8, its rows differ in length, or it has no rows.
    """
    with _explained(path):
        columns = {name: Column() for name in _names(path)}
        with progress.rows(None, f"looking through {path.name}") as advance:
            for batch in _batches(path, list(columns)):
                for column, values in zip(columns.values(), batch.columns, strict=True):
                    column.learn(values)
                advance(batch.num_rows)
        for batch in _batches(path, list(columns)):
            yield _frame(path, columns, batch)


def _frame(path: Path, columns: dict[str, Column], batch: pa.RecordBatch) -> pd.DataFrame:
    """Return a block of rows as a frame."""
    parts = {}
    for (name, column), values in zip(columns.items(), batch.columns, strict=True):
        series = column.series(values)
        if series is None:
            raise UsageError(f"{path} changed while it was read; save it again")
        parts[name] = series
    return pd.DataFrame(parts)


def _names(path: Path) -> list[str]:
    """Return the columns' names, having checked that this is CSV with commas."""
    names: list[str] = _open(path, []).schema.names
    if "" in names:
        position = names.index("")
        raise UsageError(
            f"{path}: column {position + 1} has no name in the header; if it numbers the rows, save "
            f"{_chunks(path, index_col=position)}"
        )
    if len(set(names)) < len(names):
        raise UsageError(f"{path}: two columns are named {max(names, key=names.count)!r}; rename one of them")
    other = re.search(r"[;\t|]", names[0]) if len(names) == 1 else None
    if other:
        raise UsageError(
            f"{path} seems to be separated by {other[0]!r}, not by commas; save {_chunks(path, sep=other[0])}"
        )
    return names


def _batches(path: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the file as text, block by block."""
    empty = True
    for batch in _open(path, names):
        if batch.num_rows:
            empty = False
            yield batch
    if empty:
        raise UsageError(f"{path} has a header, but no rows; there is nothing to save")


def _open(path: Path, names: list[str]) -> csv.CSVStreamingReader:
    """Open the file, the named columns as text; compressed as its name says."""
    return csv.open_csv(
        pa.input_stream(str(path), compression="detect"),
        csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),  # with threads, errors have no row numbers
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the reader says of a broken file into a line that says what to do."""
    try:
        yield
    except UsageError:
        raise
    except (ValueError, OSError) as error:  # Arrow's errors, and those of decompression, are such
        ragged = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", str(error))
        if ragged:
            row, expected, got = ragged.groups()
            why = f"row {row}, counted from the header, has {got} fields, the header {expected}; mend that row"
        elif "Empty CSV" in str(error):
            why = "the file is empty; there is nothing to save"
        elif "UTF8" in str(error) or isinstance(error, UnicodeError):
            why = f"the text is not UTF-8; save {_chunks(path, encoding='cp1252')}, or whatever its encoding is"
        elif "straddl" in str(error):
            why = f"a row is longer than {BLOCK_BYTES >> 20} MB, or a quote is not closed; try {_chunks(path)}"
        else:
            why = f"cannot be read as CSV ({error}); see whether {_chunks(path)} can"
        raise UsageError(f"{path}: {why}") from error


def _chunks(path: Path, **options: object) -> str:
    """Return the pandas call that reads the file in parts, for messages."""
    shown = [f"{name}={value!r}" for name, value in options.items()]
    return f"pd.read_csv({', '.join([repr(str(path)), *shown])}, chunksize=100_000)"


def _all(mask: pa.Array) -> bool:
    """Say whether a mask holds for all that is not null."""
    return bool(pc.all(mask, skip_nulls=True, min_count=0).as_py())
