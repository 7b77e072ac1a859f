"""Move tables from another database into the project's: `python -m persistence.move SOURCE [TABLE ...]`.

SOURCE is an SQLite file, or a file of settings like ``.env`` that leads to a server. Every table arrives as `load`
gives it there: the same dtypes, index, categories, CRS and key. Rows are read and written some thousands at a time, so
memory does not grow with them. The source is not changed. Views, and indexes beside the key, stay behind.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from persistence import rows
from persistence.database import Database
from persistence.errors import PersistenceError, SettingsError, TableMissingError, UnsupportedValueError, UsageError
from persistence.geometry import noted_srid
from persistence.saving import Save
from persistence.settings import Settings
from persistence.types import KIND, MAX_DIGITS, MAX_SCALE, Column

ROWS = 50_000
"""Rows that are read at a time."""
SQLITE = b"SQLite format 3\0"
"""The first bytes of an SQLite file (SQLite documentation, "Database File Format")."""
WIDEST = {"text": None, "bytes": None, "decimal": (MAX_DIGITS, MAX_SCALE)}
"""The kinds whose columns have a capacity, which SQLite's have not, and the largest one."""


def move(
    source: Database, target: Database, tables: Sequence[str] = (), replaces: bool = False
) -> Iterator[tuple[str, int]]:
    """Copy tables of one database into another; yield each one's name and number of rows when it is there.

    Others see each table as it was or as it is afterwards. After an error, its table and those behind it are as they
    were.

    Args:
        source: where the tables are; it is only read.
        target: where they go.
        tables: their names; all, without views, when there are none.
        replaces: whether tables of the same names are replaced there.

    Raises:
        TableMissingError: the source has no such table.
        UsageError: there is such a table already, and it may not be replaced; both are one; a name is not possible.
        UnsupportedValueError: a table that others made holds what the target could not give back equal.
    """
    if source.engine.url == target.engine.url:
        raise UsageError(f"{target!r} is both the source and the project's database; name another source")
    with source._session() as connection:
        store = source._store
        known = sorted(name for name in store.tables(connection) if not store.is_view(connection, name))
    names = list(dict.fromkeys(tables)) or known
    missing = [name for name in names if name not in known]
    if missing:
        raise TableMissingError(f"the source has no table {missing[0]!r}; it has {', '.join(known) or 'none'}")
    taken = sorted(set(names) & set(target.tables()))
    if taken and not replaces:
        raise UsageError(
            f"the project's database has {', '.join(map(repr, taken))} already, and nothing was moved;"
            " --replace (REPLACE=1 behind make move) replaces what has the same name"
        )
    for name in names:
        with source._session() as connection:
            stored, key = source._described(connection, name)
        save = Save(source._parts(name, stored, ROWS), name, "replace" if replaces else "fail", key or None, False)
        save.columns = _planned(stored, key, source._parts(name, stored, ROWS))
        yield name, target._save(save)


def _planned(stored: Sequence[Column], key: Sequence[str], frames: Iterable[pd.DataFrame]) -> list[Column]:
    """Return a table's columns as those of a new one: without what belongs to its own database.

    What nobody noted of one, or SQLite has no capacity of, is as the values in all the frames call for.
    """
    planned, unknown, blank = {}, [], set()
    for column in stored:
        size = noted_srid(column.note["crs"]) if column.kind.name == "geometry" and column.note else column.size
        planned[column.name] = Column(column.name, column.kind, size, column.note)
        if not column.note or (size is None and column.kind.name in WIDEST):
            unknown.append(column)
            blank.add(column.name)
    for frame in frames if unknown else ():
        flat = frame.reset_index() if frame.index.names != [None] else frame
        for column in unknown:
            found, name = rows.plan(flat[column.name], key=column.name in key), column.name
            if name in blank and column.note:  # where all are missing, the frame does not tell the kind
                size = found.size if found.kind is column.kind else WIDEST.get(column.kind.name)
                planned[name] = replace(planned[name], size=size)
            elif name in blank:
                planned[name] = found
            elif not flat[name].isna().all():
                planned[name] = _wider(planned[name], found)
            blank -= {name} if flat[name].notna().any() else set()
    return list(planned.values())


def _wider(known: Column, found: Column) -> Column:
    """Return a column that holds what each of the two, planned for parts of its rows, does."""
    kinds = {known.kind.name, found.kind.name}
    if kinds == {"geometry", "wkb"}:
        return replace(known, kind=KIND["wkb"], size=None)
    if len(kinds) > 1:
        raise UnsupportedValueError(known.name, f"it holds {' and '.join(sorted(kinds))}; give it one type there")
    if known.kind.name == "decimal":
        (digits, places), (more, scale) = known.size, found.size
        behind = max(places, scale)
        return replace(known, size=(max(digits - places, more - scale) + behind, behind))
    return known if known.size is None else replace(known, size=max(known.size, found.size))


def settings_of(path: Path) -> Settings:
    """Return the settings that lead to a source: an SQLite file, or the server that a file like ``.env`` names.

    Raises:
        SettingsError: there is no such file, or a setting is missing in it.
    """
    try:
        with path.open("rb") as file:
            is_sqlite = file.read(len(SQLITE)) == SQLITE
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}); name an SQLite file, or one like .env"
        ) from None
    if is_sqlite:
        return Settings("sqlite", path=path.resolve())
    return Settings.read(environ={}, secrets=Path(os.devnull), dotenv=path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Move the tables and say each; return the exit code."""
    parser = argparse.ArgumentParser(
        "python -m persistence.move", description="Copy tables into the project's database."
    )
    parser.add_argument("source", type=Path, help="an SQLite file, or a file of settings like .env of a server")
    parser.add_argument("table", nargs="*", help="the tables to move; all by default")
    parser.add_argument("--replace", action="store_true", help="replace tables of the same names")
    asked = parser.parse_args(arguments)
    try:
        source, target, moved = Database(settings_of(asked.source)), Database.from_env(), []
        for name, count in move(source, target, asked.table, asked.replace):
            moved.append(name)
            print(f"moved {name!r}: {count:,} rows", flush=True)
        print(f"{len(moved)} tables are in the project's database; the source is as it was")
    except PersistenceError as error:
        print(f"move: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
