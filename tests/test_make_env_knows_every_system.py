"""The notebook's user on Linux, macOS and Windows, behind sudo, and for root."""

from __future__ import annotations

import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stack


@pytest.fixture
def make_env() -> dict[str, Any]:
    return runpy.run_path(str(stack.PROJECT_FOLDER / "scripts" / "make_env.py"))


def is_user(monkeypatch: pytest.MonkeyPatch, uid: int, gid: int) -> None:
    monkeypatch.setattr(os, "getuid", lambda: uid, raising=False)
    monkeypatch.setattr(os, "getgid", lambda: gid, raising=False)


@pytest.mark.parametrize("ids", [(1000, 1000), (501, 20), (1001, 121), (2000000, 2000000)])
def test_a_person_gets_their_own_ids(
    make_env: dict[str, Any], monkeypatch: pytest.MonkeyPatch, ids: tuple[int, int]
) -> None:
    is_user(monkeypatch, *ids)
    assert make_env["notebook_user"]() == ids


def test_windows_has_no_ids_and_gets_the_images_user(make_env: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getuid", raising=False)
    monkeypatch.delattr(os, "getgid", raising=False)
    assert make_env["notebook_user"]() == (1000, 100)


def test_windows_gets_a_whole_env_with_unix_line_ends(
    make_env: dict[str, Any], monkeypatch: pytest.MonkeyPatch, bake: Callable[..., Path]
) -> None:
    project = bake()
    (project / ".env").unlink()
    monkeypatch.delattr(os, "getuid", raising=False)
    assert make_env["write_env"](project) == ["Wrote .env: the notebook runs as 1000:100, the credentials are random."]
    assert b"\r" not in (project / ".env").read_bytes()


def test_behind_sudo_the_person_counts(make_env: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    is_user(monkeypatch, 0, 0)
    monkeypatch.setenv("SUDO_UID", "1234")
    monkeypatch.setenv("SUDO_GID", "5678")
    assert make_env["notebook_user"]() == (1234, 5678)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can hand files over")
def test_behind_sudo_env_and_mounted_folders_belong_to_the_person(
    make_env: dict[str, Any], monkeypatch: pytest.MonkeyPatch, bake: Callable[..., Path]
) -> None:
    project = bake()
    (project / ".env").unlink()
    monkeypatch.setenv("SUDO_UID", "1234")
    monkeypatch.setenv("SUDO_GID", "5678")
    make_env["write_env"](project)
    for path in (project / ".env", project / "notebooks", project / "src" / "persistence"):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678), path


def test_root_itself_gets_the_images_user(make_env: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    is_user(monkeypatch, 0, 0)
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert make_env["notebook_user"]() == (1000, 100)
