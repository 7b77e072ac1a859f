"""When one machine's pandas is enough: the same job by pandas, DuckDB and Dask, in one run.

    make bench-clusters                                        # at the root
    make bench-clusters BENCH="--parts 8 --repeats 1"

A project runs here with Dask's scheduler. The trips are Parquet files in outputs/, of a million rows each. Each way
counts and sums them by hexagon and hour, and then saves those of some hexagons as a table; in turn, each in a process
of its own, Dask with one worker and with two. The medians are printed, and the most memory that the notebook's process
had, the workers' with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics

import stack
from stack import Stack

BUILD = stack.TEMPLATE / "build" / "bench-clusters"
ROWS = 1_000_000
MAKE = """
import numpy as np, pandas as pd, pathlib
pathlib.Path("outputs/trips").mkdir(exist_ok=True)
for part in range({parts}):
    ids = np.arange(part * {rows}, (part + 1) * {rows})
    pd.DataFrame({{
        "id": ids, "hexagon": ids * 7919 % 997, "hour": ids % 24, "metres": ids * 31 % 5000,
        "start": pd.Timestamp("2026-01-01") + pd.to_timedelta(ids % 31_536_000, unit="s").astype("timedelta64[us]"),
    }}).to_parquet(f"outputs/trips/{{part:03}}.parquet", index=False)
"""
COMMON = """
import json, resource, time
from persistence import Database
db, some = Database.from_env(), 997 // 4
def done(aggregating, saving, result, saved, others=()):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([aggregating, saving, (peak + sum(others)) / 1000, result, saved]))
"""
WAYS = {
    "pandas": """
import pandas as pd
start = time.perf_counter()
trips = pd.read_parquet("outputs/trips")
grouped = trips.groupby(["hexagon", "hour"])["metres"].agg(["count", "sum"])
middle = time.perf_counter()
saved = db.save(trips[trips["hexagon"] < some], "trips", if_exists="replace", key="id")
done(middle - start, time.perf_counter() - middle, int(grouped["sum"].sum()), saved)
""",
    "DuckDB": """
import duckdb
start = time.perf_counter()
files = "read_parquet('outputs/trips/*.parquet')"
grouped = duckdb.sql(f"SELECT hexagon, hour, count(*) AS n, sum(metres) AS metres FROM {files} GROUP BY ALL").df()
middle = time.perf_counter()
found = duckdb.sql(f"SELECT * FROM {files} WHERE hexagon < {some}").to_arrow_reader(100_000)
saved = db.save((batch.to_pandas() for batch in found), "trips", if_exists="replace", key="id")
done(middle - start, time.perf_counter() - middle, int(grouped["metres"].sum()), saved)
""",
    "Dask": """
from dask import dataframe as dd
from dask.distributed import Client
client = Client()
client.wait_for_workers(WORKERS, timeout=60)
client.restart()
start = time.perf_counter()
trips = dd.read_parquet("outputs/trips")
grouped = trips.groupby(["hexagon", "hour"])["metres"].agg(["count", "sum"]).compute()
middle = time.perf_counter()
saved = db.save(trips[trips["hexagon"] < some], "trips", if_exists="replace", key="id")
end = time.perf_counter()
peaks = client.run(lambda: __import__("resource").getrusage(__import__("resource").RUSAGE_SELF).ru_maxrss)
done(middle - start, end - middle, int(grouped["sum"].sum()), saved, peaks.values())
""",
}


def started(images: dict[str, str]) -> Stack:
    """Return a running project with a scheduler and no worker yet, and DuckDB in the notebook."""
    name = f"bench-clusters-{os.getpid()}"
    variables = {"COMPOSE_PROFILES": "mysql,dask", "COMPOSE_PROJECT_NAME": name, "MEMORY": "12g"}
    one = Stack(stack.generate(BUILD), {**images, **variables, "JUPYTER_PORT": str(stack.free_port())})
    one.compose("up", "--detach", "--build", "--wait", timeout=900)
    one.compose("exec", "-T", "jupyter", "python", "-m", "pip", "install", "--quiet", "duckdb")
    return one


def measure(one: Stack, parts: int, repeats: int) -> dict[str, list[list[float]]]:
    """Return seconds, seconds and megabytes of each repeat, by way.

    Raises:
        SystemExit: two ways came to different results.
    """
    found: dict[str, list[list[float]]] = {}
    results = set()
    one.python(MAKE.format(parts=parts, rows=ROWS))
    for repeat in range(repeats):
        for name, code, workers in [(name, code, 1) for name, code in WAYS.items()] + [("Dask", WAYS["Dask"], 2)]:
            if name == "Dask":
                one.compose("up", "--detach", "--wait", "--no-recreate", "--scale", f"dask-worker={workers}")
                name = f"Dask, {workers} worker{'s' * (workers > 1)}"
            said = one.python(COMMON + code.replace("WORKERS", str(workers)))
            *figures, result, saved = json.loads(said.splitlines()[-1])
            found.setdefault(name, []).append(figures)
            results.add((result, saved))
            print(f"repeat {repeat + 1}: {name}:", *(round(figure, 1) for figure in figures), flush=True)
    if len(results) > 1:
        raise SystemExit(f"the ways do not come to the same: {results}")
    return found


def main() -> None:
    """Measure all ways, print the table, leave nothing running."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--parts", type=int, default=20, help="files of a million rows")
    parser.add_argument("--repeats", type=int, default=3)
    known = parser.parse_args()
    images, why = stack.choose_images()
    print(f"bench: {why}", flush=True)
    shutil.rmtree(BUILD, ignore_errors=True)
    one = started(images)
    try:
        found = measure(one, known.parts, known.repeats)
    finally:
        one.down("--volumes", "--rmi", "local", "--remove-orphans")
    print(f"\n| {known.parts} million rows | aggregate, s | save a quarter, s | memory, MB |")
    print("| --- | ---: | ---: | ---: |")
    for name, repeats in found.items():
        aggregating, saving, memory = (statistics.median(figures) for figures in zip(*repeats, strict=True))
        print(f"| {name} | {aggregating:.1f} | {saving:.1f} | {memory:,.0f} |")


if __name__ == "__main__":
    main()
