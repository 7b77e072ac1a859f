"""How fast `persistence` is on this machine beside the other ways, all in one run on one server.

    make bench                                   # at the root: in a new project's notebook container, figures to docs/
    python benchmarks/persistence.py --help      # with a project's Python, `src` and settings, DATABASE=mysql

Each repeat runs all ways in turn, so that what else the machine does meets all of them; ratios are of medians. Only the
work is timed: tables are emptied and connections opened before. What a way wrote or read is counted. The tables are
named `benchmark…` and dropped at the end; the server needs local_infile on, as the project's own has.

- Raw: `LOAD DATA LOCAL INFILE` of a ready file over one connection, into a table like the one that `save` makes. The
  file is written in the form that is quickest to load: times without a fraction where they have none, text quoted
  only where needed.
- The other ways have the connector in C, which is why it is imported first: once pandas is loaded, its library may
  find no room (static TLS), and the connector silently takes its part in Python, twice as slow with `to_sql`. The
  package takes the one in Python on purpose (`server`).
- `to_sql` and `pd.read_sql` run with pandas' default method, which is their best; `to_sql` in chunks, without which it
  fails at a million rows.
- The row loop is what tutorials show: `iterrows`, one INSERT and one commit for each row.
- Memory: a new process makes the frame; extra is what its resident memory peaks at during `save`, above what it was.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import mysql.connector  # isort: skip - before pandas, see above

import connectorx
import geopandas
import matplotlib as mpl
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
import sqlalchemy
from matplotlib.figure import Figure
from pyarrow import csv
from sqlalchemy import URL, Engine, create_engine

sys.path.append(sys.path.pop(0))  # this script bears the package's name: its own folder is searched last
from persistence import Database, Settings

TABLE, RAW, POINTS, RAW_POINTS, MEMORY = (
    f"benchmark{end}" for end in ("", "_raw", "_points", "_raw_points", "_memory")
)
LOOP_ROWS, QUICK_ROWS, POINT_ROWS = 20_000, 200_000, 200_000
CHUNK = 100_000
"""Rows of `to_sql` at a time: a million at once are a statement beyond the server's max_allowed_packet."""
SEED = 20180710
FORMAT = (
    "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY X'0A'"
)
MB = 10**6


# --- Data -----------------------------------------------------------------------------------------------------------


def trips(rows: int) -> pd.DataFrame:
    """Return invented trips: nine columns of integers, floats, times and text, with missing values."""
    random = np.random.default_rng(SEED)

    def sparse(values: Any, share: float) -> pd.Series:  # noqa: ANN401
        return pd.Series(values).mask(random.random(rows) < share)

    def chosen(words: list[str]) -> Any:  # noqa: ANN401
        return pd.array(words, dtype="str").take(random.integers(0, len(words), rows))

    start = np.datetime64("2021-06-01", "us") + random.integers(0, 92 * 48, rows) * np.timedelta64(1800, "s")
    places, types = [f"{number}-0" for number in range(10_000, 20_000)], ["street", "alley", "trail"]
    return pd.DataFrame(
        {
            "TripID": np.arange(rows) + 1_000_001,
            "TripDuration": sparse(random.integers(60, 7200, rows), 0.01),
            "TripDistance": sparse(random.integers(0, 15_000, rows), 0.02),
            "StartTime": start,
            "EndTime": sparse(start + np.timedelta64(1800, "s"), 0.01),
            "StartCenterlineID": chosen(places),
            "StartCenterlineType": chosen(types),
            "EndCenterlineID": chosen(places),
            "EndCenterlineType": chosen(types),
        }
    )


def points(rows: int) -> geopandas.GeoDataFrame:
    """Return invented places around a city, in EPSG:4326."""
    random = np.random.default_rng(SEED)
    shapes = shapely.points(random.uniform(-93.33, -93.19, rows), random.uniform(44.89, 45.05, rows))
    return geopandas.GeoDataFrame({"ID": np.arange(rows)}, geometry=shapes, crs=4326)


