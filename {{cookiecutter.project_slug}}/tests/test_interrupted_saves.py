"""Stopping a cell in the middle of a save (SIGINT, KeyboardInterrupt) changes nothing, and the next cell works."""

from __future__ import annotations

import os
import random
import secrets
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from processes import MODES, MORE, Scene, Writer, moments, save_more, tidied_by_a_save, wait_until

from persistence import Database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows sends no SIGINT to one process")


@pytest.mark.parametrize("mode", MODES)
def test_an_interrupted_save_leaves_the_old_table_or_the_new_one(
    db: Database, table: str, tmp_path: Path, mode: str, soak: bool, measured: Callable[[str, object], None]
) -> None:
    scene = Scene(db, table, mode, 150_000 if soak else 60_000)
    scene.set()
    seconds = Writer(scene, tmp_path).finish()
    seed = secrets.randbits(32)
    found = []
    for moment in moments(random.Random(seed), seconds, 30 if soak else 3):
        scene.set()
        writer = Writer(scene, tmp_path)
        writer.signal(signal.SIGINT, after=moment)
        outcome, _ = writer.pipe.recv()
        assert outcome in ("saved", "KeyboardInterrupt")
        state = scene.state(writer.ask(partial(_load, table)))
        assert outcome == "KeyboardInterrupt" or state == "new"
        known = scene.new if state == "new" else scene.old
        assert_frame_equal(writer.ask(partial(save_more, table, mode)), scene.merged(known, MORE))
        # The next save removes what is left, once the server has rolled the stopped one back.
        wait_until(partial(tidied_by_a_save, db, table), "a save after an interrupted one removes what is left")
        writer.leave()
        found.append((round(moment, 3), outcome, state))
    states = [state for *_, state in found]
    measured(
        f"save interrupted, {mode}",
        f"old {states.count('old')}, new {states.count('new')} (seed {seed}, save {seconds:.2f} s, moments {found})",
    )


def _load(table: str, db: Database) -> pd.DataFrame:
    return db.load(table)
