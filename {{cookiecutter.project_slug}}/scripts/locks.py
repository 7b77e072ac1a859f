"""The text of a lock, pip's requirements with hashes: what it holds, what changed, what the next one shall prefer."""

from __future__ import annotations

import re
from collections.abc import Container

# A package: its line, with a marker where it has one, and the lines of its hashes.
ENTRY = re.compile(
    r"^(?P<name>[^\s=;@]+)==(?P<version>[^\s;]+)(?P<marker>[^\\\n]*)(?P<hashes>.*\n(?:[ \t]+.*\n)*)", re.MULTILINE
)


def normalized(name: str) -> str:
    """Return a package's name as locks write it (Python packaging's name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
        if not before:
            lines.append(f"+ {name} {after}")
        elif not after:
            lines.append(f"- {name} {before}")
        elif before != after:
            lines.append(f"{name} {before} -> {after}")
    return lines


def pinned(lock: str, versions: dict[str, str], before: dict[str, str]) -> str:
    """Return a lock as preferences for the next one: these versions, and for every other package what it holds.

    Where a package has entries for several Pythons or systems, only the one that the image had installed gives way.
    """
    known = locked(lock)
    left = dict(versions)

    def kept_or_pinned(entry: re.Match[str]) -> str:
        name = entry["name"]
        if name not in versions:
            return entry[0]
        if before.get(name) not in known[name]:  # the lock is newer than the image: any of its entries may be meant
            return ""
        if before[name] != entry["version"]:
            return entry[0]
        left.pop(name, None)
        return f"{name}=={versions[name]}{entry['marker'].rstrip()}\n"

    text = ENTRY.sub(kept_or_pinned, lock)
    return text + "".join(f"{name}=={version}\n" for name, version in left.items())


def without(lock: str, names: Container[str]) -> str:
    """Return the lock without the entries of these packages."""
    return "".join(entry[0] for entry in ENTRY.finditer(lock) if entry["name"] not in names)


def only(lock: str, name: str) -> str:
    """Return the entries of one package of the lock, with their hashes."""
    return "".join(entry[0] for entry in ENTRY.finditer(lock) if entry["name"] == name)


def strangers(lock: str) -> list[str]:
    """Return the lines that are no package with a version: an address, a folder."""
    return ENTRY.sub("", lock).split("\n")[:-1]
