"""slim comes without parts of Debian's packages that git does not use, until apt.txt asks for a package that might."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from test_every_image_keeps_one_contract import base_of

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
USE_PERL = "perl -MFile::Find -e 'print \"found\"'"


def built(new_stack: Callable[..., Stack], *asked: str) -> Stack:
    """Return a project on plain Python with the first stage of its image built, which has Debian's packages."""
    one = new_stack(image="slim", database="sqlite")
    one.variables["BASE_IMAGE"] = base_of("slim")
    with (one.project / "apt.txt").open("a", encoding="utf-8") as file:
        file.writelines(f"{package}\n" for package in asked)
    one.compose("build", "tools")
    return one


def shell(one: Stack, command: str) -> str:
    return one.compose("run", "--rm", "tools", "sh", "-c", command)


def test_git_does_what_people_ask_of_it(new_stack: Callable[..., Stack]) -> None:
    slim = built(new_stack)
    with pytest.raises(CommandError, match="Can't locate File/Find"):
        shell(slim, USE_PERL)
    said = shell(slim, GIT).splitlines()
    assert said == ["3", "error: remote-curl: usage: git remote-curl <remote> [<url>]"]


def test_what_was_left_out_is_there_beside_a_package_of_apt_txt(new_stack: Callable[..., Stack]) -> None:
    slim = built(new_stack, "tree # shows folders")
    assert shell(slim, USE_PERL) == "found"
    shell(slim, "test -x /usr/lib/git-core/git-shell && tree --version")
