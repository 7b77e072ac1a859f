"""Which versions the next lock holds: what is locked, or what runs, as far as it can be; and what is said about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

import stack
from dependencies import FILES, LAB_LOCK, LOCK, METADATA, changes, compare, compile_commands, locked, preferences

HASH = f" \\\n    --hash=sha256:{'a' * 64}\n"
LOCK_TEXT = (
    f"numpy==2.4.6 ; python_full_version < '3.12'{HASH}numpy==2.5.5 ; python_full_version >= '3.12'{HASH}"
    f"pandas==3.1.1{HASH}"
)
# numbers 2.5 is for newer Pythons alone, so that a lock has two entries.
INDEX = {
    **{("numbers", version): ">=3.8" for version in ("2.3.0", "2.3.1", "2.4.6")},
    **{("numbers", version): ">=3.12" for version in ("2.5.4", "2.5.5")},
    **{(name, version): ">=3.8" for name in ("frames", "pages") for version in ("1.0", "1.1", "1.2")},
}
PROJECT = """
[project]
name = "own"
version = "1"
requires-python = ">=3.11"
dependencies = [{}]

[dependency-groups]
lab = ["pages"]
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with packages."""
    folder = tmp_path_factory.mktemp("index")
    for (name, version), python in INDEX.items():
        with ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            info = f"{name}-{version}.dist-info"
            said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {python}\n"
            wheel.writestr(f"{info}/METADATA", said)
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    return folder


def next_locks(
    folder: Path, index: Path, needs: str, versions: dict[str, str], project: str, lab: str
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what uv locks, given these locks and what runs."""
    files = {METADATA: PROJECT.format(needs), LOCK: project, LAB_LOCK: lab}
    for name, text in preferences(files, versions).items():
        (folder / name).write_text(text)
    for _, *arguments in compile_commands("--no-index", "--find-links", str(index)):
        stack.run(Path(sys.executable).parent / "uv", *arguments, cwd=folder)
    made = {name: (folder / name).read_text() for name in FILES}
    return locked(made[LOCK]), locked(made[LAB_LOCK])


def test_what_is_locked_stays(tmp_path: Path, index: Path) -> None:
    project, lab = next_locks(tmp_path, index, '"frames", "numbers"', {}, "frames==1.1\n", "pages==1.1\n")
    assert project == {"frames": ["1.1"], "numbers": ["2.4.6", "2.5.5"]}
    assert lab["pages"] == ["1.1"]


def test_what_lab_has_keeps_its_version_when_the_project_needs_it(tmp_path: Path, index: Path) -> None:
    project, lab = next_locks(tmp_path, index, '"frames", "pages"', {}, "frames==1.1\n", "pages==1.1\n")
    assert (project["pages"], lab["pages"]) == (["1.1"], ["1.1"])


@pytest.mark.parametrize(
    ("runs", "entries"), [("2.5.4", ["2.4.6", "2.5.4"]), ("2.3.1", ["2.3.1"]), ("2.9.9", ["2.4.6", "2.5.5"])]
)
def test_what_runs_gives_way_only_where_it_cannot_be(
    tmp_path: Path, index: Path, runs: str, entries: list[str]
) -> None:
    two = "numbers==2.4.6 ; python_full_version < '3.12'\nnumbers==2.5.5 ; python_full_version >= '3.12'\n"
    needs, versions = '"frames", "numbers"', {"numbers": runs}
    project, _ = next_locks(tmp_path, index, needs, versions, f"frames==1.1\n{two}", "pages==1.0\n")
    assert project == {"frames": ["1.1"], "numbers": entries}


def test_what_runs_and_was_in_no_lock_is_locked_so(tmp_path: Path, index: Path) -> None:
    versions = {"pages": "1.0", "numbers": "2.3.0"}
    project, lab = next_locks(tmp_path, index, '"frames", "numbers"', versions, "frames==1.1\n", "pages==1.1\n")
    assert project == {"frames": ["1.1"], "numbers": ["2.3.0"]}
    assert lab["pages"] == ["1.0"]


# An engine in whose notebook somebody installed this, and whose `tools` is this machine.
DOCKER = """#!{python}
import subprocess, sys
if "ps" in sys.argv:
    print("jupyter")
elif "exec" in sys.argv:
    print({probe!r})
elif "run" in sys.argv:
    sys.exit(subprocess.call([{python!r}, *sys.argv[sys.argv.index("python") + 1 :]]))
"""


