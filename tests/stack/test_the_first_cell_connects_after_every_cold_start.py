"""From an empty volume, the first cell connects: ten times in `make soak`, once here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from stack import Stack

STARTS = 10 if os.environ.get("SOAK") else 1
FIRST_CELL = """
import pandas as pd
from persistence import Database

print(Database.from_env().save(pd.DataFrame({"a": [1]}), "first"))
"""


def test_the_first_cell_connects_after_every_cold_start(
    new_stack: Callable[..., Stack], measured: Callable[[str, object], None]
) -> None:
    cold = new_stack()
    cold.compose("build", "jupyter")
    seconds = []
    for _ in range(STARTS):
        cold.down("--volumes")
        start = time.monotonic()
        cold.up()
        assert cold.python(FIRST_CELL) == "1"
        seconds.append(round(time.monotonic() - start, 1))
    measured("cold starts, seconds from `up` to the first saved row", seconds)
