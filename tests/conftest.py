"""What all tests share: a clean copy of the template, a baked project, and the rule about the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import stack

# These run in processes of their own, on each database: pytest.ini there is their root.
collect_ignore = ["persistence"]
MEASURED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Let nothing of the caller's shell decide a test: variables of .env, the `make test` that this may be."""
    config.stash[MEASURED] = []
    if config.pluginmanager.hasplugin("dsession"):
        config.pluginmanager.register(Figures(config))
        if stack.engine_answers():
            stack.begin_local_images()
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        os.environ.pop(name, None)
    lines = (stack.PROJECT_FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()
    for name in (line.split("=", 1)[0] for line in lines if "=" in line and not line.startswith("#")):
        # The images are the caller's to choose; what stands before the package servers is as it is.
        if name not in ("BASE_IMAGE", "MYSQL_IMAGE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL"):
            os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to `make soak` what is its own; begin with what needs no image, while these are built.

    Of both halves the longest come first, for which the cores would wait at the end.
    """
    engines = Path(__file__).with_name("stack")
    items.sort(
        key=lambda item: (engines in item.path.parents, not item.path.name.startswith("test_the_helper_package"))
    )
    if not os.environ.get("SOAK"):
        soak = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=soak)
        items[:] = [item for item in items if item not in soak]


@pytest.fixture(scope="session", autouse=True)
def _bytecode_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let Python compile what it imports once for all processes of this run, and write nothing beside sources."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_cookiecutter_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep cookiecutter's replay files in a folder of this run."""
    folder = tmp_path_factory.mktemp("cookiecutter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(stack.cookiecutter_settings(folder)))
        yield


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Callable[[str, object], None]:
    """Return a function that adds a figure to the report at the end of the run."""
    return lambda name, value: pytestconfig.stash[MEASURED].append(f"{name}: {value}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send a worker's figures to the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = session.config.stash[MEASURED]


class Figures:
    """Collects the figures of the workers among which the files of tests are divided."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker measured; one that died has nothing to tell."""
        self._config.stash[MEASURED] += getattr(node, "workeroutput", {}).get("measured", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the measured figures."""
    if config.stash[MEASURED]:
        terminalreporter.section("measured")
        for line in config.stash[MEASURED]:
            terminalreporter.line(line)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an engine where there is none, or fail it where one is required."""
    if item.get_closest_marker("engine") is None or stack.engine_answers():
        return
    reason = "no Docker engine with the compose plugin answers: bash deploy/install-docker.sh installs one"
    if os.environ.get("REQUIRE_ENGINE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clean copy of the template, as a clone has it."""
    return stack.copy_template(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def bake(template: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that generates a project with the given answers in this test's folder."""
    return lambda **answers: stack.bake(template, tmp_path, **answers)


@pytest.fixture(scope="session")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a project generated with the default answers, to be read only, since others read it too."""
    folder = stack.bake(template, tmp_path_factory.mktemp("default"))
    generated = stack.files(folder)
    yield folder
    now = stack.files(folder)
    changed = [name for name in sorted({*generated, *now}) if generated.get(name) != now.get(name)]
    assert not changed, f"tests wrote into the project that all share: {changed}"
