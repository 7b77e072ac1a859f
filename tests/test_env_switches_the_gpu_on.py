"""The line COMPOSE_FILE of .env switches the layer for graphics processors on, as compose itself reads both files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack import CommandError, run

LINE = f"COMPOSE_FILE={os.pathsep.join(['compose.yaml', 'compose.gpu.yaml'])}\n"
NVIDIA = {"driver": "nvidia", "count": -1, "capabilities": ["gpu"]}


def has_compose() -> bool:
    try:
        run("docker", "compose", "version")
    except (CommandError, FileNotFoundError):
        return False
    return True


pytestmark = pytest.mark.skipif(not has_compose(), reason="no docker compose, whose engine is not needed here")


@pytest.fixture
def services(bake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Return a function from more lines for .env to the services that compose then has."""
    for name in ("COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR"):
        monkeypatch.delenv(name, raising=False)
    project = bake()

    def services(lines: str) -> dict[str, Any]:
        with (project / ".env").open("a") as file:
            file.write(lines)
        found: dict[str, Any] = yaml.safe_load(run("docker", "compose", "config", cwd=project))["services"]
        return found

    return services


def devices(service: dict[str, Any]) -> list[dict[str, Any]]:
    reserved: dict[str, Any] = service.get("deploy", {}).get("resources", {}).get("reservations", {})
    return list(reserved.get("devices", []))


def test_the_notebook_alone_has_them_once_the_line_is_there(services: Callable[[str], dict[str, Any]]) -> None:
    before = services("")
    assert [name for name, service in before.items() if devices(service)] == []
    after = services(LINE)
    assert devices(after["jupyter"]) == [NVIDIA]
    after["jupyter"].pop("deploy"), before["jupyter"].pop("deploy", None)
    assert after == before


def test_one_separator_serves_every_system(services: Callable[[str], dict[str, Any]]) -> None:
    lines = "COMPOSE_PATH_SEPARATOR=:\nCOMPOSE_FILE=compose.yaml:compose.gpu.yaml\n"
    assert devices(services(lines)["jupyter"]) == [NVIDIA]
