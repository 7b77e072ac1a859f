"""The generated Makefile: the list that `make` prints, and the prompts behind two of its lines."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from stack import CommandError, Stack, run


def test_make_alone_lists_every_target(running: Stack) -> None:
    makefile = (running.project / "Makefile").read_text()
    listed = re.findall(r"^  make (\S+)", run("make", cwd=running.project), re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", makefile.replace("\\\n", ""), re.MULTILINE)
    assert phony is not None
    assert listed == phony.group(1).split()


def test_make_sql_is_the_prompt_of_the_projects_database(running: Stack) -> None:
    said = run("make", "sql", cwd=running.project, env=running.variables, stdin="SELECT DATABASE(), 6 * 7;\n")
    assert running.variable("MYSQL_DATABASE") in said
    assert "42" in said


def test_make_shell_is_a_shell_in_the_notebooks_container(running: Stack) -> None:
    said = run("make", "shell", cwd=running.project, env=running.variables, stdin="whoami; pwd\n")
    assert "jovyan" in said
    assert "/home/jovyan/work" in said


def test_make_lock_writes_a_lock_with_hashes_that_knows_a_new_package(new_stack: Callable[..., Stack]) -> None:
    one = new_stack()
    metadata = one.project / "pyproject.toml"
    metadata.write_text(metadata.read_text().replace('"geopandas",', '"geopandas",\n    "humanize",'))
    run("make", "lock", cwd=one.project, env=one.variables)
    lock = (one.project / "requirements.lock").read_text()
    assert re.search(r"(?m)^humanize==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock)
    assert re.search(r"(?m)^pandas==", lock)


def test_make_down_and_up_print_the_address(running: Stack) -> None:
    run("make", "down", cwd=running.project, env=running.variables)
    assert running.compose("ps", "--all", "--quiet") == ""
    with pytest.raises(CommandError, match="make url: JupyterLab does not run; make up starts it"):
        run("make", "url", cwd=running.project, env=running.variables)
    with pytest.raises(CommandError, match="make sql: no mysql runs in this stack"):
        run("make", "sql", cwd=running.project, env=running.variables)
    said = run("make", "up", cwd=running.project, env=running.variables)
    assert f"{running.url('')}/lab?token={running.variable('JUPYTER_TOKEN')}" in said
