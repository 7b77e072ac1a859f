"""A line for each table or folder that is being read or written: with a running count in a terminal."""

from __future__ import annotations

import os
import sys
import threading
import time

PAUSE = 0.2


class Progress:
    """Prints what is being done to standard error; called from several threads."""

    def __init__(self, done: str) -> None:
        """Prepare; `done` is what is done to rows."""
        self._done, self._live = done, bool(os.environ.get("PROGRESS"))
        self._name, self._rows, self._start, self._printed = "", 0, 0.0, 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> Progress:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Print the last line."""
        self._end()

    def __call__(self, name: str, rows: int) -> None:
        """Count rows of a table, or nothing of what has none."""
        with self._lock:
            now = time.monotonic()
            if name != self._name:
                self._end()
                self._name, self._rows, self._start = name, 0, now
            self._rows += rows
            if self._live and now - self._printed > PAUSE:
                self._printed = now
                print(f"\r  {self._line()}", end="\033[K", file=sys.stderr, flush=True)

    def _line(self) -> str:
        return f"{self._name}: {self._rows:,} rows {self._done}" if self._rows else self._name

    def _end(self) -> None:
        if self._name:
            seconds = time.monotonic() - self._start
            end = "\033[K\n" if self._live else "\n"
            print(f"{chr(13) * self._live}  {self._line()}, {seconds:.1f} s", end=end, file=sys.stderr, flush=True)
        self._name = ""
