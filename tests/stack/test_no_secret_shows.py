"""Credentials are files under /run/secrets, and nowhere else that somebody looks."""

from __future__ import annotations

import pytest

from stack import Stack, run

CREDENTIALS = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")
# What stands between the machine and the package servers, for `pip install` in the notebook.
NETWORK = {"http_proxy", "https_proxy", "no_proxy", "pip_index_url", "ca_bundle"}


@pytest.fixture(scope="module")
def places(running: Stack) -> dict[str, str]:
    """Return what each command that people paste into issues prints."""
    containers = running.compose("ps", "--quiet").split()
    images = [run("docker", "inspect", "--format", "{{.Image}}", container).strip() for container in containers]
    return {
        "docker inspect, containers": run("docker", "inspect", *containers),
        "docker inspect, images": run("docker", "inspect", *images),
        "docker history": "".join(run("docker", "history", "--no-trunc", image) for image in images),
        "docker compose config": running.compose("config"),
        "docker compose logs": running.compose("logs", "--no-color"),
        "docker compose top": running.compose("top"),
        "environment of jupyter": running.compose("exec", "-T", "jupyter", "env"),
        "environment of mysql": running.compose("exec", "-T", "mysql", "env"),
    }


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_credential_shows_nowhere(running: Stack, places: dict[str, str], credential: str) -> None:
    value = running.variable(credential)
    assert [place for place, text in places.items() if value in text] == []


def test_a_service_gets_only_the_credentials_that_it_needs(running: Stack) -> None:
    secrets = {
        service: set(running.compose("exec", "-T", service, "ls", "/run/secrets").split())
        for service in ("jupyter", "mysql")
    }
    assert secrets == {
        "jupyter": {"jupyter_token", "mysql_password"} | NETWORK,
        "mysql": {"mysql_password", "mysql_root_password"},
    }


def test_the_env_file_is_not_visible_in_the_notebook(running: Stack) -> None:
    assert running.compose("exec", "-T", "jupyter", "find", "/home/jovyan/work", "-name", ".env*") == ""


def test_the_image_holds_no_env_file_no_data_and_no_notebook(running: Stack) -> None:
    image = run("docker", "inspect", "--format", "{{.Image}}", running.compose("ps", "--quiet", "jupyter").strip())
    listing = run("docker", "run", "--rm", "--entrypoint", "find", image.strip(), "/home/jovyan/work", "-type", "f")
    assert {line.split("/")[4] for line in listing.split()} == {"src"}
