"""What the doctor of a generated project says, and what it says after its own command was typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SIGN = "; mend it with: "
# A table to be seen again, in the notebook's Python.
SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"day": [1, 2, 3]}), "days", if_exists="replace")
"""
LOAD = "from persistence import Database; print(Database.from_env().load('days')['day'].tolist())"
# The system's own before others, which may lie where only their owner can read.
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
# Where a machine has no sudo, its user is root.
PREAMBLE = 'command -v sudo >/dev/null || sudo() { "$@"; }'


def said(project: Path, *commands: str, env: Mapping[str, str] | None = None, user: int | None = None) -> list[str]:
    """Return what `doctor.py` says after these commands, typed in the same shell: a line for each problem.

    Raises:
        AssertionError: its exit code is not the one that goes with what it said.
    """
    script = "\n".join([PREAMBLE, *commands, f"echo ---; {PYTHON} scripts/doctor.py"])
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=project,
        env={**os.environ, **(env or {})},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [line for line in done.stdout.partition("---\n")[2].splitlines() if SIGN in line]
    if done.returncode != (1 if lines else 0):
        raise AssertionError(f"exit code {done.returncode}:\n{done.stdout}{done.stderr}")
    return lines


def command(lines: list[str], words: str) -> str:
    """Return the command of the one line in which these words are.

    Raises:
        AssertionError: there is none, or there is more than one.
    """
    found = [line for line in lines if words in line.partition(SIGN)[0]]
    if len(found) != 1:
        raise AssertionError(f"{words!r} is in {len(found)} of {lines}")
    return found[0].partition(SIGN)[2]


def mends(
    project: Path, words: str, *broken: str, env: Mapping[str, str] | None = None, user: int | None = None
) -> str:
    """Break a project by commands, see what the doctor says, type its command, and see that it says so no more.

    Args:
        project: its folder.
        words: what is in the doctor's line, and no longer in any line then.
        broken: shell commands that break it, typed before; they are not repeated.
        env: variables of the shell.
        user: who types all this, if somebody else than the caller.

    Returns:
        the command.
    """
    typed = command(said(project, *broken, env=env, user=user), words)
    still = [line for line in said(project, typed, env=env, user=user) if words in line.partition(SIGN)[0]]
    if still:
        raise AssertionError(f"after `{typed}`: {still}")
    return typed


def kill_a_restore(project: Path, backup: Path, env: Mapping[str, str] | None = None) -> None:
    """Restore a backup as far as a restore is that is killed when all is built and nothing has changed."""
    script = "import backup; backup.finish = lambda project: False; backup.main('restore')"
    variables = {**os.environ, **(env or {}), "PYTHONPATH": "scripts", "FILE": str(backup), "YES": "1"}
    subprocess.run([sys.executable, "-B", "-c", script], cwd=project, env=variables, capture_output=True, check=True)


def write(env: Path, **values: str) -> None:
    """Give variables of a .env file these values."""
    lines = env.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line.partition("=")[0] not in values]
    lines += [f"{name}={value}" for name, value in values.items()]
    env.write_text("\n".join(lines) + "\n", encoding="utf-8")
