"""Each notebook of notebooks/ runs from its first cell to its last: `make notebooks` runs this file alone.

A notebook runs with the kernel it was written for, and its executed copy goes to outputs/notebooks/. Skipped are those
for which there is no kernel here, and those whose metadata names another `database` than the project has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from persistence import Database

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
MOST_SECONDS_OF_A_CELL = 600


def kernel_of(metadata: dict[str, dict[str, str]]) -> str | None:
    """Return the kernel to run a notebook with, or None where none here runs its language.

    A kernel's name belongs to the machine that wrote it into the notebook; Python of any name runs as `python3`.
    """
    written = metadata.get("kernelspec", {})
    name = written.get("name", "python3")
    if name in KernelSpecManager().find_kernel_specs():
        return name
    return "python3" if written.get("language") == "python" else None


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_every_cell_runs(notebook: Path, db: Database) -> None:
    metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
    wanted = metadata.get("database", db.settings.database)
    if wanted != db.settings.database:
        pytest.skip(f"{notebook.name} reads DATABASE={wanted}, which .env has otherwise")
    kernel = kernel_of(metadata)
    if kernel is None:
        there_are = ", ".join(sorted(KernelSpecManager().find_kernel_specs()))
        pytest.skip(f"{notebook.name}: this image has no kernel for it, only {there_are}")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", str(notebook)]
    command += [f"--output-dir={PROJECT / 'outputs' / 'notebooks'}", f"--ExecutePreprocessor.kernel_name={kernel}"]
    command += [f"--ExecutePreprocessor.timeout={MOST_SECONDS_OF_A_CELL}"]
    own = {"PYTHONPATH": os.pathsep.join([str(PROJECT / "src"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])}
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(done.stderr, pytrace=False)
