"""Refuse answers that cannot become a project, with one clear line each. Standard library only."""

from __future__ import annotations

import json
import re
import sys
import unicodedata

# Rendered by cookiecutter; `tojson` leaves no character in it that could end the string.
ANSWERS = r"""{{ cookiecutter | tojson }}"""

# Compose takes [a-z0-9][a-z0-9_-]*; Python's packaging wants a letter or digit at the end; a DNS label has 63
# characters, and compose adds `-jupyter-1` or a clone's `-1a2b3c` to the name.
SLUG = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
# Device names that Windows does not allow for a folder, and names that the tools themselves use.
RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    "test",
    "tests",
    "default",
    "docker",
    "persistence",
    "jupyter",
    "mysql",
}
RESERVED |= {f"{device}{number}" for device in ("com", "lpt") for number in range(10)}
LONGEST_LINE = 200


def bad_slug(slug: str) -> str | None:
    """Return why this is no folder, container and package name, or None."""
    if not SLUG.fullmatch(slug) or "--" in slug:
        return (
            f"project_slug {slug!r}: use 2 to 40 lower-case letters (a to z), digits and single hyphens, "
            "beginning with a letter and not ending with a hyphen"
        )
    if slug in RESERVED:
        return f"project_slug {slug!r} is a reserved name: choose another"
    return None


def bad_text(name: str, text: str) -> str | None:
    """Return why this is no line of text that a README and a TOML file can hold, or None."""
    if not text.strip():
        return f"{name} is empty: write one line"
    if len(text) > LONGEST_LINE:
        return f"{name} has {len(text)} characters: use at most {LONGEST_LINE}"
    # Cc: newlines and control characters; Cf: marks that reverse or hide text; Cs: halves of characters.
    odd = next((char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}), None)
    if odd is not None:
        return f"{name} holds the character U+{ord(odd):04X}: use one line of visible characters"
    # An update (cruft) hands the answers over as templates.
    if any(mark in text for mark in ("{" + "{", "{" + "%", "{" + "#")):
        return f"{name} holds template code: write plain text"
    return None


def bad_port(port: str) -> str | None:
    """Return why JupyterLab cannot be published there, or None."""
    if not re.fullmatch(r"[1-9][0-9]{3,4}", port) or not 1024 <= int(port) <= 65535:
        return f"jupyter_port {port!r}: use a whole number from 1024 to 65535"
    return None


def complaints(answers: dict[str, str]) -> list[str]:
    """Return a line for each answer that cannot be used."""
    found = [bad_text(name, answers[name]) for name in ("project_name", "description", "author")]
    found += [bad_slug(answers["project_slug"]), bad_port(answers["jupyter_port"])]
    return [line for line in found if line]


if __name__ == "__main__":
    lines = complaints(json.loads(ANSWERS))
    if lines:
        sys.exit("\n".join(lines))
