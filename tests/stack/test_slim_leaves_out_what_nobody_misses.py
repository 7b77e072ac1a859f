"""slim comes without parts of Debian's packages that git does not use, until apt.txt asks for a package that might."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import stack
from stack import CommandError, Stack

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


@pytest.fixture(scope="module")
def slim(new_stack: Callable[..., Stack]) -> Stack:
    """Return a project on plain Python whose first stage, where Debian's packages are installed, is built."""
    one = new_stack(image="slim", database="sqlite")
    one.variables["BASE_IMAGE"] = stack.build_local_image("python")
    one.compose("build", "tools")
    return one


def shell(one: Stack, command: str) -> str:
    return one.compose("run", "--rm", "tools", "sh", "-c", command)


def test_git_does_what_people_ask_of_it(slim: Stack) -> None:
    said = shell(slim, GIT).splitlines()
    assert said == ["3", "error: remote-curl: usage: git remote-curl <remote> [<url>]"]


def test_perls_modules_come_back_with_any_package_of_apt_txt(slim: Stack) -> None:
    use = "perl -MFile::Find -e 'print \"found\"'"
    with pytest.raises(CommandError, match="Can't locate File/Find"):
        shell(slim, use)
    with (slim.project / "apt.txt").open("a", encoding="utf-8") as asked:
        asked.write("tree # shows folders\n")
    slim.compose("build", "tools")
    assert shell(slim, use) == "found"
    shell(slim, "test -x /usr/lib/git-core/git-shell && tree --version")
