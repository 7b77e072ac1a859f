"""`make test` in the generated project: the helper package on the project's own MySQL, in the project's image."""

from __future__ import annotations

from stack import Stack, run


def test_the_projects_own_tests_pass_on_its_mysql(running: Stack) -> None:
    said = run("make", "test", cwd=running.project, env=running.variables, timeout=1200)
    print(said[-3000:])
    assert " passed" in said
    assert " skipped" not in said
