"""`make bench`: run benchmarks/persistence.py in the notebook container of a new project, and keep its figures.

    python scripts/bench.py [--output FOLDER] [options of the benchmark]

FOLDER gets persistence-benchmark.json and .svg; it is docs/ by default, where the pages' figures come from.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import stack
from stack import Stack

BUILD = stack.TEMPLATE / "build" / "bench"
SCRIPT = stack.TEMPLATE / "benchmarks" / "persistence.py"
PLACE = "/tmp/benchmark"  # noqa: S108 - in a container of this run's own
COMPARED = "connectorx==0.4.6"
"""The reader that the package is measured against; the project itself does without it."""
RESULTS = {"--json": "persistence-benchmark.json", "--plot": "persistence-benchmark.svg"}


def benchmark(bench: Stack, options: list[str]) -> None:
    """Run the benchmark in the running container, which prints as it goes."""
    bench.compose("exec", "-T", "jupyter", "uv", "pip", "install", "--quiet", "--python", "/opt/project", COMPARED)
    bench.compose("exec", "-T", "jupyter", "mkdir", PLACE)
    bench.compose("cp", str(SCRIPT), f"jupyter:{PLACE}/{SCRIPT.name}")
    files = [f"{option}={PLACE}/{name}" for option, name in RESULTS.items()]
    command = ["docker", "compose", "exec", "-T", "jupyter", "python", f"{PLACE}/{SCRIPT.name}", *files, *options]
    subprocess.run(command, cwd=bench.project, env={**os.environ, **bench.variables}, check=True)


def main() -> None:
    """Generate a project, start its stack, run the benchmark there, fetch its results, leave nothing running."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, default=stack.TEMPLATE / "docs")
    known, options = parser.parse_known_args()
    if not stack.engine_answers():
        sys.exit("bench: no Docker engine with the compose plugin answers: make demo installs one, or says how")
    images, why = stack.choose_images()
    print(f"bench: {why}", flush=True)
    project = stack.generate(BUILD)
    variables = {**images, "COMPOSE_PROJECT_NAME": f"bench-{os.getpid()}", "JUPYTER_PORT": str(stack.free_port())}
    bench = Stack(project, variables)
    try:
        bench.up()
        benchmark(bench, options)
        for name in RESULTS.values():
            bench.compose("cp", f"jupyter:{PLACE}/{name}", str(known.output.resolve() / name))
    finally:
        bench.down("--volumes", "--rmi", "local", "--remove-orphans")


if __name__ == "__main__":
    try:
        main()
    except (stack.CommandError, subprocess.CalledProcessError) as failure:
        sys.exit(f"bench: {failure}")
