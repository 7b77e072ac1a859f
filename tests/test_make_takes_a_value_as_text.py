"""What is typed behind a target of the generated Makefile is text: it reaches the command as it is and runs nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a Makefile needs a POSIX shell")
MAKEFILE = (stack.PROJECT_FOLDER / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
VALUES = re.findall(r"[A-Z]+", re.findall(r"^VALUES = (.*)$", MAKEFILE, re.MULTILINE)[0])
HOSTILE = (
    *(
        '"; touch ran; "',
        "'; touch ran; '",
        "x; touch ran",
        "x\ntouch ran",
        "$(touch ran)",
        "`touch ran`",
        "$$(touch ran)",
    ),
    *(
        "$(shell touch ran)",
        "${shell touch ran}",
        "x && touch ran #",
        '\\"; touch ran; \\"',
        "| touch ran",
        "$(eval X:=1)",
    ),
)
# Stands for python3 and docker: notes the values in the environment and its arguments; each ends with a zero byte.
STUB = "#!/bin/sh\nprintf '%s\\0' {values} \"$@\" >>'{calls}'; printf '\\n\\0' >>'{calls}'\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Makefile, a database and, first on the path, commands that only note how they are called."""
    folder = tmp_path_factory.mktemp("made of values")
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "bin").mkdir()
    for name in ("python3", "docker"):
        stub = folder / "bin" / name
        stub.write_text(STUB.format(values=" ".join(f'"${name}"' for name in VALUES), calls=folder / "calls"))
        stub.chmod(0o755)
    return folder


def make(folder: Path, target: str, *values: str, **environment: str) -> list[tuple[list[str], dict[str, str]]]:
    """Run a target; return the arguments of each command that it called, and the values in its environment."""
    calls = folder / "calls"
    calls.write_bytes(b"")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, **environment, "PATH": path}
    subprocess.run(["make", "-s", target, *values], cwd=folder, env=variables, capture_output=True, check=False)
    noted = [call.split("\0") for call in calls.read_bytes().decode().split("\0\n\0")[:-1]]
    return [(call[len(VALUES) :], dict(zip(VALUES, call, strict=False))) for call in noted]


def test_every_value_that_the_list_of_targets_names_is_one_of_these() -> None:
    described = " ".join(re.findall(r"^[a-z-]+:.*## (.*)$", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"\b([A-Z]{2,})=", described)) - {"DATABASE"} <= set(VALUES)


def test_make_writes_no_value_into_a_recipe() -> None:
    recipes = "\n".join(line for line in MAKEFILE.splitlines() if line.startswith("\t"))
    assert set(re.findall(r"(?<!\$)\$[^$]\w*\)?", recipes)) == {"$(MAKE)", "$(call"}
    assert set(re.findall(r"\$\(call (\w+)", recipes)) == {"in"}  # with fixed words


@pytest.mark.parametrize("target", TARGETS)
def test_no_value_runs_a_command(folder: Path, target: str) -> None:
    for hostile in HOSTILE:
        make(folder, target, *(f"{name}={hostile}" for name in VALUES if name not in ("PYTHON", "HOST")))
        make(folder, target, f"HOST={hostile}")
        make(folder, target, **dict.fromkeys(VALUES, hostile))
        assert not (folder / "ran").exists(), f"make {target} ran what stands in {hostile!r}"


def test_variables_of_the_shell_are_text_too(folder: Path) -> None:
    for hostile in HOSTILE:
        make(folder, "doctor", "HOST=somebody@server", DOCKER_HOST=hostile, COMPOSE_FILE=hostile)
        assert not (folder / "ran").exists(), hostile


@pytest.mark.parametrize(
    ("line", "layers"),
    [
        ("", "compose.yaml"),
        ("COMPOSE_FILE=compose.yaml:own.yaml", "compose.yaml:own.yaml"),
        ("COMPOSE_FILE=compose.yaml;own.yaml", "compose.yaml:own.yaml"),
        ('COMPOSE_FILE="compose.yaml:own.yaml"  # ours', "compose.yaml:own.yaml"),
        ("COMPOSE_FILE='compose.yaml:own.yaml'", "compose.yaml:own.yaml"),
    ],
)
def test_with_a_server_the_layer_for_it_is_on_top_of_those_of_env(tmp_path: Path, line: str, layers: str) -> None:
    shown = f"{MAKEFILE}\nshow:\n\t@echo $$COMPOSE_FILE\n".replace("THERE =", "THERE = show", 1)
    (tmp_path / "Makefile").write_text(shown)
    (tmp_path / ".env").write_text(f"{line}\n")
    command = ["make", "show", "HOST=somebody@server"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"{layers}:compose.deploy.yaml"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        *(("add", "PKG"), ("backup", "WITH"), ("restore", "FILE"), ("restore", "YES"), ("verify-backup", "FILE")),
        *(("doctor", "ONLY"), ("doctor", "FROM"), ("doctor", "REPLACE")),
    ],
)
@settings(deadline=None, max_examples=25)
@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_value_arrives_as_it_was_typed(folder: Path, target: str, name: str, value: str) -> None:
    # Blanks in front are make's own syntax, as in a Makefile.
    ((_, environment), *_) = make(folder, target, f"{name}=.{value}")
    assert environment[name] == f".{value}"


@pytest.mark.parametrize("target", ["up", "test", "notebooks", "add", "move", "local", "env", "push"])
def test_what_belongs_to_this_machine_is_not_done_on_a_server(folder: Path, target: str) -> None:
    assert make(folder, target, "HOST=deploy@server", "PKG=polars") == []


@pytest.mark.parametrize("target", ["deploy", "backup", "doctor", "logs", "url"])
def test_what_is_done_on_a_server_acts_there(folder: Path, target: str) -> None:
    assert len(make(folder, target, "HOST=deploy@server")) == 1


def test_the_tests_that_are_asked_for_are_words_of_pytests_own(folder: Path) -> None:
    ((arguments, _),) = make(folder, "test", "ONLY=tests/test_a.py -k 'x'")
    assert arguments[arguments.index("-p") + 2 :] == ["tests/test_a.py", "-k", "'x'"]


@pytest.mark.parametrize("name", ["plain", "two words", 'a"; touch ran; "', "$(touch ran)", "-x", "a`b`"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_to_move_is_found_under_any_name(folder: Path, name: str, absolute: bool) -> None:
    beside = {end: folder / f"{name}{end}" for end in ("", "-wal", "-journal")}
    for end in ("", "-wal"):
        beside[end].touch()
    typed, inside = str(beside[""]) if absolute else name, f"/tmp/{name}"  # noqa: S108 - in a container
    ((arguments, _),) = make(folder, "move", f"FROM={typed}", "REPLACE=1")
    mounts = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--volume"]
    assert mounts == [f"{folder}/{name}{end}:{inside}{end}:ro" for end in ("", "-wal")]
    assert arguments[-2:] == [inside, "--replace"]
    ((arguments, _),) = make(folder, "move", f"FROM={typed}", "REPLACE=yes")
    assert arguments[-1] == inside
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("typed", ["", "nowhere", "."])
def test_without_a_file_move_says_what_to_type(folder: Path, typed: str) -> None:
    said = subprocess.run(["make", "move", f"FROM={typed}"], cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert said.stderr.splitlines()[0] == "make move: name a file: make move FROM=outputs/database.sqlite"
