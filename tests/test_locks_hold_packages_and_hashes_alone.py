"""The committed locks: every package with hashes, no server's name, and one uv."""

from __future__ import annotations

from pathlib import Path

import pytest

import stack
from dependencies import ENTRY, locked, strangers
from lock import only

LOCKS = [
    stack.TEMPLATE / "requirements.lock",
    *(stack.PROJECT_FOLDER / name for name in ("requirements.lock", "lab.lock", "image/uv.txt")),
]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_belongs_to_a_package_with_hashes(lock: Path) -> None:
    text = lock.read_text()
    assert strangers(text) == []
    assert all("--hash=sha256:" in entry["hashes"] for entry in ENTRY.finditer(text))
    assert "://" not in text


def test_jupyterlabs_lock_agrees_with_the_projects() -> None:
    project, lab = (locked((stack.PROJECT_FOLDER / name).read_text()) for name in ("requirements.lock", "lab.lock"))
    assert {name: lab[name] for name in lab.keys() & project.keys()} == {
        name: project[name] for name in lab.keys() & project.keys()
    }


def test_the_image_has_the_uv_that_made_the_locks() -> None:
    uv = only((stack.TEMPLATE / "requirements.lock").read_text(), "uv")
    assert (stack.PROJECT_FOLDER / "image" / "uv.txt").read_text() == uv
