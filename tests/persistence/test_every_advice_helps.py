# ruff: noqa: ANN401 - advice passes arguments of every type
"""Each advice of docs/errors.md, followed after the wrong use that it is for: the same work is done then.

Advice for the values of a frame is followed in `test_wrong_uses.py`; together the two have every row of the page.
"""

from __future__ import annotations

import pickle
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from pyarrow import parquet
from shapely import Point
from test_wrong_uses import ADVICE, SETTINGS, TRIPS, WRONG, column, trips  # noqa: F401 - a fixture

from persistence import Database, Settings, UsageError

MORE = TRIPS.assign(id=[3, 4, 5])
PLACES = geopandas.GeoDataFrame({"id": [4]}, geometry=[Point(1, 2)], crs=4326)
COMPLEX = column(1 + 2j)
TWICE = pd.DataFrame({"id": [1, 1, 2], "km": [1.5, 2.5, 3.5]})
Follow = Callable[[Database, str], object]


def saved(frame: pd.DataFrame, expected: pd.DataFrame | None = None, **arguments: Any) -> Follow:
    """Return an advice: save this frame to the table of `TRIPS`, which then holds what is expected, or the frame."""

    def follow(db: Database, table: str) -> None:
        db.save(frame, table, **{"if_exists": "replace", **arguments})
        found, wanted = db.load(table), frame if expected is None else expected
        by = [name for name in ("id",) if name in wanted]
        assert_frame_equal(
            found.sort_values(by, ignore_index=True) if by else found, wanted, check_index_type=False, check_like=True
        )

    return follow


def other_columns_in_parts(db: Database, table: str) -> None:
    db.save(PLACES, table, if_exists="replace")
    assert db.load(table, columns=["id"], npartitions=2).compute()["id"].tolist() == [4]


def as_text_in_parts(db: Database, table: str) -> None:
    db.save(PLACES.to_wkt(), table, if_exists="replace")
    assert db.load(table, npartitions=2).compute()["geometry"].tolist() == ["POINT (1 2)"]


def elsewhere(**wrong: Any) -> Follow:
    """Return an advice: of these settings, take those of the server that is there."""

    def follow(db: Database, table: str) -> None:
        right = {name: getattr(db.settings, name) for name in wrong}
        other = Database(replace(replace(db.settings, **wrong), **right))
        assert_frame_equal(other.load(table), TRIPS)
        other.close()

    return follow


