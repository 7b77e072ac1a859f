"""How fast `persistence` writes to MySQL, beside the other ways, in one run on one machine.

Run it with the project's Python, with DATABASE=mysql and its settings in the environment, against a server that has
local_infile on; it makes tables named `benchmark` and `benchmark_raw`, and drops them:

    python benchmarks/persistence.py --rows 1000000 --repeats 3 --json benchmark.json

Each repeat runs all ways in turn, so that what else the machine does meets all of them; the table gives the median. The
row loop is what tutorials show: one INSERT and one commit for each row, timed on its first 2,000 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import mysql.connector
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

sys.path.insert(0, str(Path(__file__).parents[1] / "{{cookiecutter.project_slug}}" / "src"))
from persistence import Database

TABLE, RAW = "benchmark", "benchmark_raw"
LOOP_ROWS = 2_000
SEED = 20180710


def trips(rows: int) -> pd.DataFrame:
    """Return invented trips: nine columns of integers, floats, times and text, with missing values."""
    random = np.random.default_rng(SEED)

    def sparse(values: np.ndarray, share: float) -> pd.Series:
        return pd.Series(values).mask(random.random(rows) < share)

    start = np.datetime64("2021-06-01", "us") + random.integers(0, 92 * 48, rows) * np.timedelta64(1800, "s")
    places = np.array([f"{number}-0" for number in range(10_000, 20_000)])
    types = np.array(["street", "alley", "trail"])
    return pd.DataFrame(
        {
            "TripID": np.arange(rows) + 1_000_001,
            "TripDuration": sparse(random.integers(60, 7200, rows), 0.01),
            "TripDistance": sparse(random.integers(0, 15_000, rows), 0.02),
            "StartTime": start,
            "EndTime": pd.Series(start + np.timedelta64(1800, "s")).mask(random.random(rows) < 0.01),
            "StartCenterlineID": pd.Series(random.choice(places, rows), dtype="str"),
            "StartCenterlineType": pd.Series(random.choice(types, rows), dtype="str"),
            "EndCenterlineID": pd.Series(random.choice(places, rows), dtype="str"),
            "EndCenterlineType": pd.Series(random.choice(types, rows), dtype="str"),
        }
    )


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def raw_load(db: Database, path: Path) -> Callable[[], None]:
    """Return the work of loading the ready file into an empty table like `benchmark`, on one connection."""
    settings = db.settings

    def work() -> None:
        connection = mysql.connector.connect(
            host=settings.host,
            port=settings.port,
            user=settings.user,
            password=settings.password,
            database=settings.name,
            allow_local_infile_in_path=str(path.parent),
        )
        cursor = connection.cursor()
        cursor.execute(
            f"LOAD DATA LOCAL INFILE '{path.as_posix()}' INTO TABLE {RAW} CHARACTER SET utf8mb4"
            " FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n'"
        )
        connection.commit()
        connection.close()

    return work


def row_loop(db: Database, frame: pd.DataFrame) -> None:
    """Insert row by row, with a commit for each."""
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    marks = ", ".join(["%s"] * len(frame.columns))
    for _, row in frame.iterrows():
        values = [None if pd.isna(value) else getattr(value, "item", lambda value=value: value)() for value in row]
        values = [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in values]
        cursor.execute(f"INSERT INTO {RAW} VALUES ({marks})", values)  # noqa: S608
        connection.commit()
    connection.close()


def run(db: Database, rows: int, repeats: int, folder: Path) -> dict[str, list[float]]:
    """Return rows a second by way, for each repeat."""
    frame = trips(rows)
    path = folder / "ready.csv"
    table = pa.Table.from_pandas(frame, preserve_index=False)
    csv.write_csv(table, path, csv.WriteOptions(include_header=False, null_string="NULL"))
    db.save(frame.head(1), TABLE, if_exists="replace")

    def execute(*statements: str) -> None:
        with db.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def empty(name: str) -> None:
        execute(f"DROP TABLE IF EXISTS {RAW}", f"CREATE TABLE {RAW} LIKE {TABLE}")
        if name == "save, append":
            execute(f"TRUNCATE {TABLE}")

    few = frame.head(min(rows, LOOP_ROWS))
    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "raw LOAD DATA of a ready file": (rows, raw_load(db, path)),
        "save, replace": (rows, lambda: db.save(frame, TABLE, if_exists="replace")),
        "save, append": (rows, lambda: db.save(frame, TABLE, if_exists="append")),
        "DataFrame.to_sql, default": (rows, lambda: frame.to_sql(RAW, db.engine, if_exists="append", index=False)),
        f"row loop, {len(few)} rows": (len(few), lambda: row_loop(db, few)),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, (count, work) in ways.items():
            empty(name)
            rates[name].append(count / seconds(work))
    execute(f"DROP TABLE {RAW}", f"DROP TABLE {TABLE}")
    return rates


def report(rates: dict[str, list[float]]) -> str:
    """Return the table: the median rate of each way, its spread, and its time in units of raw LOAD DATA's."""
    raw = statistics.median(next(iter(rates.values())))
    lines = [f"{'way':32}{'rows/s':>10}{'least':>10}{'most':>10}{'time / raw':>12}"]
    for name, found in rates.items():
        rate = statistics.median(found)
        lines.append(f"{name:32}{rate:10,.0f}{min(found):10,.0f}{max(found):10,.0f}{raw / rate:12.2f}")
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark, print its table, write its JSON."""
    parser = argparse.ArgumentParser(description="Compare ways to write a frame of trips to MySQL.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=Path("benchmark.json"))
    options = parser.parse_args()
    db = Database.from_env()
    if db.settings.database != "mysql":
        parser.error("set DATABASE=mysql and its settings")
    with tempfile.TemporaryDirectory() as folder:
        rates = run(db, options.rows, options.repeats, Path(folder))
    print(report(rates))
    about = {
        "rows": options.rows,
        "repeats": options.repeats,
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "pandas": pd.__version__,
        "connector in C": mysql.connector.HAVE_CEXT,
        "server": str(db.query("SELECT VERSION() AS version")["version"][0]),
    }
    options.json.write_text(json.dumps({**about, "rows per second": rates}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
