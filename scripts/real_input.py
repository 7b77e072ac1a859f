"""The main job on real input: trips and hexagons into the database, joined there, and drawn as a map.

    python real_input.py DATA_FOLDER OUTPUT_FOLDER

Runs with the Python of a generated project, in its notebook container or on the host, with the database that
the project's settings name. DATA_FOLDER holds the trips (`TRIPS_FILE`) and the hexagons (`HEXAGONS_FILE`);
OUTPUT_FOLDER gets the map. Running it again replaces the two tables and the map.

Both tables are loaded again and have to be the input, to the last bit of every number and coordinate. The join by
names has to be pandas' own and, on MySQL, which has functions for geometry, the spatial join geopandas' own, without a
spatial index and with one. The last line of the output is
`result: ` and one JSON object, the fields of `Result`. Exits with 1 and one line when something is missing or
a result is off.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
from geopandas.testing import assert_geodataframe_equal
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from pandas.testing import assert_frame_equal

from persistence import Database, PersistenceError

TRIPS_FILE = "minneapolis_scooter_trips_2018_by_hexagon.csv"
HEXAGONS_FILE = "minneapolis_hexagons.shp"
TRIPS, HEXAGONS = 214_914, 854
PLACES_WITHOUT_INDEX = 200
"""Places that the spatial join without an index takes: it compares each of them with each hexagon."""
MAP = "trips_per_hexagon.png"
TRIPS_PER_HEXAGON = """
    SELECT h.HEX_ID, COUNT(*) AS trips
    FROM scooter_trips AS t JOIN hexagons AS h ON h.HEX_ID = t.Start_Hex_ID
    GROUP BY h.HEX_ID
    ORDER BY h.HEX_ID
"""
HEXAGON_OF_EACH_PLACE = """
    SELECT p.place, h.HEX_ID
    FROM places AS p JOIN hexagons AS h ON ST_Contains(h.geometry, p.geometry)
    WHERE p.place < %(end)s
"""


@dataclass(frozen=True)
class Result:
    """What the job did; `seconds` is the time of each step, by its name."""

    database: str
    trips_saved: int
    hexagons_saved: int
    trips_joined: int
    hexagons_joined: int
    places_joined: int | None
    map: str
    seconds: dict[str, float]


class WrongError(Exception):
    """The input or a result is not what it has to be; the message is one line for the reader."""


def need(what: str, found: object, expected: object) -> None:
    """Raise `WrongError` unless what was found is what was expected."""
    if found != expected:
        raise WrongError(f"{what}: {found}, not {expected}.")


@contextmanager
def step(name: str, seconds: dict[str, float]) -> Iterator[None]:
    """Keep the seconds that the block takes, rounded to milliseconds, under its name."""
    begin = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - begin, 3)


def read(folder: Path) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Read the trips, whose row number gets the name `trip`, and the hexagons in longitude and latitude.

    Raises WrongError where a file is missing or has another number of rows.
    """
    parts = [Path(HEXAGONS_FILE).with_suffix(suffix).name for suffix in (".shp", ".shx", ".dbf", ".prj")]
    for name in (TRIPS_FILE, *parts):
        if not (folder / name).is_file():
            raise WrongError(f"{folder / name} is not there; name the folder that holds it.")
    trips = pd.read_csv(folder / TRIPS_FILE, index_col=0).rename_axis("trip").reset_index()
    hexagons = gpd.read_file(folder / HEXAGONS_FILE)
    need("trips in the file", len(trips), TRIPS)
    need("hexagons in the file", len(hexagons), HEXAGONS)
    need("coordinates of the hexagons", str(hexagons.crs), "EPSG:4326")
    return trips, hexagons


def check_join(joined: pd.DataFrame, trips: pd.DataFrame, hexagons: gpd.GeoDataFrame) -> None:
    """Raise WrongError unless the database's trips per hexagon are those of pandas."""
    merged = hexagons[["HEX_ID"]].merge(trips, left_on="HEX_ID", right_on="Start_Hex_ID")
    expected = merged.groupby("HEX_ID").size()
    found = joined.set_index("HEX_ID")["trips"]
    need("trips that the join found", int(found.sum()), len(merged))
    need("hexagons that the join found", len(found), len(expected))
    need("hexagons whose trips differ from pandas' join", int((found != expected).sum()), 0)


