"""Make the sample in a generated project's data/: invented scooter trips in the schema of a published open data set.

Nothing in the file is measured. It has the same bytes on every platform and with every Python, because it
comes from a fixed seed, `Random.random()` (whose sequence Python guarantees) and `+ - * /` alone: no function
of the mathematical library, whose last digit differs between platforms. The number of trips and the table of columns
in the README.md beside it are written from here, too.

    python scripts/make_sample.py            write both files
    python scripts/make_sample.py --check    exit with 1 if they are not what this script makes
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import re
import sys
from bisect import bisect
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

SEED = 20180710
TRIPS = 3000
FIRST_TRIP_ID = 1_000_001
FIRST_DAY = datetime(2021, 6, 1, tzinfo=UTC)
DAYS = 92
HALF_HOUR = 1800  # seconds; the published times are rounded to it
COLUMNS = {
    "TripID": "number of the trip, unique | whole number | never",
    "TripDuration": "how long the trip took | whole number, seconds | about 1 %",
    "TripDistance": "how far it went | whole number, metres | about 2 %",
    "StartTime": "when it began, rounded down to the half hour | `2021/06/01 12:30:00+00`, UTC | never",
    "EndTime": "when it ended, rounded down to the half hour | as `StartTime` | about 1 %",
    "StartCenterlineID": "the street or trail it began on | text | about 3 %",
    "StartCenterlineType": "`street` or `trail` | text | with its ID",
    "EndCenterlineID": "the street or trail it ended on | text | about 5 %",
    "EndCenterlineType": "`street` or `trail` | text | with its ID",
}
"""Each column, with what the table of README.md says of it."""
# How many trips start in each hour of the day, in relation: quiet nights, a rise at 8, a peak after work.
HOURS = (6, 4, 3, 2, 2, 5, 14, 30, 52, 44, 42, 55, 74, 72, 70, 76, 92, 100, 88, 66, 48, 32, 20, 11)
# The share of values that is left empty, by what is empty.
MISSING = {"duration": 0.01, "distance": 0.02, "end time": 0.01, "start place": 0.03, "end place": 0.05}
FOLDER = Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}" / "data"
SAMPLE, README = "sample_trips.csv", "README.md"


def hour_of_day(random: Random) -> int:
    """Draw an hour from 0 to 23 with the weights in `HOURS`."""
    totals = list(accumulate(HOURS))
    return bisect(totals, random.random() * totals[-1])


def start_time(random: Random) -> datetime:
    """Draw a moment on one of the `DAYS` days, to the second, in UTC."""
    day = int(random.random() * DAYS)
    second = hour_of_day(random) * 3600 + int(random.random() * 3600)
    return FIRST_DAY + timedelta(days=day, seconds=second)


def distance_and_duration(random: Random) -> tuple[int, int]:
    """Draw metres and seconds of one trip: mostly short, 1.5 to 5 m/s, and up to 4 minutes of stops."""
    metres = 120 + int(9000 * random.random() * random.random() * random.random())
    speed = 1.5 + 3.5 * (random.random() + random.random()) / 2
    stops = 240 * random.random() * random.random()
    return metres, int(metres / speed + stops)


def places(random: Random) -> list[tuple[str, str]]:
    """List the streets and trails of the invented city as (ID, type); one in twelve is a trail."""
    numbers = sorted({14_000 + int(random.random() * 8000) for _ in range(400)})
    return [(str(number), "trail" if random.random() < 1 / 12 else "street") for number in numbers]


def place(random: Random, known: list[tuple[str, str]]) -> tuple[str, str]:
    """Draw one of the places; the middle of the list is the busy centre of the city."""
    return known[int(len(known) * (random.random() + random.random() + random.random()) / 3)]


def published(moment: datetime) -> str:
    """Write a moment as the data set does, rounded down to the half hour: `2018/07/10 12:30:00+00`."""
    rounded = moment - timedelta(seconds=(moment.minute * 60 + moment.second) % HALF_HOUR)
    return rounded.strftime("%Y/%m/%d %H:%M:%S+00")


def trips() -> list[tuple[str, ...]]:
    """Make the `TRIPS` rows as text in the order of `COLUMNS`, sorted by start; a missing value is empty."""
    random = Random(SEED)  # noqa: S311 - sample data, nothing secret
    known = places(random)

    def lost(what: str) -> bool:
        return random.random() < MISSING[what]

    rows: list[tuple[str, ...]] = []
    for number, start in enumerate(sorted(start_time(random) for _ in range(TRIPS))):
        metres, seconds = distance_and_duration(random)
        rows.append(
            (
                str(FIRST_TRIP_ID + number),
                "" if lost("duration") else str(seconds),
                "" if lost("distance") else str(metres),
                published(start),
                "" if lost("end time") else published(start + timedelta(seconds=seconds)),
                *(("", "") if lost("start place") else place(random, known)),
                *(("", "") if lost("end place") else place(random, known)),
            )
        )
    return rows


def content() -> bytes:
    """Make the whole file: UTF-8, comma-separated, one header line, LF line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(trips())
    return text.getvalue().encode()


def described(page: str) -> str:
    """Return the page about the sample with the number of trips and the columns that the sample has."""
    rows = "".join(f"| `{name}` | {said} |\n" for name, said in COLUMNS.items())
    page = re.sub(r"(?m)^[\d,]+(?= invented)", f"{TRIPS:,}", page)
    return re.sub(r"(?m)^(\| column .*\n\|[- |]+\|\n)(?:\| .*\n)*", lambda head: head[1] + rows, page)


def main(arguments: list[str] | None = None) -> int:
    """Write the sample and its page, or compare them with what would be written; 0 is well, 1 is a difference."""
    parser = argparse.ArgumentParser(description="Make the synthetic sample of scooter trips.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file differs")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where both are; default: the template's data/")
    options = parser.parse_args(arguments)
    page = options.folder / README
    made = {options.folder / SAMPLE: content(), page: described(page.read_text(encoding="utf-8")).encode()}
    for path, wanted in made.items():
        if not options.check:
            path.write_bytes(wanted)
        elif not path.is_file() or path.read_bytes() != wanted:
            print(f"{path} is not what make_sample.py makes; run it without --check.", file=sys.stderr)
            return 1
    sample = made[options.folder / SAMPLE]
    print(f"{options.folder / SAMPLE}: {TRIPS} rows, {len(sample)} bytes, sha256 {hashlib.sha256(sample).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
