"""What the way through Caddy costs, beside the direct way to the same JupyterLab, in one run.

    make bench-proxy                                # at the root
    make bench-proxy BENCH="--rounds 2"

A project runs here with the layer for a server on top. Its notebook is reached through the proxy (HTTPS, on a port of
this machine) and on the container's own address, without one. In turn, on an otherwise idle machine, each way: requests
on new connections, then on one that is kept, as browsers do; then one cell after another in a kernel, a short one and
one that prints five megabytes. The median of all is printed; ratios are to the direct way.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import time
from collections.abc import Awaitable, Callable

import requests
from lab import Lab

import stack
from diagnosis import write
from stack import Stack

BUILD = stack.TEMPLATE / "build" / "bench-proxy"
LAYER = 'services: {caddy: {ports: !override ["127.0.0.1:%d:443"]}}\n'
AUTHORITY = "/data/caddy/pki/authorities/local/root.crt"
PRINTED = 5_000_000
REQUESTS, CELLS, LARGE = 100, 100, 5


def started(images: dict[str, str]) -> tuple[Stack, dict[str, Lab]]:
    """Return a running project with the layer for a server, and its JupyterLab by each way."""
    port = stack.free_port()
    project = stack.generate(BUILD)
    name = f"bench-proxy-{os.getpid()}"
    (project / "compose.bench.yaml").write_text(LAYER % port)
    caddy = {"CADDY_IMAGE": stack.build_local_image("caddy")} if images else {}
    write(project / ".env", **images, **caddy, COMPOSE_PROJECT_NAME=name, SITE="localhost",
          COMPOSE_FILE="compose.yaml:compose.deploy.yaml:compose.bench.yaml")  # fmt: skip
    stack.run("docker", "compose", "--file", "compose.yaml", "build", "jupyter", cwd=project, timeout=900)
    one = Stack(project)
    one.up()
    authority = project / "authority.crt"
    stack.wait_until(lambda: copied(one, str(authority)), "the proxy's authority")
    place = "{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}"
    inner = stack.run("docker", "inspect", "--format", place, one.compose("ps", "--quiet", "jupyter").strip()).split()
    token = one.variable("JUPYTER_TOKEN")
    return one, {
        "direct": Lab(f"http://{inner[0]}:8888", token),
        "proxy": Lab(f"https://localhost:{port}", token, str(authority)),
    }


def copied(one: Stack, file: str) -> bool:
    """Return whether the proxy has made its authority, which is copied then."""
    try:
        one.compose("cp", f"caddy:{AUTHORITY}", file)
    except stack.CommandError:
        return False
    return True


async def timed(times: int, step: Callable[[str], Awaitable[object]], about: str) -> list[float]:
    """Return the seconds of a step, done so many times."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        await step(about)
        found.append(time.perf_counter() - start)
    return found


def on_one_connection(lab: Lab) -> list[float]:
    """Return the seconds of requests, one after another over one connection."""
    found = []
    with requests.Session() as session:
        session.headers["Authorization"] = f"token {lab.token}"
        for _ in range(REQUESTS):
            start = time.perf_counter()
            session.get(f"{lab.address}/api/status", verify=lab.authority or True, timeout=60).raise_for_status()
            found.append(time.perf_counter() - start)
    return found[1:]  # the first one opens it


async def measure(labs: dict[str, Lab], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return all seconds, by step and by way."""
    names = ("request, a new connection", "request, a kept connection", "cell", "cell that prints 5 MB")
    found: dict[str, dict[str, list[float]]] = {name: {way: [] for way in labs} for name in names}
    for _ in range(rounds):
        for way, lab in labs.items():
            found[names[0]][way] += await timed(REQUESTS, lab.ask, "/api/status")
            found[names[1]][way] += on_one_connection(lab)
            async with lab.kernel() as kernel:
                await kernel.run("line = 'x' * 99")
                found[names[2]][way] += await timed(CELLS, kernel.run, "1 + 1")
                found[names[3]][way] += await timed(LARGE, kernel.run, f"print('\\n'.join([line] * {PRINTED // 100}))")
    return found


def main() -> None:
    """Measure both ways, print the table, leave nothing running."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10)
    known = parser.parse_args()
    images, why = stack.choose_images()
    print(f"bench: {why}", flush=True)
    shutil.rmtree(BUILD, ignore_errors=True)
    one, labs = started(images)
    try:
        found = asyncio.run(measure(labs, known.rounds))
    finally:
        one.down("--volumes", "--rmi", "local", "--remove-orphans")
    print("\n| milliseconds, median | direct | through Caddy | ratio |\n| --- | ---: | ---: | ---: |")
    for name, ways in found.items():
        direct, proxy = (statistics.median(ways[way]) * 1000 for way in labs)
        print(f"| {name} | {direct:.1f} | {proxy:.1f} | {proxy / direct:.2f} |")


if __name__ == "__main__":
    main()