def settings(name: str, value: str, attribute: str) -> Follow:
    """Return an advice: write a setting into ``.env``, and what it is then."""

    def follow(db: Database, table: str) -> None:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "data").mkdir()
            (folder / "data" / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
            written = {**SETTINGS, "MYSQL_PASSWORD": "p", name: value}
            (folder / ".env").write_text("".join(f"{key}={text}\n" for key, text in written.items()))
            found = Settings.read({}, project=folder, secrets=folder / "none")
        assert str(getattr(found, attribute)).endswith(value)

    return follow


def both_parts(db: Database, table: str) -> None:
    number = COMPLEX["x"].to_numpy()
    db.save(pd.DataFrame({"real": number.real, "imaginary": number.imag}), table, if_exists="replace")
    found = db.load(table)
    assert (found["real"] + 1j * found["imaginary"]).tolist() == COMPLEX["x"].tolist()


def shown_and_dropped(db: Database, table: str) -> None:
    assert TWICE[TWICE.duplicated("id", keep=False)].index.tolist() == [0, 1]
    saved(TWICE.drop_duplicates("id").reset_index(drop=True), key="id")(db, table)


def renamed_or_anew(db: Database, table: str) -> None:
    saved(PLACES)(db, table)
    other = PLACES.rename_geometry("place")
    db.save(other.rename_geometry("geometry"), table, if_exists="append")
    assert len(db.load(table)) == 2


def run_by_both(db: Database, table: str) -> None:
    assert db.execute(f"UPDATE {table} SET km = 0 WHERE id = %(id)s", {"id": 1}) == 1
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET km = 1.5 WHERE id = 1")
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE id = 3")
    assert_frame_equal(db.load(table), TRIPS[:2])


def made_anew(db: Database, table: str) -> None:
    with pytest.raises(Exception, match="make one in the other process"):
        pickle.dumps(db)
    other = Database(pickle.loads(pickle.dumps(db.settings)))
    assert_frame_equal(other.load(table), TRIPS)
    other.close()


def loads(**arguments: Any) -> Follow:
    """Return an advice: load the table with these arguments."""
    return lambda db, table: db.load(table, **arguments).shape[0] or pytest.fail("nothing was loaded")


TOGETHER = pd.concat([TRIPS[:2], MORE], ignore_index=True)
FOLLOWED: dict[str, list[Follow]] = {
    "a table that exists already": [
        saved(MORE),
        saved(MORE[1:], pd.concat([TRIPS, MORE[1:]], ignore_index=True), if_exists="append"),
        saved(MORE, TOGETHER, if_exists="upsert", key="id"),
    ],
    "a mode that does not exist": [saved(TRIPS, if_exists="replace")],
    "upsert without a key": [saved(MORE, TOGETHER, if_exists="upsert", key="id")],
    "upsert with another key than the table's": [
        saved(MORE, TOGETHER, if_exists="upsert", key="id"),
        saved(TRIPS.fillna({"place": "?"}), if_exists="replace", key="place"),
    ],
    "a key that is no column": [saved(TRIPS, key="id")],
    "a key that is no name": [saved(TRIPS, key="id"), saved(TRIPS, key=["id", "km"])],
    "a column left out that must have a value": [
        saved(MORE[1:], pd.concat([TRIPS, MORE[1:]], ignore_index=True), if_exists="append")
    ],
    "a Database in a pickle": [made_anew],
    "an iterator without frames": [
        lambda db, table: saved(TRIPS)(db, table) or db.save(iter([TRIPS]), table, "replace")
    ],
    "a Series instead of a frame": [saved(TRIPS["km"].to_frame("name"))],
    "a row whose key is in the table already": [saved(MORE, TOGETHER, if_exists="upsert", key="id")],
    "a column name that is too long": [saved(TRIPS.rename(columns={"km": "k" * 64}))],
    "two columns of one name": [saved(TRIPS.rename(columns={"km": "ID_2"}))],
    "an empty table name": [saved(TRIPS)],
    "a table name of the package's own": [saved(TRIPS)],
    "a type that has no place in a database": [both_parts, saved(COMPLEX.astype(str))],
    "a key that comes twice": [shown_and_dropped],
    "a key with missing values": [
        saved(TRIPS.fillna({"place": "?"}), key="place"),
        saved(TRIPS.dropna(), key="place"),
        saved(TRIPS, key="id"),
    ],
    "a column that the table does not have": [
        saved(
            MORE[1:].assign(more=1).drop(columns="more"),
            pd.concat([TRIPS, MORE[1:]], ignore_index=True),
            if_exists="append",
        ),
        saved(TRIPS.assign(more=1), if_exists="replace"),
    ],
    "another type than the table's column": [
        saved(
            MORE[1:].astype({"km": "str"}).astype({"km": "float64"}),
            pd.concat([TRIPS, MORE[1:]], ignore_index=True),
            if_exists="append",
        )
    ],
    "geometry without a place in the table": [renamed_or_anew],
    "a table that is not there": [loads()],
    "a column that is not there": [loads(columns=["id", "km"])],
    "a parameter without a value": [loads(where="km > %(least)s", params={"least": 2})],
    "a condition that is not SQL": [loads(where="km > 2")],
    "a number of partitions that is none": [loads()],
    "geometry in partitions": [other_columns_in_parts, as_text_in_parts],
    "a statement that returns no rows": [run_by_both],
    "a setting that is missing": [settings("MYSQL_USER", "scientist", "user")],
    "a database that is neither": [
        settings("DATABASE", "mysql", "database"),
        settings("DATABASE", "sqlite", "database"),
    ],
    "a port that is none": [settings("MYSQL_PORT", "3306", "port")],
    "a timeout that is none": [settings("MYSQL_TIMEOUT", "30", "timeout")],
    "a certificate authority that is not there": [settings("MYSQL_SSL_CA", "data/ca.pem", "ca")],
    "no server at the address": [elsewhere(host="127.0.0.2", port=1)],
    "a host that does not exist": [elsewhere(host="no-such-host.invalid")],
    "a wrong password": [elsewhere(password="wrong")],
    "a database that does not exist": [elsewhere(name="no_such")],
}
NOTHING_TO_SAVE = {"a frame without columns"}


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, ways in FOLLOWED.items() for number in range(len(ways))]
)
def test_what_the_page_says_helps(db: Database, trips: str, name: str, number: int) -> None:  # noqa: F811
    (wrong,) = [wrong for wrong in WRONG if wrong.name == name]
    if wrong.only in ("", db.settings.database):
        with pytest.raises(wrong.error):
            wrong.act(db, trips)
    FOLLOWED[name][number](db, trips)