@contextmanager
def equal(what: str) -> Iterator[None]:
    """Turn what an assertion of pandas or geopandas says into a `WrongError`."""
    try:
        yield
    except AssertionError as difference:
        raise WrongError(f"{what}: {' '.join(str(difference).split())}") from None


def check_trips(loaded: pd.DataFrame, trips: pd.DataFrame) -> None:
    """Raise WrongError unless the trips came back exactly as they went; the key gives their order."""
    with equal("the loaded trips"):
        assert_frame_equal(loaded, trips.sort_values("trip", ignore_index=True), check_exact=True)


def check_hexagons(loaded: gpd.GeoDataFrame, hexagons: gpd.GeoDataFrame) -> None:
    """Raise WrongError unless the hexagons came back exactly as they went, in whatever order."""
    need("type of the loaded hexagons", type(loaded).__name__, "GeoDataFrame")
    before, after = (frame.sort_values("HEX_ID", ignore_index=True) for frame in (hexagons, loaded))
    with equal("the loaded hexagons"):
        assert_geodataframe_equal(after, before)
        # geopandas compares shapes, whichever their first point; bytes are the coordinates in their order.
        loaded_bytes, saved_bytes = (
            pd.DataFrame(frame).assign(geometry=frame.geometry.to_wkb()) for frame in (after, before)
        )
        assert_frame_equal(loaded_bytes, saved_bytes, check_exact=True)


