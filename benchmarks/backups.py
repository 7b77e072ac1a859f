"""How long backup, verification and restore take, this template's beside another commit's, in one run.

    make bench-backups                                    # at the root: five million rows, against the last commit
    make bench-backups BENCH="--against v1 --rows 100000"

Each commit has a project of its own, started from the same base images on an empty volume, with the same rows
(`database_of_everything.add_trips`). The steps run in turn, first the one commit's, then the other's, on an otherwise
idle machine: `make backup`, `make verify-backup`, `docker compose down --volumes`, `up`, `make restore`; then every
table's CHECKSUM TABLE is compared with what it was. The figures are printed as a table; ratios are to the other commit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from database_of_everything import add_trips

import stack
from stack import Stack

BUILD = stack.TEMPLATE / "build" / "bench-backups"
CHECKSUM = """
from persistence import Database

db = Database.from_env()
print(db.query("CHECKSUM TABLE trips")["Checksum"][0])
"""
STEPS = ("backup", "verify-backup", "restore")


def template_of(commit: str, folder: Path) -> Path:
    """Return a folder with the template as a commit has it; the working tree for ``."""
    if not commit:
        return stack.copy_template(folder)
    (folder / "template").mkdir(parents=True)
    archive = folder / "template.tar"
    stack.run("git", "archive", f"--output={archive}", commit, cwd=stack.TEMPLATE)
    stack.run("tar", "-xf", archive, "-C", folder / "template")
    return folder / "template"


def started(commit: str, images: dict[str, str]) -> Stack:
    """Return the running stack of a project that a commit's template generates."""
    folder = BUILD / (commit or "now")
    project = stack.bake(template_of(commit, folder), folder / "projects")
    name = f"bench-backups-{os.getpid()}-{commit or 'now'}"
    one = Stack(project, {**images, "COMPOSE_PROJECT_NAME": name, "JUPYTER_PORT": str(stack.free_port())})
    one.up()
    return one


def timed(step: Callable[[], object]) -> float:
    """Return the seconds that a step takes."""
    start = time.monotonic()
    step()
    return time.monotonic() - start


def measure(stacks: dict[str, Stack], rows: int) -> dict[str, dict[str, float]]:
    """Return the seconds of each step and the megabytes of the file, by commit.

    Raises:
        SystemExit: a table did not come back as it was.
    """
    found: dict[str, dict[str, float]] = {commit: {} for commit in stacks}
    checksums = {}
    for commit, one in stacks.items():
        add_trips(one, rows)
        checksums[commit] = one.python(CHECKSUM)
    for step in STEPS:
        for commit, one in stacks.items():
            file = next((one.project / "backups").glob("*"), None) if step != "backup" else None
            if step == "restore":
                one.down("--volumes")
                found[commit]["up"] = timed(partial(one.compose, "up", "--detach", "--wait"))
            variables = {"FILE": str(file), "YES": "1"} if file else {}
            found[commit][step] = timed(partial(one.make, step, **variables))
            print(f"{commit or 'now'}: {step} {found[commit][step]:.1f} s", flush=True)
    for commit, one in stacks.items():
        (file,) = (one.project / "backups").glob("*")
        found[commit]["file, MB"] = file.stat().st_size / 1e6
        if one.python(CHECKSUM) != checksums[commit]:
            sys.exit(f"{commit or 'now'}: the table did not come back as it was")
    return found


def main() -> None:
    """Measure both commits, print the table, leave nothing running."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--against", default="HEAD", help="the commit to compare with")
    parser.add_argument("--rows", type=int, default=5_000_000)
    known = parser.parse_args()
    images, why = stack.choose_images()
    print(f"bench: {why}", flush=True)
    shutil.rmtree(BUILD, ignore_errors=True)
    stacks: dict[str, Stack] = {}
    try:
        for commit in (known.against, ""):
            stacks[commit] = started(commit, images)
        found = measure(stacks, known.rows)
    finally:
        for one in stacks.values():
            one.down("--volumes", "--rmi", "local", "--remove-orphans")
    other, own = found.values()
    print(f"\n| {known.rows:,} rows | {known.against} | now | ratio |\n| --- | ---: | ---: | ---: |")
    for name in own:
        print(f"| {name} | {other[name]:.1f} | {own[name]:.1f} | {own[name] / other[name]:.2f} |")


if __name__ == "__main__":
    main()
