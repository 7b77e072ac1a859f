"""Types the commands of docs/updates.md as a person does, with a template that has the tags v1 and v2."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import stack
from stack import run

PAGE = (stack.TEMPLATE / "docs" / "updates.md").read_text(encoding="utf-8")
ADDRESS = "https://github.com/org/jupyter-docker-template"
# Somebody answers for it; elsewhere Enter alone, which is the default.
ANSWERS = "\n\n\nThe trip team" + 5 * "\n"
SECRET = re.compile(r"(?:TOKEN|PASSWORD)=(\w{32})")


def commit(repository: Path, message: str) -> None:
    """Commit all that is there."""
    run("git", "add", "--all", ".", cwd=repository)
    run("git", "commit", "--quiet", "--message", message, cwd=repository)


@contextmanager
def somebody(temporary: Path) -> Iterator[None]:
    """Type as a person with a name, the template's tools at hand, and a folder for what is temporary."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Somebody")
            patch.setenv(f"GIT_{role}_EMAIL", "somebody@example.org")
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("TMPDIR", str(temporary))
        yield


def type_block(heading: str, where: Path, versions: Path, answers: str = "", number: int = 0) -> str:
    """Type a block of commands of the page's section, with this template; return what they print."""
    section = PAGE.split(f"### {heading}\n")[1].partition("\n#")[0]
    commands = re.findall(r"```shell\n(.*?)```", section, re.DOTALL)[number].replace(ADDRESS, f"file://{versions}")
    return run("bash", "-euc", f"exec 2>&1\n{commands}", cwd=where, stdin=answers)


def tells_no_secret(project: Path, said: str) -> None:
    """Find no credential, of .env or of a temporary one, in what was printed and in all that git knows."""
    values = SECRET.findall((project / ".env").read_text())
    assert len(values) == 3
    known = run("git", "log", "--patch", "--all", cwd=project)
    for text in (known, said):
        assert not SECRET.search(text)
        assert not [value for value in values if value in text]
    assert {path.name for path in project.rglob(".env*")} == {".env", ".env.example"}, "no rejected part lies about"
    left = [path for path in Path(os.environ["TMPDIR"]).rglob("*") if path.is_file()]
    assert not [path for path in left if path.name == ".env" or SECRET.search(path.read_text(errors="replace"))]
