"""One `python` and one `pip`, wherever somebody types them; the image's own packages stay within reach."""

from __future__ import annotations

import pytest

from stack import Stack

WHERE = "command -v python; command -v pip"
SHELLS = {
    "docker compose exec": ("exec", "-T", "jupyter", "sh", "-c", WHERE),
    "docker compose run": ("run", "--rm", "-T", "--env", "JUPYTER_DOCKER_STACKS_QUIET=1", "jupyter", "sh", "-c", WHERE),
    "a terminal of Lab": ("exec", "-T", "jupyter", "bash", "-l", "-i", "-c", WHERE),
    "a login shell": ("exec", "-T", "jupyter", "bash", "-l", "-c", WHERE),
}
KERNEL = """
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3")
said = []
note = lambda message: said.append(message["content"].get("text", ""))
code = "import sys, geopandas, persistence, jupyterlab; print(sys.executable)"
client.execute_interactive(code, output_hook=note, timeout=60)
print("".join(said))
client.stop_channels()
manager.shutdown_kernel()
"""


@pytest.mark.parametrize("command", SHELLS.values(), ids=SHELLS)
def test_python_and_pip_are_the_projects(running: Stack, command: tuple[str, ...]) -> None:
    assert running.compose(*command).split() == ["/opt/project/bin/python", "/opt/project/bin/pip"]


def test_a_notebooks_kernel_has_the_projects_packages_and_the_images(running: Stack) -> None:
    labs = "/opt/conda/bin/python"  # which is not the kernel's
    said = running.compose("exec", "-T", "jupyter", labs, "-", stdin=KERNEL)
    assert said.strip() == "/opt/project/bin/python"


def test_pip_install_works_as_the_notebooks_user(running: Stack) -> None:
    running.compose("exec", "-T", "jupyter", "pip", "install", "--quiet", "--no-deps", "humanize", timeout=120)
    assert running.python("import humanize; print(humanize.__file__)").startswith("/opt/project/")
