"""Another program makes, replaces or removes the table in the middle of a save: nothing is lost, mixed or misread.

On MySQL: SQLite has one writer at a time. A save asks for its next frame when the ones before are on their way, so what
stands between the frames of an iterator happens in the middle of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from processes import leftovers, processlist, wait_until
from sqlalchemy import event

from persistence import Database, DatabaseError, TableExistsError

ONE = pd.DataFrame({"id": [1], "v": [10]})
TWO = pd.DataFrame({"id": [2], "v": [20]})
TEXT = pd.DataFrame({"id": [1], "v": ["text"]})


def interrupted(frame: pd.DataFrame, by: Callable[[], object]) -> Iterator[pd.DataFrame]:
    """Yield the frame; then call the function, while the save goes on."""
    yield frame
    by()


def runs(db: Database, statement: str, state: str = "%") -> bool:
    """Say whether another connection runs such a statement and is in such a state, both as after LIKE."""
    sql = f"SELECT COUNT(*) AS n FROM {processlist(db)} WHERE id <> CONNECTION_ID()"
    found = db.query(f"{sql} AND info LIKE %(info)s AND state LIKE %(state)s", {"info": statement, "state": state})
    return bool(found["n"][0])


def test_a_table_replaced_while_rows_are_on_their_way_is_not_upserted_to(mysql: Database, table: str) -> None:
    mysql.save(ONE, table, key="id")
    others = interrupted(TWO, lambda: mysql.save(TEXT, table, if_exists="replace", key="id"))
    with pytest.raises(DatabaseError, match="run this again"):
        mysql.save(others, table, if_exists="upsert", key="id")
    assert_frame_equal(mysql.load(table), TEXT)


def test_tables_of_two_types_that_meet_are_not_mixed(mysql: Database, table: str) -> None:
    with pytest.raises(DatabaseError, match="run this again"):
        mysql.save(interrupted(ONE, lambda: mysql.save(TEXT, table)), table, if_exists="append")
    assert_frame_equal(mysql.load(table), TEXT)


@pytest.mark.parametrize(("mode", "rows"), [("append", [1, 2]), ("upsert", [1, 2]), ("replace", [2])])
def test_a_table_that_another_makes_meanwhile_is_what_the_mode_says(
    mysql: Database, table: str, mode: str, rows: list[int]
) -> None:
    mysql.save(interrupted(TWO, lambda: mysql.save(ONE, table, key="id")), table, if_exists=mode, key="id")
    assert_frame_equal(
        mysql.load(table), pd.concat([ONE, TWO]).set_index("id", drop=False).loc[rows].reset_index(drop=True)
    )
    assert leftovers(mysql) == []


def test_a_table_that_another_makes_meanwhile_is_not_replaced_unasked(mysql: Database, table: str) -> None:
    with pytest.raises(TableExistsError):
        mysql.save(interrupted(TWO, lambda: mysql.save(ONE, table)), table)
    assert_frame_equal(mysql.load(table), ONE)
    assert leftovers(mysql) == []


def test_a_table_that_another_removes_meanwhile_is_there_again(
    mysql: Database, table: str, sql: Callable[[str], None]
) -> None:
    mysql.save(ONE, table)
    mysql.save(interrupted(TWO, lambda: sql(f"DROP TABLE {table}")), table, if_exists="replace")
    assert_frame_equal(mysql.load(table), TWO)
    assert leftovers(mysql) == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_save_whose_unfinished_table_is_removed_fails_and_changes_nothing(
    mysql: Database, table: str, sql: Callable[[str], None], exists: bool
) -> None:
    if exists:
        mysql.save(ONE, table)

    def remove() -> None:
        (unfinished,) = leftovers(mysql)
        sql(f"DROP TABLE {unfinished}")

    with pytest.raises(DatabaseError, match="_persistence_"):
        mysql.save(interrupted(TWO, remove), table, if_exists="replace")
    assert (table in mysql.tables()) == exists
    if exists:
        assert_frame_equal(mysql.load(table), ONE)


def test_a_replacement_waits_for_the_append_that_began_and_the_next_append_for_the_replacement(
    mysql: Database, table: str
) -> None:
    """One appends; while it does, a second wants to replace the table, and then a third to append to it."""
    mysql.save(ONE, table)
    jobs = []

    def others() -> None:
        jobs.append(pool.submit(Database(mysql.settings).save, TWO, table, "replace"))
        wait_until(lambda: runs(mysql, f"RENAME TABLE%{table}%", "Waiting for table%"), "the replacement waits")
        jobs.append(pool.submit(Database(mysql.settings).save, ONE, table, "append"))
        wait_until(lambda: runs(mysql, f"SELECT%{table}%FOR UPDATE", "Waiting for table%"), "the next append waits")

    with ThreadPoolExecutor() as pool:
        mysql.save(interrupted(ONE, others), table, if_exists="append")
        assert [job.result(timeout=60) for job in jobs] == [1, 1]
    assert_frame_equal(mysql.load(table), pd.concat([TWO, ONE], ignore_index=True))
    assert leftovers(mysql) == []


def test_an_upsert_that_another_program_deadlocks_with_is_tried_again(
    own: Database, mysql: Database, table: str
) -> None:
    """The other changes row 1, which the upsert has; the upsert wants row 2, which the other has."""
    own.save(pd.DataFrame({"id": range(1, 1001), "v": 0}), table, key="id")
    tried = []

    @event.listens_for(own.engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        tried.extend([statement] * statement.startswith(f"INSERT INTO `{table}`"))

    def has_row_1() -> bool:
        with mysql.engine.connect() as connection:
            return not connection.exec_driver_sql(f"SELECT id FROM {table} WHERE id = 1 FOR UPDATE SKIP LOCKED").all()

    with ThreadPoolExecutor() as pool, mysql.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")  # which locks no row that it does not change
        # Of two that deadlock, InnoDB rolls back the one that has changed fewer rows.
        other.exec_driver_sql(f"UPDATE {table} SET v = 1 WHERE id BETWEEN 2 AND 100")
        upsert = pool.submit(own.save, pd.concat([ONE, TWO]), table, "upsert", "id")
        wait_until(has_row_1, "the upsert has the first row")
        other.exec_driver_sql(f"UPDATE {table} SET v = 1 WHERE id = 1")
        other.commit()
        assert upsert.result(timeout=60) == 2
    assert len(tried) == 2
    assert own.load(table)["v"].tolist() == [10, 20] + [1] * 98 + [0] * 900
