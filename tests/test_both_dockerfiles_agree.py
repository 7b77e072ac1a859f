"""slim.Dockerfile differs from Dockerfile in how the environment is made, and in nothing else but what is left out."""

from __future__ import annotations

import pytest

import stack

# What slim leaves out in its first stage, and has other or less in its last.
ALONE = ("JUPYTER_PATH=", "# The kernels of other languages", "leave-out.txt")


def part(dockerfile: str, first: str, last: str) -> list[str]:
    """Return the lines from one to another, without those that belong to one file alone."""
    text = (stack.PROJECT_FOLDER / dockerfile).read_text()
    lines = text[text.index(first) : text.index(last, text.index(first))].splitlines()
    return [line for line in lines if not any(word in line for word in ALONE)]


@pytest.mark.parametrize(
    ("first", "last"), [("ARG BASE_IMAGE", "\nUSER nobody"), ("ARG USER_UID", "EXPOSE 8888")], ids=["tools", "project"]
)
def test_the_shared_steps_are_the_same(first: str, last: str) -> None:
    ours = part("Dockerfile", first, last)
    assert ours == part("slim.Dockerfile", first, last)
    assert len(ours) > 10
