"""The text of a lock, pip's requirements with hashes: what it holds, and what changed."""

from __future__ import annotations

import re
from collections.abc import Container

# A package: its line, with a marker where it has one, and the lines of its hashes.
ENTRY = re.compile(
    r"^(?P<name>[^\s=;@]+)==(?P<version>[^\s;]+)(?P<marker>[^\\\n]*)(?P<hashes>.*\n(?:[ \t]+.*\n)*)", re.MULTILINE
)


def locked(*locks: str) -> dict[str, list[str]]:
    """Return the versions of each package in these locks: more than one where that depends on Python or the system."""
    found: dict[str, set[str]] = {}
    for lock in locks:
        for entry in ENTRY.finditer(lock):
            found.setdefault(entry["name"], set()).add(entry["version"])
    return {name: sorted(versions) for name, versions in sorted(found.items())}


def changes(old: dict[str, list[str]], new: dict[str, list[str]]) -> list[str]:
    """Return a line for each package that came, went or has another version."""
    lines = []
    for name in sorted(old.keys() | new.keys()):
        before, after = ", ".join(old.get(name, [])), ", ".join(new.get(name, []))
        if not before or not after:
            lines.append(f"{'-' if before else '+'} {name} {before or after}")
        elif before != after:
            lines.append(f"{name} {before} -> {after}")
    return lines


def without(lock: str, names: Container[str]) -> str:
    """Return the lock without the entries of these packages."""
    return "".join(entry[0] for entry in ENTRY.finditer(lock) if entry["name"] not in names)


def strangers(lock: str) -> list[str]:
    """Return the lines that are no package with a version: an address, a folder."""
    return ENTRY.sub("", lock).split("\n")[:-1]
