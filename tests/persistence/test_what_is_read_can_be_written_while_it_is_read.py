"""Frames of a query are saved while it goes on, to other tables, on every database, without waiting for a lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from persistence import Database, Settings

ROWS = pd.DataFrame({"id": range(1000), "v": [f"text {n}" for n in range(1000)]})
PATIENCE = 20
"""Seconds in which all of it is done: less than any wait for a lock."""


@pytest.fixture(params=["as configured", "a file"])
def any_db(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> Iterator[Database]:
    """The database under test; and an SQLite file, where a writer and readers are in each other's way."""
    if request.param == "as configured":
        yield db
        return
    file = Database(Settings("sqlite", path=tmp_path / "reading.sqlite"))
    yield file
    file.close()


@pytest.fixture
def source(any_db: Database, table: str) -> str:
    any_db.save(ROWS, table, key="id")
    return table


def parts(db: Database, table: str) -> Iterator[pd.DataFrame]:
    return db.query(f"SELECT * FROM {table} ORDER BY id", chunksize=100)


def each(save: Callable[[Database, str, pd.DataFrame], object]) -> Callable[[Database, str], None]:
    """Return a use that does this with each part of the table, and with its name."""

    def act(db: Database, source: str) -> None:
        for part in parts(db, source):
            save(db, source, part)

    return act


def replaced(db: Database, source: str) -> None:
    seen = []
    for part in parts(db, source):
        seen.append(part)
        db.save(pd.concat(seen), f"{source}_other", if_exists="replace", key="id")


def streamed(db: Database, source: str) -> None:
    db.save(parts(db, source), f"{source}_other", key="id")


def of_two(db: Database, source: str) -> None:
    for part, again in zip(parts(db, source), parts(db, source), strict=True):
        assert part.equals(again)
        db.save(part, f"{source}_other", if_exists="append")


def by_the_engine(db: Database, source: str) -> None:
    db.save(ROWS[:0], f"{source}_other", key="id")
    for part in parts(db, source):
        with db.engine.begin() as connection:
            part.to_sql(f"{source}_other", connection, if_exists="append", index=False)


USES = {
    "append": each(lambda db, source, part: db.save(part, f"{source}_other", if_exists="append")),
    "upsert": each(lambda db, source, part: db.save(part, f"{source}_other", if_exists="upsert", key="id")),
    "replace": replaced,
    "a stream": streamed,
    "two queries": of_two,
    "the engine": by_the_engine,
}


@pytest.mark.parametrize("use", USES)
def test_another_table_is_written(any_db: Database, source: str, use: str) -> None:
    begin = time.monotonic()
    USES[use](any_db, source)
    assert time.monotonic() - begin < PATIENCE
    found = any_db.load(f"{source}_other").sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(found.astype({"id": "int64"}), ROWS)  # chunks have Int64 on SQLite
    pd.testing.assert_frame_equal(any_db.load(source), ROWS)


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_the_same_table_is_written_and_read_as_it_was(any_db: Database, source: str, mode: str) -> None:
    begin, seen = time.monotonic(), []
    for part in parts(any_db, source):
        seen.append(part)
        more = part.assign(id=part["id"] + len(ROWS))
        any_db.save(more, source, if_exists=mode, key="id")
    assert time.monotonic() - begin < PATIENCE
    assert pd.concat(seen).to_numpy().tolist() == ROWS.to_numpy().tolist()
    assert any_db.load(source)["id"].tolist() == list(range(2 * len(ROWS)))


def test_an_iterator_that_is_not_read_to_its_end_stops_no_writer(any_db: Database, source: str) -> None:
    stream = parts(any_db, source)
    assert len(next(stream)) == 100
    begin = time.monotonic()
    for mode in ("replace", "append"):
        any_db.save(ROWS, f"{source}_other", if_exists=mode)
    assert time.monotonic() - begin < PATIENCE
    assert len(next(stream)) == 100
    stream.close()
    any_db.save(ROWS[:1], source, if_exists="replace", key="id")
    assert len(any_db.load(source)) == 1
