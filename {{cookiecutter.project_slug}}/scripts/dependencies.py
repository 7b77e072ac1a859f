"""Change what the project depends on: `make add PKG=...`, `make keep` and `make lock`.

uv works in the image's stage `tools`, on copies: pyproject.toml and the locks go in and come back through pipes, so
that it needs no right on this folder. They are replaced together, once all has succeeded; else nothing changes.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from locks import changes, locked, normalized, pinned, strangers, without

PROJECT = Path(__file__).resolve().parents[1]
METADATA, LOCK, LAB_LOCK = FILES = ("pyproject.toml", "requirements.lock", "lab.lock")
USAGE = 'name what to add: make add PKG="polars", or several: make add PKG="polars>=1 \'dask[dataframe]\'"'
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate"),
)
# A package by name; uv judges its version and marker. And what comes from an address, a file or a folder.
REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?\s*([<>=!~;].*)?")
ELSEWHERE = re.compile(r"[/\\]|^\.|^-e|\s@|\.(whl|zip|tar\.gz)$")
# What the notebook's environment holds; what it held when it was built; what somebody asked for by name.
PROBE = """
set -e
if [ ! -f /opt/project/as-built.txt ]; then
    echo "its image is older than 'make keep': note what 'pip list' shows, then 'make up' builds a new one" >&2
    exit 1
fi
uv pip freeze --quiet --no-cache --python /opt/project/bin/python
echo --
cat /opt/project/as-built.txt
echo --
find /opt/project/lib/ -path '*.dist-info/REQUESTED'
"""
LAST_LINES = 12
ANEW = (
    "The notebook is built and started anew: running kernels end, and what is only in their memory, or in the "
    "container outside of the mounted folders, is lost."
)
NEXT = {"add": ANEW, "keep": ANEW, "lock": "'make up' installs it."}


class RefusedError(Exception):
    """What was asked for cannot be done; nothing was changed. The message says why, and what to do."""


@dataclass(frozen=True)
class Installed:
    """What somebody changed by hand in the running notebook.

    Attributes:
        versions: name and version of each package that was installed, upgraded or downgraded.
        before: name and version of those among them that the image brought in another version.
        requested: the names among them that somebody asked for, rather than another package.
        elsewhere: what comes from git, a file or a folder, as `uv pip freeze` writes it.
        removed: the names of packages that were uninstalled.
    """

    versions: dict[str, str]
    before: dict[str, str]
    requested: set[str]
    elsewhere: list[str]
    removed: list[str]


def wanted(text: str) -> list[str]:
    """Return the requirements that somebody asks for, from words as a shell writes them.

    Raises:
        RefusedError: there is none, one is no requirement, or one cannot be locked by its hash.
    """
    try:
        found = shlex.split(text)
    except ValueError:
        raise RefusedError(f"a quote is missing in {text!r}: {USAGE}") from None
    if not found:
        raise RefusedError(USAGE)
    for requirement in found:
        if ELSEWHERE.search(requirement.split(";")[0]):
            raise RefusedError(
                f"{requirement!r} has no hash in a package index, so it cannot be locked: add packages by name "
                "(your own code belongs in src/)"
            )
        if not REQUIREMENT.fullmatch(requirement):
            raise RefusedError(f"{requirement!r} is no package: {USAGE}")
    return found


def preferences(files: dict[str, str], made: Installed | None = None) -> dict[str, str]:
    """Return the files with locks that say which versions are preferred: what is locked, or runs, stays."""
    known = locked(files[LOCK])
    # What only JupyterLab needed so far keeps its version when the project needs it too.
    lab_only = without(files[LAB_LOCK], known)
    texts = {LOCK: files[LOCK] + lab_only, LAB_LOCK: files[LAB_LOCK]}
    if made is not None:
        texts = {name: pinned(text, made.versions, made.before) for name, text in texts.items()}
    return {**files, **texts}


def compile_commands(*options: str) -> list[list[str]]:
    """Return uv's commands that write both locks from pyproject.toml in the current folder."""
    return [
        [*COMPILE, *options, "--output-file", LOCK, METADATA],
        [*COMPILE, *options, "--constraints", LOCK, "--group", f"{METADATA}:lab", "--output-file", LAB_LOCK],
    ]


