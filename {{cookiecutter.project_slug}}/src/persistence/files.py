# ruff: noqa: ANN401 - Arrow ships no types
"""Files of any size as frames, with types that hold for the whole file: what `Database.save` reads when given a path.

A CSV file is read twice, block by block: the first pass finds for each column the narrowest type that every one of its
values has, the second yields frames of these types. A value is never changed to fit one: text that a number would not
give back (``007``, ``+49``, ``0x1F``, 20 digits) keeps its column text. A ``float64``, written with as many
significant digits as the text has, at most `MOST_DIGITS`, gives that text's digits back: it does for each that a
program wrote of a ``float64``, and for any of 15 digits.

| values | dtype | with missing values |
| --- | --- | --- |
| whole numbers from -2**63 to 2**63 - 1 | ``int64`` | ``Int64`` |
| numbers with a point or an exponent | ``float64`` | ``float64`` |
| ISO 8601 dates and times, to the microsecond; days as ``31.12.2025`` | ``datetime64[us]`` | the same |
| the first with ``Z`` or an offset, as moments | ``datetime64[us, UTC]`` | the same |
| ``true``, ``false``, also as ``True`` or ``TRUE`` | ``bool`` | ``boolean`` |
| numbers with a decimal comma (``1.234,75``) between other separators | ``float64`` | ``float64`` |
| anything else | ``str`` | ``str`` |

An empty field is missing; in all columns but text, so are the marks in `MARKS`. In text ``NA`` is text (Namibia), and
``""`` in quotes is empty text. Parquet files have the dtypes that pandas or geopandas wrote.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet
from shapely.errors import GEOSException

from persistence import progress
from persistence.errors import UsageError


def frames(path: str | Path) -> Iterator[pd.DataFrame]:
    """Return an iterator over the file's rows as frames of bounded size, all of the same dtypes.

    Raises:
        UsageError: there is no such file, or it is not one of `READERS`; on the way also: its content is broken.
    """
    file = Path(path).expanduser()
    reader = next((read for ending, read in READERS.items() if file.name.casefold().endswith(ending)), None)
    if reader is None:
        raise UsageError(
            f"save takes a frame, an iterator of frames or the path of a file that ends with {', '.join(READERS)}, "
            f"not {str(path)!r}"
        )
    if file.is_dir():
        raise UsageError(f"{file} is a folder; save its files one by one, with if_exists='append'")
    if not file.exists():
        raise UsageError(f"there is no file {str(file)!r}; relative paths start at {Path.cwd()}")
    return reader(file)


# --- CSV: how a file is written -------------------------------------------------------------------------------------

BLOCK_BYTES = 1 << 20
"""Bytes of the file that are read at a time, and so the longest possible row."""
HEAD_BYTES, HEAD_ROWS = 1 << 16, 100
"""What is looked at to find out how a file is written."""
SEPARATORS = ",;\t|"
MARKED = {b"\xff\xfe\0\0": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""Byte-order marks, but for that of UTF-8, which Arrow knows."""


