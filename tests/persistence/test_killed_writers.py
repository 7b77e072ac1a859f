"""A writer that dies in the middle of a save leaves the old table or the new one, and nothing else for long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal
from processes import MODES, Scene, Writer, at_random_moments, leftovers, save_more, sessions, wait_until

from persistence import Database


@pytest.mark.parametrize("mode", MODES)
def test_a_killed_writer_leaves_the_old_table_or_the_new_one(
    db: Database, table: str, tmp_path: Path, mode: str, soak: bool, measured: Callable[[str, object], None]
) -> None:
    scene = Scene(db, table, mode, 150_000 if soak else 60_000)

    def kill(moment: float) -> str:
        before = sessions(db)
        Writer(scene, tmp_path).kill(after=moment)
        at_once = scene.state(db.load(table))
        wait_until(lambda: sessions(db) <= before, "the server ends the dead writer's connections")
        state = scene.state(db.load(table))
        assert (at_once, state) != ("new", "old")
        assert_frame_equal(save_more(table, mode, db), scene.with_more(state))
        assert leftovers(db) == []
        return state

    measured(f"writer killed, {mode}", at_random_moments(scene, tmp_path, 30 if soak else 3, kill))


@pytest.mark.parametrize("mode", MODES)
def test_any_next_writer_removes_the_tables_of_a_dead_one(
    db: Database, table: str, tmp_path: Path, mode: str, is_mysql: bool
) -> None:
    scene = Scene(db, table, mode, 100)
    scene.set()
    before = sessions(db)
    writer = Writer(Scene(db, table, "replace", 60_000), tmp_path)
    if is_mysql:
        wait_until(lambda: leftovers(db), "the writer has begun its table")
    writer.kill(after=0)
    wait_until(lambda: sessions(db) <= before, "the server ends the dead writer's connections")
    save_more(table, mode, db)
    assert leftovers(db) == []


def test_the_files_of_a_dead_writer_are_private_and_go_with_the_next(
    db: Database, table: str, tmp_path: Path, is_mysql: bool
) -> None:
    if not is_mysql:
        pytest.skip("needs a MySQL server, to which rows travel as files: set DATABASE=mysql and its settings")
    scene = Scene(db, table, "replace", 60_000)
    scene.set()
    seconds = Writer(scene, tmp_path).finish()
    assert list(tmp_path.iterdir()) == []
    Writer(scene, tmp_path).kill(after=seconds / 2)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} <= {0}
    Writer(scene, tmp_path).finish()
    assert list(tmp_path.iterdir()) == []
