"""docs/persistence.md holds the types and the figures of the benchmark, docs/images.md every choice of `image`,
docs/doctor.md the doctor's own words, docs/storage.md what the test found to survive.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import stack
import type_map
import write_docs

PAGE = write_docs.PAGE.read_text(encoding="utf-8")
IMAGES = (stack.TEMPLATE / "docs" / "images.md").read_text(encoding="utf-8")
CONTRACT = stack.TEMPLATE / "tests" / "stack" / "test_every_image_keeps_one_contract.py"
STORAGE = stack.TEMPLATE / "tests" / "stack" / "test_storage_is_chosen_in_env.py"


@pytest.fixture(scope="module")
def types() -> str:
    return type_map.table()


def test_the_page_is_as_make_docs_writes_it() -> None:
    assert write_docs.written(PAGE) == PAGE, "the code or the figures have changed: run `make docs`"


def test_every_kind_has_dtypes_and_all_come_back_the_same(types: str) -> None:
    rows = [line.strip("| ").split(" | ") for line in types.splitlines()[2:]]
    assert [row[0] for row in rows] == list(type_map.LIMITS)
    assert [row[0] for row in rows if not row[1]] == []
    assert [row[0] for row in rows if row[4] != "the same dtype"] == []


def test_figures_are_those_of_the_json(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    assert write_docs.figures(path) == write_docs.NO_FIGURES
    measure = {"measure": "save against to_sql", "measured": "12.5 times faster", "target": "at least 10", "met": True}
    found = {
        "rows": 1000,
        "repeats": 3,
        "machine": {"cpus": 2, "server": "MySQL 9.7", "load average before": [0.5, 1]},
        "measures": [measure],
        "rows per second": {"save, replace": [10, 3000, 20]},
    }
    path.write_text(json.dumps(found), encoding="utf-8")
    said = write_docs.figures(path)
    assert "| save against to_sql | 12.5 times faster | at least 10 | yes |" in said
    assert "| save, replace | 20 | 10 | 3,000 |" in said
    assert "2 CPUs: MySQL 9.7, load average before 0.5, 1." in said


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="'types'"):
        write_docs.section("no markers", "types", "table")


def test_links_of_the_pages_lead_to_files() -> None:
    for page in (stack.TEMPLATE / "docs").glob("*.md"):
        for target in write_docs.links(page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def assigned(test: Path, name: str) -> Any:  # noqa: ANN401
    """Return the literal that a test's module gives a name."""
    nodes = (node for node in ast.parse(test.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign))
    (value,) = (node.value for node in nodes if ast.unparse(node.targets[0]) == name)
    return ast.literal_eval(value)


def constant(name: str) -> set[str]:
    """Return the set, or the keys, that the contract's test gives a name."""
    return set(assigned(CONTRACT, name))


def test_the_table_of_images_has_every_choice_and_says_which_have_r_and_are_tested_here() -> None:
    rows = [line.strip("| ").split(" | ") for line in IMAGES.splitlines() if line.startswith("| `")]
    rows = [row for row in rows if len(row) == 5]
    assert [row[0].strip("`") for row in rows] == list(stack.images_of_choices())
    assert {row[0].strip("`") for row in rows if row[3] == "yes"} == constant("WITH_R")
    assert {row[0].strip("`") for row in rows if row[4] == "on a local equivalent"} == constant("LOCAL")
    assert {row[4] for row in rows} == {"on a local equivalent", "no"}


def rows(page: str, columns: int) -> list[list[str]]:
    """Return the rows of a page's table with so many columns, without its head."""
    lines = (stack.TEMPLATE / "docs" / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in cells if len(row) == columns and set(row[0]) != {"-"}][1:]


def test_the_doctors_page_quotes_the_doctor() -> None:
    project = stack.PROJECT_FOLDER
    scripts = project / "scripts"
    sources = [*scripts.glob("check_*.py"), scripts / "doctor.py", scripts / "project.py"]
    said = "".join(path.read_text(encoding="utf-8") for path in sources)
    quoted = [words for row in rows("doctor.md", 3) for words in re.findall("`([^`]+)`", row[1])]
    assert len(quoted) >= 25
    assert [words for words in quoted if words not in said] == []


def test_the_storage_pages_table_is_what_the_test_asserts() -> None:
    survives = assigned(STORAGE, "SURVIVES")
    found = {row[0]: [cell == "yes" for cell in row[2:6]] for row in rows("storage.md", 7)}
    assert found == {kind: list(events.values()) for kind, events in survives.items()}
