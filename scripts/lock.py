"""`make lock`: the newest versions that both pyproject.toml files allow, in every lock of the template.

The project's own locks come first and constrain the template's; image/uv.txt holds the uv that made them, by hash.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import stack

sys.path.insert(0, str(stack.PROJECT_FOLDER / "scripts"))
import dependencies
from dependencies import ENTRY

BUILD = stack.TEMPLATE / "build" / "lock"
UV = stack.TEMPLATE / ".venv" / "bin" / "uv"
LOCK = stack.TEMPLATE / "requirements.lock"


def main() -> None:
    """Write the locks of a newly generated project, those of the template, and image/uv.txt."""
    project = stack.generate(BUILD)
    for _, *arguments in dependencies.compile_commands("--upgrade"):
        stack.run(UV, *arguments, cwd=project)
    for name in (dependencies.LOCK, dependencies.LAB_LOCK):
        shutil.copyfile(project / name, stack.PROJECT_FOLDER / name)
    _, *compile_own = dependencies.COMPILE
    options = ("--upgrade", "--constraints", project / dependencies.LOCK, "--group", "dev", "--output-file", LOCK)
    stack.run(UV, *compile_own, *options, "pyproject.toml", cwd=stack.TEMPLATE)
    (stack.PROJECT_FOLDER / "image" / "uv.txt").write_text(only(LOCK.read_text(encoding="utf-8"), "uv"))


def only(lock: str, name: str) -> str:
    """Return the entries of one package of a lock, with their hashes."""
    return "".join(entry[0] for entry in ENTRY.finditer(lock) if entry["name"] == name)


if __name__ == "__main__":
    try:
        main()
    except (stack.CommandError, subprocess.TimeoutExpired) as failure:
        sys.exit(f"lock: {failure}")