def compose(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run docker compose in the project and return what it said, whatever its exit code."""
    command = ["docker", "compose", "--progress", "quiet", *arguments]
    try:
        return subprocess.run(command, cwd=PROJECT, input=stdin, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise RefusedError("there is no command 'docker': the README says how to install it") from None


def last_words(said: bytes) -> str:
    """Return the last lines that a command printed."""
    return "\n".join(said.decode(errors="replace").rstrip().splitlines()[-LAST_LINES:])


def pack(files: dict[str, str]) -> bytes:
    """Return the files as a tar archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in files.items():
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def unpack(packed: bytes) -> dict[str, str]:
    """Return the files of a tar archive."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive.getmembers()]
        return {name: content.read().decode() for name, content in members if content is not None}


def resolve(files: dict[str, str], commands: Iterable[list[str]]) -> dict[str, str]:
    """Return what uv's commands make of the files, in a container of the image's stage `tools`.

    Raises:
        RefusedError: uv refuses, or what it found cannot be locked; the message ends with uv's own words.
    """
    # uv's cache serves the commands of one container. HOME: the user there is nobody.
    steps = [
        *('cd "$(mktemp -d)"', 'export HOME="$PWD" UV_CACHE_DIR="$PWD/cache" UV_PYTHON_DOWNLOADS=never', "tar -xf -"),
        *(f"{shlex.join(command)} >&2" for command in commands),
        f"tar -cf - {shlex.join(FILES)}",
    ]
    script = " && ".join(steps)
    done = compose("run", "--rm", "-T", "--no-deps", "tools", "sh", "-c", script, stdin=pack(files))
    if done.returncode != 0:
        raise RefusedError(f"uv could not do it, and nothing was changed. It says:\n{last_words(done.stderr)}")
    made = unpack(done.stdout)
    for name in (LOCK, LAB_LOCK):
        for line in strangers(made[name]):
            raise RefusedError(f"no lock can hold {line!r} of {METADATA}, nor its hash, so nothing was changed")
    return made


def build_tools() -> None:
    """Build the image's stage in which uv works; its steps are shared with the notebook's image.

    Raises:
        RefusedError: it cannot be built.
    """
    print("Asking uv, in the image's stage 'tools' ...", flush=True)
    done = compose("build", "--quiet", "tools")
    if done.returncode != 0:
        raise RefusedError(
            f"the image's stage 'tools' could not be built, and nothing was changed:\n{last_words(done.stderr)}"
        )


def add(files: dict[str, str], requirements: list[str], made: Installed | None = None) -> dict[str, str]:
    """Return the files with these requirements in pyproject.toml; every other locked version stays as it is.

    Args:
        files: pyproject.toml and the locks.
        requirements: what to add; nothing is possible.
        made: what runs in versions that shall be locked, as far as pyproject.toml allows it.

    Raises:
        RefusedError: uv refuses.
    """
    # --frozen: uv writes pyproject.toml and does no more than that.
    edit = [["uv", "add", "--quiet", "--frozen", *requirements]] if requirements else []
    return resolve(preferences(files, made), [*edit, *compile_commands()])


def lock(files: dict[str, str]) -> dict[str, str]:
    """Return the files with the newest versions that pyproject.toml allows."""
    return resolve(files, compile_commands("--upgrade"))


def installed_by_hand() -> Installed:
    """Ask the running notebook's container what differs from the image that it was made of.

    Raises:
        RefusedError: the notebook does not run, or does not answer.
    """
    running = compose("ps", "--services", "--status", "running")
    if running.returncode == 0 and "jupyter" not in running.stdout.decode().split():
        raise RefusedError(
            "the notebook does not run: start it with 'make up'. (What was installed by hand lives in the running "
            "notebook's container, and has gone with it where that was removed.)"
        )
    done = running if running.returncode != 0 else compose("exec", "-T", "jupyter", "sh", "-c", PROBE)
    if done.returncode != 0:
        raise RefusedError(f"the running notebook could not be asked what it holds:\n{last_words(done.stderr)}")
    return compare(done.stdout.decode())


def compare(said: str) -> Installed:
    """Return what the three parts of the probe's answer say: what there is, what was built, what was asked for."""
    now, built, requested = (part.split("\n") for part in said.split("--\n"))
    have, had = (dict(line.split("==", 1) for line in lines if "==" in line) for lines in (now, built))
    asked = {normalized(Path(path).parent.name.split("-")[0]) for path in requested if path}
    versions = {name: version for name, version in have.items() if had.get(name) != version}
    elsewhere = [line for line in now if line and "==" not in line and line not in built]
    from_elsewhere = {normalized(line.split(" @ ")[0]) for line in elsewhere}
    return Installed(
        versions=versions,
        before={name: had[name] for name in versions if name in had},
        requested=asked & versions.keys(),
        elsewhere=elsewhere,
        removed=sorted(had.keys() - have.keys() - from_elsewhere),
    )


def add_each(
    files: dict[str, str], names: list[str], made: Installed
) -> tuple[dict[str, str], dict[str, RefusedError]]:
    """Return the files with those of the names that uv accepts, and why it refuses each of the others."""
    try:
        return add(files, names, made), {}
    except RefusedError:
        if not names:
            raise
    accepted: list[str] = []
    refused: dict[str, RefusedError] = {}
    for name in names:
        try:
            add(files, [*accepted, name], made)
            accepted.append(name)
        except RefusedError as refusal:
            refused[name] = refusal
    return add(files, accepted, made), refused


def keep(files: dict[str, str], made: Installed) -> tuple[dict[str, str], list[str]]:
    """Return the files that hold what was installed by hand, in the versions that run; and what cannot be kept.

    uv takes versions as preferences, so that one that is impossible stops nothing: the result tells which these are.
    """
    said = hopeless(made)
    names = sorted(made.requested - made.before.keys() - locked(files[LOCK]).keys())
    while True:
        result, refused = add_each(files, names, made)
        have, project = locked(result[LOCK], result[LAB_LOCK]), locked(result[LOCK])
        new = made.versions.keys() - made.before.keys() - refused.keys()
        # Needed by nothing that is locked: an optional part of another package, or left by one.
        more = new - project.keys()
        lost = {name for name, version in made.versions.items() if version not in have.get(name, [])} - more
        if not more and not lost:
            return result, said
        said += [f"{name} {made.versions[name]} is not kept: {reason(refusal)}" for name, refusal in refused.items()]
        said += [not_kept(name, made.versions[name], have.get(name, [])) for name in sorted(lost - refused.keys())]
        kept = {name: version for name, version in made.versions.items() if name not in lost}
        made = replace(made, versions=kept)
        names = sorted({*names, *more} - lost - refused.keys())


def reason(refusal: RefusedError) -> str:
    """Return the line in which uv gives its reason, the last."""
    return str(refusal).splitlines()[-1].replace("cause:", "").strip()


def not_kept(name: str, version: str, have: list[str]) -> str:
    """Return the line for a package that the new locks do not hold in the version that runs."""
    if not have:
        return (
            f"{name} {version} is not kept: nothing in {METADATA} needs it; if you do: make add PKG={name}=={version}"
        )
    return (
        f"{name} {version} is not kept, {', '.join(have)} is locked: {METADATA} or another package forbids it, or the "
        f"package index lacks it; to insist: make add PKG={name}=={version}"
    )


def hopeless(made: Installed) -> list[str]:
    """Return a line for each change by hand that no lock can hold."""
    lines = [
        f"{line} is not kept: it comes from outside a package index, so no lock can hold it; after the rebuild install "
        "it again, or put its code in src/"
        for line in made.elsewhere
    ]
    return lines + [
        f"{name} was uninstalled by hand and stays: take it out of {METADATA}, then 'make lock up'"
        for name in made.removed
    ]


def read() -> dict[str, str]:
    """Return pyproject.toml and the locks by name, their line ends as they are."""
    return {name: (PROJECT / name).read_bytes().decode() for name in FILES}


def write(old: dict[str, str], new: dict[str, str]) -> None:
    """Replace the files that differ, all or none, with their modes and owners.

    Raises:
        RefusedError: somebody else changed them meanwhile.
        OSError: they cannot be written.
    """
    if read() != old:
        raise RefusedError("pyproject.toml or a lock was changed meanwhile, so nothing was written: run it again")
    changed = {(PROJECT / name).resolve(): name for name in FILES if new[name] != old[name]}
    replaced: list[Path] = []
    try:
        drafts = {path: draft(path, new[name]) for path, name in changed.items()}
        for path, written in drafts.items():
            written.replace(path)
            replaced.append(path)
    except BaseException:  # a key that stops it, too
        for path in replaced:
            draft(path, old[changed[path]]).replace(path)
        raise
    finally:
        for path in changed:
            beside(path).unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """Return the name under which a file's next content is written."""
    return path.with_name(f".{path.name}.new")


def draft(path: Path, text: str) -> Path:
    """Write a file's next content beside it, with its mode and owner; return where."""
    made = beside(path)
    made.write_bytes(text.encode())
    shutil.copymode(path, made)
    if hasattr(os, "chown") and os.getuid() == 0:
        os.chown(made, path.stat().st_uid, path.stat().st_gid)
    return made


def run(command: str, packages: str) -> list[str]:
    """Do what is asked and return lines that say what changed and what comes next.

    Args:
        command: add, keep or lock.
        packages: for add, requirements as words of a shell.

    Raises:
        RefusedError: it cannot be done; nothing was changed.
        OSError: the files cannot be read or written.
    """
    requirements = wanted(packages) if command == "add" else []
    old = read()
    said: list[str] = []
    if command == "keep":
        made = installed_by_hand()
        if not made.versions:
            return [*hopeless(made), "Nothing to keep: no package of an index was installed by hand."]
    build_tools()
    if command == "keep":
        new, said = keep(old, made)
    else:
        new = add(old, requirements) if command == "add" else lock(old)
    write(old, new)
    if new == old:
        return [*said, f"Nothing to change: {METADATA} and the locks are as they should be."]
    # Of JupyterLab's lock only what the project's own does not name.
    project = locked(old[LOCK], new[LOCK])
    said += changes(locked(old[LOCK]), locked(new[LOCK]))
    said += changes(*(locked(without(files[LAB_LOCK], project)) for files in (old, new)))
    return [*said, *written(old, new), NEXT[command]]


def written(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """Return the line that names the files that changed."""
    names = [name for name in FILES if new[name] != old[name]]
    return [f"Wrote {', '.join(names)}; 'git diff {' '.join(names)}' shows how."]


def main(arguments: list[str]) -> None:
    """Run the command that the Makefile names; PKG, which make hands on, says what to add."""
    if len(arguments) != 1 or arguments[0] not in NEXT:
        sys.exit(f"usage: dependencies.py {'|'.join(NEXT)}")
    (command,) = arguments
    try:
        print("\n".join(run(command, os.environ.get("PKG", ""))), flush=True)
    except (OSError, RefusedError) as error:
        sys.exit(f"make {command}: {error}")
    except KeyboardInterrupt:
        sys.exit(f"make {command}: stopped; {METADATA} and the locks are as they were")


if __name__ == "__main__":
    main(sys.argv[1:])
