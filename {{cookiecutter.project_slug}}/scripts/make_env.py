"""Write .env, the control panel, from .env.example: this machine's UID and GID, and random credentials.

`make env` runs it in a fresh clone, the template's hook after generation. An existing .env is never touched.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import string
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# Letters and digits alone: the database's entrypoint puts values raw into SQL, and compose expands a `$`.
# 32 of 62 characters are 190 bits.
ALPHABET = string.ascii_letters + string.digits
CREDENTIALS = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")
MOUNTED = ("notebooks", "data", "outputs", "src")
# The stack images' own user, jovyan: for a host without UIDs (Windows), and for root.
IMAGE_USER = (1000, 100)


def random_credential() -> str:
    """Return 32 random letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(32))


def notebook_user() -> tuple[int, int]:
    """Return the UID and GID that the notebook gets: the person's behind this process, never root's."""
    if not hasattr(os, "getuid"):
        return IMAGE_USER
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    if int(os.environ.get("SUDO_UID", "0")) > 0:
        return int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
    return IMAGE_USER


def parse(text: str) -> dict[str, str]:
    """Return the variables of a .env file, as they stand there."""
    pairs = (line.split("=", 1) for line in text.split("\n") if "=" in line and not line.startswith("#"))
    return {name.strip().removeprefix("export ").strip(): value.strip() for name, value in pairs}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return the text of a .env file in which variables have these values; one that it lacks comes last."""
    for name, value in values.items():
        line = f"{name}={value}"
        text, found = re.subn(rf"(?m)^[ \t]*(?:export[ \t]+)?{name}[ \t]*=.*$", line.replace("\\", r"\\"), text)
        text = text if found else f"{text.rstrip()}\n{line}\n"
    return text


def fill(example: str, project: Path) -> str:
    """Return .env's text: .env.example with the name of this clone and what is empty there."""
    given, (uid, gid) = parse(example), notebook_user()
    # No two clones share containers or data; a folder whose .env was lost has the name of its volumes again.
    name = f"{given['COMPOSE_PROJECT_NAME']}-{hashlib.sha256(str(project).encode()).hexdigest()[:6]}"
    values = {"COMPOSE_PROJECT_NAME": name, "NB_UID": str(uid), "NB_GID": str(gid)}
    values.update({name: random_credential() for name in CREDENTIALS})
    if given["DATABASE"] == "mysql" and "mysql" not in given["COMPOSE_PROFILES"].split(","):
        values["MYSQL_PASSWORD"] = ""  # a server of somebody else's has one of its own
    return with_values(example, values)


def write_env(project: Path) -> list[str]:
    """Write .env (mode 0600) unless there is one, a ValueError holding the lines that it lacks; say what was done."""
    text = fill((project / ".env.example").read_text(encoding="utf-8"), project)
    env = project / ".env"
    if env.exists():
        present = parse(env.read_text(encoding="utf-8"))
        # The server and its volume may hold a credential already: a new one here would lock people out.
        values = {**parse(text), **dict.fromkeys(CREDENTIALS, "")}
        lines = [f"{name}={value}" for name, value in values.items() if name not in present]
        known = "" if present.keys() >= set(CREDENTIALS) else ", each credential with the value that the database has"
        if lines:
            advice = f".env exists and is never changed, but it lacks variables. Add these lines{known}:"
            raise ValueError("\n".join([advice, *lines]))
        return [".env exists and stays as it is."]
    env.touch(0o600, exist_ok=False)  # whatever appeared meanwhile is not overwritten; 0600 from the first byte on
    with env.open("w", newline="\n", encoding="utf-8") as file:
        file.write(text)
    uid, gid = notebook_user()
    said = [f"Wrote .env: the notebook runs as {uid}:{gid}, the credentials are random."]
    if hasattr(os, "getuid") and os.getuid() == 0:  # root's own folders would be read-only to the notebook
        for path in [path for name in MOUNTED for path in (project / name, *(project / name).rglob("*"))]:
            os.chown(path, uid, gid, follow_symlinks=False)
        if (uid, gid) != IMAGE_USER:  # somebody behind sudo, who starts the project without it
            os.chown(env, uid, gid)
        said.append(f"You are root, the notebook is not: {', '.join(MOUNTED)} now belong to {uid}:{gid}.")
    if not parse(text)["MYSQL_PASSWORD"]:
        said.append("The database is elsewhere: write its MYSQL_HOST, MYSQL_USER and MYSQL_PASSWORD into .env.")
    return said


if __name__ == "__main__":
    try:
        print("\n".join(write_env(PROJECT)))
    except (OSError, ValueError) as error:
        sys.exit(f"make env: {error}")
