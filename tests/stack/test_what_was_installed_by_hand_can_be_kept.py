"""`make keep`: what somebody installed in the running notebook is declared, locked, and in everybody's image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from dependencies import changes, locked
from lock import only
from stack import CommandError, Stack, free_port, run

# Not the newest ones: a lock that held these only by chance would hold others.
BY_HAND = """
pip install --quiet humanize==4.14.0 tqdm==4.67.1
mkdir /tmp/own && printf '[project]\\nname = "own-package"\\nversion = "1"\\n' >/tmp/own/pyproject.toml
pip install --quiet /tmp/own
pip uninstall --quiet --yes bleach
"""
VERSIONS = "import humanize, tqdm; print(humanize.__version__, tqdm.__version__)"
PACKAGES = ("exec", "-T", "jupyter", "uv", "pip", "freeze", "--quiet", "--python", "/opt/project/bin/python")


@dataclass
class Kept:
    """A project in which `make keep` ran.

    Attributes:
        stack: its containers, rebuilt.
        old, new: requirements.lock before and after.
        said: what the command printed.
    """

    stack: Stack
    old: str
    new: str
    said: list[str]


def make_keep(one: Stack) -> list[str]:
    return run("make", "keep", cwd=one.project, env=one.variables).splitlines()


@pytest.fixture(scope="module")
def kept(new_stack: Callable[..., Stack]) -> Kept:
    one = new_stack(database="sqlite")
    with pytest.raises(CommandError, match="the notebook does not run: start it with 'make up'"):
        make_keep(one)
    one.up()
    container = one.compose("ps", "--quiet", "jupyter")
    assert "Nothing to keep: no package of an index was installed by hand." in make_keep(one)
    assert one.compose("ps", "--quiet", "jupyter") == container

    lock = one.project / "requirements.lock"
    old = lock.read_text()
    one.compose("exec", "-T", "jupyter", "bash", "-ec", BY_HAND)
    said = make_keep(one)
    return Kept(one, old, lock.read_text(), said)


@pytest.fixture(scope="module")
def teammate(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield the stack of a fresh clone, whose environment is made anew from the lock."""
    clone = tmp_path_factory.mktemp("teammate") / "clone"
    git = ("git", "-C", kept.stack.project, "-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "Kept")):
        run(*git, *command)
    run("git", "clone", "--quiet", kept.stack.project, clone)
    run("make", "env", cwd=clone)
    name = f"{kept.stack.variables['COMPOSE_PROJECT_NAME']}-teammate"
    variables = {**kept.stack.variables, "COMPOSE_PROJECT_NAME": name, "JUPYTER_PORT": str(free_port())}
    theirs = Stack(clone, variables)
    try:
        # Another script is another layer: this engine's own, of the same lock, is not taken.
        with (clone / "image" / "python-packages.sh").open("a") as script:
            script.write("# another day\n")
        theirs.up()
        yield theirs
    finally:
        theirs.down("--volumes", "--rmi", "local")


def test_it_is_declared_and_locked_in_the_version_that_ran(kept: Kept) -> None:
    assert changes(locked(kept.old), locked(kept.new)) == ["+ humanize 4.14.0", tqdm_line(kept)]
    assert only(kept.new, "humanize").count("--hash=sha256:") > 0
    declared = (kept.stack.project / "pyproject.toml").read_text()
    assert '"humanize",' in declared
    assert '"tqdm",' in declared


def tqdm_line(kept: Kept) -> str:
    return f"tqdm {locked(kept.old)['tqdm'][0]} -> 4.67.1"


def test_it_is_in_the_rebuilt_image(kept: Kept) -> None:
    assert kept.stack.python(VERSIONS) == "4.14.0 4.67.1"
    image = kept.stack.compose("images", "--quiet", "jupyter").strip()
    said = run("docker", "run", "--rm", "--entrypoint", "/opt/project/bin/python", image, "-c", VERSIONS)
    assert said.strip() == "4.14.0 4.67.1"


def test_what_changed_and_what_cannot_be_kept_is_said(kept: Kept) -> None:
    assert {"+ humanize 4.14.0", tqdm_line(kept)} <= set(kept.said)
    (own,) = (line for line in kept.said if line.startswith("own-package @ file:///tmp/own "))
    assert "is not kept" in own
    (removed,) = (line for line in kept.said if line.startswith("bleach "))
    assert "uninstalled by hand and stays" in removed
    assert any("running kernels end" in line for line in kept.said)


def test_a_teammates_fresh_clone_has_it(teammate: Stack) -> None:
    assert teammate.python(VERSIONS) == "4.14.0 4.67.1"


def test_two_builds_of_one_lock_hold_the_same_packages(kept: Kept, teammate: Stack) -> None:
    assert teammate.compose(*PACKAGES) == kept.stack.compose(*PACKAGES)
