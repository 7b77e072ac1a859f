"""Stopping a cell in the middle of a save (SIGINT, KeyboardInterrupt) changes nothing, and the next cell works."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from processes import MODES, Scene, Writer, at_random_moments, save_more, tidied_by_a_save, wait_until

from persistence import Database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows sends no SIGINT to one process")


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupted_save_leaves_the_old_table_or_the_new_one(
    db: Database, table: str, tmp_path: Path, mode: str, soak: bool, measured: Callable[[str, object], None]
) -> None:
    scene = Scene(db, table, mode, 150_000 if soak else 60_000)

    def interrupt(moment: float) -> str:
        writer = Writer(scene, tmp_path)
        writer.signal(signal.SIGINT, after=moment)
        outcome, _ = writer.pipe.recv()
        assert outcome in ("saved", "KeyboardInterrupt")
        state = scene.state(writer.ask(partial(_load, table)))
        assert outcome == "KeyboardInterrupt" or state == "new"
        assert_frame_equal(writer.ask(partial(save_more, table, mode)), scene.with_more(state))
        # The next save removes what is left, once the server has rolled the stopped one back.
        wait_until(partial(tidied_by_a_save, db, table), "a save after an interrupted one removes what is left")
        writer.leave()
        return state

    measured(f"save interrupted, {mode}", at_random_moments(scene, tmp_path, 30 if soak else 3, interrupt))


def _load(table: str, db: Database) -> pd.DataFrame:
    return db.load(table)
