"""Parquet and GeoParquet files of any size as frames, with the dtypes that pandas or geopandas wrote.

A dictionary column is categorical: its categories are gathered over the whole file first, so that all frames have the
same. Integers and booleans of other writers, where some may be missing, get pandas' nullable dtypes, since as float64
they could change. Lists and structs become Python's lists and dicts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from shapely.errors import GEOSException

from persistence.errors import UsageError

BATCH_ROWS = 50_000
BUFFER_BYTES = 1 << 20
"""Bytes of a column that are read at a time; without it, a whole row group would be."""
NULLABLE = {
    **{getattr(pa, f"{sign}int{bits}")(): f"{sign.upper()}Int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    pa.bool_(): "boolean",
}


def frames(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file as frames of at most `BATCH_ROWS`; a file without rows gives one empty frame.

    Raises:
        UsageError: this is not a Parquet file, or its geometry is not WKB.
    """
    try:
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER_BYTES) as file:
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
        raise UsageError(f"{path} cannot be read as Parquet: {error}") from error


class Converter:
    """How the tables of one file become frames."""

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
        self.nested = [name for name in schema.names if pa.types.is_nested(schema.field(name).type)]
        self.nullable = [] if pandas else [name for name in schema.names if _may_lack(file, name)]
        self.dictionaries = {
            name: _categories(file, name) for name in schema.names if pa.types.is_dictionary(schema.field(name).type)
        }

    def __call__(self, table: pa.Table, first_row: int) -> pd.DataFrame:
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


def _nullable(kind: pa.DataType) -> Any:  # noqa: ANN401 - any of pandas' dtypes
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


def _categories(file: parquet.ParquetFile, name: str) -> pa.Array:
    """Return the values of a dictionary column over the whole file, in the order of their first dictionaries."""
    known: dict[Any, None] = {}
    for batch in file.iter_batches(BATCH_ROWS, columns=[name]):
        known.update(dict.fromkeys(batch.column(0).dictionary.to_pylist()))
    return pa.array(known, file.schema_arrow.field(name).type.value_type)
