"""A file that the last template with the old format wrote is converted by the documented command, and comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from database_of_everything import describe, fill

import stack
from backup_archive import Archive
from stack import CommandError, Stack, run

LAST_OLD = "dfec12c"
PAGE = (stack.TEMPLATE / "docs" / "backup.md").read_text()
(COMMAND,) = re.findall(r"(?ms)^docker compose run .*?convert_backup.*?\n(?=```)", PAGE)
SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"a": range(10)}), "numbers", if_exists="replace")
open("outputs/note.txt", "w").write("10")
"""
LOAD = """
from persistence import Database

print(len(Database.from_env().load("numbers")), open("outputs/note.txt").read())
"""


@pytest.fixture(scope="module")
def old(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a running project of the template as it was then."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "template").mkdir()
    try:
        run("git", "archive", "--output", folder / "template.tar", LAST_OLD, cwd=stack.TEMPLATE)
    except CommandError:
        pytest.skip(f"this clone does not hold the commit {LAST_OLD}")
    run("tar", "-xf", folder / "template.tar", "-C", folder / "template")
    project = stack.bake(folder / "template", folder / "made")
    name = "-".join(["old", *folder.parts[-2:]])
    one = Stack(project, {**images, "COMPOSE_PROJECT_NAME": name, "JUPYTER_PORT": str(stack.free_port())})
    try:
        one.up()
        yield one
    finally:
        one.down("--volumes", "--rmi", "local", "--remove-orphans")


@pytest.fixture(scope="module")
def new(new_stack: Callable[..., Stack]) -> Stack:
    one = new_stack()
    one.up()
    return one


def backup(one: Stack) -> Path:
    said = one.make("backup", WITH="outputs data")
    (name,) = (word.rstrip(",") for word in said.split() if word.startswith("backups/"))
    return one.project / name


def converted(new: Stack, file: Path) -> Path:
    """Convert a file by the command of the docs, typed in the new project."""
    (new.project / "backups").mkdir(mode=0o700, exist_ok=True)
    typed = COMMAND
    for word, place in {"TEMPLATE": stack.TEMPLATE, "OLD.tar": file, "NEW.zip": "backups/new.zip"}.items():
        typed = typed.replace(word, str(place))
    run("sh", "-ec", typed, cwd=new.project, env=new.variables)
    return new.project / "backups" / "new.zip"


@pytest.mark.soak
def test_a_database_of_everything_comes_back(old: Stack, new: Stack) -> None:
    fill(old)
    before, file = describe(old), backup(old)
    with pytest.raises(CommandError, match=r"convert_backup\.py"):
        new.make("restore", FILE=str(file), YES="1")
    path = converted(new, file)
    assert Archive(path).manifest["tables"].keys() >= {"parent", "with_key", "points"}
    assert "came back as it was" in new.make("verify-backup", FILE=str(path))
    new.make("restore", FILE=str(path), YES="1")
    assert describe(new) == before


@pytest.mark.soak
def test_an_sqlite_file_comes_back(old: Stack, new: Stack) -> None:
    sqlite = {"DATABASE": "sqlite", "COMPOSE_PROFILES": ""}
    one, other = (replace(each, variables={**each.variables, **sqlite}) for each in (old, new))
    for each in (one, other):
        each.compose("up", "--detach", "--wait")
    one.python(SAVE)
    other.make("restore", FILE=str(converted(new, backup(one))), YES="1")
    assert other.python(LOAD) == "10 10"


def test_a_damaged_file_is_told_in_a_line(old: Stack, new: Stack, tmp_path: Path) -> None:
    whole, bad = backup(old).read_bytes(), tmp_path / "bad.tar"
    for content in (whole[:3000], whole[:520] + b"?" + whole[521:], b"SELECT 1;"):
        bad.write_bytes(content)
        with pytest.raises(CommandError, match="convert_backup: this is no sound backup") as refused:
            converted(new, bad)
        assert "Traceback" not in str(refused.value)
