"""A Dask frame is saved partition by partition as one save, and a table is loaded as a Dask frame of one moment."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest
from dask import config, delayed
from dask import dataframe as dd
from frames import frames
from hypothesis import assume, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from persistence import Database, UnsupportedValueError, UsageError
from persistence.files import AHEAD


def in_parts(frame: pd.DataFrame, cuts: list[int]) -> Any:  # noqa: ANN401 - Dask ships no types
    """Return a Dask frame whose partitions end at these rows."""
    ends = [*sorted({min(cut, len(frame)) for cut in cuts}), len(frame)]
    pieces = [frame.iloc[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    with config.set({"dataframe.convert-string": False}):
        return dd.from_delayed([delayed(piece, traverse=False) for piece in pieces], meta=frame.head(0))


@given(frames(), st.lists(st.integers(1, 10), max_size=3), st.integers(1, 4))
def test_any_frame_comes_back_equal_however_it_is_cut(
    db: Database, prefix: str, frame: pd.DataFrame, cuts: list[int], npartitions: int
) -> None:
    first = frame.iloc[: min([*cuts, len(frame)])]  # determines the types, where objects have some
    objects = [name for name in frame if frame[name].dtype == object]
    assume(all(first[name].notna().any() or frame[name].isna().all() for name in objects))
    db.save(in_parts(frame, cuts), f"{prefix}dask", if_exists="replace")
    assert_frame_equal(db.load(f"{prefix}dask"), frame, check_exact=True)
    loaded = db.load(f"{prefix}dask", npartitions=npartitions)
    assert loaded.npartitions <= npartitions
    computed = loaded.compute()
    assert_frame_equal(
        computed if frame.index.names != [None] else computed.reset_index(drop=True), frame, check_exact=True
    )


def numbers(part: int, rows: int = 1000) -> pd.DataFrame:
    return pd.DataFrame({"part": part, "place": range(rows)})


def test_the_rows_keep_the_order_of_the_partitions(db: Database, table: str) -> None:
    assert db.save(dd.from_map(numbers, range(20)), table) == 20_000
    assert_frame_equal(db.load(table), pd.concat(map(numbers, range(20)), ignore_index=True))


MADE: list[weakref.ref[pd.DataFrame]] = []
MOST = [0]


def noted(part: int) -> pd.DataFrame:
    """Note how many of the partitions that were made are still there."""
    frame = numbers(part, 20_000)
    MADE.append(weakref.ref(frame))
    MOST[0] = max(MOST[0], sum(one() is not None for one in MADE))
    return frame


def test_a_few_partitions_are_held_at_a_time(db: Database, table: str) -> None:
    assert db.save(dd.from_map(noted, range(40), meta=numbers(0, 0)), table) == 800_000
    assert len(MADE) == 40
    assert MOST[0] <= 2 * AHEAD


def test_work_that_partitions_share_is_done_once(db: Database, table: str, tmp_path: Path) -> None:
    def counted(part: int) -> pd.DataFrame:
        (tmp_path / f"{part}").open("a").write("x")
        return numbers(part, 100)

    shuffled = dd.from_map(counted, range(6), meta=numbers(0, 0)).shuffle("place", npartitions=4)
    assert db.save(shuffled, table) == 600
    assert [(tmp_path / f"{part}").read_text() for part in range(6)] == ["x"] * 6
    expected = pd.concat([numbers(part, 100) for part in range(6)]).sort_values(["part", "place"], ignore_index=True)
    assert_frame_equal(db.load(table).sort_values(["part", "place"], ignore_index=True), expected)


def text_at_last(part: int) -> pd.DataFrame:
    return numbers(part).assign(place="text") if part else numbers(part)


def test_what_a_task_raises_is_raised_and_the_old_table_stays(db: Database, table: str) -> None:
    def broken(part: int) -> pd.DataFrame:
        if part == 7:
            raise ZeroDivisionError("in the seventh")
        return numbers(part)

    db.save(numbers(1), table)
    with pytest.raises(ZeroDivisionError, match="in the seventh"):
        db.save(dd.from_map(broken, range(10), meta=numbers(0, 0)), table, if_exists="replace")
    assert_frame_equal(db.load(table), numbers(1))
    with pytest.raises(UnsupportedValueError, match="row 1000, value 'text'"):
        db.save(dd.from_map(text_at_last, range(2), meta=numbers(0, 0)), table, if_exists="replace")


def test_it_is_appended_and_upserted_as_a_frame_is(db: Database, table: str) -> None:
    db.save(numbers(0, 10), table, key=["part", "place"])
    db.save(dd.from_map(numbers, [1, 2], rows=10), table, if_exists="append")
    again = dd.from_map(numbers, [2, 3], rows=10)
    db.save(again, table, if_exists="upsert", key=["part", "place"])
    assert len(db.load(table)) == 40


def test_it_is_of_one_moment_whoever_replaces_the_table_meanwhile(db: Database, table: str) -> None:
    db.save(numbers(1, 5000), table)
    loaded = db.load(table, npartitions=5)
    db.save(numbers(2, 5000), table, if_exists="replace")
    assert loaded.npartitions == 5
    assert_frame_equal(loaded.compute().reset_index(drop=True), numbers(1, 5000))


def test_a_part_is_loaded_with_columns_and_a_condition(db: Database, table: str) -> None:
    db.save(numbers(1, 1000), table)
    loaded = db.load(table, ["place"], "place < %(most)s", {"most": 10}, npartitions=3)
    assert list(loaded.map_partitions(len).compute()) == [4, 4, 2]
    assert loaded["place"].sum().compute() == 45
    assert len(db.load(table, where="place < 0", npartitions=3).compute()) == 0


@pytest.mark.parametrize("npartitions", [0, -1, 1.5, "4"])
def test_a_number_of_partitions_is_asked_for(db: Database, table: str, npartitions: Any) -> None:  # noqa: ANN401
    db.save(numbers(1, 10), table)
    with pytest.raises(UsageError, match=r"npartitions is .*; it is a number of partitions, at least 1"):
        db.load(table, npartitions=npartitions)


def test_geometry_says_what_to_do(db: Database, table: str) -> None:
    places = geopandas.GeoDataFrame({"a": [1]}, geometry=geopandas.points_from_xy([1.0], [2.0]), crs="EPSG:4326")
    db.save(places, table)
    with pytest.raises(UsageError, match="a Dask frame has no geometry"):
        db.load(table, npartitions=2)
    assert db.load(table, ["a"], npartitions=2)["a"].sum().compute() == 1


def test_a_table_of_others_has_one_dtype_in_all_partitions(
    db: Database, table: str, sql: Callable[[str], None]
) -> None:
    sql(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, n INTEGER, word VARCHAR(9))")
    sql(f"INSERT INTO {table} VALUES (1, 1, 'a'), (2, 2, 'b'), (3, NULL, NULL), (4, 4, 'd')")
    loaded = db.load(table, npartitions=2)
    assert str(loaded.dtypes["n"]) == "Int64"
    assert {
        str(dtype) for dtype in loaded["n"].map_partitions(lambda part: pd.Series([str(part.dtype)])).compute()
    } == {"Int64"}
    assert loaded["n"].sum().compute() == 7


def test_categories_that_differ_by_partition_come_together(db: Database, table: str) -> None:
    frame = pd.DataFrame({"x": pd.Categorical(["a", "b", "a", "c"])})
    db.save(frame, table)
    assert db.load(table, npartitions=2).compute()["x"].astype(str).tolist() == ["a", "b", "a", "c"]
