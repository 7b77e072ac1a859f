"""`save` finds out how a CSV file is written: separator, marks, compression, comments, decimal commas, dotted days."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from persistence import Database, PersistenceError, UsageError

ROWS = {"a": ["x", "y"], "b": [1, 2]}
FILES: dict[str, tuple[str, bytes]] = {
    "semicolons": ("x.csv", b"a;b\nx;1\ny;2\n"),
    "tabs": ("x.tsv", b"a\tb\nx\t1\ny\t2\n"),
    "bars": ("x.csv", b"a|b\nx|1\ny|2\n"),
    "a line that names the separator": ("x.csv", b"sep=;\r\na;b\r\nx;1\r\ny;2\r\n"),
    "UTF-8 with a mark": ("x.csv", b"\xef\xbb\xbfa,b\nx,1\ny,2\n"),
    "UTF-16": ("x.csv", "a;b\nx;1\ny;2\n".encode("utf-16")),
    "UTF-16, big end first": ("x.csv", b"\xfe\xff" + "a,b\nx,1\ny,2\n".encode("utf-16-be")),
    "gzip": ("x.csv.gz", gzip.compress(b"a,b\nx,1\ny,2\n")),
    "bz2": ("x.csv.bz2", bz2.compress(b"a;b\nx;1\ny;2\n")),
    "zstd": ("x.csv.zst", pa.compress(b"a,b\nx,1\ny,2\n", codec="zstd", asbytes=True)),
    "comments": ("x.csv", b"# where it is from\n# and when\na,b\nx,1\n# in the middle\ny,2\n"),
}
COLUMNS: dict[str, tuple[list[str], str, list[Any]]] = {
    "decimal commas": (["1.234,75", "-0,5", "7"], "float64", [1234.75, -0.5, 7.0]),
    "dotted days": (
        ["31.12.2025", "1.2.2024 12:30"],
        "datetime64[us]",
        [dt.datetime(2025, 12, 31), dt.datetime(2024, 2, 1, 12, 30)],
    ),
    "days that are none": (["31.12.2025", "31.02.2025"], "str", ["31.12.2025", "31.02.2025"]),
    "codes with points": (["1.234.567", "1.000.001"], "str", ["1.234.567", "1.000.001"]),
    "zeros in front": (["007", "12"], "str", ["007", "12"]),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_read_as_it_is_written(db: Database, table: str, tmp_path: Path, kind: str) -> None:
    name, content = FILES[kind]
    (tmp_path / name).write_bytes(content)
    assert db.save(tmp_path / name, table) == 2
    assert db.load(table).to_dict("list") == ROWS


@pytest.mark.parametrize("kind", COLUMNS)
def test_values_are_what_they_look_like_or_text(db: Database, table: str, tmp_path: Path, kind: str) -> None:
    texts, dtype, values = COLUMNS[kind]
    path = tmp_path / "x.csv"
    path.write_text("n;x\n" + "".join(f"{number};{text}\n" for number, text in enumerate(texts)), encoding="utf-8")
    db.save(path, table)
    found = db.load(table)["x"]
    assert str(found.dtype) == dtype
    assert found.tolist() == values


def test_text_with_other_separators_is_text(db: Database, table: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('name,note\nA,"1;2;3"\nB,"4;5\n6"\n')
    db.save(path, table)
    assert db.load(table)["note"].tolist() == ["1;2;3", "4;5\n6"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "n;x;y\n1;1,5;1.234\n2;0,5;2.345\n",
            r"decimal commas.*save pd.read_csv\(.*sep=';', decimal=',', thousands='.'",
        ),
        ("#a,b\n1,2\n", "if it is the header, save pd.read_csv.*header=0"),
    ],
)
def test_what_may_mean_two_things_is_refused_with_the_call_that_says_which(
    db: Database, table: str, tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=says) as caught:
        db.save(path, table)
    assert table not in db.tables()
    call = str(caught.value).split("save ", 1)[1].split("; if it is")[0]
    db.save(eval(call, {"pd": pd}), table)  # the advice, as it is written
    assert len(db.load(table)) > 0


def test_old_moments_of_parquet_may_be_far_ones(db: Database, table: str, tmp_path: Path) -> None:
    far = [
        dt.datetime(9999, 12, 31, 23, 59, 59, 999_999),
        dt.datetime(1000, 1, 1, 0, 0, 0, 1),
        dt.datetime(1677, 9, 21),
    ]
    written = pa.table({"t": pa.array(far, pa.timestamp("us"))})
    parquet.write_table(written, tmp_path / "x.parquet", use_deprecated_int96_timestamps=True)
    db.save(tmp_path / "x.parquet", table)
    assert db.load(table)["t"].tolist() == far


@pytest.mark.parametrize("second", [253402300800, -30610224001, 10**13, -(10**13), 1 << 47])
def test_old_moments_beyond_what_a_column_holds_are_refused(
    db: Database, table: str, tmp_path: Path, second: int
) -> None:
    written = pa.table({"t": pa.array([0, second], pa.timestamp("s"))})
    parquet.write_table(written, tmp_path / "x.parquet", use_deprecated_int96_timestamps=True)
    with pytest.raises(PersistenceError, match=r"years 1000 to 9999|overflow"):
        db.save(tmp_path / "x.parquet", table)
    assert table not in db.tables()
