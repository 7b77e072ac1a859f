"""SQL cells ask the project's database, see what was saved, and hinder no later save."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbclient
import nbformat
import pandas as pd

from persistence import Database

CONNECT = """
from pathlib import Path
from persistence import Database, Settings
db = {database}
engine = db.engine
%load_ext sql
%config SqlMagic.autopandas = True
%config SqlMagic.displaycon = False
%config SqlMagic.feedback = 0
%config SqlMagic.named_parameters = "enabled"
%sql engine
least = 2
"""
ASK = "%%sql found <<\nSELECT a, s FROM {table} WHERE a >= :least ORDER BY a"
SHOW = "print(type(found).__name__, found.to_dict('list'))"
SAVE = 'print(db.save(found.head(1), "{table}", if_exists="replace"), len(db.load("{table}")))'


def printed(db: Database, folder: Path, *cells: str) -> list[str]:
    """Execute the cells after one that connects; return what each of them printed, warnings included."""
    sqlite = f"Database(Settings('sqlite', path=Path({str(db.settings.path)!r})))"
    connect = CONNECT.format(database=sqlite if db.settings.database == "sqlite" else "Database.from_env()")
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, [connect, *cells])))
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": folder}}, timeout=120
    )
    client.execute(env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    return ["".join(out.get("text", out.output_type) for out in cell.outputs) for cell in notebook.cells]


def test_a_cell_returns_the_saved_rows_as_a_frame_and_nothing_else(db: Database, table: str, tmp_path: Path) -> None:
    db.save(pd.DataFrame({"a": [1, 2, 3], "s": ["é", None, "%"]}), table)
    connected, asked, shown = printed(db, tmp_path, ASK.format(table=table), SHOW)
    assert (connected, asked) == ("", "")
    assert shown in ("DataFrame {'a': [2, 3], 's': [None, '%']}\n", "DataFrame {'a': [2, 3], 's': [nan, '%']}\n")


def test_the_table_can_be_replaced_after_a_cell_has_read_it(db: Database, table: str, tmp_path: Path) -> None:
    db.save(pd.DataFrame({"a": range(1000), "s": "x" * 100}), table)
    again = [ASK.format(table=table), SAVE.format(table=table)] * 2
    assert printed(db, tmp_path, *again)[2:] == ["1 1\n", "", "1 1\n"]


def test_what_a_cell_writes_is_there_at_once(db: Database, table: str, tmp_path: Path) -> None:
    db.save(pd.DataFrame({"a": range(10)}), table)
    printed(db, tmp_path, f"%sql DELETE FROM {table} WHERE a >= :least")
    assert db.load(table)["a"].tolist() == [0, 1]
