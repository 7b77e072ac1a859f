"""The update bot, with its own expressions on the files it reads, finds every image once, can order its tags and,
in a generated project, writes digests.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import stack

Config = dict[str, Any]
IMAGES = stack.images_of_choices()
MYSQL = stack.published_images()["MYSQL_IMAGE"]
NEWER = {"**/jupyter/*": "2027-01-04", "**/anaconda3": "2026.12-2", "**/mysql": "9.7.6"}
NEVER = {"**/jupyter/*": "python-3.14", "**/anaconda3": "latest", "**/mysql": "9.8"}


def config(folder: Path) -> Config:
    found: Config = json.loads((folder / ".github" / "renovate.json").read_text(encoding="utf-8"))
    return found


CONFIGS = {"template": config(stack.TEMPLATE), "generated project": config(stack.PROJECT_FOLDER)}


def expression(text: str) -> re.Pattern[str]:
    """Return an expression of the bot's (JavaScript's syntax) as Python writes it."""
    return re.compile(text.replace("(?<", "(?P<"))


def files_of(manager: Config, folder: Path) -> list[Path]:
    """Return the files below a folder that a manager's patterns, expressions between slashes, name."""
    patterns = [expression(pattern.removeprefix("/").removesuffix("/")) for pattern in manager["managerFilePatterns"]]
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [folder / name for name in names if any(pattern.search(name) for pattern in patterns)]


def found_in(folder: Path) -> Counter[str]:
    """Return how often the folder's bot finds each `image:tag`."""
    seen: Counter[str] = Counter()
    for manager in config(folder)["customManagers"]:
        assert manager["datasourceTemplate"] == "docker"
        for path in files_of(manager, folder):
            for text in manager["matchStrings"]:
                matches = expression(text).finditer(path.read_text(encoding="utf-8"))
                seen.update(f"{match['depName']}:{match['currentValue']}" for match in matches)
    return seen


def rules_of(image: str) -> list[Config]:
    """Return the rules whose pattern, `**/` and a name in which `*` stands for no slash, is that of an image."""
    globs = {rule["matchPackageNames"][0]: rule for rule in CONFIGS["template"]["packageRules"]}
    names = {f"(.*/)?{glob.removeprefix('**/').replace('*', '[^/]*')}": rule for glob, rule in globs.items()}
    return [rule for name, rule in names.items() if re.fullmatch(name, image.partition(":")[0])]


def test_every_row_of_the_table_and_the_database_are_found_once(template: Path) -> None:
    assert found_in(template) == Counter([*IMAGES.values(), MYSQL])


@pytest.mark.parametrize("choice", ["minimal-notebook", "slim"])
def test_a_generated_project_finds_every_choice_and_what_is_chosen(tmp_path: Path, template: Path, choice: str) -> None:
    project = stack.bake(template, tmp_path, image=choice)
    assert found_in(project) == Counter([*IMAGES.values(), IMAGES[choice], MYSQL])


def written(manager: Config, match: re.Match[str], digest: str) -> str:
    """Return what the bot writes in place of a match to give it a digest."""
    text = re.sub(r"\{\{#if newDigest\}\}(.*?)\{\{/if\}\}", r"\1", manager["autoReplaceStringTemplate"])
    values = {**match.groupdict(), "newValue": match["currentValue"], "newDigest": digest}
    return re.sub(r"\{\{(\w+)\}\}", lambda name: str(values[name[1]]), text)


def test_a_generated_projects_images_get_digests_and_are_found_again(tmp_path: Path, template: Path) -> None:
    project = stack.bake(template, tmp_path)
    example = project / ".env.example"
    found, rules = found_in(project), config(project)
    (manager,) = (manager for manager in rules["customManagers"] if "autoReplaceStringTemplate" in manager)
    chosen = {"BASE_IMAGE": IMAGES["minimal-notebook"], "MYSQL_IMAGE": MYSQL}
    for digest in ("sha256:" + "1" * 64, "sha256:" + "2" * 64):
        (form,), text = manager["matchStrings"], example.read_text(encoding="utf-8")
        matches = list(expression(form).finditer(text))
        assert {match["depType"] for match in matches} == set(rules["packageRules"][-1]["matchDepTypes"]) == set(chosen)
        for match in matches:
            text = text.replace(match[0], written(manager, match, digest))
        example.write_text(text, encoding="utf-8")
        pairs = [line.split("=") for line in text.splitlines() if "_IMAGE=" in line and not line.startswith("#")]
        assert dict(pairs) == {name: f"{image}@{digest}" for name, image in chosen.items()}
        assert found_in(project) == found


def test_both_follow_the_same_rules_and_update_workflows_too() -> None:
    one, two = CONFIGS.values()
    assert one["packageRules"] == two["packageRules"][:-1]
    assert two["packageRules"][-1]["pinDigests"] is True
    assert one["enabledManagers"] == two["enabledManagers"] == ["custom.regex", "github-actions"]


@pytest.mark.parametrize("rule", CONFIGS["template"]["packageRules"], ids=lambda rule: rule["matchPackageNames"][0])
def test_a_rule_takes_the_tags_that_are_there_and_no_others(rule: Config) -> None:
    allowed = rule.get("versioning", "").removeprefix("regex:") or rule["allowedVersions"].strip("/")
    (glob,) = rule["matchPackageNames"]
    tags = [image.partition(":")[2] for image in (*IMAGES.values(), MYSQL) if rule in rules_of(image)]
    assert tags
    assert [tag for tag in (*tags, NEWER[glob]) if not expression(allowed).search(tag)] == []
    assert not expression(allowed).search(NEVER[glob])


def test_images_without_a_rule_have_versions_that_need_none() -> None:
    plain = [image for image in (*IMAGES.values(), MYSQL) if not rules_of(image)]
    assert [image for image in plain if not re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+(-[a-z-]+)?", image)] == []