def write_trips(frame: pd.DataFrame, path: Path) -> None:
    """Write the file that raw LOAD DATA reads."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    moments = [name for name in table.column_names if pa.types.is_timestamp(table.schema.field(name).type)]
    for name in moments:
        seconds = table[name].cast(pa.timestamp("s"))
        table = table.set_column(table.column_names.index(name), name, seconds)
    csv.write_csv(table, path, csv.WriteOptions(include_header=False, null_string="NULL", quoting_style="needed"))


def write_points(frame: geopandas.GeoDataFrame, path: Path) -> None:
    """Write the same for points: a number, and WKB as hexadecimal digits."""
    digits = shapely.to_wkb(frame.geometry.to_numpy(), hex=True, byte_order=1)
    table = pa.table({"ID": frame["ID"].to_numpy(), "geometry": pa.array(digits.tolist())})
    csv.write_csv(table, path, csv.WriteOptions(include_header=False, quoting_style="needed"))


# --- Ways -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """One way to write or to read.

    Attributes:
        name: what it is called in tables and plots.
        rows: how many rows it writes or reads.
        work: what is timed; returns how many rows it wrote or read.
        prepare: statements that are run before, untimed.
        own: whether it is this package's.
    """

    name: str
    rows: int
    work: Callable[[], int]
    prepare: tuple[str, ...] = ()
    own: bool = False


class Server:
    """The server, reached as the other ways reach it."""

    def __init__(self, settings: Settings) -> None:
        """Open the connection for raw loading, and an engine for pandas; both with the connector in C if it loads."""
        address = {"host": settings.host, "port": settings.port, "user": settings.user, "database": settings.name}
        password = settings.password
        self.raw = mysql.connector.connect(**address, password=password, allow_local_infile=True)
        self.engine = create_engine(
            URL.create("mysql+mysqlconnector", settings.user, password, settings.host, settings.port, settings.name)
        )
        names = [quote(text, safe="") for text in (settings.user, password)]
        self.url = f"mysql://{':'.join(names)}@{settings.host}:{settings.port}/{quote(settings.name, safe='')}"

    def execute(self, *statements: str) -> int:
        """Run statements and commit; return how many rows the last one changed."""
        cursor = self.raw.cursor()
        for statement in statements:
            cursor.execute(statement)
        self.raw.commit()
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def insert_one_by_one(self, frame: pd.DataFrame) -> int:
        """Insert row by row, with a commit for each."""
        cursor = self.raw.cursor()
        statement = f"INSERT INTO {RAW} VALUES ({', '.join(['%s'] * len(frame.columns))})"  # noqa: S608
        for _, row in frame.iterrows():
            cursor.execute(statement, [_plain(value) for value in row])
            self.raw.commit()
        cursor.close()
        return len(frame)

    def pandas(self, frame: pd.DataFrame, engine: Engine | None = None) -> int:
        """Write with `DataFrame.to_sql`, over the connector in C unless an engine is given."""
        frame.to_sql(RAW, engine or self.engine, if_exists="append", index=False, chunksize=CHUNK)
        return len(frame)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a cell as the connector takes it."""
    if pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else getattr(value, "item", lambda: value)()


def ways(db: Database, server: Server, frame: pd.DataFrame, folder: Path, quick: bool) -> dict[str, Way]:
    """Return all ways by short names, in the order in which they run."""
    path, point_path, places = folder / "trips.csv", folder / "points.csv", points(POINT_ROWS)
    write_trips(frame, path)
    write_points(places, point_path)
    db.save(frame.head(1), TABLE, if_exists="replace")
    db.save(places.head(1), POINTS, if_exists="replace")
    empty_raw = (f"DROP TABLE IF EXISTS {RAW}", f"CREATE TABLE {RAW} LIKE {TABLE}")
    empty_points = (f"DROP TABLE IF EXISTS {RAW_POINTS}", f"CREATE TABLE {RAW_POINTS} LIKE {POINTS}")
    load = f"LOAD DATA LOCAL INFILE '{path.as_posix()}' INTO TABLE {RAW} {FORMAT}"
    load_points = (
        f"LOAD DATA LOCAL INFILE '{point_path.as_posix()}' INTO TABLE {RAW_POINTS} {FORMAT} (ID, @wkb)"
        " SET geometry = ST_GeomFromWKB(UNHEX(@wkb), 4326, 'axis-order=long-lat')"
    )
    everything, rows = f"SELECT * FROM {TABLE}", len(frame)  # noqa: S608
    few, part = frame.head(LOOP_ROWS), frame.head(QUICK_ROWS)
    some = part if quick else frame
    return {
        "raw": Way("LOAD DATA of a ready file", rows, lambda: server.execute(load), empty_raw),
        "replace": Way("save, replace", rows, lambda: db.save(frame, TABLE, if_exists="replace"), own=True),
        "append": Way(
            "save, append", rows, lambda: db.save(frame, TABLE, "append"), (f"TRUNCATE TABLE {TABLE}",), own=True
        ),
        "to_sql": Way(f"DataFrame.to_sql, {len(some):,} rows", len(some), lambda: server.pandas(some), empty_raw),
        "to_sql here": Way(
            f"DataFrame.to_sql over db.engine, {len(part):,} rows",
            len(part),
            lambda: server.pandas(part, db.engine),
            empty_raw,
        ),
        "loop": Way(f"row loop, {len(few):,} rows", len(few), lambda: server.insert_one_by_one(few), empty_raw),
        "load": Way("load", rows, lambda: len(db.load(TABLE)), own=True),
        "chunks": Way(
            "query in chunks of 50,000",
            rows,
            lambda: sum(map(len, db.query(everything, chunksize=50_000))),
            own=True,
        ),
        "connectorx": Way("connectorx", rows, lambda: len(connectorx.read_sql(server.url, everything))),
        "arrow": Way(
            "connectorx, Arrow table",
            rows,
            lambda: len(connectorx.read_sql(server.url, everything, return_type="arrow")),
        ),
        "read_sql": Way("pd.read_sql", rows, lambda: len(pd.read_sql(everything, server.engine))),
        "db.engine": Way("pd.read_sql over db.engine", rows, lambda: len(pd.read_sql(everything, db.engine))),
        "raw points": Way(
            "LOAD DATA of points, EPSG:4326", POINT_ROWS, lambda: server.execute(load_points), empty_points
        ),
        "points": Way(
            "save of points, EPSG:4326", POINT_ROWS, lambda: db.save(places, POINTS, if_exists="replace"), own=True
        ),
    }


