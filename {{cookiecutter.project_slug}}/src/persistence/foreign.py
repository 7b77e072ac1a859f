"""Columns of tables made by others that hold less than their kind: what they would change is refused.

MySQL itself rounds, trims or pads such values without a word (MySQL 9.7 reference manual, sections "Floating-Point
Types", "Fractional Seconds in Time Values", "The CHAR and VARCHAR Types" and "The BINARY and VARBINARY Types").
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from persistence.errors import UnsupportedValueError

SECONDS = 1_000_000
"""Microseconds."""


def check(name: str, declared: str, cells: pa.Array, series: pd.Series, first_row: int) -> None:
    """Raise for the first value that a column would change.

    Args:
        name: the column's name.
        declared: its SQL type, as MySQL reports it.
        cells: the values, encoded.
        series: the same as they were given, for the message.
        first_row: the number of the first row.

    Raises:
        UnsupportedValueError: there is such a value.
    """
    found = re.match(r"(\w+)(?:\((\d+)\))?", declared.upper())
    sql, size = (found[1], int(found[2] or 0)) if found else ("", 0)
    changed, why = None, ""
    if sql == "FLOAT":
        changed, why = _rounded(cells), "FLOAT would round it; use .astype('float32'), or make the column DOUBLE"
    elif sql in ("DATETIME", "TIMESTAMP", "TIME") and size < 6:
        unit = SECONDS // 10**size
        why = f"{declared} would round it; use .dt.round('{unit}us'), or make the column {sql}(6)"
        changed = pc.not_equal(_fraction(cells, unit), 0)
    elif sql == "CHAR":
        changed, why = pc.ends_with(cells, " "), "CHAR loses spaces at the end; strip them, or make the column VARCHAR"
    elif sql == "BINARY":
        changed = pc.not_equal(pc.binary_length(cells), size or 1)
        why = f"{declared} pads it with zeros; give it {size or 1} bytes, or make the column VARBINARY"
    positions = [] if changed is None else pc.indices_nonzero(changed).to_pylist()
    if positions:
        row = positions[0]
        raise UnsupportedValueError(name, why, row=first_row + row, value=series.iloc[row])


def _rounded(cells: pa.Array) -> pa.Array:
    """Say for each number whether it is none of single precision."""
    numbers = cells.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        return pa.array(~np.isnan(numbers) & (numbers.astype("float32").astype("float64") != numbers))


def _fraction(cells: pa.Array, unit: int) -> pa.Array:
    """Return what values of time have beyond a multiple of the unit, both in microseconds; times of day are text."""
    if not pa.types.is_timestamp(cells.type):
        cells = pc.utf8_rpad(pc.replace_substring_regex(cells, r"^[^.]*\.?", ""), 6, "0").cast(pa.int64())
    micros = cells.cast(pa.int64())
    return pc.subtract(micros, pc.multiply(pc.divide(micros, unit), unit))
