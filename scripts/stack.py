"""A generated project as the demo and the tests use it: bake it, start it, ask it, with real commands."""

from __future__ import annotations

import fcntl
import functools
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
BUILD_IMAGES = TEMPLATE / "tests" / "images" / "build.sh"
PROJECT_FOLDER = TEMPLATE / "{{cookiecutter.project_slug}}"
PERSISTENCE_TESTS = TEMPLATE / "tests" / "persistence"
# Those of them to which it is mostly one which database there is, or that bring a server along: on this machine, and
# everywhere in `make soak`.
WITHOUT_SERVER = (
    *("a_category_that_sql_changed_comes_back", "a_hostile_note_is_no_note", "a_lying_server_gets_an_error"),
    *("a_server_without_tls_gets_no_password", "appending_categories", "csv_files_are_read_as_they_are_written"),
    *("geospatial_files", "hostile_names", "index", "loading_files", "moving", "names"),
    *("nothing_of_a_frame_is_lost_in_silence", "progress", "saving_csv_files", "saving_parquet_files", "settings"),
    *("what_is_read_can_be_written_while_it_is_read", "wrong_uses"),
)
INSTALL_DOCKER = PROJECT_FOLDER / "deploy" / "install-docker.sh"
DAEMON_PID = Path("/run/docker.pid")
# What a checkout may hold that is no part of the template.
NO_TEMPLATE = shutil.ignore_patterns(
    ".git", ".venv", "build", "node_modules", "__pycache__", ".hypothesis", ".*_cache", ".ipynb_checkpoints"
)


class CommandError(RuntimeError):
    """A command ended with another exit code than 0; the message holds the command and what it printed."""


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float = 600,
) -> str:
    """Run a command and return its standard output.

    Args:
        command: the program and its arguments.
        cwd: the folder to run it in.
        env: variables beside those of this process.
        stdin: the text of its standard input; None gives it none.
        timeout: seconds after which it is ended.

    Raises:
        CommandError: its exit code is not 0.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        said = " ".join(str(part) for part in command)
        raise CommandError(f"`{said}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(holds: Callable[[], object], what: str, timeout: float = 60) -> None:
    """Return as soon as `holds()` is true; raise TimeoutError naming `what` after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {timeout:g} s: {what}")
        time.sleep(0.1)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def bridge_gateway() -> str:
    """Return this machine's address on the engine's own bridge, as builds and containers see it."""
    (config,) = json.loads(run("docker", "network", "inspect", "bridge"))[0]["IPAM"]["Config"]
    # An engine that starts for the first time names only the network; its first address is the gateway's.
    return str(config.get("Gateway") or ipaddress.ip_network(config["Subnet"])[1])


