"""What a statement writes that also returns rows is kept once its rows are read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from persistence import Database


@pytest.mark.parametrize("chunksize", [None, 1])
def test_what_a_query_writes_is_kept(
    db: Database, table: str, sql: Callable[[str], None], is_mysql: bool, chunksize: int | None
) -> None:
    sql(f"CREATE TABLE {table} (x INT)")
    call = f"INSERT INTO {table} VALUES (1), (2) RETURNING x"
    if is_mysql:
        body = f"INSERT INTO {table} VALUES (1), (2); SELECT x FROM {table}; SELECT 'more' AS y, x FROM {table};"
        sql(f"CREATE PROCEDURE {table}_p() BEGIN {body} END")
        call = f"CALL {table}_p()"
    try:
        found = db.query(call) if chunksize is None else list(db.query(call, chunksize=chunksize))
        assert sum(len(part) for part in ([found] if chunksize is None else found)) == 2
        assert sorted(db.load(table)["x"]) == [1, 2]
    finally:
        if is_mysql:
            sql(f"DROP PROCEDURE {table}_p")