def keep(project: Path, index: Path, now: str, built: str, asked: str) -> list[str]:
    """Run `make keep` in a project of which this was installed by hand; return what it says."""
    tools = project.parent / "tools"
    tools.mkdir(exist_ok=True)
    folders = "\n".join(f"/opt/project/lib/site-packages/{name}-1.dist-info/REQUESTED" for name in asked.split())
    probe = "\n--\n".join(("\n".join(now.split()), "\n".join(built.split()), folders))
    (tools / "docker").write_text(DOCKER.format(python=sys.executable, probe=probe))
    (tools / "docker").chmod(0o755)
    path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    asking = {"PATH": path, "UV_OFFLINE": "1", "UV_FIND_LINKS": str(index)}
    return stack.run("python3", "scripts/dependencies.py", "keep", cwd=project, env=asking).splitlines()


@pytest.fixture
def small(bake: Callable[..., Path]) -> Path:
    """Return a project that needs frames alone, and JupyterLab's part pages."""
    project = bake()
    (project / METADATA).write_text(PROJECT.format('"frames"'))
    (project / LOCK).write_text(f"frames==1.1{HASH}")
    (project / LAB_LOCK).write_text(f"frames==1.1{HASH}pages==1.1{HASH}")
    return project


def test_what_was_asked_for_and_what_nothing_else_needs_is_declared(small: Path, index: Path) -> None:
    """As after `pip install numbers frames==1.0 'something[pages]'`: of an optional part nobody asked by its name."""
    said = keep(small, index, "frames==1.0 numbers==2.3.0 pages==1.2", "frames==1.1", "numbers")
    assert {"frames 1.1 -> 1.0", "+ numbers 2.3.0", "+ pages 1.2"} <= set(said)
    assert not [line for line in said if "not kept" in line]
    declared = (small / METADATA).read_text()
    assert '"numbers",' in declared
    assert '"pages",' in declared
    assert locked((small / LOCK).read_text()) == {"frames": ["1.0"], "numbers": ["2.3.0"], "pages": ["1.2"]}


def test_what_cannot_be_kept_is_named_and_stops_nothing(small: Path, index: Path) -> None:
    said = keep(small, index, "frames==9.9 ghost==1.0 numbers==2.3.0", "frames==1.1", "ghost numbers")
    (ghost,) = (line for line in said if line.startswith("ghost 1.0 is not kept: "))
    assert "ghost was not found" in ghost
    (frames,) = (line for line in said if line.startswith("frames 9.9 is not kept: "))
    assert "make add PKG=frames==9.9" in frames
    assert "+ numbers 2.3.0" in said
    assert "ghost" not in (small / METADATA).read_text()
    assert locked((small / LOCK).read_text())["numbers"] == ["2.3.0"]


def test_nothing_to_keep_changes_nothing(small: Path, index: Path) -> None:
    before = [(small / name).read_bytes() for name in FILES]
    said = keep(small, index, "frames==1.1", "frames==1.1", "frames")
    assert "Nothing to keep: no package of an index was installed by hand." in said
    assert [(small / name).read_bytes() for name in FILES] == before


def test_each_package_that_changed_gets_a_line() -> None:
    new = f"numpy==2.5.5{HASH}polars==1.36.1{HASH}"
    assert changes(locked(LOCK_TEXT), locked(new)) == [
        "numpy 2.4.6, 2.5.5 -> 2.5.5",
        "- pandas 3.1.1",
        "+ polars 1.36.1",
    ]


def test_what_was_changed_by_hand_is_told_from_what_was_built() -> None:
    now = "dask==2026.1.0\nhumanize==4.14.0\npandas==3.0.0\nown @ file:///tmp/own\n-e file:///tmp/mine\ntqdm==4.67.3"
    built = "bleach==6.4.0\nown==1\npandas==3.1.1\ntqdm==4.67.3"
    folder = "/opt/project/lib/python3.13/site-packages"
    asked = "\n".join(f"{folder}/{name}.dist-info/REQUESTED" for name in ("Humanize-4.14.0", "tqdm-4.67.3", "own-1"))
    versions, new, requested, said = compare(f"{now}\n--\n{built}\n--\n{asked}")
    assert versions == {"dask": "2026.1.0", "humanize": "4.14.0", "pandas": "3.0.0"}
    assert (new, requested) == ({"dask", "humanize"}, {"humanize"})
    assert [line.partition(" is not kept")[0] for line in said[:2]] == ["own @ file:///tmp/own", "-e file:///tmp/mine"]
    assert said[2].startswith("bleach was uninstalled by hand and stays")
    assert len(said) == 3
