"""Move tables from another database into the project's: `python -m persistence.move SOURCE [TABLE ...]`.

SOURCE is an SQLite file, or a file of settings like ``.env`` that leads to a server. Every table arrives as `load`
gives it there: the same dtypes, index, categories, CRS and key. Rows are read and written some thousands at a time, so
memory does not grow with them. The source is not changed. Views, and indexes beside the key, stay behind.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from persistence import rows
from persistence.database import Database
from persistence.errors import PersistenceError, SettingsError, TableMissingError, UnsupportedValueError, UsageError
from persistence.geometry import noted_srid
from persistence.saving import Save
from persistence.settings import Settings
from persistence.types import KIND, Column

ROWS = 50_000
"""Rows that are read at a time."""
SQLITE = b"SQLite format 3\0"
"""The first bytes of an SQLite file (SQLite documentation, "Database File Format")."""
SIZED = ("text", "bytes", "decimal")
"""Kinds whose columns have a capacity, which SQLite does not."""


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
        yield name, _move(source, target, name, "replace" if replaces else "fail")


def _move(source: Database, target: Database, name: str, if_exists: str) -> int:
    """Copy one table; return the number of its rows."""
    with source._session() as connection:
        source._store.hold(connection, name)
        stored, key = source._store.describe(connection, name)
        columns = [_as_new(column) for column in stored]
        if not all(map(_is_complete, columns)):
            with _frames(source, connection, name, stored) as frames:
                columns = _completed(columns, key, frames)
        with _frames(source, connection, name, stored) as frames, target._session(writes=True) as other:
            save = Save(frames, name, if_exists, key or None, spatial_index=False)
            save.columns = columns
            return save.run(target._store, other)


@contextmanager
def _frames(
    source: Database, connection: Connection, name: str, columns: Sequence[Column]
) -> Iterator[Iterator[pd.DataFrame]]:
    """Read a table in frames of some thousands of rows, at least one."""
    store = source._store
    sql = f"SELECT {', '.join(map(store.select, columns))} FROM {store.quote(name)}"  # noqa: S608 - quoted names

    def frames(result: rows.Result) -> Iterator[pd.DataFrame]:
        try:
            for batch in result.batches:
                yield rows.frame(columns, batch)
        except store.failures as error:
            raise store.explain(error) from error  # the target would take it for one of its own

    with store.reading(connection, sql, [], ROWS) as result:
        yield frames(result)


def _as_new(column: Column) -> Column:
    """Return a stored column as one of a new table, without what belongs to its own database."""
    size = noted_srid(column.note["crs"]) if column.kind.name == "geometry" and column.note else column.size
    return Column(column.name, column.kind, size, column.note)


def _is_complete(column: Column) -> bool:
    """Say whether nothing about a column has to be learnt from its values."""
    return bool(column.note) and (column.size is not None or column.kind.name not in SIZED)


def _completed(columns: list[Column], key: Sequence[str], frames: Iterator[pd.DataFrame]) -> list[Column]:
    """Return the columns; what was not known of them is as the values in all the frames call for."""
    plans: dict[str, list[Column]] = {column.name: [] for column in columns if not _is_complete(column)}
    blank: dict[str, Column] = {}
    for frame in frames:
        flat = frame.reset_index() if frame.index.names != [None] else frame
        for name, found in plans.items():
            planned = rows.plan(flat[name], key=name in key)
            if flat[name].notna().any():
                found.append(planned)
            else:
                blank[name] = planned
    return [
        _merged(column, plans[column.name] or [blank[column.name]]) if column.name in plans else column
        for column in columns
    ]


def _merged(column: Column, plans: list[Column]) -> Column:
    """Return a column that holds what each of the plans, which are for parts of its rows, does."""
    kinds = {found.kind.name for found in plans}
    first = plans[0] if not column.note else column
    if kinds == {"geometry", "wkb"}:
        return replace(first, kind=KIND["wkb"], size=None)
    if len(kinds) > 1:
        raise UnsupportedValueError(column.name, f"it holds {' and '.join(sorted(kinds))}; give it one type there")
    sizes = [found.size for found in plans]
    if isinstance(sizes[0], tuple):
        whole, scale = max(digits - places for digits, places in sizes), max(places for _, places in sizes)
        return replace(first, size=(whole + scale, scale))
    return replace(first, size=None if sizes[0] is None else max(sizes))


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
        source, target = Database(settings_of(asked.source)), Database.from_env()
        moved = 0
        for name, rows in move(source, target, asked.table, asked.replace):
            print(f"moved {name!r}: {rows:,} rows", flush=True)
            moved += 1
        print(f"{moved} tables are in the project's database; the source is as it was")
    except PersistenceError as error:
        print(f"move: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