@dataclass(frozen=True)
class Layout:
    """How a file is written.

    Attributes:
        path: the file.
        encoding: its encoding.
        separator: what stands between fields.
        skipped: the number of lines before the header.
        has_comments: whether lines that begin with ``#`` are none of the rows.
    """

    path: Path
    encoding: str
    separator: str
    skipped: int
    has_comments: bool

    @classmethod
    def of(cls, path: Path) -> Layout:
        """Find out how a file is written, from its first lines."""
        with pa.input_stream(str(path), compression="detect") as stream:
            head = stream.read(HEAD_BYTES)
        encoding = next((name for mark, name in MARKED.items() if head.startswith(mark)), "utf8")
        text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
        lines = re.split(r"\r\n|\r|\n", text)
        named = re.fullmatch(r"sep=(.)", lines[0], re.IGNORECASE)
        skipped = int(bool(named))
        while skipped < len(lines) - 1 and lines[skipped].startswith("#"):
            skipped += 1
        has_comments = skipped > bool(named)
        body = lines[skipped:] if len(head) < HEAD_BYTES else lines[skipped:-1]
        separator = named[1] if named else _separator(body, has_comments)
        layout = cls(path, encoding, separator, skipped, has_comments)
        fields = len(_fields(body[:1], separator, has_comments)[0]) if any(body[:1]) else 0
        if has_comments and fields > 1 and lines[skipped - 1].count(separator) == fields - 1:
            raise UsageError(
                f"{path}: line {skipped} begins with '#' and has as many fields as the next; if it is the header, save"
                f" {layout.call(sep=separator, header=skipped - 1)}; if it is a comment,"
                f" {layout.call(sep=separator, comment='#')}"
            )
        return layout

    def open(self, names: list[str]) -> arrow_csv.CSVStreamingReader:
        """Open the file, the named columns as text; compressed as its name says."""
        has_comments = self.has_comments
        return arrow_csv.open_csv(
            pa.input_stream(str(self.path), compression="detect"),
            arrow_csv.ReadOptions(  # with threads, errors have no row numbers
                use_threads=False, block_size=BLOCK_BYTES, skip_rows=self.skipped, encoding=self.encoding
            ),
            arrow_csv.ParseOptions(
                delimiter=self.separator,
                newlines_in_values=True,
                invalid_row_handler=lambda row: "skip" if has_comments and row.text.startswith("#") else "error",
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )

    def call(self, **options: object) -> str:
        """Return the pandas call that reads the file in parts, for messages."""
        shown = [f"{name}={value!r}" for name, value in options.items()]
        return f"pd.read_csv({', '.join([repr(str(self.path)), *shown])}, chunksize=100_000)"


def _separator(lines: list[str], has_comments: bool) -> str:
    """Return the separator by which all lines have the same number of fields, and the most; else the comma."""
    widths = {}
    for separator in SEPARATORS:
        found = {len(row) for row in _fields(lines, separator, has_comments)}
        widths[separator] = found.pop() if len(found) == 1 else 0
    best = max(SEPARATORS, key=lambda separator: widths[separator])
    return best if widths[best] > 1 else ","


def _fields(lines: list[str], separator: str, has_comments: bool) -> list[list[str]]:
    """Return the first rows of a file by this separator; none where it does not fit at all."""
    try:
        reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
        rows = [row for row, _ in zip(reader, range(HEAD_ROWS), strict=False) if row]
    except csv.Error:
        return []
    return [row for row in rows if not (has_comments and row[0].startswith("#"))]


# --- CSV: what its values are ---------------------------------------------------------------------------------------

MARKS = ("", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null")
MOST_EXACT = 10**15
"""Whole numbers below this are exact as float64, however many decimal digits the others of their column have."""
MOST_DIGITS = 17
"""Significant digits that tell every float64 from all others (IEEE 754); more say what it cannot hold."""


@dataclass(frozen=True)
class Kind:
    """A type of column.

    Attributes:
        pattern: what its values look like.
        wire: the type of Arrow.
        nullable: the dtype of pandas when some are missing.
        base: the kind that the values are of when they are rewritten.
        rewrite: the replacements that make them so.
    """

    pattern: str
    wire: Any
    nullable: Any = None
    base: Kind | None = None
    rewrite: tuple[tuple[str, str], ...] = ()


_DAY = r"\d{4}-\d\d-\d\d"
_TIME = r"[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_SHORT_WHOLE = r"0|-?[1-9]\d{0,14}"
_POINTED = r"[+-]?(0|[1-9]\d*)?\.\d*"
_EXPONENT = r"[eE][+-]?\d+"
INTEGER = Kind(r"0|-?[1-9]\d*", pa.int64(), pd.Int64Dtype())
NUMBER = Kind(rf"{_SHORT_WHOLE}|{_POINTED}({_EXPONENT})?|[+-]?(0|[1-9]\d*){_EXPONENT}", pa.float64())
MOMENT = Kind(f"{_DAY}({_TIME})?", pa.timestamp("us"))
DOTTED = Kind(
    rf"\d\d?\.\d\d?\.\d{{4}}({_TIME})?",
    pa.timestamp("us"),
    base=MOMENT,
    rewrite=((r"^(\d)\.", r"0\1."), (r"^(\d\d)\.(\d)\.", r"\1.0\2."), (r"^(\d\d)\.(\d\d)\.(\d{4})", r"\3-\2-\1")),
)
COMMA = Kind(
    rf"{_SHORT_WHOLE}|[+-]?(0|[1-9]\d*|[1-9]\d?\d?(\.\d{{3}})+),\d+",
    pa.float64(),
    base=NUMBER,
    rewrite=((r"\.", ""), (",", ".")),
)
KINDS = (
    *(INTEGER, NUMBER, MOMENT),
    Kind(rf"{_DAY}{_TIME}(Z|[+-]\d\d(:?\d\d)?)", pa.timestamp("us", "UTC")),
    Kind("true|True|TRUE|false|False|FALSE", pa.bool_(), pd.BooleanDtype()),
    *(DOTTED, COMMA),
)
TEXT = Kind("", pa.string(), pd.StringDtype(na_value=np.nan))


class Column:
    """What is known of a column so far: the kinds that all of its values have, and whether some are missing."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        """Begin before the first value."""
        self.kinds = kinds
        self.seen = self.missing = False

    def learn(self, values: Any) -> None:
        """Take further values into account."""
        marked = _unmarked(values)
        self.seen |= marked.null_count < len(marked)
        self.missing |= marked.null_count > 0
        self.kinds = _fitting(marked, self.kinds)

    @property
    def kind(self) -> Kind:
        """The narrowest kind that fits; text where there is no value at all."""
        return self.kinds[0] if self.kinds and self.seen else TEXT

    def series(self, values: Any) -> pd.Series | None:
        """Return the values in the column's dtype, or None when there is one that does not fit."""
        kind = self.kind
        found = values if kind is TEXT else _typed(_unmarked(values), kind)
        dtypes = {kind.wire: kind.nullable} if kind is TEXT or self.missing else {}
        return None if found is None else found.to_pandas(types_mapper=dtypes.get)


def _unmarked(values: Any) -> Any:
    """Return text with all marks of missing values as null."""
    return pc.if_else(pc.is_in(values, pa.array(MARKS)), None, values)


def _typed(values: Any, kind: Kind) -> Any:
    """Return text as values of a kind, or None when some would not be exactly that."""
    if kind.base:
        if not _all(pc.match_substring_regex(values, f"^({kind.pattern})$")):
            return None
        for pattern, replacement in kind.rewrite:
            values = pc.replace_substring_regex(values, pattern, replacement)
        return _typed(values, kind.base)
    try:
        found = values.cast(kind.wire)
    except pa.ArrowInvalid:
        return None
    if not _all(pc.match_substring_regex(values, f"^({kind.pattern})$")):
        return None
    return found if kind is not NUMBER or (_all(pc.is_finite(found)) and _give_back(found, values)) else None


def _give_back(numbers: Any, texts: Any) -> bool:
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


def _digits(texts: Any) -> Any:
    """Return the significant digits of numbers: nothing for zero."""
    return pc.ascii_trim(pc.replace_substring_regex(texts, "[eE].*|[^0-9]", ""), "0")


def _scientific(digits: str) -> str:
    """Return significant digits as the scientific notation begins."""
    return f"{digits[0]}.{digits[1:]}e" if digits[1:] else f"{digits or 0}e"


def _fitting(values: Any, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Return those of the kinds that all values have."""
    whole = _typed(values, INTEGER) if INTEGER in kinds else None
    if whole is None:
        return tuple(kind for kind in kinds if _typed(values, kind) is not None)
    if whole.null_count == len(whole):
        return kinds
    low, high = pc.min_max(whole).as_py().values()  # which spares the other kinds' patterns
    exact = low > -MOST_EXACT and high < MOST_EXACT
    return tuple(kind for kind in kinds if kind is INTEGER or (kind in (NUMBER, COMMA) and exact))


def _all(mask: Any) -> bool:
    """Say whether a mask holds for all that is not null."""
    return bool(pc.all(mask, skip_nulls=True, min_count=0).as_py())


# --- CSV: its rows --------------------------------------------------------------------------------------------------


def _csv_frames(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a CSV file as frames, from at most `BLOCK_BYTES` of it each.

    Raises:
        UsageError: the file is no CSV in Unicode, its rows differ in length, or it has no rows.
    """
    with _explained(path):
        layout = Layout.of(path)
        kinds = KINDS if layout.separator != "," else KINDS[:-1]
        columns = {name: Column(kinds) for name in _names(layout)}
        with progress.rows(None, f"looking through {path.name}") as advance:
            for batch in _batches(layout, list(columns)):
                for column, values in zip(columns.values(), batch.columns, strict=True):
                    column.learn(values)
                advance(batch.num_rows)
        _check_points(layout, columns)
        for batch in _batches(layout, list(columns)):
            yield _frame(path, columns, batch)


def _check_points(layout: Layout, columns: dict[str, Column]) -> None:
    """Raise where one column has decimal commas and another points, which may be those of thousands."""
    commas, points = (
        next((n for n, column in columns.items() if column.kind is kind), None) for kind in (COMMA, NUMBER)
    )
    if commas is not None and points is not None:
        raise UsageError(
            f"{layout.path}: column {commas!r} has decimal commas, column {points!r} has points; say which: save"
            f" {layout.call(sep=layout.separator, decimal=',', thousands='.')}"
        )


def _frame(path: Path, columns: dict[str, Column], batch: Any) -> pd.DataFrame:
    """Return a block of rows as a frame."""
    series = {
        name: column.series(values) for (name, column), values in zip(columns.items(), batch.columns, strict=True)
    }
    if any(found is None for found in series.values()):
        raise UsageError(f"{path} changed while it was read; save it again")
    return pd.DataFrame(series)


def _names(layout: Layout) -> list[str]:
    """Return the columns' names, having checked them."""
    names: list[str] = layout.open([]).schema.names
    if "" in names:
        position = names.index("")
        call = layout.call(**({} if layout.separator == "," else {"sep": layout.separator}), index_col=position)
        raise UsageError(
            f"{layout.path}: column {position + 1} has no name in the header; if it numbers the rows, save {call}"
        )
    if len(set(names)) < len(names):
        raise UsageError(f"{layout.path}: two columns are named {max(names, key=names.count)!r}; rename one of them")
    return names


def _batches(layout: Layout, names: list[str]) -> Iterator[Any]:
    """Yield the rows of the file as text, block by block."""
    empty = True
    for batch in layout.open(names):
        if batch.num_rows:
            empty = False
            yield batch
    if empty:
        raise UsageError(f"{layout.path} has a header, but no rows; there is nothing to save")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the reader says of a broken file into a line that says what to do."""
    call = Layout(path, "", "", 0, has_comments=False).call
    try:
        yield
    except UsageError:
        raise
    except (ValueError, OSError, EOFError) as error:  # Arrow's errors, and those of decompression, are such
        ragged = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", str(error))
        if ragged:
            row, expected, got = ragged.groups()
            why = f"row {row}, counted from the header, has {got} fields, the header {expected}; mend that row"
        elif "Empty CSV" in str(error):
            why = "the file is empty; there is nothing to save"
        elif "UTF8" in str(error) or isinstance(error, UnicodeError):
            why = f"the text is not UTF-8; save {call(encoding='cp1252')}, or whatever its encoding is"
        elif "straddl" in str(error):
            why = f"a row is longer than {BLOCK_BYTES >> 20} MB, or a quote is not closed; try {call()}"
        else:
            why = f"cannot be read as CSV ({' '.join(str(error).split())}); see whether {call()} can"
        raise UsageError(f"{path}: {why}") from error


# --- Parquet --------------------------------------------------------------------------------------------------------

BATCH_ROWS = 50_000
BUFFER_BYTES = 1 << 20
"""Bytes of a column that are read at a time; without it, a whole row group would be."""
NULLABLE = {
    **{getattr(pa, f"{sign}int{bits}")(): f"{sign.upper()}Int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    pa.bool_(): "boolean",
}


def _parquet_frames(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file as frames of at most `BATCH_ROWS`; a file without rows gives one empty frame.

    Raises:
        UsageError: this is not a Parquet file, or its geometry is not WKB.
    """
    try:
        with parquet.ParquetFile(
            path, pre_buffer=False, buffer_size=BUFFER_BYTES, coerce_int96_timestamp_unit="us"
        ) as file:
            convert = Converter(path, file)
            first_row = 0
            for batch in file.iter_batches(BATCH_ROWS):
                if batch.num_rows:
                    yield convert(pa.Table.from_batches([batch]), first_row)
                    first_row += batch.num_rows
            if not first_row:
                yield convert(file.schema_arrow.empty_table(), 0)
    except UsageError:
        raise
    except GEOSException as error:
        raise UsageError(f"{path} has geometry that is no WKB: {error}; save it again with geopandas") from error
    except (ValueError, OSError) as error:  # Arrow's errors are such
        raise UsageError(f"{path} cannot be read as Parquet: {' '.join(str(error).split())}") from error


class Converter:
    """How the tables of one Parquet file become frames.

    A dictionary column is categorical: its categories are gathered over the whole file first, so that all frames have
    the same. Integers and booleans of other writers, where some may be missing, get pandas' nullable dtypes, since as
    float64 they could change. Lists and structs become Python's lists and dicts.
    """

    def __init__(self, path: Path, file: parquet.ParquetFile) -> None:
        """Read what the file says of itself, and the categories of its dictionary columns."""
        schema = file.schema_arrow
        names = schema.names
        if len(set(names)) < len(names):
            raise UsageError(f"{path}: two columns are named {max(names, key=names.count)!r}; rename one of them")
        metadata = schema.metadata or {}
        pandas, self.geo = (json.loads(metadata.get(key, "{}")) for key in (b"pandas", b"geo"))
        if self.geo and self.geo.get("primary_column") not in self.geo.get("columns", {}):
            raise UsageError(f"{path} names no primary_column of its geometry; save it again with geopandas")
        for name, column in self.geo.get("columns", {}).items():
            if column["encoding"] != "WKB":
                raise UsageError(f"{path}: column {name!r} is not WKB; save geopandas.read_parquet({str(path)!r})")
        index = [level for level in pandas.get("index_columns", []) if isinstance(level, dict)]
        self.range = index[0] if index and index[0].get("name") is not None else None
        self.nested = [name for name in names if pa.types.is_nested(schema.field(name).type)]
        self.nullable = [] if pandas else [name for name in names if _may_lack(file, name)]
        self.dictionaries = {
            name: _categories(file, name) for name in names if pa.types.is_dictionary(schema.field(name).type)
        }

    def __call__(self, table: Any, first_row: int) -> pd.DataFrame:
        """Return a part of the file, which begins at this row, as a frame."""
        for name, categories in self.dictionaries.items():
            position = table.schema.get_field_index(name)
            field = table.schema.field(position)
            codes = pc.index_in(table[name].cast(field.type.value_type), categories).combine_chunks()
            values = pa.DictionaryArray.from_arrays(codes, categories, ordered=field.type.ordered)
            table = table.set_column(position, field.with_type(values.type), values)
        frame = table.to_pandas()
        for name in self.nullable:
            frame[name] = table[name].to_pandas(types_mapper=_nullable)
        for name in self.nested:
            frame[name] = pd.Series(table[name].to_pylist(), index=frame.index, dtype=object)
        if self.range:
            start, step = self.range["start"] + first_row * self.range["step"], self.range["step"]
            frame.index = pd.RangeIndex(start, start + len(frame) * step, step, name=self.range["name"])
        return self._located(frame)

    def _located(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with its geometry, as the GeoParquet specification 1.1 describes it."""
        if not self.geo:
            return frame
        for name, column in self.geo["columns"].items():
            crs = column.get("crs", "OGC:CRS84")  # which is the specification's default; null is unknown
            frame[name] = geopandas.GeoSeries.from_wkb(frame[name], crs=crs)
        located: pd.DataFrame = geopandas.GeoDataFrame(frame, geometry=self.geo["primary_column"])
        return located


def _nullable(kind: Any) -> Any:
    """Return pandas' nullable dtype of an Arrow type, or None to leave the choice to Arrow."""
    return pd.api.types.pandas_dtype(NULLABLE[kind]) if kind in NULLABLE else None


def _may_lack(file: parquet.ParquetFile, name: str) -> bool:
    """Say whether a column of integers or booleans may have missing values, by its statistics."""
    if file.schema_arrow.field(name).type not in NULLABLE:
        return False
    names = [file.schema.column(position).path for position in range(len(file.schema))]
    groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
    statistics = [group.column(names.index(name)).statistics for group in groups]
    return not all(known and known.has_null_count and known.null_count == 0 for known in statistics)


def _categories(file: parquet.ParquetFile, name: str) -> Any:
    """Return the values of a dictionary column over the whole file, in the order of their first dictionaries."""
    known: dict[Any, None] = {}
    for batch in file.iter_batches(BATCH_ROWS, columns=[name]):
        known.update(dict.fromkeys(batch.column(0).dictionary.to_pylist()))
    return pa.array(known, file.schema_arrow.field(name).type.value_type)


READERS: dict[str, Callable[[Path], Iterator[pd.DataFrame]]] = {
    **{f".{kind}{packed}": _csv_frames for kind in ("csv", "tsv") for packed in ("", ".gz", ".bz2", ".zst")},
    ".parquet": _parquet_frames,
    ".geoparquet": _parquet_frames,
}
"""The endings of file names, and how such a file is read."""
