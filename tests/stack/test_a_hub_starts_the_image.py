"""JupyterHub starts the project's very image for a person, with the lines that docs/beyond.md gives it."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import stack
from stack import Stack, run, wait_until

pytestmark = pytest.mark.soak

PACKAGES = ("jupyterhub==6.1.1", "dockerspawner==14.0.0")
PROXY = "configurable-http-proxy@5.3.0"
PAGE = (stack.TEMPLATE / "docs" / "beyond.md").read_text(encoding="utf-8")
(LINES,) = re.findall(r"^```python\n(# jupyterhub_config\.py\n.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
TOOLS = Path(sys.executable).parent
# Beside the page's lines: ports that are free here, people without an account of this machine, programs in their place.
MORE = """
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://{{gateway}}:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.JupyterHub.services = [{{"name": "test", "api_token": "{token}"}}, {{"name": "other", "api_token": "{other}"}}]
scopes = ["admin:users", "admin:servers", "access:servers"]
c.JupyterHub.load_roles = [{{"name": "test", "services": ["test"], "scopes": scopes}}]
"""


@dataclass(frozen=True)
class Hub:
    """A running hub: its address, the token of a service that may do everything, and of one that may nothing."""

    address: str
    token: str
    other: str

    def ask(self, path: str, method: str = "GET", token: str | None = None) -> tuple[int, Any]:
        """Return the status of an answer and what it says."""
        headers = {"Authorization": f"token {token or self.token}"}
        request = urllib.request.Request(self.address + path, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return int(answer.status), json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refusal:
            return refusal.code, None
        except OSError:  # nobody listens there yet
            return 0, None


def written(lines: str, **values: str) -> str:
    """Return the page's lines with other values of names that it has."""
    for name, value in values.items():
        lines, found = re.subn(rf'^{name} = ".*?"', f'{name} = "{value}"', lines, flags=re.MULTILINE)
        assert found == 1, name
    return lines


@pytest.fixture
def hub(running: Stack, tmp_path: Path) -> Iterator[Hub]:
    """Install a hub in a folder of its own and run it on this machine; remove what it started."""
    project = running.variable("COMPOSE_PROJECT_NAME")
    uv, python = TOOLS / "uv", tmp_path / "venv" / "bin" / "python"
    path = os.pathsep.join([str(tmp_path / "node_modules" / ".bin"), str(TOOLS), os.environ["PATH"]])
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    run(uv, "pip", "install", "--quiet", "--python", python, *PACKAGES)
    run(TOOLS / "npm", "install", "--silent", "--prefix", tmp_path, PROXY, env={"PATH": path})
    password = tmp_path / "mysql_password"
    password.write_text(running.variable("MYSQL_PASSWORD"))
    password.chmod(0o400)
    os.chown(password, int(running.variable("NB_UID")), int(running.variable("NB_GID")))
    (network,) = json.loads(run("docker", "network", "inspect", f"{project}_default"))
    gateway = network["IPAM"]["Config"][0]["Gateway"]
    one = Hub(f"http://127.0.0.1:{stack.free_port()}", secrets.token_hex(16), secrets.token_hex(16))
    ports = {"port": one.address.rpartition(":")[2], "hub_port": stack.free_port(), "api_port": stack.free_port()}
    lines = written(LINES, project=project, gateway=gateway, password=str(password))
    (tmp_path / "config.py").write_text(lines + MORE.format(**ports, token=one.token, other=one.other))
    with (tmp_path / "log").open("w") as log:
        command = [str(python), "-m", "jupyterhub", "--config", "config.py"]
        process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PATH": path}, stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or one.ask("/hub/api")[0] == 200, "the hub answers")
        yield one
    finally:
        print((tmp_path / "log").read_text())  # which pytest shows where something failed
        process.terminate()
        process.wait(timeout=30)
        subprocess.run(["docker", "rm", "--force", "--volumes", f"{project}-ada"], capture_output=True, check=False)
        for folder in ("notebooks", "outputs"):
            run("docker", "volume", "rm", "--force", f"{project}-ada-{folder}")


def test_a_person_works_on_the_projects_image_and_server(hub: Hub, running: Stack) -> None:
    assert hub.ask("/hub/api/users/ada/server", "POST")[0] in (201, 202)

    def ready() -> bool:
        return bool(hub.ask("/hub/api/users/ada")[1]["servers"].get("", {}).get("ready"))

    wait_until(ready, "ada's server is there")
    assert hub.ask("/user/ada/api/status")[0] == 200
    assert hub.ask("/user/ada/api/status", token=hub.other)[0] == 403
    assert hub.ask("/user/ada/api/kernels", "POST")[0] == 201

    name = f"{running.variable('COMPOSE_PROJECT_NAME')}-ada"
    (hers,) = json.loads(run("docker", "inspect", name))
    (own,) = json.loads(run("docker", "inspect", running.compose("ps", "--quiet", "jupyter").strip()))
    assert hers["Image"] == own["Image"]
    assert hers["HostConfig"]["CapDrop"] == ["ALL"]
    assert run("docker", "exec", name, "id", "--user").strip() == running.variable("NB_UID")
    assert running.variable("MYSQL_PASSWORD") not in json.dumps(hers)

    saving = "import pandas as pd; from persistence import Database\n"
    saving += "Database.from_env().save(pd.DataFrame({'n': [1, 2]}), 'of_ada', if_exists='replace')"
    run("docker", "exec", name, "bash", "-lc", f'python -c "{saving}"')
    loading = "from persistence import Database\ndb = Database.from_env()\nprint(db.load('of_ada')['n'].sum())"
    assert running.python(f"{loading}\ndb.drop('of_ada')") == "3"
    run("docker", "exec", name, "sh", "-c", "echo kept > notebooks/mine && echo kept > outputs/mine")
