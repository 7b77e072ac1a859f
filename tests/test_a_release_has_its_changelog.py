"""The release of a tag holds the section of CHANGELOG.md that has its name, or there is no release."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

import stack
from stack import CommandError, run

RELEASE = yaml.safe_load((stack.TEMPLATE / ".github" / "workflows" / "release.yaml").read_text(encoding="utf-8"))
(SECTION,) = (step["run"] for step in RELEASE["jobs"]["release"]["steps"] if "CHANGELOG.md" in step.get("run", ""))
CHANGELOG = """# Changelog

## Unreleased

- later

## [1.10.0] - 2026-12-01

### Added

- ten

## 1.1.0

- one

## 1.0.0
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the workflow runs on Linux")


def notes(folder: Path, tag: str) -> str:
    """Return the notes that the workflow's step writes for a tag."""
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    # As GitHub runs a step.
    run("bash", "--noprofile", "--norc", "-e", "-c", SECTION, cwd=folder, env={"GITHUB_REF_NAME": tag})
    return (folder / "notes.md").read_text()


def test_a_section_is_found_by_its_version(tmp_path: Path) -> None:
    assert notes(tmp_path, "v1.1.0").split() == ["-", "one"]
    assert notes(tmp_path, "v1.10.0").split() == ["###", "Added", "-", "ten"]


@pytest.mark.parametrize("tag", ["v1.0.0", "v1.1", "v2.0.0"])
def test_a_tag_without_news_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(CommandError, match=rf"CHANGELOG\.md has no section '## {tag[1:]}'"):
        notes(tmp_path, tag)


def test_what_is_released_was_tested() -> None:
    assert RELEASE["jobs"]["release"]["needs"] == "test"
    assert RELEASE["jobs"]["test"]["uses"] == "./.github/workflows/test.yaml"
