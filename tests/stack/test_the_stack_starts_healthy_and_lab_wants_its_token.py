"""`docker compose up` on an untouched project."""

from __future__ import annotations

import json
from typing import Any

from stack import Stack, run


def services(running: Stack) -> dict[str, dict[str, Any]]:
    lines = running.compose("ps", "--format", "json").splitlines()
    return {service["Service"]: service for service in map(json.loads, lines)}


def test_both_services_are_healthy(running: Stack) -> None:
    assert {name: service["Health"] for name, service in services(running).items()} == {
        "jupyter": "healthy",
        "mysql": "healthy",
    }


def test_lab_answers_somebody_with_the_token(running: Stack) -> None:
    assert running.status("/api/status", token=running.variable("JUPYTER_TOKEN")) == 200
    assert running.status(f"/lab?token={running.variable('JUPYTER_TOKEN')}") == 200


def test_lab_refuses_somebody_without_the_token(running: Stack) -> None:
    assert running.status("/api/status") == 403
    assert running.status("/api/status", token="wrong") == 403
    assert running.status("/api/contents", token="") == 403


def test_only_lab_is_published_and_only_on_this_machine(running: Stack) -> None:
    published = {
        name: {port["URL"] for port in service["Publishers"] if port["PublishedPort"]}
        for name, service in services(running).items()
    }
    assert published == {"jupyter": {"127.0.0.1"}, "mysql": set()}


def test_make_url_prints_an_address_that_opens(running: Stack) -> None:
    address = run("make", "url", cwd=running.project, env=running.variables).strip()
    assert running.url("") in address
    assert running.status(address.removeprefix(running.url(""))) == 200
