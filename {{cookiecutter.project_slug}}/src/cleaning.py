"""An example of a module of your own: what several notebooks use stands here; tests/test_cleaning.py tests it."""

from __future__ import annotations

import pandas as pd


def with_speed(trips: pd.DataFrame) -> pd.DataFrame:
    """Return the trips with `Speed`, metres a second: missing where a part of it is, or where no time passed."""
    seconds = trips["TripDuration"].astype("Float64")
    metres = trips["TripDistance"].astype("Float64")
    return trips.assign(Speed=metres / seconds.mask(seconds <= 0))
