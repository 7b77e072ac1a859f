"""Processes that write and read one table at the same time: each sees what some order of the operations gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from processes import leftovers, rows, together

from persistence import Database, PersistenceError, Settings, TableExistsError

ROWS = 3_000


@dataclass(frozen=True)
class Operation:
    """One save or one read, when it began and when it had ended, on the clock that all processes share.

    Attributes:
        name: of a save, what its rows carry; "original" is what stood there at first.
        mode: `if_exists`, or "read".
        seen: what a read saw, each name with the number of its rows.
        error: why it failed, or nothing.
    """

    name: str
    mode: str
    begin: float = 0
    end: float = 0
    seen: dict[str, int] | None = None
    error: str = ""


def timed(operation: Operation, action: Callable[[], dict[str, int] | None]) -> Operation:
    """Do it; return the operation with its times and its outcome."""
    begin = time.monotonic()
    seen, error = None, ""
    try:
        seen = action()
    except PersistenceError as caught:
        error = f"{type(caught).__name__}: {caught}"
    return replace(operation, begin=begin, end=time.monotonic(), seen=seen, error=error)


def batch(name: str) -> pd.DataFrame:
    """Rows that carry the name of their save."""
    return pd.DataFrame({"name": name, "row": np.arange(ROWS)})


def write(settings: Settings, table: str, mode: str, names: list[str]) -> list[Operation]:
    """Save one batch after the other."""
    db = Database(settings)

    def save(name: str) -> None:
        db.save(batch(name), table, if_exists=mode)

    return [timed(Operation(name, mode), lambda name=name: save(name)) for name in names]


def read(settings: Settings, table: str, seconds: float, how: str) -> list[Operation]:
    """Read the table again and again, by `load` or by `query`."""
    db = Database(settings)

    def look() -> dict[str, int]:
        if how == "load":
            return {str(name): int(n) for name, n in db.load(table)["name"].value_counts().items()}
        counts = db.query(f"SELECT name, COUNT(*) AS n FROM {table} GROUP BY name")
        return dict(zip(counts["name"], counts["n"].astype(int), strict=True))

    done = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done.append(timed(Operation(how, "read"), look))
    return done


def why_impossible(read: Operation, saves: list[Operation]) -> str:
    """Return why no order of the saves, each at some moment between its begin and its end, gives what was read.

    A table is one replacing save and appending saves that came after it. So every other save that had ended before
    the read began, and that succeeded, came before that replacing save; and what came later cannot have ended before
    what came earlier began.
    """
    seen = read.seen or {}
    known = {save.name: save for save in saves}
    torn = {name: count for name, count in seen.items() if name not in known or count != ROWS}
    if torn:
        return f"rows of a part of a save, or of none: {torn}"
    there = [known[name] for name in seen]
    bases = [save for save in there if save.mode == "replace"]
    if len(bases) != 1:
        return f"not one replacing save but {[save.name for save in bases]}"
    wrong = [save.name for save in there if save.error or save.begin > read.end]
    if wrong:
        return f"rows of saves that failed, or had not begun: {wrong}"
    gone = [save for save in saves if save.name not in seen and not save.error and save.end < read.begin]
    for earlier in [*gone, *bases]:
        for later in there:
            if later.end < earlier.begin:
                return f"{later.name} is there and had ended before {earlier.name} began, which is gone or the base"
    return ""


def why_backwards(before: Operation, after: Operation) -> str:
    """Return why the second of two reads in a row cannot have seen what it saw, given the first."""
    lost = set(before.seen or {}) - set(after.seen or {})
    kept = set(before.seen or {}) & set(after.seen or {})
    return f"{sorted(kept)} stayed while {sorted(lost)} went" if lost and kept else ""


def test_the_check_knows_what_is_possible() -> None:
    saves = [
        Operation("original", "replace", 0, 0),
        Operation("a1", "append", 1, 2),
        Operation("r1", "replace", 3, 5),
        Operation("a2", "append", 4, 6),
        Operation("a3", "append", 7, 8),
    ]

    def why(begin: float, **seen: int) -> str:
        return why_impossible(Operation("load", "read", begin, begin + 0.5, seen), saves)

    assert why(9, r1=ROWS, a2=ROWS, a3=ROWS) == ""
    assert why(9, r1=ROWS, a3=ROWS) == ""  # a2 before r1
    assert why(6.5, original=ROWS, a1=ROWS) != ""  # r1 had ended
    assert why(4.5, original=ROWS, a1=ROWS) == ""  # r1 had not
    assert why(9, r1=ROWS, a2=ROWS) != ""  # a3 is lost
    assert why(9, r1=ROWS, a1=ROWS, a3=ROWS) != ""  # a1 had ended before r1 began
    assert "part" in why(9, r1=ROWS, a3=ROWS - 1)
    assert "not one" in why(9, a2=ROWS, a3=ROWS)
    assert "not begun" in why(2.2, original=ROWS, a1=ROWS, a3=ROWS)


def test_appending_replacing_and_reading_at_once_is_what_some_order_gives(
    db: Database, table: str, soak: bool, measured: Callable[[str, object], None]
) -> None:
    saves = reads = 0
    for _ in range(20 if soak else 1):
        db.save(batch("original"), table, if_exists="replace")
        appenders = [(write, db.settings, table, "append", [f"a{who}.{n}" for n in range(6)]) for who in range(4)]
        replacers = [(write, db.settings, table, "replace", [f"r{who}.{n}" for n in range(3)]) for who in range(2)]
        readers = [(read, db.settings, table, 2.0, how) for how in ("load", "query")]
        *written, loads, queries = together(*appenders, *replacers, *readers)
        done = [Operation("original", "replace"), *(operation for part in written for operation in part)]
        last = timed(Operation("load", "read"), lambda: dict(db.load(table)["name"].value_counts()))
        problems = [operation.error for operation in [*done, *loads, *queries] if operation.error]
        for one in [*loads, *queries, last]:
            problems += [f"{one.name}: {why}"] if not one.error and (why := why_impossible(one, done)) else []
        for mine in (loads, queries):
            good = [one for one in mine if not one.error]
            problems += [why for pair in pairwise(good) if (why := why_backwards(*pair))]
        assert problems == []
        assert leftovers(db) == []
        saves, reads = saves + len(done) - 1, reads + len(loads) + len(queries)
    measured("4 appending, 2 replacing, 2 reading at once", f"{saves} saves, {reads} reads, none failed, all in order")


def upsert(settings: Settings, table: str, versions: list[int], start: int, backwards: bool) -> list[str]:
    """Upsert the same keys with one version after the other; return the errors."""
    db = Database(settings)

    def save(version: int) -> None:
        frame = rows(version, start, ROWS)
        db.save(frame[::-1] if backwards else frame, table, if_exists="upsert", key="id")

    return [
        timed(Operation(str(version), "upsert"), lambda version=version: save(version)).error for version in versions
    ]


def test_upserts_of_the_same_keys_at_once_are_what_some_order_gives(db: Database, table: str, soak: bool) -> None:
    both = slice(ROWS // 2, ROWS)
    for _ in range(20 if soak else 2):
        db.save(rows(0, 0, 10), table, if_exists="replace", key="id")
        errors = together(
            (upsert, db.settings, table, [1, 2, 3, 4], 0, False),
            (upsert, db.settings, table, [11, 12, 13, 14], ROWS // 2, True),
        )
        assert errors == [[""] * 4] * 2
        found = db.load(table).sort_values("id", ignore_index=True)
        last = int(found["version"].iloc[both].iloc[0])
        assert last in (4, 14)
        expected = [rows(4, 0, both.start), rows(last, both.start, ROWS - both.start), rows(14, ROWS, both.start)]
        assert_frame_equal(found, pd.concat(expected, ignore_index=True))


def test_appends_that_meet_where_there_is_no_table_all_arrive(db: Database, prefix: str, soak: bool) -> None:
    for turn in range(20 if soak else 3):
        table = f"{prefix}meeting{turn}"
        written = together(*((write, db.settings, table, "append", [f"a{who}"]) for who in range(4)))
        assert [one.error for part in written for one in part] == [""] * 4
        assert dict(db.load(table)["name"].value_counts()) == {f"a{who}": ROWS for who in range(4)}


@pytest.mark.parametrize("mode", ["replace", "upsert"])
def test_saves_that_meet_where_there_is_no_table_leave_one_whole(
    db: Database, prefix: str, mode: str, soak: bool
) -> None:
    for turn in range(20 if soak else 2):
        table = f"{prefix}{mode}{turn}"
        if mode == "replace":
            written = together(*((write, db.settings, table, mode, [f"r{who}"]) for who in range(3)))
            errors = [one.error for part in written for one in part]
        else:
            jobs = [(upsert, db.settings, table, [version], 0, False) for version in (1, 2, 3)]
            errors = [error for part in together(*jobs) for error in part]
        assert errors == [""] * 3
        found = db.load(table)
        assert (len(found), found.iloc[:, 0 if mode == "replace" else 1].nunique()) == (ROWS, 1)


def test_of_saves_that_may_not_meet_one_succeeds(db: Database, prefix: str, soak: bool) -> None:
    for turn in range(20 if soak else 2):
        table = f"{prefix}fail{turn}"
        written: list[Any] = together(*((write, db.settings, table, "fail", [f"f{who}"]) for who in range(3)))
        done = [one for part in written for one in part]
        (winner,) = [one for one in done if not one.error]
        assert [one.error.partition(":")[0] for one in done if one is not winner] == [TableExistsError.__name__] * 2
        assert dict(db.load(table)["name"].value_counts()) == {winner.name: ROWS}
