"""Change what the project depends on: `make add PKG=...`, `make keep` and `make lock`.

uv works in the image's stage `tools`, on copies: pyproject.toml and the locks go in and come back through pipes, so
that it needs no right on this folder. They are replaced together, once all has succeeded; else nothing changes.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Container, Mapping, Sequence
from pathlib import Path

from project import Project, RefusedError, command, draft

Files = dict[str, str]
METADATA, LOCK, LAB_LOCK = FILES = ("pyproject.toml", "requirements.lock", "lab.lock")
USAGE = """add packages by name: make add PKG="polars", or PKG="polars>=1 'dask[dataframe]'" (own code is in src/)"""
# A package by name, no file; uv judges its version and marker.
REQUIREMENT = re.compile(r"(?!.*\.(whl|zip|tar\.gz)$)[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?\s*([<>=!~;].*)?")
# A package: its line, with a marker where it has one, and the lines of its hashes.
ENTRY = re.compile(r"(?m)^(?P<name>[^\s=;@]+)==(?P<version>[^\s;]+)(?P<marker>[^\\\n]*)(?P<hashes>.*\n([ \t]+.*\n)*)")
COMPILE = shlex.split("uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate")
# Runs in the stage `tools`, whose user has no home.
IN_TOOLS = """
import json, os, pathlib, subprocess, sys, tempfile
folder, (files, commands) = tempfile.mkdtemp(), json.load(sys.stdin)
os.chdir(folder)
os.environ.update(HOME=folder, UV_CACHE_DIR=f"{folder}/cache", UV_PYTHON_DOWNLOADS="never")
for name, text in files.items():
    pathlib.Path(name).write_bytes(text.encode())
if any(subprocess.call(command, stdout=sys.stderr) for command in commands):
    sys.exit(1)
json.dump({name: pathlib.Path(name).read_bytes().decode() for name in files}, sys.stdout)
"""
# What the notebook's environment holds; what it held when it was built; what somebody asked for by name.
PROBE = """
[ -f /opt/project/as-built.txt ] || { echo "its image is older: note what 'pip list' shows, 'make up'" >&2; exit 1; }
uv pip freeze --quiet --no-cache --python /opt/project/bin/python && echo -- &&
cat /opt/project/as-built.txt && echo -- && find /opt/project/lib/ -path '*.dist-info/REQUESTED'
"""
ANEW = "The notebook starts anew: running kernels end, and what is not in the mounted folders or the database is lost."
NEXT = {"add": ANEW, "keep": ANEW, "lock": "'make up' installs it."}


def locked(*locks: str) -> dict[str, list[str]]:
    """Return the versions of each package in these locks: more than one where that depends on Python or the system."""
    found: dict[str, set[str]] = {}
    for entry in ENTRY.finditer("\n".join(locks)):
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


def wanted(text: str) -> list[str]:
    """Return the requirements that somebody asks for, from words as a shell writes them."""
    try:
        found = shlex.split(text)
    except ValueError:
        raise RefusedError(f"a quote is missing in {text!r}: {USAGE}") from None
    for requirement in found:
        if not REQUIREMENT.fullmatch(requirement):
            raise RefusedError(f"{requirement!r} has no hash in a package index, so it cannot be locked: {USAGE}")
    if not found:
        raise RefusedError(USAGE)
    return found


def read(folder: Path) -> Files:
    """Return pyproject.toml and the locks by name, their line ends as they are; refuse what cannot be replaced."""
    files = {}
    for name in FILES:
        path = (folder / name).resolve()
        try:
            files[name] = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedError(f"{name} cannot be read; where git has it, git restore {name} ({error})") from None
        for written in (path, path.parent):
            if not os.access(written, os.W_OK):
                raise RefusedError(f"you may not write {written}: 'ls -ld {shlex.quote(str(written))}' shows who may")
    return files


def write(folder: Path, old: Files, new: Files) -> None:
    """Replace the files that differ, all or none, with their modes and owners."""
    if read(folder) != old:
        raise RefusedError("pyproject.toml or a lock was changed meanwhile, so nothing was written: run it again")
    paths = {name: (folder / name).resolve() for name in FILES if new[name] != old[name]}
    drafts = {path: path.with_name(f".{name}.new") for name, path in paths.items()}
    try:
        for name, path in paths.items():
            draft(drafts[path], new[name], like=path)
        for path, made in drafts.items():
            made.replace(path)
    except BaseException:  # a key that stops it, too
        for name, path in paths.items():
            drafts[path].unlink(missing_ok=True)
            if path.read_bytes().decode() != old[name]:
                draft(drafts[path], old[name], like=path).replace(path)
        raise


def compile_commands(*options: str) -> list[list[str]]:
    """Return uv's commands that write both locks from pyproject.toml in the current folder."""
    return [
        [*COMPILE, *options, "--output-file", LOCK, METADATA],
        [*COMPILE, *options, "--constraints", LOCK, "--group", f"{METADATA}:lab", "--output-file", LAB_LOCK],
    ]


def preferences(files: Files, versions: Mapping[str, str]) -> Files:
    """Return the files with locks that hold what uv shall prefer: these versions, and else what is locked."""
    pins = "".join(f"{name}=={version}\n" for name, version in versions.items())
    project, lab = (without(files[name], versions) + pins for name in (LOCK, LAB_LOCK))
    # What only JupyterLab needed so far keeps its version when the project needs it too.
    return {**files, LOCK: project + without(lab, locked(project)), LAB_LOCK: lab}