@functools.cache
def engine_answers() -> bool:
    """Say whether a Docker engine with the plugins that a project needs answers."""
    try:
        run("bash", INSTALL_DOCKER, "--check", timeout=60)
    except (CommandError, FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return True


def local_images() -> dict[str, str]:
    """Return the variables that name the local base images."""
    lines = (TEMPLATE / "tests" / "images" / "local.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def images_of_choices() -> dict[str, str]:
    """Return the published image of each choice of the question `image`."""
    images: dict[str, str] = json.loads((TEMPLATE / "cookiecutter.json").read_text())["__images"]
    return images


def build_local_images(*names: str) -> None:
    """Build the local base images that are not up to date; processes that want the same wait for each other."""
    with ExitStack() as held:
        for name in sorted(names):
            file = Path(tempfile.gettempdir()) / f"jupyter-docker-template-images-{os.getuid()}-{name}.lock"
            fcntl.flock(held.enter_context(file.open("w")), fcntl.LOCK_EX)
        run(BUILD_IMAGES, *names, timeout=1200)


def begin_local_images() -> None:
    """Build in the background what a whole run wants, so that tests that want none of it need not wait.

    A build that fails is tried again by the test that wants the image, which says why.
    """

    def build() -> None:
        for names in (("minimal-notebook", "mysql"), ("mariadb", "python"), ("caddy", "registry")):
            with suppress(CommandError, subprocess.TimeoutExpired):
                build_local_images(*names)

    threading.Thread(target=build, daemon=True).start()


def build_local_image(name: str) -> str:
    """Return the tag of the local base image that tests/images has under this name, built if need be."""
    build_local_images(name)
    return f"localhost/jupyter-docker-template/{name}:local"


def published_images() -> dict[str, str]:
    """Return BASE_IMAGE and MYSQL_IMAGE as an untouched project names them."""
    (mysql,) = re.findall(r"^MYSQL_IMAGE=(.*)$", (PROJECT_FOLDER / ".env.example").read_text(), re.MULTILINE)
    return {"BASE_IMAGE": next(iter(images_of_choices().values())), "MYSQL_IMAGE": mysql}


def can_be_had(image: str) -> bool:
    """Say whether the engine holds the image or its registry answers for it."""
    for question in (("image", "inspect", image), ("manifest", "inspect", image)):
        try:
            run("docker", *question, timeout=30)
        except (CommandError, subprocess.TimeoutExpired):
            continue
        return True
    return False


def choose_images() -> tuple[dict[str, str], str]:
    """Return the variables that name the base images for this machine, and why these.

    Images that the caller's own environment names are left alone; then the published ones where they can be had;
    else the local ones, which are built if need be.
    """
    if "BASE_IMAGE" in os.environ and "MYSQL_IMAGE" in os.environ:
        return {}, "the images that BASE_IMAGE and MYSQL_IMAGE name"
    if all(can_be_had(image) for image in published_images().values()):
        return {}, "the published images"
    build_local_images("minimal-notebook", "mysql")
    return local_images(), "local base images, since the image registry does not answer"


def copy_template(folder: Path) -> Path:
    """Copy the template as a clone has it, without what this checkout made beside it; return the copy."""
    return Path(shutil.copytree(TEMPLATE, folder / "template", ignore=NO_TEMPLATE))


def bake(template: Path, output: Path, **answers: str) -> Path:
    """Generate a project below `output` with the command that people type; return the project's folder.

    Raises:
        CommandError: cookiecutter or a hook refused; the message holds its words.
    """
    pairs = [f"{name}={value}" for name, value in answers.items()]
    before = set(output.iterdir()) if output.exists() else set()
    run(sys.executable, "-m", "cookiecutter", template, "--no-input", "--output-dir", output, *pairs)
    (project,) = set(output.iterdir()) - before
    return project


def generate(folder: Path, **answers: str) -> Path:
    """Generate a project from a clean copy of the template, both in this folder, which is emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return bake(copy_template(folder), folder / "projects", **answers)


def files(project: Path) -> dict[str, bytes]:
    """Return what is in each file of a project, by the path inside it."""
    paths = (path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in paths}


def cookiecutter_settings(folder: Path) -> Path:
    """Write cookiecutter's settings file, with its replay files in the same folder; return its path."""
    settings = folder / "settings.yaml"
    settings.write_text(f"replay_dir: '{folder / 'replay'}'\ncookiecutters_dir: '{folder / 'cookiecutters'}'\n")
    return settings


@dataclass
class Stack:
    """The containers of one generated project.

    Attributes:
        project: the folder with compose.yaml and .env.
        variables: shell variables, which win over .env.
    """

    project: Path
    variables: dict[str, str] = field(default_factory=dict)

    def compose(self, *arguments: str, stdin: str | None = None, timeout: float = 600) -> str:
        """Run `docker compose` in the project and return its output; CommandError if it fails."""
        return run(
            "docker",
            "compose",
            *arguments,
            cwd=self.project,
            env=self.variables,
            stdin=stdin,
            timeout=timeout,
        )

    def make(self, target: str, **variables: str) -> str:
        """Run a target of the project's Makefile and return what it prints; CommandError if it fails."""
        pairs = [f"{name}={value}" for name, value in variables.items()]
        return run("make", target, *pairs, cwd=self.project, env=self.variables, timeout=3600)

    def persistence_tests(self, *names: str, **variables: str) -> str:
        """Run tests/persistence in a container of the notebook's image and return what it prints; else CommandError.

        Args:
            names: what stands between `test_` and `.py` in the names of the files; all without any.
            variables: for that container alone, such as another DATABASE.
        """
        profile = os.environ.get("HYPOTHESIS_PROFILE", "short")
        variables = {"HYPOTHESIS_PROFILE": profile, "PYTHONDONTWRITEBYTECODE": "1", **variables}
        options = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
        options += ["--volume", f"{PERSISTENCE_TESTS}:/mnt/tests:ro"]
        files = [f"/mnt/tests/test_{name}.py" for name in names] or ["/mnt/tests"]
        return self.compose("run", "--rm", *options, "jupyter", "python", "-m", "pytest", *files, timeout=3600)

    def up(self, *services: str) -> None:
        """Build what changed, start, and wait until all is healthy; CommandError holds the logs if it is not."""
        try:
            self.compose("up", "--detach", "--build", "--wait", *services, timeout=900)
        except CommandError as error:
            raise CommandError(f"{error}\n{self.compose('logs', '--no-color', '--tail', '60')}") from None

    def down(self, *options: str) -> None:
        """Stop and remove the containers; `--volumes` removes the data too."""
        # With what no profile starts: the image of the service `tools` goes with the others.
        self.compose("--profile", "*", "down", *options)

    def remove_volumes(self) -> None:
        """Remove the volumes of before a restore, of which `down --volumes` does not know."""
        label = f"label=com.docker.compose.project={self.variable('COMPOSE_PROJECT_NAME')}"
        for volume in run("docker", "volume", "ls", "--quiet", "--filter", label).split():
            run("docker", "volume", "rm", "--force", volume)

    def python(self, code: str) -> str:
        """Run Python code in the notebook's container and return what it prints."""
        return self.compose("exec", "-T", "jupyter", "python", "-", stdin=code).strip()

    def variable(self, name: str) -> str:
        """Return a variable's value as compose sees it: the shell's, else .env's."""
        if name in self.variables:
            return self.variables[name]
        lines = (self.project / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)[name]

    def url(self, path: str) -> str:
        """Return the address of a path of JupyterLab's server, without a token."""
        return f"http://{self.compose('port', 'jupyter', '8888').strip()}{path}"

    def status(self, path: str, token: str | None = None) -> int:
        """Return the HTTP status with which JupyterLab's server answers a GET, redirects followed."""
        request = urllib.request.Request(self.url(path))
        if token is not None:
            request.add_header("Authorization", f"token {token}")
        # A proxy set for downloads is not asked for this machine's own address.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
