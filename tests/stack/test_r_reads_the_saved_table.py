"""On an image with R the starter in R reads what the starter in Python saved, with the same hours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from test_every_image_keeps_one_contract import base_of

from stack import CommandError, Stack, run

HOURS = """
from persistence import Database

trips = Database.from_env().load("trips", columns=["StartTime"])
print(*trips["StartTime"].dt.hour.value_counts().reindex(range(24), fill_value=0))
"""


# An image with R is the long run's; the contract of images has it there too.
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module", params=["rocker", "r-notebook"])
def with_r(request: pytest.FixtureRequest, new_stack: Callable[..., Stack]) -> Stack:
    """Return the healthy stack of a project on an image with R, its database empty."""
    one = new_stack(image=request.param)
    one = replace(one, variables={**one.variables, "BASE_IMAGE": base_of(request.param)})
    one.up()
    return one


def executed_in_r(one: Stack) -> dict[str, list[dict[str, Any]]]:
    """Execute the starter in R; return each cell's outputs by its id. CommandError holds the first error of a cell."""
    command = "jupyter nbconvert --execute --to notebook --stdout notebooks/start_r.ipynb"
    cells = json.loads(one.compose("exec", "-T", "jupyter", "bash", "-l", "-c", command))["cells"]
    return {cell["id"]: cell.get("outputs", []) for cell in cells}


def hours_in_r(outputs: list[dict[str, Any]]) -> str:
    """Return the trips of each hour, from R's text of a table: a line of hours above each line of counts."""
    (text,) = (out["data"]["text/plain"] for out in outputs if "image/png" not in out["data"])
    lines = [line.split() for line in "".join(text).splitlines() if line.strip()]
    hours, trips = (" ".join(part for line in lines[first::2] for part in line) for first in (0, 1))
    assert hours == " ".join(str(hour) for hour in range(24))
    return trips


def test_without_the_table_it_names_the_notebook_that_makes_it(with_r: Stack) -> None:
    with pytest.raises(CommandError, match=r"There is no table trips yet: run all cells of start\.ipynb"):
        executed_in_r(with_r)


def test_its_hours_are_those_that_python_counts_and_it_draws_them(with_r: Stack) -> None:
    said = run("make", "notebooks", cwd=with_r.project, env=with_r.variables)
    assert "SKIPPED" not in said
    outputs = executed_in_r(with_r)
    assert hours_in_r(outputs["draw"]) == with_r.python(HOURS)
    assert [out for out in outputs["draw"] if "image/png" in out["data"]]


def test_a_server_whose_name_its_certificate_does_not_hold_is_refused(with_r: Stack) -> None:
    with_r.compose("cp", "mysql:/var/lib/mysql/ca.pem", str(with_r.project / "data" / "ca.pem"))
    (with_r.project / "data" / "ca.pem").chmod(0o644)
    verified = replace(with_r, variables={**with_r.variables, "MYSQL_SSL_CA": "data/ca.pem"})
    verified.up()
    with pytest.raises(CommandError, match="Hostname verification failed"):
        executed_in_r(verified)
