# ruff: noqa: ANN401 - Arrow ships no types
"""Files of any size as frames, with types that hold for the whole file, and Dask's frames: what `Database.save` reads.

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
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import accumulate, islice, repeat
from pathlib import Path
from typing import Any, NamedTuple

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet
from shapely.errors import GEOSException

from persistence import progress
from persistence.errors import ConnectionFailedError, UsageError


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


AHEAD = 4
"""Partitions of a Dask frame that are computed while one is saved."""


def partitions(frame: Any) -> Iterator[pd.DataFrame]:
    """Yield a Dask frame's partitions in their order: by the cluster of the `Client` that is open, else here.

    A few are computed ahead, so that not all have to fit into memory. Where they share work, as after a shuffle, they
    are computed at once, so that nothing is computed twice, and held by the cluster; without one, by this process.

    Raises:
        ConnectionFailedError: the cluster does not answer any more; what a task raises is raised as it is.
    """
    from dask.distributed import get_client  # half a second, for those who have a Dask frame
    from dask.optimization import cull

    frame = frame.optimize()
    graph, keys = frame.__dask_graph__(), frame.__dask_keys__()
    tasks = accumulate(len(cull(graph, [key])[0]) for key in keys)
    with ExitStack() as stack:
        try:
            client = get_client()
            submit = client.compute
        except ValueError:  # there is none
            client, pool = None, stack.enter_context(ThreadPoolExecutor(AHEAD))
            submit = partial(_submit, pool)
        try:
            if any(number > len(graph) for number in tasks):  # one is a part of several partitions
                frame = frame.persist()
            waiting, computed = deque(frame.to_delayed()), deque[Any]()
            while waiting or computed:
                while waiting and len(computed) < AHEAD:
                    computed.append(submit(waiting.popleft()))
                yield computed.popleft().result()
        except Exception as error:
            if client and (client.status != "running" or isinstance(error, CancelledError)):
                raise ConnectionFailedError(
                    "Dask's scheduler does not answer any more, and nothing was saved; start it again, by docker"
                    " compose up --detach, and make the Client and the frame anew"
                ) from error
            raise


def _submit(pool: ThreadPoolExecutor, part: Any) -> Future[Any]:
    return pool.submit(part.compute, scheduler="synchronous")


def partitioned(frames: Iterable[pd.DataFrame]) -> Any:
    """Return a Dask frame of frames of the same dtypes, at least one; the cluster whose `Client` is open holds them.

    Raises:
        UsageError: there is geometry, of which Dask knows nothing without dask-geopandas.
    """
    from dask import config
    from dask.dataframe import from_delayed
    from dask.dataframe.utils import clear_known_categories
    from dask.delayed import delayed
    from dask.distributed import get_client

    try:
        keep = partial(get_client().scatter, direct=False, hash=False)
    except ValueError:
        keep = partial(delayed, traverse=False)
    parts, first = list[Any](), None
    for frame in frames:
        if isinstance(frame, geopandas.GeoDataFrame):
            raise UsageError("a Dask frame has no geometry; load the other columns, or save the geometry as text (WKT)")
        first = frame.head(0) if first is None else first
        parts.append(keep(frame))
    with config.set({"dataframe.convert-string": False}):  # the dtypes stay those with which the table was saved
        return from_delayed(parts, meta=clear_known_categories(first), verify_meta=False)


def _check_names(path: Path, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise UsageError(f"{path}: two columns are named {max(names, key=names.count)!r}; rename one of them")


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
    """How a CSV file is written; `skipped` is the number of lines before the header."""

    path: Path
    encoding: str = "utf8"
    separator: str = ","
    skipped: int = 0
    has_comments: bool = False

    @classmethod
    def of(cls, path: Path) -> Layout:
        """Find it out from the file's first lines; the separator gives all of them the same number of fields."""
        with pa.input_stream(str(path), compression="detect") as stream:
            head = stream.read(HEAD_BYTES)
        encoding = next((name for mark, name in MARKED.items() if head.startswith(mark)), "utf8")
        lines = re.split(r"\r\n|\r|\n", head.decode(encoding, errors="ignore").removeprefix("\ufeff"))
        named = re.fullmatch(r"sep=(.)", lines[0], re.IGNORECASE)
        skipped = begin = int(bool(named))
        while skipped < len(lines) - 1 and lines[skipped].startswith("#"):
            skipped += 1
        has_comments = skipped > begin
        body = lines[skipped : len(lines) - (len(head) == HEAD_BYTES)]
        body = [line for line in body if not (has_comments and line.startswith("#"))]

        def width(separator: str) -> int:
            found = {len(row) for row in islice(csv.reader(body, delimiter=separator), HEAD_ROWS) if row}
            return max(found) if len(found) == 1 else 1

        separator = named[1] if named else max(SEPARATORS, key=width)
        layout = cls(path, encoding, separator, skipped, has_comments)
        fields = len(next(csv.reader(body, delimiter=separator), []))
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

    def names(self) -> list[str]:
        """Return the columns' names, having checked them."""
        names: list[str] = self.open([]).schema.names
        if "" in names:
            place, plain = names.index(""), {"sep": self.separator}
            raise UsageError(
                f"{self.path}: column {place + 1} has no name in the header; name it there. If it numbers the rows,"
                f" save {self.call(**plain, index_col=place)}; else {self.call(**plain)} names it 'Unnamed: {place}'"
            )
        _check_names(self.path, names)
        return names

    def call(self, **options: object) -> str:
        """Return the pandas call that reads the file in parts, for messages."""
        shown = [f"{name}={value!r}" for name, value in options.items()]
        return f"pd.read_csv({', '.join([repr(str(self.path)), *shown])}, chunksize=100_000)"


