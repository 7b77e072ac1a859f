"""What a generated project is, its locks, notebooks, sample and helper package left out, keeps within its budget."""

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
    left_out = {name for name in shape.lines_of() if name not in COUNTED and not name.startswith(shape.PACKAGE)}
    assert {name.rpartition(".")[2] for name in left_out} == {"lock", "ipynb", "csv"}
