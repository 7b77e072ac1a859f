"""A build of an image, timed, with what its log says: which steps ran, what was sent, what was downloaded."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack import CommandError

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
SIZE = r"([\d.]+) ?([kMG]?B)"
STEP = re.compile(r"^#(\d+) \[(?!internal)[^\]]*\d+/\d+\] (.*)$", re.MULTILINE)
CACHED = re.compile(r"^#(\d+) CACHED$", re.MULTILINE)
CONTEXT = re.compile(rf"transferring context: {SIZE}")
DOWNLOAD = re.compile(rf"Downloading \S+ \({SIZE}\)")


def _bytes(number: str, unit: str) -> int:
    return round(float(number) * UNITS[unit])


@dataclass(frozen=True)
class Build:
    """A build that succeeded.

    Attributes:
        seconds: from the command's start to its end.
        log: what it printed, with `--progress plain`.
    """

    seconds: float
    log: str

    @property
    def steps(self) -> dict[str, bool]:
        """Return the instructions of the Dockerfile but FROM, and whether each was taken from the cache."""
        cached = set(CACHED.findall(self.log))
        steps = STEP.findall(self.log)
        return {words: number in cached for number, words in steps if not words.startswith("FROM ")}

    @property
    def ran(self) -> list[str]:
        """Return the instructions that were not taken from the cache."""
        return [words for words, cached in self.steps.items() if not cached]

    @property
    def context(self) -> int:
        """Return how many bytes the engine was sent of the build context."""
        return max((_bytes(number, unit) for number, unit in CONTEXT.findall(self.log)), default=0)

    @property
    def downloaded(self) -> int:
        """Return the bytes of the packages that pip said to download."""
        return sum(_bytes(number, unit) for number, unit in DOWNLOAD.findall(self.log))


def build(*command: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 1800) -> Build:
    """Run a command that builds an image and prints its progress plainly.

    Raises:
        CommandError: its exit code is not 0; the message holds its log.
    """
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise CommandError(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stdout}")
    return Build(seconds, done.stdout)
