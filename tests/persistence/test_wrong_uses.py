# ruff: noqa: ANN401 - wrong uses pass values of every type
"""Each wrong use raises one error that says what to do, and changes nothing; docs explain each under these names."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from shapely import Point

from persistence import (
    ConnectionFailedError,
    Database,
    DatabaseError,
    PersistenceError,
    Settings,
    SettingsError,
    TableExistsError,
    TableMissingError,
    UnsupportedValueError,
    UsageError,
)

TRIPS = pd.DataFrame({"id": [1, 2, 3], "km": [1.5, 2.5, 3.5], "place": ["Bern", "Rom", None]})
SETTINGS = {"DATABASE": "mysql", "MYSQL_HOST": "db", "MYSQL_PORT": "3306", "MYSQL_DATABASE": "d", "MYSQL_USER": "u"}


@dataclass(frozen=True)
class Wrong:
    """A wrong use: what it is called in the documentation, how it is done, and what it raises.

    `act` gets the database and the name of a table that holds `TRIPS` with the key ``id``; `says` is the part of the
    message that says what to do.
    """

    name: str
    error: type[PersistenceError]
    says: str
    act: Callable[[Database, str], object]
    only: str = ""


def save(frame: Any, **arguments: Any) -> Callable[[Database, str], object]:
    """Return a wrong use that saves a frame to the table, replacing it unless the arguments say otherwise."""
    return lambda db, table: db.save(frame, table, **{"if_exists": "replace", **arguments})


def places_in_parts(db: Database) -> None:
    places = geopandas.GeoDataFrame({"id": [4]}, geometry=[Point(1, 2)], crs=4326)
    db.save(places, "test_places_in_parts")
    try:
        db.load("test_places_in_parts", npartitions=2)
    finally:
        db.drop("test_places_in_parts")


def column(*values: Any, **options: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Series(values, **options)})


def elsewhere(**changed: Any) -> Callable[[Database, str], object]:
    """Return a wrong use that asks the same server with other settings."""
    return lambda db, table: Database(Settings(**{**vars(db.settings), **changed})).tables()


def settings(**changed: str) -> Callable[[Database, str], object]:
    """Return a wrong use that reads settings."""
    folder = Path("no", "such", "folder")
    environ = {**SETTINGS, "MYSQL_PASSWORD": "p", **changed}
    return lambda db, table: Settings.read(environ, project=folder, secrets=folder)


WRONG = [
    # Arguments
    Wrong(
        "a table that exists already",
        TableExistsError,
        'use if_exists="replace", "append" or "upsert"',
        save(TRIPS, if_exists="fail"),
    ),
    Wrong(
        "a mode that does not exist",
        UsageError,
        "must be one of fail, replace, append, upsert",
        save(TRIPS, if_exists="overwrite"),
    ),
    Wrong("upsert without a key", UsageError, "needs key=", save(TRIPS, if_exists="upsert")),
    Wrong(
        "upsert with another key than the table's",
        UsageError,
        'or save with if_exists="replace"',
        save(TRIPS, if_exists="upsert", key="place"),
    ),
    Wrong("a key that is no column", UsageError, "the frame has only the columns id, km, place", save(TRIPS, key="ID")),
    Wrong("a key that is no name", UsageError, "it is the name of a column", save(TRIPS, key=5)),
    Wrong(
        "a column left out that must have a value",
        UsageError,
        "has no default and is never missing; add it",
        save(TRIPS.drop(columns="id"), if_exists="append"),
    ),
    Wrong(
        "a name of the columns' axis that is long",
        UsageError,
        "frame.rename_axis(columns=None)",
        save(TRIPS.rename_axis(columns="n" * 65)),
    ),
    Wrong(
        "a Database in a pickle",
        UsageError,
        "make one in the other process: Database.from_env()",
        lambda db, table: pickle.dumps(db),
    ),
    Wrong("a frame without columns", UsageError, "there is nothing to save", save(pd.DataFrame())),
    Wrong("an iterator without frames", UsageError, "the iterator gave no frame", save(iter([]))),
    Wrong("a Series instead of a frame", UsageError, "use .to_frame() on a Series", save(pd.Series([1]))),
    Wrong(
        "an index without a name", UsageError, "use frame.rename_axis('name')", save(TRIPS.set_axis(["a", "b", "c"]))
    ),
    # Names
    Wrong(
        "a column name that is not text", UsageError, "frame.columns.astype(str)", save(TRIPS.rename(columns={"km": 0}))
    ),
    Wrong(
        "columns of several levels",
        UsageError,
        'frame.columns = ["_".join(map(str, c)) for c in frame.columns]',
        save(pd.concat({"a": TRIPS}, axis=1)),
    ),
    Wrong(
        "a column name that is too long",
        UsageError,
        "at most 64 are possible",
        save(TRIPS.rename(columns={"km": "k" * 65})),
    ),
    Wrong("two columns of one name", UsageError, "rename one of them", save(TRIPS.rename(columns={"km": "ID"}))),
    Wrong("an empty table name", UsageError, "is empty or ends with a space", lambda db, table: db.save(TRIPS, "")),
    Wrong(
        "a table name of the package's own",
        UsageError,
        "begins with a reserved prefix; rename it",
        lambda db, table: db.save(TRIPS, "_persistence_mine"),
    ),
    # Values
    Wrong(
        "an infinite number",
        UnsupportedValueError,
        "SQL has neither infinity nor a NaN that is not a missing value; replace it",
        save(column(1.0, np.inf)),
    ),
    Wrong(
        "moments with offsets as objects",
        UnsupportedValueError,
        "pd.to_datetime(column, utc=True)",
        save(column(pd.Timestamp("2020-01-01T00:00+01:00"), pd.Timestamp("2020-07-01T00:00+02:00"), dtype=object)),
    ),
    Wrong(
        "arrays in a column",
        UnsupportedValueError,
        ".map(np.ndarray.tolist, na_action='ignore')",
        save(column(None, np.array([1, 2]), dtype=object)),
    ),
    Wrong("mixed values in one column", UnsupportedValueError, "row 1, value 'b'", save(column(1, "b", dtype=object))),
    Wrong(
        "a type that has no place in a database",
        UnsupportedValueError,
        "convert it with .astype()",
        save(column(1 + 2j)),
    ),
    Wrong(
        "a number with too many digits",
        UnsupportedValueError,
        "does not fit DECIMAL(65,30)",
        save(column(Decimal("1" * 66), dtype=object)),
    ),
    Wrong("a key that comes twice", UnsupportedValueError, "this key occurs twice", save(column(1, 1), key="x")),
    Wrong(
        "a key with missing values",
        UnsupportedValueError,
        "a key has no missing values",
        save(TRIPS, key="place"),
    ),
    Wrong(
        "a column that the table does not have",
        UnsupportedValueError,
        "the table has no such column; it has id, km, place",
        save(TRIPS.assign(id=[4, 5, 6], more=1), if_exists="append"),
    ),
    Wrong(
        "another type than the table's column",
        UnsupportedValueError,
        "column 'km'",
        save(pd.DataFrame({"id": [4], "km": ["far"]}), if_exists="append"),
    ),
    Wrong(
        "geometry without a place in the table",
        UnsupportedValueError,
        "the table has no such column",
        save(geopandas.GeoDataFrame({"id": [4]}, geometry=[Point(1, 2)], crs=4326), if_exists="append"),
    ),
    Wrong(
        "a row whose key is in the table already",
        DatabaseError,
        'use if_exists="upsert" to update it',
        save(TRIPS, if_exists="append"),
    ),
    # Reading
    Wrong(
        "a table that is not there",
        TableMissingError,
        "there is no table 'trps'; there are",
        lambda db, table: db.load("trps"),
    ),
    Wrong(
        "a column that is not there",
        UsageError,
        "the table has id, km, place",
        lambda db, table: db.load(table, columns=["id", "kms"]),
    ),
    Wrong(
        "a parameter without a value",
        UsageError,
        "but params has no 'least'",
        lambda db, table: db.load(table, where="km > %(least)s", params={"most": 2}),
    ),
    Wrong("a condition that is not SQL", DatabaseError, "near", lambda db, table: db.load(table, where="km >")),
    Wrong(
        "a number of partitions that is none",
        UsageError,
        "it is a number of partitions, at least 1",
        lambda db, table: db.load(table, npartitions=0),
    ),
    Wrong(
        "geometry in partitions",
        UsageError,
        "load the other columns, or save the geometry as text (WKT)",
        lambda db, table: places_in_parts(db),
    ),
    Wrong(
        "a statement that returns no rows",
        UsageError,
        "use db.engine for statements that are not queries",
        lambda db, table: db.query("CREATE TEMPORARY TABLE wrong_use (x INT)"),
    ),
    # Settings
    Wrong("a setting that is missing", SettingsError, "run `make env`", settings(MYSQL_USER="")),
    Wrong("a database that is neither", SettingsError, "set it to mysql or sqlite", settings(DATABASE="postgres")),
    Wrong("a port that is none", SettingsError, "must be a number from 1 to 65535", settings(MYSQL_PORT="http")),
    Wrong(
        "a timeout that is none",
        SettingsError,
        "MYSQL_TIMEOUT is '0'; it must be a number",
        settings(MYSQL_TIMEOUT="0"),
    ),
    Wrong(
        "a certificate authority that is not there",
        SettingsError,
        "write MYSQL_SSL_CA=data/<its name>",
        settings(MYSQL_SSL_CA="ca.pem"),
    ),
    # Connecting
    Wrong(
        "no server at the address",
        ConnectionFailedError,
        "check MYSQL_HOST and MYSQL_PORT in .env",
        lambda db, table: Database(Settings("mysql", host="127.0.0.2", port=1, timeout=0.2)).tables(),
    ),
    Wrong(
        "a host that does not exist",
        ConnectionFailedError,
        "there is no host 'no-such-host.invalid'",
        lambda db, table: Database(Settings("mysql", host="no-such-host.invalid", timeout=0.2)).tables(),
    ),
    Wrong("a wrong password", ConnectionFailedError, "put that one into .env", elsewhere(password="wrong"), "mysql"),
    Wrong(
        "a database that does not exist",
        ConnectionFailedError,
        "check MYSQL_DATABASE and MYSQL_USER",
        elsewhere(name="no_such"),
        "mysql",
    ),
]


@pytest.fixture
def trips(db: Database, table: str) -> str:
    """A table that holds `TRIPS`."""
    db.save(TRIPS, table, key="id")
    return table


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_use_says_what_to_do_and_changes_nothing(db: Database, prefix: str, trips: str, wrong: Wrong) -> None:
    def tables() -> list[str]:
        """All but those of another run of the tests on the same server."""
        return [name for name in db.tables() if name.startswith(prefix) or not name.startswith("test_")]

    if wrong.only not in ("", db.settings.database):
        pytest.skip(f"needs {wrong.only}")
    before = tables()
    with pytest.raises(PersistenceError) as caught:
        wrong.act(db, trips)
    assert type(caught.value) is wrong.error
    assert wrong.says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert tables() == before
    assert_frame_equal(db.load(trips), TRIPS)


ADVICE: dict[str, tuple[pd.DataFrame, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "columns of several levels": (
        pd.concat({"a": TRIPS}, axis=1),
        lambda frame: frame.set_axis(["_".join(map(str, c)) for c in frame.columns], axis=1),
    ),
    "moments with offsets as objects": (
        column(pd.Timestamp("2020-01-01T00:00+01:00"), pd.Timestamp("2020-07-01T00:00+02:00"), dtype=object),
        lambda frame: frame.assign(x=pd.to_datetime(frame["x"], utc=True)),
    ),
    "arrays in a column": (
        column(None, np.array([1, 2]), dtype=object),
        lambda frame: frame.assign(x=frame["x"].map(np.ndarray.tolist, na_action="ignore")),
    ),
    "a zone that pandas cannot read": (
        column(pd.Timestamp("2020-01-01", tz=dt.timezone(dt.timedelta(seconds=3661)))),
        lambda frame: frame.assign(x=frame["x"].dt.tz_convert("UTC")),
    ),
    "a column name that is not text": (
        pd.DataFrame({0: [1]}),
        lambda frame: frame.set_axis(frame.columns.astype(str), axis=1),
    ),
    "an index without a name": (TRIPS.set_axis(["a", "b", "c"]), lambda frame: frame.rename_axis("name")),
    "a name of the columns' axis that is long": (
        TRIPS.rename_axis(columns="n" * 65),
        lambda frame: frame.rename_axis(columns=None),
    ),
    "an infinite number": (column(1.0, np.inf), lambda frame: frame.replace([np.inf, -np.inf], np.nan)),
    "mixed values in one column": (column(1, "b", dtype=object), lambda frame: frame.astype(str)),
    "nanoseconds": (
        pd.DataFrame({"x": pd.to_datetime([1], unit="ns")}),
        lambda frame: frame.assign(x=frame["x"].dt.floor("us")),
    ),
    "a number with too many digits": (column(Decimal("1" * 66), dtype=object), lambda frame: frame.astype(str)),
}
"""Frames that are refused, and what the message, or docs/errors.md, says to do with them."""


@pytest.mark.parametrize("name", ADVICE)
def test_the_advice_helps(db: Database, table: str, name: str) -> None:
    frame, follow = ADVICE[name]
    with pytest.raises(PersistenceError):
        db.save(frame, table)
    followed = follow(frame)
    assert db.save(followed, table) == len(frame)
    assert_frame_equal(db.load(table), followed, check_index_type=False)
