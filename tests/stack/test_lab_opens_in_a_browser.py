"""JupyterLab's front end loads in a real browser and shows the project's folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stack import Stack, run

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=30000",
)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
def test_lab_shows_the_projects_folders(running: Stack, tmp_path: Path) -> None:
    address = f"{running.url('/lab')}?token={running.variable('JUPYTER_TOKEN')}"
    page = run(str(BROWSER), *QUIET, f"--user-data-dir={tmp_path}", "--dump-dom", address, timeout=120)
    assert "jp-Launcher" in page
    for folder in ("notebooks", "data", "outputs", "src"):
        assert f"Name: {folder}" in page
