"""`make notebooks`: execute every notebook of notebooks/, each with the kernel it was written for.

Runs in the notebook's container, in the project's folder. The executed copies go to outputs/notebooks/.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

MOST_SECONDS_OF_A_CELL = 600


def kernel_of(notebook: Path, kernels: Collection[str]) -> str | None:
    """Return the kernel to run a notebook with, or None where none of these runs its language.

    A kernel's name belongs to the machine that wrote it into the notebook; Python of any name runs as `python3`.
    """
    written: dict[str, str] = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("kernelspec", {})
    name = written.get("name", "python3")
    if name in kernels:
        return name
    return "python3" if written.get("language") == "python" else None


def foreign_database(notebook: Path) -> str | None:
    """Return the one value of DATABASE that a notebook's metadata asks for, where the project has another."""
    wanted: str | None = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("database")
    return wanted if wanted not in (None, os.environ["DATABASE"]) else None


def execute(notebook: Path, kernel: str, output: Path) -> bool:
    """Write the executed copy of a notebook below `output`; return whether all its cells ran."""
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", str(output)]
    options = [f"kernel_name={kernel}", f"timeout={MOST_SECONDS_OF_A_CELL}"]
    command += [f"--ExecutePreprocessor.{option}" for option in options]
    return subprocess.run([*command, str(notebook)], check=False).returncode == 0  # noqa: S603 - no shell


def main(project: Path) -> int:
    """Execute what there is a kernel for, and name what is skipped or failed; return the exit code."""
    kernels = KernelSpecManager().find_kernel_specs()
    failed = []
    for notebook in sorted((project / "notebooks").glob("*.ipynb")):
        kernel = kernel_of(notebook, kernels)
        if kernel is None:
            there_are = ", ".join(sorted(kernels))
            print(f"Skipped {notebook.name}: this image has no kernel for it, only {there_are}.", flush=True)
        elif wanted := foreign_database(notebook):
            print(f"Skipped {notebook.name}: it reads DATABASE={wanted}, which .env has otherwise.", flush=True)
        elif not execute(notebook, kernel, project / "outputs" / "notebooks"):
            failed.append(notebook.name)
    if failed:
        print(f"Not all cells ran of {', '.join(failed)}; the errors are above.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
