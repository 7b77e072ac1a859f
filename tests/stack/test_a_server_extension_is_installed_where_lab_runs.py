"""docs/images.md: a line of the Dockerfile brings a server extension into the environment that Lab runs from."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import stack
from stack import Stack

PLACE = "# The notebook's user"


@pytest.fixture(scope="module")
def extended(new_stack: Callable[..., Stack]) -> Stack:
    """Return the stack of a project whose Dockerfile has the page's line where the page says."""
    page = (stack.TEMPLATE / "docs" / "images.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^RUN .*$", page, re.MULTILINE)
    one = new_stack(database="sqlite")
    dockerfile = one.project / "Dockerfile"
    text = dockerfile.read_text(encoding="utf-8")
    assert text.count(PLACE) == 1
    dockerfile.write_text(text.replace(PLACE, f"{line}\n{PLACE}"), encoding="utf-8")
    one.up()
    return one


def test_the_running_lab_serves_it(extended: Stack) -> None:
    assert extended.status("/api/metrics/v1", token=extended.variable("JUPYTER_TOKEN")) == 200