def resolve(project: Project, files: Files, add: Sequence[str], prefer: Mapping[str, str], *options: str) -> Files:
    """Return what uv, in a container, makes of the files when these requirements join; refuse with its words."""
    # --frozen: uv writes pyproject.toml and does no more than that.
    edit = [["uv", "add", "--quiet", "--frozen", *add]] if add else []
    asked = json.dumps([preferences(files, prefer), edit + compile_commands(*options)])
    project.run("compose", "build", "--quiet", "tools")  # its steps are shared with the notebook's image
    try:
        said = project.run("compose", "run", "--rm", "-T", "--no-deps", "tools", "python", "-c", IN_TOOLS, stdin=asked)
    except RefusedError as refusal:
        raise RefusedError(f"uv could not do it, and nothing was changed. It says:\n{refusal}") from None
    made: Files = json.loads(said)
    for line in strangers(made[LOCK]) + strangers(made[LAB_LOCK]):
        raise RefusedError(f"no lock can hold {line!r} of {METADATA}, nor its hash, so nothing was changed")
    return made


def compare(answer: str) -> tuple[dict[str, str], set[str], set[str], list[str]]:
    """Return the versions that somebody installed by hand, which names are new, which asked for; what cannot stay."""
    now, built, requested = f"{answer}\n".split("--\n")
    have, had = locked(now), locked(built)
    versions = {name: found[0] for name, found in have.items() if had.get(name) != found}
    new = versions.keys() - had.keys()
    folders = {Path(path).parent.name.split("-")[0] for path in requested.splitlines()}
    asked = {re.sub(r"[-_.]+", "-", folder).lower() for folder in folders}  # as locks write a name
    other = [line for line in strangers(now) if line not in strangers(built)]
    gone = sorted(had.keys() - have.keys() - {line.split(" @ ")[0] for line in other})
    said = [f"{line} is not kept: no lock can hold it; put its code in src/, or install it again" for line in other]
    said += [f"{name} was uninstalled by hand and stays: 'make lock up' without it in {METADATA}" for name in gone]
    return versions, new, new & asked, said


def keep(project: Project, files: Files) -> tuple[Files, list[str]]:
    """Return the files that hold what was installed by hand, in the versions that run; and what cannot be kept.

    uv takes versions as preferences, so that one that is impossible stops nothing: the result tells which these are.
    """
    if "jupyter" not in project.run("compose", "ps", "--services", "--status", "running").split():
        raise RefusedError("the notebook does not run: start it with 'make up' (its container has what was installed)")
    versions, new, asked, said = compare(project.run("compose", "exec", "-T", "jupyter", "sh", "-c", PROBE))
    if not versions:
        return files, [*said, "Nothing to keep: no package of an index was installed by hand."]
    refused: dict[str, str] = {}
    files = resolve(project, files, [], versions)
    # First what was asked for; then what nothing that is locked needs: an optional part of a package, or left by one.
    for names in (asked, new):
        absent = sorted(names - locked(files[LOCK]).keys() - refused.keys())
        for some in (absent, *([name] for name in absent)):  # all at once, else one by one
            if " ".join(some) in refused or locked(files[LOCK]).keys() >= set(some):
                continue
            try:
                files = resolve(project, files, some, versions)
            except RefusedError as refusal:  # uv breaks its reason into lines; a hint may stand behind it
                refused[" ".join(some)] = " ".join(str(refusal).partition("hint:")[0].rpartition("cause:")[2].split())
    have = locked(files[LOCK], files[LAB_LOCK])
    for name, version in versions.items():
        if version not in have.get(name, []):
            kept = ", ".join(have.get(name, ["no version"]))
            why = refused.get(name, f"{kept} is what {METADATA} and the index call for")
            said.append(f"{name} {version} is not kept: {why}; to insist: make add PKG={name}=={version}")
    return files, said


def change(project: Project, target: str) -> list[str]:
    """Do what is asked and return lines that say what changed and what comes next."""
    requirements = wanted(os.environ.get("PKG", "")) if target == "add" else []
    old = read(project.folder)
    print("Asking uv, in the image's stage 'tools' ...", flush=True)
    if target == "keep":
        new, said = keep(project, old)
    else:
        new, said = resolve(project, old, requirements, {}, *(["--upgrade"] if target == "lock" else [])), []
    write(project.folder, old, new)
    for name in (LOCK, LAB_LOCK):
        said += [line for line in changes(locked(old[name]), locked(new[name])) if line not in said]
    names = [name for name in FILES if new[name] != old[name]]
    if not names:
        return [*said, f"Nothing to change: {METADATA} and the locks are as they should be."]
    return [*said, f"Wrote {', '.join(names)}; 'git diff {' '.join(names)}' shows how.", NEXT[target]]


if __name__ == "__main__":
    if sys.argv[1:] not in [[target] for target in NEXT]:
        sys.exit(f"usage: dependencies.py {'|'.join(NEXT)}")
    command(sys.argv[1], lambda: print("\n".join(change(Project(), sys.argv[1]))))
