"""`save` takes the path of a CSV file: types hold for all of it, no value changes, a broken file changes nothing."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from persistence import Database, UsageError, csvfile

MANY = 60_000
"""Rows that make several blocks of a file."""
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
LOOKALIKES = [
    "007",
    "-0",
    "+5",
    "0x1F",
    "1_000",
    " 1",
    "12345678901234567890123",
    "1e999",
    "inf",
    "NA",
    "nan",
    "2018-02-30",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.csv"


def saved(db: Database, table: str, path: Path, content: str) -> pd.DataFrame:
    """Return the table that a file of this content makes."""
    path.write_text(content, encoding="utf-8", newline="")
    db.save(path, table, if_exists="replace")
    return db.load(table)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-20", "0"], pd.Series([1, -20, 0])),
        (["1", "", "NA"], pd.Series([1, None, None], dtype="Int64")),
        (["18446744073709551615", "0"], pd.Series(["18446744073709551615", "0"])),
        (["1", "2.5", "-1e3"], pd.Series([1, 2.5, -1000])),
        (["0.1", "", "nan"], pd.Series([0.1, np.nan, np.nan])),
        (["true", "FALSE"], pd.Series([True, False])),
        (["True", ""], pd.Series([True, None], dtype="boolean")),
        (["2018-07-08", "2018-07-08 12:30:01.5"], pd.Series(pd.DatetimeIndex(["2018-07-08", "2018-07-08T12:30:01.5"]))),
        (
            ["2018-07-08T12:00:00Z", "2018-07-08 12:00:00+02:00"],
            pd.Series(pd.DatetimeIndex(["2018-07-08T12Z", "2018-07-08T10Z"])),
        ),
        (["007", "12"], pd.Series(["007", "12"])),
        (["NA", "", "x"], pd.Series(["NA", None, "x"], dtype="str")),
        (["12345678901234567890", "1.5"], pd.Series(["12345678901234567890", "1.5"])),
        (["12345678901234567.89", "1.5"], pd.Series(["12345678901234567.89", "1.5"])),
        (["0.12345678901234567890123"], pd.Series(["0.12345678901234567890123"])),
        (["0.1234567890123456789", "1"], pd.Series(["0.1234567890123456789", "1"])),
        (["9007199254740993.0", "0.5"], pd.Series(["9007199254740993.0", "0.5"])),
        (["1e-400", "1"], pd.Series(["1e-400", "1"])),
        (["0e-400", "-0.000"], pd.Series([0.0, -0.0])),
        (["0.10000000000000001", "5e-324", "4.94e-324"], pd.Series([0.1, 5e-324, 5e-324])),
        (["-1.50000000000000000000", "12345678901234568.0"], pd.Series([-1.5, 12345678901234568.0])),
        (["2018-02-30", "2018-02-28"], pd.Series(["2018-02-30", "2018-02-28"])),
        (["", ""], pd.Series([None, None], dtype="str")),
    ],
    ids=lambda value: "|".join(value) if isinstance(value, list) else "",
)
def test_a_column_gets_the_narrowest_type_that_all_values_have(
    db: Database, table: str, path: Path, values: list[str], expected: pd.Series
) -> None:
    content = "n,x\n" + "".join(f"{number},{value}\n" for number, value in enumerate(values))
    frame = saved(db, table, path, content)
    if str(expected.dtype).startswith("datetime64"):
        expected = expected.dt.as_unit("us")
    assert_frame_equal(frame, pd.DataFrame({"n": range(len(values)), "x": expected}))


@pytest.mark.parametrize(("last", "dtype"), [("x", "str"), ("0.5", "float64"), ("", "Int64"), ("7", "int64")])
def test_the_last_row_decides_as_the_first_does(db: Database, table: str, path: Path, last: str, dtype: str) -> None:
    padding = "y" * 40
    frame = saved(db, table, path, "a,b\n" + f"1,{padding}\n" * MANY + f"{last},{padding}\n")
    assert path.stat().st_size > 2 * csvfile.BLOCK_BYTES
    assert len(frame) == MANY + 1
    assert str(frame["a"].dtype) == dtype
    assert str(frame["a"].iloc[0]) == ("1.0" if dtype == "float64" else "1")


@given(st.lists(st.lists(PRINTABLE | st.sampled_from(LOOKALIKES), min_size=2, max_size=2), min_size=1))
@example([["", "a\r\nb"], ['"', ","], ["'", "\\"], ["\n", "\t"]])
def test_text_is_stored_as_the_file_has_it(
    db: Database, prefix: str, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    rows = [*rows, ["x", "x"]]
    quoted = ["".join(f',"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row)[1:] for row in rows]
    path = tmp_path_factory.mktemp("text") / "data.csv"
    frame = saved(db, f"{prefix}text", path, "a,b\n" + "\n".join(quoted) + "\n")
    assert frame.to_numpy().tolist() == rows


ROWS = st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.none() | st.integers(-(2**63), 2**63 - 1))


@given(st.lists(ROWS, min_size=1))
def test_numbers_are_stored_as_pandas_wrote_them(
    db: Database, prefix: str, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, int | None]]
) -> None:
    floats, whole = zip((0.5, 0), *rows, strict=True)
    path = tmp_path_factory.mktemp("numbers") / "data.csv"
    pd.DataFrame({"f": floats, "i": pd.array(whole, "Int64")}).to_csv(path, index=False)
    db.save(path, f"{prefix}numbers", if_exists="replace")
    found = db.load(f"{prefix}numbers")
    assert found["f"].tolist() == list(floats)
    assert [None if pd.isna(value) else int(value) for value in found["i"]] == list(whole)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(["r", ".16e"]))
@example([5.960464477539063e-08], "r")
def test_every_float_is_read_as_it_was_written(
    db: Database, prefix: str, tmp_path_factory: pytest.TempPathFactory, floats: list[float], form: str
) -> None:
    path = tmp_path_factory.mktemp("floats") / "data.csv"
    texts = ["0.5", *(repr(value) if form == "r" else format(value, form) for value in floats)]
    frame = saved(db, f"{prefix}floats", path, "f\n" + "\n".join(texts) + "\n")
    assert str(frame["f"].dtype) == "float64"
    assert frame["f"].tolist() == [0.5, *floats]


@given(st.decimals(allow_nan=False, allow_infinity=False))
@example(Decimal("3.818608701771248200E-10"))
def test_a_number_that_float64_cannot_hold_stays_text(
    db: Database, prefix: str, tmp_path_factory: pytest.TempPathFactory, value: Decimal
) -> None:
    path = tmp_path_factory.mktemp("decimals") / "data.csv"
    text = f"{value:e}"
    found = saved(db, f"{prefix}decimals", path, f"x\n{text}\n")["x"].iloc[0]
    digits = len("".join(map(str, value.as_tuple().digits)).rstrip("0")[1:])
    # the shortest form that gives the float back, or the float written with as many digits, is the text's number
    known = (text,) if isinstance(found, str) else ()
    assert found in known or value in (Decimal(repr(float(found))), Decimal(f"{found:.{digits}e}"))


def test_paths_may_be_text_compressed_and_in_capitals(db: Database, table: str, tmp_path: Path) -> None:
    packed, loud = tmp_path / "a.csv.gz", tmp_path / "A.CSV"
    packed.write_bytes(gzip.compress(b"a,b\n1,x\n"))
    loud.write_bytes(b"\xef\xbb\xbfa,b\r\n2,y\r\n")
    assert db.save(str(packed), table) == 1
    assert db.save(str(loud), table, if_exists="append") == 1
    assert db.load(table).to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_a_column_without_values_is_appended_as_missing(db: Database, table: str, path: Path) -> None:
    db.save(pd.DataFrame({"a": [1.5], "b": ["x"]}), table)
    path.write_text("a,b\n,y\n")
    db.save(path, table, if_exists="append")
    assert db.load(table)["a"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"a,b\n1,2\n3\n4,5\n", "row 3, counted from the header, has 1 fields, the header 2"),
        ("x.csv", b"a,b\n" + b"1,2\n" * 600_000 + b"3,4,5\n", "row 600002, counted from the header, has 3 fields"),
        ("x.csv", b"", "the file is empty"),
        ("x.csv", b"a,b\n", "has a header, but no rows"),
        ("x.csv", b"a;b\n1;2\n", "separated by ';', not by commas; save pd.read_csv"),
        ("x.csv", b",a\n0,1\n", "column 1 has no name in the header.*index_col=0"),
        ("x.csv", b"a,a\n1,2\n", "two columns are named 'a'"),
        ("x.csv", "a\né\n".encode("cp1252"), "not UTF-8; save pd.read_csv.*encoding='cp1252'"),
        ("x.csv", b"\xe9\n1\n", "not UTF-8"),
        ("x.csv", b'a\n"' + b"x" * 5_000_000, "longer than 1 MB, or a quote is not closed"),
        ("x.csv.gz", b"a,b\n1,2\n", "cannot be read as CSV"),
        ("x.parquet", b"a,b\n1,2\n", "cannot be read as Parquet"),
        ("x.xlsx", b"", "ends with .csv, .*not '.*x.xlsx'"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    db: Database, table: str, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    before = pd.DataFrame({"a": [1]})
    db.save(before, table)
    with pytest.raises(UsageError, match=message) as raised:
        db.save(tmp_path / name, table, if_exists="replace")
    assert "\n" not in str(raised.value)
    assert_frame_equal(db.load(table), before)


def test_a_missing_file_or_a_folder_is_named(db: Database, table: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*x.csv'; relative paths start at"):
        db.save(tmp_path / "x.csv", table)
    (tmp_path / "y.parquet").mkdir()
    with pytest.raises(UsageError, match="is a folder; save its files one by one"):
        db.save(tmp_path / "y.parquet", table)
    assert table not in db.tables()


MEASURE = """
import resource, sys
from pathlib import Path
from persistence import sources

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

small, large = map(Path, sys.argv[1:])
for path in (small, large):
    print(sum(map(len, sources.frames(path))), peak())
"""


def test_a_file_twenty_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    line = "1234567,2018-07-08 12:00:00,44.98765,-93.12345,some text of a street,true\n"
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    for path, rows in ((small, MANY), (large, 20 * MANY)):
        path.write_text("i,t,y,x,s,b\n" + line * rows)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", MEASURE, str(small), str(large)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    (few, first), (many, second) = (map(int, text.split()) for text in done.stdout.splitlines())
    assert (few, many) == (MANY, 20 * MANY)
    megabytes = large.stat().st_size >> 20
    assert second - first < megabytes / 2, f"{first} MB, then {second} MB for a file of {megabytes} MB"
