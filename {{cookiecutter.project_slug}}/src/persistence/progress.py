"""A bar for what takes longer than a second, in terminals and notebooks; nothing in logs.

It is tqdm's text bar, since its widget needs a package and leaves nothing readable in an executed notebook. tqdm's
own settings hold: ``TQDM_DISABLE=1`` in the environment, before the import, switches it off.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm.std import tqdm

PATIENCE = 1.0
"""Seconds before the bar appears."""


@contextmanager
def rows(total: int | None, what: str) -> Iterator[Callable[[int], object]]:
    """Show how many rows are done until the block ends; then the bar goes away.

    Args:
        total: the number of rows, where it is known.
        what: what is being done, shown before the bar.

    Yields:
        A function to be called with the number of rows that have been done since the last call.
    """
    notebook = type(sys.stdout).__module__.startswith("ipykernel")
    file = sys.stdout if notebook else sys.stderr  # a notebook shows stderr as if it were an error
    hidden = {} if notebook or sys.stderr.isatty() else {"disable": True}  # not set, TQDM_DISABLE decides
    look = {"unit": " rows", "unit_scale": True, "leave": False}
    with tqdm(total=total, desc=what, delay=PATIENCE, file=file, **look, **hidden) as bar:
        yield bar.update