def test_every_advice_is_followed() -> None:
    assert {wrong.name for wrong in WRONG} - {*FOLLOWED, *NOTHING_TO_SAVE, *ADVICE} == set()


CALL = re.compile(r"(?:geopandas|pd)\.read_\w+\(.*?\)")
LONG = b"a,b\n1," + b"x" * 5_000_000 + b"\n2,y\n"
FILES: dict[str, tuple[bytes, list[int]]] = {
    "column 1 has no name": (b",a\n0,5\n1,6\n", [2, 2]),
    "column 2 has no name": (b"a;\n5;0\n6;1\n", [2, 2]),
    "the text is not UTF-8": ("a,b\n1,é\n".encode("cp1252"), [1]),
    "a row is longer than 1 MB": (LONG, [2]),
    "decimal commas": (b"n;x;y\n1;1,5;1.234\n2;0,5;2.345\n", [2]),
    "begins with '#'": (b"#a,b\n1,2\n3,4\n", [2, 1]),
}
"""Files by what is said of them, and how many rows the calls in the message read of them."""


@pytest.mark.parametrize("says", FILES)
def test_the_call_that_a_file_is_refused_with_reads_it(db: Database, table: str, tmp_path: Path, says: str) -> None:
    content, rows = FILES[says]
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        db.save(path, table)
    calls = CALL.findall(str(caught.value))
    assert [db.save(eval(call, {"pd": pd}), table, if_exists="replace") for call in calls] == rows


def test_geometry_of_another_encoding_is_read_by_the_call(db: Database, table: str, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    PLACES.to_parquet(path, geometry_encoding="geoarrow", schema_version="1.1.0")
    with pytest.raises(UsageError, match="is not WKB") as caught:
        db.save(path, table)
    call = CALL.search(str(caught.value))
    assert call is not None
    assert db.save(eval(call[0], {"geopandas": geopandas}), table) == len(PLACES)


@pytest.mark.parametrize("moment", [1, -1, 10**18 + 1, -(10**18) - 7])
def test_old_moments_of_parquet_that_are_too_fine_are_rounded_as_the_message_says(
    db: Database, table: str, tmp_path: Path, moment: int
) -> None:
    path = tmp_path / "x.parquet"
    written = pa.table({"t": pa.array([0, None, moment], pa.timestamp("ns"))})
    parquet.write_table(written, path, use_deprecated_int96_timestamps=True)
    with pytest.raises(UsageError, match="column 't' has moments finer than a microsecond") as caught:
        db.save(path, table)
    call = CALL.search(str(caught.value))
    assert call is not None
    frame = eval(call[0], {"pd": pd})
    db.save(frame.assign(t=frame["t"].dt.floor("us")), table)
    found = db.load(table)["t"].dt.as_unit("us").astype("int64")
    assert found.iloc[[0, 2]].tolist() == [0, moment // 1000]


def test_the_files_of_a_folder_are_saved_one_by_one(db: Database, table: str, tmp_path: Path) -> None:
    folder = tmp_path / "parts.csv"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.csv").write_text(f"a\n{number}\n")
    with pytest.raises(UsageError, match="one by one, with if_exists='append'"):
        db.save(folder, table)
    for path in sorted(folder.iterdir()):
        db.save(path, table, if_exists="append")
    assert db.load(table)["a"].tolist() == [0, 1, 2]