# --- CSV: what its values are ---------------------------------------------------------------------------------------

MARKS = pa.array(["", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"])
MOST_DIGITS = 17
"""Significant digits that tell every float64 from all others (IEEE 754); more say what it cannot hold."""


class Kind(NamedTuple):
    """A type of column: how its values look, Arrow's type, pandas' beside missing ones, and what is first replaced."""

    pattern: str
    wire: Any
    nullable: Any = None
    replaced: tuple[tuple[str, str], ...] = ()


_DAY, _TIME = r"\d{4}-\d\d-\d\d", r"[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_SHORT = r"0|-?[1-9]\d{0,14}"  # exact as float64, however many digits the others of the column have
_EXPONENT = r"[eE][+-]?\d{1,3}"
NUMBER = Kind(
    rf"{_SHORT}|[+-]?(0|[1-9]\d*)?\.\d*({_EXPONENT})?|[+-]?(0|[1-9]\d*){_EXPONENT}",
    pa.float64(),
)
COMMA = Kind(_SHORT + r"|[+-]?(0|[1-9]\d*|[1-9]\d?\d?(\.\d{3})+),\d+", pa.float64(), None, ((r"\.", ""), (",", ".")))
KINDS = (
    Kind(r"0|-?[1-9]\d*", pa.int64(), pd.Int64Dtype()),
    NUMBER,
    Kind(f"{_DAY}({_TIME})?", pa.timestamp("us")),
    Kind(rf"{_DAY}{_TIME}(Z|[+-]\d\d(:?\d\d)?)", pa.timestamp("us", "UTC")),
    Kind("true|True|TRUE|false|False|FALSE", pa.bool_(), pd.BooleanDtype()),
    Kind(
        rf"\d\d?\.\d\d?\.\d\d\d\d({_TIME})?",
        pa.timestamp("us"),
        None,
        ((r"^(\d)\.", r"0\1."), (r"^(\d\d)\.(\d)\.", r"\1.0\2."), (r"^(\d\d)\.(\d\d)\.(\d{4})", r"\3-\2-\1")),
    ),
    COMMA,
)
TEXT = Kind("", pa.string(), pd.StringDtype(na_value=np.nan))


@dataclass
class Column:
    """What is known of a column so far: the kinds that all of its values have, and whether there are and lack some."""

    kinds: tuple[Kind, ...]
    seen: bool = False
    missing: bool = False

    def learn(self, values: Any) -> None:
        """Take further values into account."""
        marked = _unmarked(values)
        self.seen |= marked.null_count < len(marked)
        self.missing |= marked.null_count > 0
        self.kinds = tuple(kind for kind in self.kinds if _typed(marked, kind) is not None)

    @property
    def kind(self) -> Kind:
        """The narrowest kind that fits; text where there is no value at all."""
        return self.kinds[0] if self.kinds and self.seen else TEXT

    def series(self, values: Any) -> Any:
        """Return the values in the column's dtype; raise where the file has other ones now."""
        kind = self.kind
        found = values if kind is TEXT else _typed(_unmarked(values), kind)
        if found is None:
            raise UsageError("the file changed while it was read; save it again")
        dtypes = {kind.wire: kind.nullable} if kind is TEXT or self.missing else {}
        return found.to_pandas(types_mapper=dtypes.get)


def _unmarked(values: Any) -> Any:
    """Return text with all marks of missing values as null."""
    return pc.if_else(pc.is_in(values, MARKS), None, values)


def _typed(values: Any, kind: Kind) -> Any:
    """Return text as values of a kind, or None when some would not be exactly that."""
    if not pc.all(pc.match_substring_regex(values, f"^({kind.pattern})$"), min_count=0).as_py():
        return None
    for pattern, replacement in kind.replaced:
        values = pc.replace_substring_regex(values, pattern, replacement)
    try:
        found = values.cast(kind.wire)
    except pa.ArrowInvalid:
        return None
    if kind.wire != pa.float64():
        return found
    doubtful = pc.and_(  # of 15 digits or fewer, all are exact
        pc.not_equal(found.cast(pa.string()), values), pc.match_substring_regex(values, "^.{16}|[eE]")
    )
    pairs = zip(values.filter(doubtful).to_pylist(), found.filter(doubtful).to_pylist(), strict=True)
    return found if all(_gives_back(number, text) for text, number in pairs) else None


def _gives_back(number: float, text: str) -> bool:
    """Say whether a text is its number, written with as many significant digits as the text has."""
    digits = len(Decimal(text).normalize().as_tuple().digits)
    return digits <= MOST_DIGITS and Decimal(text) in (Decimal(repr(number)), Decimal(f"{number:.{digits - 1}e}"))


def _csv_frames(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a CSV file as frames, from at most `BLOCK_BYTES` of it each.

    Raises:
        UsageError: the file is no CSV in Unicode, its rows differ in length, or it has no rows.
    """
    try:
        layout = Layout.of(path)
        kinds = KINDS if layout.separator != "," else KINDS[:-1]
        columns, rows = {name: Column(kinds) for name in layout.names()}, 0
        with progress.rows(None, f"looking through {path.name}") as advance:
            for batch in layout.open(list(columns)):
                for column, values in zip(columns.values(), batch.columns, strict=True):
                    column.learn(values)
                rows += batch.num_rows
                advance(batch.num_rows)
        if not rows:
            raise UsageError(f"{path} has a header, but no rows; there is nothing to save")
        used = {column.kind: name for name, column in columns.items()}
        if COMMA in used and NUMBER in used:  # whose points may be those of thousands
            raise UsageError(
                f"{path}: column {used[COMMA]!r} has decimal commas, column {used[NUMBER]!r} has points; say which:"
                f" save {layout.call(sep=layout.separator, decimal=',', thousands='.')}"
            )
        for batch in layout.open(list(columns)):
            found = zip(columns.items(), batch.columns, strict=True)
            yield pd.DataFrame({name: column.series(values) for (name, column), values in found})
    except (ValueError, OSError, EOFError) as error:  # Arrow's errors, and those of decompression, are such
        raise UsageError(f"{path}: {_why(path, str(error))}") from error


def _why(path: Path, text: str) -> str:
    """Return what the reader says of a broken file as a line that says what to do."""
    call = Layout(path).call
    if ragged := re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", text):
        row, expected, got = ragged.groups()
        return f"row {row}, counted from the header, has {got} fields, the header {expected}; mend that row"
    if "Empty CSV" in text:
        return "the file is empty; there is nothing to save"
    if re.search("UTF-?8|codec can't decode", text, re.IGNORECASE):
        return f"the text is not UTF-8; save {call(encoding='cp1252')}, or whatever its encoding is"
    if "straddl" in text:
        return f"a row is longer than {BLOCK_BYTES >> 20} MB, or a quote is not closed; try {call()}"
    return f"cannot be read as CSV ({' '.join(text.split())}); see whether {call()} can"


# --- Parquet --------------------------------------------------------------------------------------------------------

BATCH_ROWS = 50_000
BUFFER_BYTES = 1 << 20
"""Bytes of a column that are read at a time; without it, a whole row group would be."""


def _parquet_frames(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file as frames of at most `BATCH_ROWS`; a file without rows gives one empty frame.

    Raises:
        UsageError: this is not a Parquet file, or its geometry is not WKB.
    """
    try:
        by_unit = partial(parquet.ParquetFile, path, pre_buffer=False, buffer_size=BUFFER_BYTES)
        with by_unit(coerce_int96_timestamp_unit="s") as file, by_unit(coerce_int96_timestamp_unit="ns") as fine:
            convert, first_row = Converter(path, file), 0
            for table in _tables(path, file, fine):
                yield convert(table, first_row)
                first_row += len(table)
            if not first_row:
                yield convert(fine.schema_arrow.empty_table(), 0)
    except GEOSException as error:
        raise UsageError(f"{path} has geometry that is no WKB: {error}; save it again with geopandas") from error
    except (ValueError, OSError) as error:  # Arrow's errors are such
        raise UsageError(f"{path} cannot be read as Parquet: {' '.join(str(error).split())}") from error


def _tables(path: Path, file: parquet.ParquetFile, fine: parquet.ParquetFile) -> Iterator[Any]:
    """Yield the rows; moments of INT96, which are nanoseconds of any year, as whole microseconds.

    Of these `file` has the seconds, which always fit, and `fine` the nanoseconds, whose difference is right though they
    wrap around (Arrow computes both without a check).
    """
    leaves = [file.schema.column(position) for position in range(len(file.schema))]
    old = [leaf.path for leaf in leaves if leaf.physical_type == "INT96" and leaf.path in file.schema_arrow.names]
    finer: Any = fine.iter_batches(BATCH_ROWS) if old else repeat(None)
    for batch, other in zip(file.iter_batches(BATCH_ROWS), finer, strict=bool(old)):
        table = pa.Table.from_batches([batch])
        for name in old:
            seconds, nanoseconds = (part.column(name).cast(pa.int64()) for part in (batch, other))
            rest = pc.subtract(nanoseconds, pc.multiply(seconds, 10**9))
            thousands = pc.divide(rest, 1000)
            if pc.any(pc.not_equal(pc.multiply(thousands, 1000), rest)).as_py():
                raise UsageError(
                    f"{path}: column {name!r} has moments finer than a microsecond; round what"
                    f' pd.read_parquet({str(path)!r}) gives with .dt.floor("us"), and save that'
                )
            moments = pc.add(pc.multiply_checked(seconds, 10**6), thousands)
            place = table.schema.get_field_index(name)
            kind = pa.timestamp("us", table.schema.types[place].tz)
            table = table.set_column(place, name, moments.cast(kind))
        if len(table):
            yield table


class Converter:
    """How the tables of one Parquet file become frames.

    A dictionary column is categorical: its categories are gathered over the whole file first, so that all frames have
    the same. Integers and booleans of other writers, where some may be missing, get pandas' nullable dtypes, since as
    float64 they could change. Lists and structs become Python's lists and dicts.
    """

    def __init__(self, path: Path, file: parquet.ParquetFile) -> None:
        """Read what the file says of itself, and the categories of its dictionary columns."""
        schema = file.schema_arrow
        _check_names(path, schema.names)
        pandas, self.geo = (json.loads((schema.metadata or {}).get(key, "{}")) for key in (b"pandas", b"geo"))
        if self.geo and self.geo.get("primary_column") not in self.geo.get("columns", {}):
            raise UsageError(f"{path} names no primary_column of its geometry; save it again with geopandas")
        for name, column in self.geo.get("columns", {}).items():
            if column["encoding"] != "WKB":
                raise UsageError(f"{path}: column {name!r} is not WKB; save geopandas.read_parquet({str(path)!r})")
        index = [level for level in pandas.get("index_columns", []) if isinstance(level, dict) and level.get("name")]
        self.range = index[0] if index else None
        self.nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        self.nullable = [field.name for field in schema if not pandas and _may_lack(file, field)]
        self.categories = {
            field.name: _categories(file, field) for field in schema if pa.types.is_dictionary(field.type)
        }

    def __call__(self, table: Any, first_row: int) -> pd.DataFrame:
        """Return a part of the file, which begins at this row, as a frame."""
        for name, categories in self.categories.items():
            field = table.schema.field(name)
            codes = pc.index_in(table[name].cast(field.type.value_type), categories).combine_chunks()
            values = pa.DictionaryArray.from_arrays(codes, categories, ordered=field.type.ordered)
            table = table.set_column(table.schema.get_field_index(name), field.with_type(values.type), values)
        frame: pd.DataFrame = table.to_pandas()
        for name in self.nullable:
            frame[name] = table[name].to_pandas(types_mapper=_nullable)
        for name in self.nested:
            frame[name] = pd.Series(table[name].to_pylist(), index=frame.index, dtype=object)
        if self.range:
            start, step = self.range["start"] + first_row * self.range["step"], self.range["step"]
            frame.index = pd.RangeIndex(start, start + len(frame) * step, step, name=self.range["name"])
        if not self.geo:
            return frame
        for name, column in self.geo["columns"].items():  # without a CRS: GeoParquet's default; null is unknown
            frame[name] = geopandas.GeoSeries.from_wkb(frame[name], crs=column.get("crs", "OGC:CRS84"))
        located: pd.DataFrame = geopandas.GeoDataFrame(frame, geometry=self.geo["primary_column"])
        return located


def _nullable(kind: Any) -> Any:
    """Return the dtype of pandas that has room for missing values: ``UInt8`` for ``uint8``."""
    name = str(kind).replace("uint", "UInt").replace("int", "Int").replace("bool", "boolean")
    return pd.api.types.pandas_dtype(name)


def _may_lack(file: parquet.ParquetFile, field: Any) -> bool:
    """Say whether a column of integers or booleans may have missing values, by its statistics."""
    if not (pa.types.is_integer(field.type) or pa.types.is_boolean(field.type)):
        return False
    place = [file.schema.column(position).path for position in range(len(file.schema))].index(field.name)
    groups = range(file.metadata.num_row_groups)
    statistics = [file.metadata.row_group(group).column(place).statistics for group in groups]
    return not all(known and known.has_null_count and known.null_count == 0 for known in statistics)


def _categories(file: parquet.ParquetFile, field: Any) -> Any:
    """Return the values of a dictionary column over the whole file, in the order of their first dictionaries."""
    known: dict[Any, None] = {}
    for batch in file.iter_batches(BATCH_ROWS, columns=[field.name]):
        known.update(dict.fromkeys(batch.column(0).dictionary.to_pylist()))
    return pa.array(known, field.type.value_type)


READERS: dict[str, Callable[[Path], Iterator[pd.DataFrame]]] = {
    **{f".{kind}{packed}": _csv_frames for kind in ("csv", "tsv") for packed in ("", ".gz", ".bz2", ".zst")},
    ".parquet": _parquet_frames,
    ".geoparquet": _parquet_frames,
}
"""The endings of file names, and how such a file is read."""
