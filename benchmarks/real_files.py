"""Real files, saved by their paths and loaded: is each value what pandas reads?

    python benchmarks/real_files.py FOLDER ...

Many packages ship CSV, Parquet and GeoPackage files of all ages and habits; install some into folders of their own:

    uv pip install --no-deps --target /tmp/files/statsmodels statsmodels
    python benchmarks/real_files.py /tmp/files

A CSV file is read by pandas as text, and each value that comes back is compared with its text; a Parquet file with what
pandas or geopandas reads; of a GeoPackage, which `save` does not read, each layer is a frame to save. What is refused
is listed with its reason; where the message has calls of `pd.read_csv`, these are run until what one reads is saved.
The rows go to an SQLite file in a temporary folder, or with DATABASE=mysql to that server. The exit code is 1 where a
value differs, or where something else than the package's own errors is raised.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import geopandas
import pandas as pd
import pyarrow as pa
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal
from pyarrow import parquet

PROJECT = Path(__file__).parents[1] / "{{cookiecutter.project_slug}}"
sys.path.insert(0, str(PROJECT / "src"))

from persistence import Database, PersistenceError, Settings  # noqa: E402

PATTERN = re.compile(r"(?i)\.(csv|tsv)(\.(gz|bz2|zst))?$|\.(parquet|geoparquet|gpkg)$")
MISSING = ("", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null")
TABLE = "real_file"
CALL = re.compile(r"pd\.read_csv\(.*?chunksize=100_000\)")
Problem = str
"""What is wrong; nothing where all is right."""


def same_csv(path: Path, found: pd.DataFrame) -> Problem:
    """Compare what was loaded with the text of the file, as pandas reads it."""
    with pa.input_stream(str(path), compression="detect") as stream:
        comment = "#" if stream.read(1) == b"#" else None
    widths = {}
    for separator in (",", ";", "\t", "|"):
        widths[separator] = len(_texts(path, separator, comment, rows=0).columns)
    texts = _texts(path, max(widths, key=lambda separator: widths[separator]), comment)
    if list(texts.columns) != list(found.columns) or len(texts) != len(found):
        return f"{texts.shape} of {list(texts.columns)[:4]}, but {found.shape} of {list(found.columns)[:4]}"
    for name in texts:
        column, words = found[name], texts[name].fillna("")
        if isinstance(column.dtype, pd.StringDtype) or column.isna().all():
            good = column.fillna("") == words if not column.isna().all() else words.isin(MISSING)
        else:
            good = _are_values(column, words)
        if not good.all():
            row = int((~good).argmax())
            return f"column {name!r}, row {row}: {column.iloc[row]!r} for the text {words.iloc[row]!r}"
    return ""


def _texts(path: Path, separator: str, comment: str | None, rows: int | None = None) -> pd.DataFrame:
    """Return a file's cells as text."""
    return pd.read_csv(
        path, sep=separator, dtype=str, keep_default_na=False, nrows=rows, comment=comment, index_col=False
    )


def _are_values(column: pd.Series, words: pd.Series) -> pd.Series:
    """Say of each value whether it is that of its text."""
    kind = str(column.dtype).lower()
    absent = words.isin(MISSING)
    if kind.startswith("datetime"):
        days = words.str.replace(r"^(\d\d?)\.(\d\d?)\.(\d{4})", r"\3-\2-\1", regex=True).where(~absent)
        expected = pd.to_datetime(days, format="ISO8601", utc="utc" in kind)
        return (column == expected.astype(column.dtype)) | (absent & column.isna())
    readers: dict[str, Callable[[str], object]] = {"int64": int, "float64": _number}
    read = readers.get(kind, _truth)
    pairs = zip(column, words, absent, strict=True)
    good: list[bool] = [bool(pd.isna(value) if none else value == read(word)) for value, word, none in pairs]
    return pd.Series(good)


def _truth(word: str) -> bool:
    return word.lower() == "true"


def _number(word: str) -> float:
    """Return the number of a text with a decimal point, or a decimal comma."""
    return float(word.replace(".", "").replace(",", ".") if "," in word else word)


def same_parquet(path: Path, found: pd.DataFrame) -> Problem:
    """Compare what was loaded with what pandas, or geopandas, reads."""
    try:
        expected = geopandas.read_parquet(path)
    except ValueError:
        expected = pd.read_parquet(path)
    table = parquet.read_table(path)
    for name in [field.name for field in table.schema if pa.types.is_nested(field.type)]:
        expected[name] = pd.Series(table[name].to_pylist(), dtype=object)  # pandas makes 0 and null 0.0 and NaN
    return _same_frames(expected, found)


def _same_frames(expected: pd.DataFrame, found: pd.DataFrame) -> Problem:
    """Compare two frames."""
    same = assert_geodataframe_equal if isinstance(expected, geopandas.GeoDataFrame) else assert_frame_equal
    try:
        same(found, expected)
    except AssertionError as error:
        return " ".join(str(error).split())
    return ""


def outcomes(db: Database, path: Path) -> Iterator[tuple[str, str]]:
    """Save and load what a file holds; yield one word of what became of it, and why."""
    if path.suffix.lower() == ".gpkg":
        for layer in geopandas.list_layers(path)["name"]:
            frame = geopandas.read_file(path, layer=layer)
            yield _outcome(db, frame, partial(_same_frames, frame))
    else:
        is_parquet = path.suffix.lower() in (".parquet", ".geoparquet")
        yield _outcome(db, path, partial(same_parquet if is_parquet else same_csv, path))


def _outcome(db: Database, source: pd.DataFrame | Path, compare: Callable[[pd.DataFrame], Problem]) -> tuple[str, str]:
    """Save, load and compare."""
    try:
        db.save(source, TABLE, if_exists="replace")
    except PersistenceError as error:
        failures = []
        for call in CALL.findall(str(error)):
            try:
                db.save(eval(call, {"pd": pd}), TABLE, if_exists="replace")  # noqa: S307 - the package's own message
            except (PersistenceError, ValueError) as failure:
                failures.append(f"\n      {failure}")
            else:
                return "refused with a call that reads it", str(error)
        return "refused" + ", and its calls do not help" * bool(failures), "".join([str(error), *failures])
    problem = compare(db.load(TABLE))
    return ("differs", problem) if problem else ("equal", "")


def main(folders: list[str]) -> int:
    """Try all files; print how many are equal, and each other one; return the exit code."""
    with tempfile.TemporaryDirectory() as place:
        settings = Settings("sqlite", path=Path(place) / "real.sqlite")
        db = Database.from_env() if os.environ.get("DATABASE") == "mysql" else Database(settings)
        counts: Counter[tuple[str, str]] = Counter()
        for path in sorted(path for folder in folders for path in Path(folder).rglob("*")):
            ending = PATTERN.search(path.name)
            if not ending or path.name.startswith("._") or not path.is_file():
                continue
            try:
                results = list(outcomes(db, path))
            except Exception as error:  # whatever it is, it is to be seen
                results = [("failed", f"{type(error).__name__}: {error}")]
            for what, why in results:
                counts[ending[0].lower(), what] += 1
                if what != "equal":
                    print(f"{what}: {why.replace(str(path), path.name)}  [{path}]", flush=True)
        db.drop(TABLE)
        db.close()
    for (kind, what), count in sorted(counts.items()):
        print(f"{kind:10} {count:6,} {what}")
    return int(any(what in ("differs", "failed") for _, what in counts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
