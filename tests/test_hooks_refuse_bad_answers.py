"""Odd and hostile answers: refused with one line, or a project that compose accepts."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import stack
from stack import CommandError, run

SLUGS = {
    "path traversal": "../evil",
    "absolute path": "/etc/evil",
    "windows path": "C:\\evil",
    "space": " ",
    "inner space": "my project",
    "upper case": "MyProject",
    "underscore": "my_project",
    "leading hyphen": "-project",
    "trailing hyphen": "project-",
    "two hyphens": "my--project",
    "leading digit": "1project",
    "one letter": "p",
    "over-long": "p" * 41,
    "newline": "my\nproject",
    "trailing newline": "project\n",
    "null-like escape": "my\\0project",
    "quotes": "my\"project'",
    "shell": "$(touch evil)",
    "backticks": "`id`",
    "semicolon": "a;reboot",
    "yaml": "a: b",
    "glob": "a*",
    "non-Latin": "проект",
    "look-alike letter": "prоject",
    "emoji": "🦀project",
    "full-width": "ｐroject",
    "option": "--help",
    "reserved by Windows": "con",
    "reserved by Windows, numbered": "com1",
    "the package's own name": "persistence",
    "a service's name": "mysql",
}
# Cookiecutter itself cannot make a folder of these, so the hook is not asked.
REFUSED_BY_COOKIECUTTER = {
    "empty slug": {"project_slug": ""},
    "dot": {"project_slug": "."},
    "two dots": {"project_slug": ".."},
    "hidden traversal": {"project_slug": "a/../../evil"},
    "longer than a file name": {"project_slug": "p" * 5000},
    "unfinished template": {"description": "{{ bad"},
    "unknown variable": {"description": "{{ unknown.variable }}"},
    "unknown image": {"image": "not-an-image"},
    "unknown database": {"database": "postgres"},
}
TEXTS = {
    "single quote": "O'Brien's data",
    "double quotes": 'The "big" one',
    "unbalanced quote": '"',
    "three quotes": '"""',
    "three single quotes": "'''",
    "backslash": "C:\\data\\new",
    "trailing backslash": "data\\",
    "newline": "one\ntwo",
    "carriage return": "one\rtwo",
    "tab": "one\ttwo",
    "escape sequence": "\x1b[31mred",
    "right-to-left override": "abc\u202edef",
    "zero width": "da\u200bta",
    "line separator": "one\u2028two",
    "empty": "",
    "blank": "   ",
    "over-long": "x" * 201,
    "shell": "$(touch evil) `id` ; rm -rf /",
    "variable": "${HOME} $PATH",
    "yaml": "key: [value, {a: b}] # comment",
    "yaml document": "--- !!python/object",
    "toml": "[project]",
    "markup": "<script>alert(1)</script> & more",
    "markdown": "# **bold** [link](http://127.0.0.1)",
    "percent": "100 % %s %(x)s",
    "jinja expression": "{{ 7 * 7 }}",
    "jinja attribute": "{{ cookiecutter.__class__ }}",
    "jinja in raw": "{% raw %}{{ x }}{% endraw %}",
    "python": '"); import os; os.system("touch evil") #',
    "non-Latin": "Данные 数据 بيانات",
    "emoji": "Scooters 🛴 of the city",
    "combining": "Zoë's data",
}
PORTS = [
    "0",
    "80",
    "1023",
    "65536",
    "99999",
    "-8888",
    "+8888",
    "08888",
    "8888.0",
    "1e4",
    "",
    " 8888",
    "８８８８",
    "0x22b8",
]


Bake = Callable[..., Path]


def refused_in_one_line_or_valid(bake: Bake, folder: Path, **answers: str) -> None:
    """Bake; a refusal has to name what is wrong in one line of its own, and leave nothing behind."""
    try:
        project = bake(**answers)
    except CommandError as refusal:
        # After the hook's line, cookiecutter adds its own report of any hook that refuses.
        lines = [line for line in str(refusal).splitlines() if line.startswith(tuple(answers))]
        assert len(lines) == 1, str(refusal)
        assert list(folder.iterdir()) == []
    else:
        assert list(folder.iterdir()) == [project]
        if stack.engine_answers():
            run("docker", "compose", "config", "--quiet", cwd=project)
        metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        kept = {
            "project_name": (project / "README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix("# "),
            "description": metadata["description"],
            "author": metadata["authors"][0]["name"],
        }
        for name in kept.keys() & answers.keys():
            assert kept[name] == answers[name] or answers[name].startswith(("{{", "{%")), (
                "only a template may come out otherwise"
            )
    assert not list(folder.parent.rglob("evil"))


def every_fourth(*cases: Iterable[str]) -> list[Any]:
    """Leave three of four to `make soak`: each takes a second."""
    rows = enumerate(zip(*cases, strict=False))
    return [pytest.param(*row, marks=pytest.mark.soak if number % 4 else ()) for number, row in rows]


@pytest.mark.parametrize("slug", every_fourth(SLUGS.values()), ids=SLUGS)
def test_an_odd_project_slug_is_refused_with_one_line(bake: Bake, tmp_path: Path, slug: str) -> None:
    refused_in_one_line_or_valid(bake, tmp_path, project_slug=slug)


@pytest.mark.parametrize(("case", "name"), every_fourth(TEXTS, cycle(["project_name", "description", "author"])))
def test_an_odd_line_of_text_is_refused_or_kept_as_it_is(bake: Bake, tmp_path: Path, case: str, name: str) -> None:
    refused_in_one_line_or_valid(bake, tmp_path, **{"project_slug": "odd-text", name: TEXTS[case]})


@pytest.mark.parametrize("port", PORTS)
def test_a_port_out_of_range_is_refused_with_one_line(bake: Bake, tmp_path: Path, port: str) -> None:
    refused_in_one_line_or_valid(bake, tmp_path, jupyter_port=port)


@pytest.mark.parametrize("answers", REFUSED_BY_COOKIECUTTER.values(), ids=REFUSED_BY_COOKIECUTTER)
def test_what_cookiecutter_refuses_leaves_nothing_behind(bake: Bake, tmp_path: Path, answers: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        bake(**answers)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_name_in_another_script_becomes_a_latin_folder(bake: Bake) -> None:
    assert bake(project_name="Дорожные данные 2018").name == "dorozhnye-dannye-2018"


@st.composite
def answers(draw: DrawFn) -> dict[str, str]:
    """Any text at all for each question."""
    names = ("project_name", "project_slug", "description", "author", "jupyter_port")
    return {name: draw(st.text(max_size=80)) for name in names}


@given(answers())
def test_whatever_is_answered_each_complaint_is_one_line(answers: dict[str, str]) -> None:
    hook = stack.TEMPLATE / "hooks" / "pre_gen_project.py"
    namespace: dict[str, object] = {"__name__": "hook"}
    exec(compile(hook.read_text(encoding="utf-8"), str(hook), "exec"), namespace)
    complaints = namespace["complaints"]
    assert callable(complaints)
    for line in complaints(answers):
        assert len(line.splitlines()) == 1
        assert line.startswith(tuple(answers))
