"""From what a database returned to frames: each column decoded at once, the index set, the geometry active."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

from persistence import geometry, progress
from persistence.columns import Column, decode

Cells = Any
"""A column's values: an Arrow array, in one piece or several; a list where they have no common Arrow type (SQLite)."""


@dataclass(frozen=True)
class Result:
    """The rows of a query.

    Attributes:
        columns: what the database says about the columns.
        batches: the rows, at least one batch: for each column its values. They are read from the database as they are
            asked for.
    """

    columns: list[Column]
    batches: Iterable[list[Cells]] = field(repr=False)


def cells(values: Sequence[Any]) -> Cells:
    """Return a driver's values as an Arrow array, or as they are where they have no common type."""
    try:
        array = pa.array(values, from_pandas=False)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return list(values)
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
    return array.cast(wide.get(array.type, array.type)) if isinstance(array, pa.Array) else list(values)


def whole(columns: Sequence[Column], batches: Iterable[list[Cells]]) -> pd.DataFrame:
    """Return all rows as one frame, holding no column longer than it is needed."""
    parts: list[list[Cells]] = [[] for _ in columns]
    with progress.rows(None, "loading") as advance:
        for batch in batches:
            for part, found in zip(parts, batch, strict=True):
                part.append(found)
            advance(len(batch[0]))
    return frame(columns, (_joined(parts.pop(0)) for _ in columns))


def regrouped(batches: Iterable[list[Any]], rows: int) -> Iterator[list[Any]]:
    """Yield the same rows in batches of so many, and one of the rest; at least one."""
    held: Any = None
    for batch in batches:
        more = pa.Table.from_arrays(batch, [str(number) for number in range(len(batch))])
        held = more if held is None else pa.concat_tables([held, more])
        while len(held) > rows:
            yield held.slice(0, rows).columns
            held = held.slice(rows)
    yield held.columns


def _joined(parts: list[Cells]) -> Cells:
    """Return a column's parts as one; of several, each is an array, and text is not copied."""
    return parts[0] if len(parts) == 1 else pa.chunked_array(parts)


def frame(columns: Sequence[Column], values: Iterable[Cells]) -> pd.DataFrame:
    """Return the columns' values as a frame: each column decoded, the index set, the geometry active."""
    series = {number: decode(column, found) for number, (column, found) in enumerate(zip(columns, values, strict=True))}
    built = pd.DataFrame(series)
    built.columns = pd.Index([column.name for column in columns])
    active = next((column.name for column in columns if column.note.get("active")), None)
    built = geometry.assemble(built, active)
    levels = sorted((column.note["index"], column.name) for column in columns if "index" in column.note)
    return built.set_index([name for _, name in levels]) if levels else built
