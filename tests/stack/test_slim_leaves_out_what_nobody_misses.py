"""slim is small: without parts of packages that few use, and with all that people ask of git and of Lab."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from test_every_image_keeps_one_contract import base_of

from stack import Stack, run

GB = 10**9
# What people do with git in a terminal of Lab, from `clone` over HTTP's helper to those that once were Perl.
GIT = """
set -e
cd "$(mktemp -d)" && export HOME=$PWD
git config --global user.name A && git config --global user.email a@example.org
git config --global protocol.file.allow always && git config --global init.defaultBranch main
git init --quiet one && cd one && echo 1 >file && git add file && git commit --quiet --message first
echo 2 >>file && printf 'y\\n' | git add --patch >/dev/null && git commit --quiet --message second
git switch --quiet --create other HEAD~1 && echo 3 >more && git add more && git stash --quiet && git stash pop --quiet
git commit --quiet --message third && GIT_SEQUENCE_EDITOR=true git rebase --quiet --interactive main
cd .. && git clone --quiet "file://$PWD/one" two && cd two && git submodule --quiet add "file://$HOME/one" part
git log --oneline | wc -l
git remote-http 2>&1 | head -n 1
"""
BABEL = "from babel import Locale; print(Locale.parse('de').get_language_name('de'))"


@pytest.fixture(scope="module")
def slim(new_stack: Callable[..., Stack]) -> Stack:
    """Return a project on plain Python with its image built."""
    one = new_stack(image="slim", database="sqlite")
    one.variables["BASE_IMAGE"] = base_of("slim")
    one.compose("build", "jupyter", timeout=900)
    return one


def image_of(one: Stack) -> str:
    return f"{one.variables['COMPOSE_PROJECT_NAME']}-jupyter"


def test_it_is_small(slim: Stack) -> None:
    assert int(run("docker", "image", "inspect", "--format", "{{.Size}}", image_of(slim))) <= 0.84 * GB


def test_git_does_what_people_ask_of_it(slim: Stack) -> None:
    said = run("docker", "run", "--rm", "--entrypoint", "sh", image_of(slim), "-c", GIT).splitlines()
    assert said == ["3", "error: remote-curl: usage: git remote-curl <remote> [<url>]"]


def test_no_package_lacks_what_it_needs(slim: Stack) -> None:
    """Names, versions and requirements of what is installed are whole."""
    said = run("docker", "run", "--rm", "--entrypoint", "python", image_of(slim), "-m", "pip", "check")
    assert said == "No broken requirements found.\n"


def test_a_project_that_asks_for_languages_has_them(slim: Stack) -> None:
    lock, lab = (slim.project / name for name in ("requirements.lock", "lab.lock"))
    blocks = lab.read_text(encoding="utf-8").split("\n")
    start = next(number for number, line in enumerate(blocks) if line.startswith("babel=="))
    end = next(number for number in range(start + 1, len(blocks)) if not blocks[number].startswith(" "))
    before = lock.read_text(encoding="utf-8")
    lock.write_text(before + "\n".join([*blocks[start:end], ""]), encoding="utf-8")
    try:
        slim.compose("build", "jupyter", timeout=900)
        assert run("docker", "run", "--rm", "--entrypoint", "python", image_of(slim), "-c", BABEL) == "Deutsch\n"
    finally:
        lock.write_text(before, encoding="utf-8")
