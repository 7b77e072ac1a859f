"""What a generated project is, its locks, notebooks and sample left out, keeps within its budget."""

from __future__ import annotations

import pytest

import shape

COUNTED = shape.handed_over(shape.lines_of())


@pytest.mark.parametrize("part", shape.BUDGET, ids=lambda part: part.name)
def test_each_part_keeps_within_its_budget(part: shape.Part) -> None:
    found = part.of(COUNTED)
    assert found
    assert sum(found.values()) <= part.most_lines, sorted(found.items(), key=lambda item: -item[1])
    assert part.most_files is None or len(found) <= part.most_files, sorted(found)


def test_nothing_but_locks_notebooks_and_the_sample_is_not_counted() -> None:
    left_out = shape.lines_of().keys() - COUNTED.keys()
    assert "image/uv.txt" in left_out  # uv's own lock
    assert {name.rpartition(".")[2] for name in left_out - {"image/uv.txt"}} == {"lock", "ipynb", "csv"}


def test_the_helper_package_has_few_floors_and_no_circle() -> None:
    found = shape.floors()
    assert len(found) > 1
    assert max(found.values()) <= shape.FLOORS, found


def test_its_functions_are_short_and_take_little() -> None:
    found = shape.functions()
    assert found[0][0] <= shape.LINES_OF_A_FUNCTION, found[0]
    assert max(parameters for _, parameters, _ in found) <= shape.PARAMETERS, [one for one in found if one[1] > 6]
