"""docs/errors.md and the table of wrong uses, which is run on both databases, hold the same."""

from __future__ import annotations

import ast
import re

import stack

PAGE = (stack.TEMPLATE / "docs" / "errors.md").read_text(encoding="utf-8")
TABLE = (stack.PERSISTENCE_TESTS / "test_wrong_uses.py").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| `(\w+Error)` \| (`.+?`+) \| .+ \|$", re.MULTILINE)
ERRORS_OF_SERVERS = "Some need a server of their own"
LEAST = 24

Rows = set[tuple[str, str, str]]


def run_rows() -> Rows:
    """Return the name, the error and the advice of each wrong use, read from the test's own text."""
    calls = [node for node in ast.walk(ast.parse(TABLE)) if isinstance(node, ast.Call)]
    wrong = [call.args[:3] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Wrong"]
    return {(ast.literal_eval(name), ast.unparse(error), ast.literal_eval(says)) for name, error, says in wrong}


def page_rows(page: str) -> Rows:
    """Return the same of each row of the page; two backticks enclose code that ends with one."""
    rows = ROW.findall(page)
    return {(name, error, says[2:-2].strip() if says[:2] == "``" else says[1:-1]) for name, error, says in rows}


def test_every_error_that_is_documented_is_run_and_the_other_way_round() -> None:
    page, _, _ = PAGE.partition(ERRORS_OF_SERVERS)
    assert page_rows(page) == run_rows()
    assert len(run_rows()) >= LEAST


def test_what_servers_say_stands_in_the_package() -> None:
    _, _, page = PAGE.partition(ERRORS_OF_SERVERS)
    package = stack.PROJECT_FOLDER / "src" / "persistence"
    source = "".join((package / name).read_text(encoding="utf-8") for name in ("errors.py", "files.py"))
    rows = page_rows(page)
    assert len(rows) >= 10
    assert [says for _, _, says in rows if says not in source] == []
