"""A bar appears in terminals and notebooks where a save takes longer than a second, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
termios = pytest.importorskip("termios", reason="this system has no pseudo-terminals")

SAVE = """
import sys, time
import pandas as pd
from pathlib import Path
from persistence import Database, Settings

db = Database(Settings("sqlite", path=Path("database.sqlite")))
frame = pd.DataFrame({"a": range(1000)})
"""
SHORT = 'print("saved", db.save(frame, "t", if_exists="replace"))\n'
LONG = """
def frames():
    end = time.monotonic() + 60
    while not shown() and time.monotonic() < end:
        yield frame

print("saved", db.save(frames(), "t", if_exists="replace") > 0, shown())
"""
WATCHED_TERMINAL = """
class Watched:
    seen = ""
    def write(self, text):
        self.seen += text
        return sys.__stderr__.write(text)
    def __getattr__(self, name):
        return getattr(sys.__stderr__, name)

sys.stderr = Watched()
def shown():
    return "rows" in sys.stderr.seen
"""
WATCHED_NOTEBOOK = """
from tqdm.std import tqdm

displayed, display = [], tqdm.display
tqdm.display = lambda *args, **options: (displayed.append(args), display(*args, **options))[1]
def shown():
    return bool(displayed)
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
ENOUGH_SECONDS = """
def shown(begin=time.monotonic()):
    return time.monotonic() > begin + 2
"""


def in_terminal(folder: Path, code: str, **variables: str) -> str:
    """Run code in a pseudo-terminal; return what it shows."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=folder, env={**ENVIRONMENT, **variables}, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
        os.close(ours)
    assert process.returncode == 0, shown.decode()
    return shown.decode()


def _read(terminal: int) -> bytes:
    """Return what comes next; nothing at the end, of which Linux makes an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def in_notebook(folder: Path, *cells: str) -> str:
    """Execute a notebook; return the text of its last cell's output."""
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    nbclient.NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": folder}}, timeout=120
    ).execute(env=ENVIRONMENT)
    assert not [out for cell in notebook.cells for out in cell.outputs if out.get("name") == "stderr"]
    return "".join(out.get("text", "") for out in notebook.cells[-1].outputs)


def test_a_terminal_shows_a_long_save_and_its_line_is_cleared(tmp_path: Path) -> None:
    text = in_terminal(tmp_path, SAVE + WATCHED_TERMINAL + LONG)
    assert "saved True True" in text
    assert "saving" in text
    assert "rows/s" in text
    assert text.index("saving") < text.rindex("\r" + " " * 20) < text.index("saved True")


def test_a_terminal_shows_nothing_of_a_short_save(tmp_path: Path) -> None:
    assert in_terminal(tmp_path, SAVE + SHORT) == "saved 1000\r\n"


def test_tqdm_disable_is_obeyed(tmp_path: Path) -> None:
    assert in_terminal(tmp_path, SAVE + ENOUGH_SECONDS + LONG, TQDM_DISABLE="1") == "saved True True\r\n"


def test_a_log_holds_no_bar(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVE + ENOUGH_SECONDS + LONG]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("saved True True\n", "")


def test_a_notebook_shows_a_long_save_without_a_warning(tmp_path: Path) -> None:
    text = in_notebook(tmp_path, SAVE + WATCHED_NOTEBOOK, LONG)
    assert "saving" in text
    assert "rows/s" in text
    assert "saved True True" in text


def test_a_notebook_shows_nothing_of_a_short_save(tmp_path: Path) -> None:
    assert in_notebook(tmp_path, SAVE, SHORT) == "saved 1000\n"


def test_loading_and_queries_have_a_bar_too(tmp_path: Path) -> None:
    at_once = "from persistence import progress\nprogress.PATIENCE = 0\n"
    reads = 'print(len(db.load("t")), len(db.query("SELECT * FROM t")))\n'
    text = in_terminal(tmp_path, SAVE + SHORT + at_once + reads)
    assert text.count("loading") >= 2
    assert "1000 1000" in text