def rates(server: Server, found: dict[str, Way], repeats: int) -> dict[str, list[float]]:
    """Return rows a second by way, for each repeat."""
    measured: dict[str, list[float]] = {name: [] for name in found}
    for repeat in range(repeats):
        for name, way in found.items():
            server.execute(*way.prepare)
            gc.collect()
            begin = time.perf_counter()
            count = way.work()
            seconds = time.perf_counter() - begin
            if count != way.rows:
                raise RuntimeError(f"{way.name}: {count} rows instead of {way.rows}")
            measured[name].append(way.rows / seconds)
            print(f"repeat {repeat + 1}: {way.name}: {seconds:.2f} s", file=sys.stderr, flush=True)
    return measured


# --- Memory ---------------------------------------------------------------------------------------------------------


def extra_memory(rows: int) -> float:
    """Return, in MB, what a `save` of so many rows adds to the resident memory of a new process."""
    command = [sys.executable, __file__, "--memory-of", str(rows)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


def measure_memory(rows: int) -> float:
    """Return the same for this process, which has done nothing yet. Freed memory is given back before."""
    db, frame = Database.from_env(), trips(rows)
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    db.save(frame, MEMORY, if_exists="replace")
    extra = _status("VmHWM") - before
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {MEMORY}")
    return extra / MB


def _status(name: str) -> int:
    """Return a figure of Linux about this process's memory, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


# --- Results --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """One line of the result: a figure, its target and whether it is met; without a target it is for information."""

    measure: str
    measured: str
    target: str = ""
    met: bool | None = None


def _at_most(measure: str, value: float, limit: float) -> Measure:
    return Measure(measure, f"{value:.2f} of its time", f"at most {limit:g}", value <= limit)


def _at_least(measure: str, value: float, limit: float) -> Measure:
    return Measure(measure, f"{value:,.1f} times faster", f"at least {limit:g}", value >= limit)


def measures(found: dict[str, Way], measured: dict[str, list[float]], memory: dict[int, float]) -> list[Measure]:
    """Return the table of results."""
    rate = {name: statistics.median(values) for name, values in measured.items()}
    raw_points = rate["points"] / rate["raw points"]
    apart = max(memory.values()) - min(memory.values())
    return [
        _at_most(
            "save(replace) against LOAD DATA of a ready file, one connection", rate["raw"] / rate["replace"], 0.85
        ),
        _at_most("save(append) against the same", rate["raw"] / rate["append"], 1.05),
        _at_least(f"save against {found['to_sql'].name}", rate["replace"] / rate["to_sql"], 15),
        Measure(
            f"save against {found['to_sql here'].name}", f"{rate['replace'] / rate['to_sql here']:.1f} times faster"
        ),
        _at_least(f"save against {found['loop'].name}", rate["replace"] / rate["loop"], 100),
        _at_most("load against connectorx", rate["connectorx"] / rate["load"], 1.0),
        Measure("load against connectorx, Arrow table", f"{rate['arrow'] / rate['load']:.2f} of its time"),
        Measure(
            "query in chunks against load",
            f"{rate['chunks'] / rate['load']:.2f} of its rate",
            "at least 0.9",
            rate["chunks"] >= 0.9 * rate["load"],
        ),
        _at_least("load against pd.read_sql", rate["load"] / rate["read_sql"], 10),
        Measure("load against pd.read_sql over db.engine", f"{rate['load'] / rate['db.engine']:.1f} times faster"),
        *(
            Measure(f"extra memory of save, {rows:,} rows", f"{extra:.0f} MB", "at most 50 MB", extra <= 50)
            for rows, extra in memory.items()
        ),
        Measure("the same for both: the difference", f"{apart:.0f} MB", "at most 15 MB", apart <= 15),
        Measure(
            f"save of {POINT_ROWS:,} points, EPSG:4326, no spatial index",
            f"{rate['points']:,.0f} rows/s, {raw_points:.2f} of LOAD DATA's",
            "at least 0.95",
            raw_points >= 0.95,
        ),
    ]


def report(results: list[Measure], found: dict[str, Way], measured: dict[str, list[float]]) -> str:
    """Return both tables as text: what was asked, and the rate of each way."""
    words = {True: "yes", False: "NO", None: ""}
    lines = [f"{'measure':68}{'measured':>34}{'target':>24}  met"]
    lines += [f"{line.measure:68}{line.measured:>34}{line.target:>24}  {words[line.met]}" for line in results]
    lines += ["", f"{'way':36}{'rows/s':>12}{'least':>12}{'most':>12}"]
    for name, values in measured.items():
        figures = (statistics.median(values), min(values), max(values))
        lines.append(f"{found[name].name:36}" + "".join(f"{figure:12,.0f}" for figure in figures))
    return "\n".join(lines)


def plot(path: Path, title: str, found: dict[str, Way], measured: dict[str, list[float]]) -> None:
    """Draw the median rate of each way, on a logarithmic axis."""
    medians = [statistics.median(values) for values in measured.values()]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        colours = ["tab:blue" if way.own else "tab:gray" for way in found.values()]
        bars = axes.barh([way.name for way in found.values()], medians, color=colours)
        axes.bar_label(bars, [f"{rate:,.0f}" for rate in medians], padding=3)
        axes.set(xscale="log", xlabel="rows per second (persistence in blue)", title=title)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def machine(db: Database, load: tuple[float, ...]) -> dict[str, object]:
    """Return what the figures depend on."""
    return {
        "cpus": os.cpu_count(),
        "load average before": [round(value, 2) for value in load],
        "server": f"MySQL {db.query('SELECT VERSION() AS version')['version'][0]}",
        "python": platform.python_version(),
        "pandas": pd.__version__,
        "pyarrow": pa.__version__,
        "sqlalchemy": sqlalchemy.__version__,
        "connectorx": connectorx.__version__,
        "mysql-connector-python": mysql.connector.__version__,
        "connector in C": mysql.connector.HAVE_CEXT,
    }


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="Compare ways between a frame of trips and MySQL.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="trips (default: 1,000,000)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each way runs (default: 3)")
    parser.add_argument("--quick", action="store_true", help=f"to_sql on {QUICK_ROWS:,} rows, for its rate")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--plot", type=Path, help="write the plot to this file; its ending says the format")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Run the benchmark, print its tables, write its files."""
    options, load = arguments(), os.getloadavg()
    if options.memory_of:
        print(measure_memory(options.memory_of))
        return
    db = Database.from_env()
    if db.settings.database != "mysql":
        sys.exit("benchmark: set DATABASE=mysql and its settings")
    memory = {rows: extra_memory(rows) for rows in (options.rows, 10 * options.rows)}
    server = Server(db.settings)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = ways(db, server, trips(options.rows), Path(folder), options.quick)
            measured = rates(server, found, options.repeats)
    finally:
        server.execute(*(f"DROP TABLE IF EXISTS {table}" for table in (TABLE, RAW, POINTS, RAW_POINTS, MEMORY)))
    results = measures(found, measured, memory)
    print(report(results, found, measured))
    if options.json:
        about = {"rows": options.rows, "repeats": options.repeats, "machine": machine(db, load)}
        by_way = {found[name].name: [round(rate) for rate in values] for name, values in measured.items()}
        figures = {**about, "measures": list(map(asdict, results)), "rows per second": by_way}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if options.plot:
        plot(options.plot, f"{options.rows:,} trips, MySQL, {os.cpu_count()} CPUs", found, measured)


if __name__ == "__main__":
    main()
