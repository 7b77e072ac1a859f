"""Files as frames: what `Database.save` reads when it is given a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from persistence import csvfile, parquetfile
from persistence.errors import UsageError

READERS: dict[str, Callable[[Path], Iterator[pd.DataFrame]]] = {
    ".csv": csvfile.frames,
    ".csv.gz": csvfile.frames,
    ".csv.bz2": csvfile.frames,
    ".csv.zst": csvfile.frames,
    ".parquet": parquetfile.frames,
    ".geoparquet": parquetfile.frames,
}
"""The endings of file names, and how such a file is read."""


def frames(path: str | Path) -> Iterator[pd.DataFrame]:
    """Return an iterator over the file's rows as frames of bounded size, all of the same dtypes.

    Raises:
        UsageError: there is no such file, or it is not one of `READERS`; on the way also: its content is broken.
    """
    file = Path(path).expanduser()
    reader = next((read for ending, read in READERS.items() if file.name.casefold().endswith(ending)), None)
    if reader is None:
        raise UsageError(
            f"save takes a frame, an iterator of frames or the path of a file that ends with {', '.join(READERS)}, "
            f"not {str(path)!r}"
        )
    if file.is_dir():
        raise UsageError(f"{file} is a folder; save its files one by one, with if_exists='append'")
    if not file.exists():
        raise UsageError(f"there is no file {str(file)!r}; relative paths start at {Path.cwd()}")
    return reader(file)
