"""What the package saved before Arrow became its only form loads as it did, and takes appends: every type, index, key.

The files in `yesterday/` were made by `yesterday.py` with the code of that commit, on SQLite, MySQL and MariaDB.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import yesterday
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal

from persistence import Database, Settings

FOLDER = Path(__file__).parent / "yesterday"
TABLES = yesterday.tables()


@pytest.fixture(scope="module")
def old(db: Database, prefix: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, str]]:
    """A database with the tables, and what their names begin with."""
    if db.settings.database == "sqlite":
        path = tmp_path_factory.mktemp("yesterday") / "tables.sqlite"
        path.write_bytes(gzip.decompress((FOLDER / "tables.sqlite.gz").read_bytes()))
        database = Database(Settings("sqlite", path=path))
        yield database, ""
        database.close()
        return
    is_mariadb = "MariaDB" in db.query("SELECT VERSION() AS version")["version"][0]
    dump = (FOLDER / ("mariadb.sql" if is_mariadb else "mysql.sql")).read_text(encoding="utf-8")
    with db.engine.begin() as connection:
        for statement in re.split(r";\n", dump.replace(f"`{yesterday.PREFIX}", f"`{prefix}{yesterday.PREFIX}")):
            if statement.strip():
                connection.execution_options(no_parameters=True).exec_driver_sql(statement)
    yield db, prefix


def check_equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    if isinstance(expected, geopandas.GeoDataFrame) or "geometry" in map(str, expected.dtypes):
        located = expected.set_geometry(expected.columns[-1]) if type(expected) is pd.DataFrame else expected
        assert_geodataframe_equal(found, geopandas.GeoDataFrame(located))
    else:
        assert_frame_equal(found, expected)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_loads_as_it_did_and_takes_more(old: tuple[Database, str], name: str) -> None:
    db, begin = old
    frame, key = TABLES[name]
    located = frame if key or "geometry" not in map(str, frame.dtypes) else geopandas.GeoDataFrame(frame)
    if type(located) is geopandas.GeoDataFrame and located.active_geometry_name is None:
        located = located.set_geometry(frame.columns[-1])
    check_equal(db.load(begin + name), located)
    more = frame.assign(**{key: frame[key] + " more"}) if key else frame
    db.save(more, begin + name, if_exists="append")
    both = pd.concat([located, more if key else located], ignore_index=located.index.names == [None])
    found = db.load(begin + name)
    check_equal(found, both.sort_values(key, ignore_index=True) if key and len(begin) else both)