def places(trips: pd.DataFrame, hexagons: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a place on the way of each different trip: a quarter of it, from a little beside the hexagons' middles.

    So every place is ten metres and more from a border. On borders the two could differ: edges are the shortest lines
    on the globe for MySQL, straight on the map for geopandas, up to a millimetre apart here.
    """
    box = hexagons.set_index("HEX_ID").bounds
    x, y = box["minx"] * 0.47 + box["maxx"] * 0.53, box["miny"] * 0.43 + box["maxy"] * 0.57
    ways = trips[["Start_Hex_ID", "end_hex"]].drop_duplicates(ignore_index=True)
    there = [(at[ways["Start_Hex_ID"]].array * 3 + at[ways["end_hex"]].array) / 4 for at in (x, y)]
    return gpd.GeoDataFrame({"place": ways.index}, geometry=gpd.points_from_xy(*there), crs=hexagons.crs)


def check_spatial_join(db: Database, points: gpd.GeoDataFrame, hexagons: gpd.GeoDataFrame) -> int:
    """Raise WrongError unless the database finds these places in the hexagons in which geopandas does; count them."""
    found = db.query(HEXAGON_OF_EACH_PLACE, {"end": len(points)})
    expected = gpd.sjoin(points, hexagons, predicate="within")[["place", "HEX_ID"]]
    in_sql, in_python = (
        pairs.sort_values(["place", "HEX_ID"], ignore_index=True).astype("int64") for pairs in (found, expected)
    )
    with equal("the spatial join"):
        assert_frame_equal(in_sql, in_python)
    return len(found)


def draw(hexagons: gpd.GeoDataFrame, joined: pd.DataFrame, target: Path) -> None:
    """Draw the trips that start in each hexagon, on a logarithmic colour scale, as a PNG file."""
    counted = hexagons.merge(joined, on="HEX_ID", how="left")
    figure = Figure(figsize=(7.5, 9), layout="constrained")
    axes = figure.add_subplot()
    counted.plot(
        "trips",
        ax=axes,
        cmap="viridis",
        norm=LogNorm(vmin=1, vmax=counted["trips"].max()),
        edgecolor="white",
        linewidth=0.3,
        legend=True,
        legend_kwds={
            "label": "Trips that start in the hexagon (logarithmic scale)",
            "shrink": 0.7,
            "format": "{x:,.0f}",
        },
        missing_kwds={"color": "lightgrey", "edgecolor": "white", "linewidth": 0.3},
    )
    trips = joined["trips"].sum()
    axes.set_title(f"{trips:,} scooter trips in Minneapolis, 2018, by where they start", pad=12)
    axes.set_xlabel("Longitude (degrees)")
    axes.set_ylabel("Latitude (degrees)")
    axes.ticklabel_format(useOffset=False)
    axes.legend(handles=[Patch(color="lightgrey", label="no trip starts here")], loc="upper right")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=120)


def rows_in(db: Database, table: str) -> int:
    """Count the rows of a table in the database itself."""
    return int(db.query(f"SELECT COUNT(*) AS n FROM {table}")["n"].iloc[0])  # noqa: S608 - names of this file


def spatial_join(db: Database, trips: pd.DataFrame, hexagons: gpd.GeoDataFrame, seconds: dict[str, float]) -> int:
    """Join places with hexagons in SQL, without a spatial index and with one; return the number of pairs with one."""
    points = places(trips, hexagons)
    db.save(points, "places", if_exists="replace", key="place")
    with step("spatial join without an index", seconds):
        check_spatial_join(db, points.head(PLACES_WITHOUT_INDEX), hexagons)
    db.save(hexagons, "hexagons", if_exists="replace", key="HEX_ID", spatial_index=True)
    check_hexagons(db.load("hexagons"), hexagons)
    with step("spatial join", seconds):
        return check_spatial_join(db, points, hexagons)


def run(data: Path, outputs: Path) -> Result:
    """Do the whole job.

    Raises WrongError where the input is missing or a result is off.
    """
    seconds: dict[str, float] = {}
    with step("read", seconds):
        trips, hexagons = read(data)
    db = Database.from_env()
    with step("save trips", seconds):
        db.save(trips, "scooter_trips", if_exists="replace", key="trip")
    with step("save hexagons", seconds):
        db.save(hexagons, "hexagons", if_exists="replace", key="HEX_ID")
    need("trips in the database", rows_in(db, "scooter_trips"), TRIPS)
    need("hexagons in the database", rows_in(db, "hexagons"), HEXAGONS)
    with step("join", seconds):
        joined = db.query(TRIPS_PER_HEXAGON)
    check_join(joined, trips, hexagons)
    with step("load hexagons", seconds):
        loaded = db.load("hexagons")
    check_hexagons(loaded, hexagons)
    with step("load trips", seconds):
        loaded_trips = db.load("scooter_trips")
    check_trips(loaded_trips, trips)
    joined_places = spatial_join(db, trips, hexagons, seconds) if db.settings.database == "mysql" else None
    target = outputs / MAP
    with step("draw", seconds):
        draw(loaded, joined, target)
    return Result(
        database=db.engine.dialect.name,
        trips_saved=TRIPS,
        hexagons_saved=HEXAGONS,
        trips_joined=int(joined["trips"].sum()),
        hexagons_joined=len(joined),
        places_joined=joined_places,
        map=str(target),
        seconds=seconds,
    )


def report(result: Result) -> None:
    """Print the result for people, then as one line of JSON."""
    seconds = result.seconds
    print(f"{result.trips_saved:,} trips saved ({result.database}): {seconds['save trips']:.1f} s")
    print(f"{result.hexagons_saved:,} hexagons saved: {seconds['save hexagons']:.1f} s")
    print(
        f"{result.trips_joined:,} trips joined to {result.hexagons_joined:,} hexagons in SQL,"
        f" as pandas joins them: {seconds['join']:.1f} s"
    )
    print(f"both loaded again, equal to the input: {seconds['load trips'] + seconds['load hexagons']:.1f} s")
    if result.places_joined is not None:
        print(
            f"{result.places_joined:,} places joined to the hexagons that hold them in SQL, as geopandas joins them:"
            f" {seconds['spatial join']:.1f} s"
        )
    print(f"map drawn from the loaded hexagons: {result.map}")
    print(f"result: {json.dumps(asdict(result))}")


def main(arguments: list[str]) -> int:
    """Run from the command line; 0 is well, 1 is a line on the standard error."""
    if len(arguments) != 2:
        print("Usage: real_input.py DATA_FOLDER OUTPUT_FOLDER", file=sys.stderr)
        return 1
    try:
        report(run(Path(arguments[0]), Path(arguments[1])))
    except (WrongError, PersistenceError, OSError) as wrong:
        print(f"real input: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    mpl.use("Agg")
    sys.exit(main(sys.argv[1:]))
