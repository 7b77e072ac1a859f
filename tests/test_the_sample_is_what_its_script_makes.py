"""data/sample_trips.csv can be made again, byte for byte, and is what data/README.md says of it."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import make_sample as maker
import stack

SAMPLE, README = maker.FOLDER / maker.SAMPLE, maker.FOLDER / maker.README
SCRIPT = stack.TEMPLATE / "scripts" / "make_sample.py"


def make_sample(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE, dtype={"StartCenterlineID": "string", "EndCenterlineID": "string"})


def test_the_check_passes_on_the_shipped_file_and_says_its_sha256() -> None:
    checked = make_sample("--check")
    assert checked.returncode == 0, checked.stderr
    assert hashlib.sha256(SAMPLE.read_bytes()).hexdigest() in checked.stdout


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder with the page about the sample, and no sample."""
    shutil.copy(README, tmp_path)
    return tmp_path


def test_a_sample_that_is_made_again_has_the_same_bytes(other: Path) -> None:
    made = make_sample("--folder", str(other))
    assert made.returncode == 0, made.stderr
    for path in (SAMPLE, README):
        assert (other / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("change", ["one digit", "line ends", "no file", "a column's words"])
def test_the_check_refuses_another_file_with_one_line_and_leaves_it(other: Path, change: str) -> None:
    shipped, page = SAMPLE.read_bytes(), README.read_bytes()
    changed = {
        "one digit": {SAMPLE.name: shipped.replace(b"1000001", b"1000002", 1)},
        "line ends": {SAMPLE.name: shipped.replace(b"\n", b"\r\n")},
        "no file": {},
        "a column's words": {SAMPLE.name: shipped, README.name: page.replace(b"how far", b"how high")},
    }[change]
    for name, content in changed.items():
        (other / name).write_bytes(content)
    before = stack.files(other)
    checked = make_sample("--check", "--folder", str(other))
    assert checked.returncode == 1
    assert checked.stdout == ""
    assert len(checked.stderr.splitlines()) == 1
    assert "make_sample.py" in checked.stderr
    assert stack.files(other) == before


def test_the_file_is_small_text_with_lf_line_ends() -> None:
    content = SAMPLE.read_bytes()
    assert len(content) < 400_000
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.decode("ascii")


def test_the_columns_are_those_of_the_readme_and_gaps_are_where_it_says(sample: pd.DataFrame) -> None:
    described = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", README.read_text("utf-8"), re.MULTILINE))
    assert list(described) == list(sample.columns)
    with_gaps = [column for column in sample.columns if sample[column].isna().any()]
    assert with_gaps == [column for column, empty in described.items() if empty != "never"]
    assert f"{len(sample):,} invented scooter trips" in README.read_text("utf-8")
    assert "synthetic" in README.read_text("utf-8")


def test_every_trip_has_its_own_number(sample: pd.DataFrame) -> None:
    assert sample["TripID"].is_unique
    assert 2000 <= len(sample) <= 5000


def test_times_are_half_hours_in_utc_and_no_trip_ends_before_it_starts(sample: pd.DataFrame) -> None:
    form = "%Y/%m/%d %H:%M:%S%z"
    start = pd.to_datetime(sample["StartTime"], format=form, utc=True)
    end = pd.to_datetime(sample["EndTime"], format=form, utc=True)
    assert (start == start.dt.floor("30min")).all()
    assert (end.dropna() == end.dropna().dt.floor("30min")).all()
    assert (end >= start)[end.notna()].all()


def test_a_place_has_an_id_and_a_type_or_neither(sample: pd.DataFrame) -> None:
    for end in ("Start", "End"):
        assert (sample[f"{end}CenterlineID"].isna() == sample[f"{end}CenterlineType"].isna()).all()
        assert set(sample[f"{end}CenterlineType"].dropna()) == {"street", "trail"}


def test_the_trips_are_plausible(sample: pd.DataFrame) -> None:
    measured = sample.dropna(subset=["TripDuration", "TripDistance"])
    assert measured["TripDuration"].corr(measured["TripDistance"]) > 0.8
    assert (measured["TripDistance"] / measured["TripDuration"]).between(0.2, 5.1).all(), "metres a second"
    hours = sample["StartTime"].str[11:13].astype(int)
    assert hours.between(12, 19).mean() > 4 * hours.between(0, 7).mean()
