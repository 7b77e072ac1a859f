"""How long images take to build and how large they are on this machine, ours beside the other ways, all in one run.

    make bench-images                            # at the root: figures to docs/
    PYTHONPATH=scripts .venv/bin/python benchmarks/images.py --help

Each way has a copy of one generated project and makes an image with the project's default libraries:

- ours: `docker compose build` on the base image; slim: the same on plain Python.
- guides: the order and habits of tutorials on the same base image as ours: everything is copied first, each library
  has a `RUN pip install` of its own, in the version of the project's lock; nothing is ignored, nothing is cached but
  layers. Ratios are to this one. A new library is one more line below the others.
- guides, copied last: the same, but what is copied comes after the libraries, so that a layer above it stays.
- repo2docker, where it can run: it starts from an image of its own.

Each way is first built without any layer of before, then after one edit upon the other: a package is added (for ours,
to the lock; making the lock is not timed), a notebook is changed, a module in src/ is changed. Only the command that
builds is timed. Each repeat runs all ways in turn, and every other repeat in the opposite order, so that what else the
machine does meets all of them; ratios are of medians. "Cold" is with empty caches of packages, "cold, packages cached"
with what that build downloaded; the guides' way has no such cache. The caches are this run's own, by another name in
the copies' Dockerfiles; the engine removes them with its others.

The context is measured once, for a copy with --data MB of random bytes, half in data/ and half in outputs/; the timed
builds have no such files, which favours the guides' way, as it copies them. Sizes are uncompressed, as the engine tells
them. pip keeps what it downloads in the image if the index's answers allow it, as the public one's do; where they do
not, what it would have kept is told beside the size.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import image_build
import stack
from image_build import Build
from stack import CommandError

BUILD = stack.TEMPLATE / "build" / "bench-images"
ADDED = "humanize"
"""The package that is added: pure Python, with no dependency."""
REPO2DOCKER = "jupyter-repo2docker==2026.4.0"
SLIM_BASE = "localhost/jupyter-docker-template/python:local"
COLD, WARM, PACKAGE, NOTEBOOK, SOURCE = (
    "cold",
    "cold, packages cached",
    "package added",
    "notebook edited",
    "src/ edited",
)
CHANGES = (COLD, WARM, PACKAGE, NOTEBOOK, SOURCE)
MB = 10**6


# --- Ways -----------------------------------------------------------------------------------------------------------


@dataclass
class Way:
    """One way to make the image.

    Attributes:
        name: what it is called in tables.
        folder: its copy of the project.
        command: what builds; for a build without layers of before, `--no-cache` is added at the end.
        image: the image's name.
        env: variables of the command.
        caches: whether it caches packages across builds, by a name in its Dockerfile.
        excuse: why it could not run; empty while it can.
    """

    name: str
    folder: Path
    command: tuple[str, ...]
    image: str
    env: dict[str, str] = field(default_factory=dict)
    caches: bool = False
    excuse: str = ""

    def build(self, *options: str) -> Build:
        """Build the image, in place of the last one; CommandError if that fails."""
        before = self.identity()
        built = image_build.build(*self.command, *options, cwd=self.folder, env=self.env)
        if before not in ("", self.identity()):
            stack.run("docker", "image", "rm", before)
        return built

    def identity(self) -> str:
        """Return the image's identity, or nothing where there is none."""
        return stack.run("docker", "image", "ls", "--quiet", "--no-trunc", self.image).strip()

    def remove(self) -> None:
        """Remove the image if there is one."""
        if self.identity():
            stack.run("docker", "image", "rm", self.image)

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        """Replace a file's text."""
        path = self.folder / file
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def size(self) -> int:
        """Return the image's uncompressed size in bytes, as the engine tells it."""
        (found,) = json.loads(stack.run("docker", "image", "inspect", self.image))
        return int(found["Size"])


def compose_way(name: str, folder: Path, base: str, variables: dict[str, str]) -> Way:
    """Return the project's own way, on a base image."""
    project = f"bench-images-{os.getpid()}-{name}"
    env = {**variables, "COMPOSE_PROJECT_NAME": project, "BASE_IMAGE": base}
    command = ("docker", "compose", "--progress", "plain", "build", "jupyter")
    return Way(name, folder, command, f"{project}-jupyter", env, caches=True)


def guides_way(name: str, folder: Path, base: str, copied_first: bool) -> Way:
    """Return the tutorials' way, with its Dockerfile in place of the project's."""
    image = f"bench-images-{os.getpid()}-guides-{'first' if copied_first else 'last'}"
    (folder / "Dockerfile").write_text(guides_dockerfile(folder, base, copied_first), encoding="utf-8")
    (folder / ".dockerignore").unlink()
    return Way(name, folder, ("docker", "buildx", "build", "--progress", "plain", "--load", "--tag", image, "."), image)


def guides_dockerfile(folder: Path, base: str, copied_first: bool) -> str:
    """Return a Dockerfile in the order and habits of the tutorials, with the project's default libraries."""
    metadata = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    copy = ["WORKDIR /work", "COPY --chown=$NB_UID:$NB_GID . /work"]
    libraries = [f"RUN pip install {locked(folder, name)}" for name in metadata["project"]["dependencies"]]
    order = [*copy, *libraries] if copied_first else [*libraries, *copy]
    return "\n".join([f"FROM {base}", *order, "EXPOSE 8888", ""])


def locked(folder: Path, name: str) -> str:
    """Return a library with the version of the project's lock."""
    found = re.search(rf"^{name}==\S+", (folder / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"requirements.lock has no {name}")
    return found.group()


def repo2docker_way(folder: Path) -> Way:
    """Return repo2docker's way: it knows requirements.txt, and takes a Dockerfile or an environment.yml before it."""
    metadata = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    libraries = [locked(folder, name) for name in metadata["project"]["dependencies"]]
    for name in ("Dockerfile", "environment.yml", "apt.txt"):
        (folder / name).unlink()
    (folder / "requirements.txt").write_text("\n".join([*libraries, ""]), encoding="utf-8")
    image = f"bench-images-{os.getpid()}-repo2docker"
    options = ("--no-run", "--user-id", "1000", "--user-name", "jovyan", "--image-name", image, ".")
    uv = str(Path(sys.executable).with_name("uv"))
    return Way("repo2docker", folder, (uv, "tool", "run", "--from", REPO2DOCKER, "repo2docker", *options), image)


# --- Changes --------------------------------------------------------------------------------------------------------


def lock_lines(folder: Path) -> str:
    """Return the lines of a lock, with hashes, for the package that is added."""
    uv = Path(sys.executable).with_name("uv")
    options = ("--quiet", "--universal", "--no-deps", "--generate-hashes", "--no-header", "--no-annotate")
    return stack.run(uv, "pip", "compile", *options, "--python-version", "3.11", "-", cwd=folder, stdin=ADDED)


def make_change(way: Way, change: str, mark: str, lock: str) -> None:
    """Make an edit in the way's copy of the project; the mark makes it another one each time."""
    if change == COLD and way.caches:
        cache = rf"type=cache,id=bench-{os.getpid()}-{mark}\1,target=\1"
        way.edit("Dockerfile", lambda text: re.sub(r"type=cache,(?:id=[^,]+,)?target=([\w/]+)", cache, text))
    elif change == PACKAGE and way.caches:
        way.edit("requirements.lock", lambda text: f"{text.partition('# bench')[0]}# bench {mark}\n{lock}")
    elif change == PACKAGE and way.name.startswith("guides"):
        line = f"RUN pip install {lock.split()[0]} # {mark}\n"
        way.edit("Dockerfile", lambda text: after_the_last(text, "RUN pip install", line))
    elif change == PACKAGE:
        way.edit("requirements.txt", lambda text: f"{text}# {mark}\n{lock.split()[0]}\n")
    elif change == NOTEBOOK:
        way.edit("notebooks/start.ipynb", lambda text: f"{text}\n")
    elif change == SOURCE:
        way.edit("src/persistence/__init__.py", lambda text: f"{text}# {mark}\n")


def after_the_last(text: str, start: str, line: str) -> str:
    """Return the text with a line put in after the last that starts so, in place of one put in before."""
    lines = [one for one in text.splitlines(keepends=True) if ADDED not in one]
    place = max(number for number, one in enumerate(lines) if one.startswith(start))
    return "".join([*lines[: place + 1], line, *lines[place + 1 :]])


def measure(ways: list[Way], repeats: int, lock: str) -> dict[str, dict[str, list[Build]]]:
    """Return the builds by way and change, one for each repeat; a way that fails is excused from the rest."""
    found: dict[str, dict[str, list[Build]]] = {way.name: {} for way in ways}
    for repeat in range(repeats):
        for change in CHANGES:
            for way in ways[:: (-1) ** repeat]:
                if way.excuse or (change == WARM and not way.caches):
                    continue
                make_change(way, change, f"{way.name.split(',')[0]}-{repeat}", lock)
                fresh = ("--no-cache",) if change in (COLD, WARM) and way.name != "repo2docker" else ()
                try:
                    built = way.build(*fresh)
                except CommandError as failure:
                    if way.name != "repo2docker":
                        raise
                    way.excuse = reason(str(failure))
                    continue
                found[way.name].setdefault(change, []).append(built)
                said = f"{built.seconds:.1f} s, {len(built.ran)} of {len(built.steps)} steps ran"
                print(f"repeat {repeat + 1}: {way.name}: {change}: {said}", file=sys.stderr, flush=True)
    return found


def reason(failure: str) -> str:
    """Return why repo2docker failed, in a line: the image that it did not get, or the last error in its log."""
    image = re.search(r"#(\d+) \[internal\] load metadata for \S*/(\S+)\n\n?#\1 ERROR", failure)
    if image is not None:
        return f"its base image {image.group(2)} cannot be had here"
    errors = [line for line in failure.splitlines() if "error" in line.lower()]
    return (errors or failure.splitlines())[-1].strip()


def context_of(way: Way, megabytes: int) -> int:
    """Return how many bytes of the build context travel when data and outputs hold so many MB of random bytes.

    The engine keeps what it was sent by the folder's name, so this is a copy with another one.
    """
    folder = shutil.copytree(way.folder, way.folder.with_name(f"{way.folder.name}-with-data"))
    for part in ("data", "outputs"):
        with (folder / part / "big.bin").open("wb") as big:
            for _ in range(megabytes // 2):
                big.write(os.urandom(MB))
    copy = replace(way, folder=folder)
    if not way.caches:  # installing the libraries again would tell no more
        copy.edit("Dockerfile", lambda text: re.sub(r"(?m)^RUN .*\n", "", text))
    try:
        return copy.build().context
    finally:
        shutil.rmtree(folder)


# --- Results --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """One line of the result: a figure, its target and whether it is met; without a target it is for information."""

    measure: str
    measured: str
    target: str = ""
    met: bool | None = None


def _at_most(measure: str, value: float, limit: float, text: str) -> Measure:
    return Measure(measure, text.format(value), f"at most {text.format(limit)}", value <= limit)


@dataclass(frozen=True)
class Result:
    """What was measured of one way.

    Attributes:
        seconds: of each change, for each repeat.
        ran: how many steps of the Dockerfile each change ran, at most.
        size: of the image as it was built last, in bytes.
        kept: bytes that pip downloaded in the first build, all of which its cache may keep in the image.
        context: bytes of the build context that travel, with data and outputs beside the project.
        excuse: why there are no figures.
    """

    seconds: dict[str, list[float]]
    ran: dict[str, int]
    size: int = 0
    kept: int = 0
    context: int = 0
    excuse: str = ""

    def median(self, change: str) -> float:
        """Return the median seconds of a change."""
        return statistics.median(self.seconds[change])


def result(way: Way, builds: dict[str, list[Build]], megabytes: int) -> Result:
    """Return a way's figures; measures its image and its context."""
    if way.excuse:
        return Result({}, {}, excuse=way.excuse)
    seconds = {change: [round(build.seconds, 2) for build in some] for change, some in builds.items()}
    ran = {change: max(len(build.ran) for build in some) for change, some in builds.items()}
    kept = 0 if way.caches else builds[COLD][0].downloaded
    return Result(seconds, ran, way.size(), kept, 0 if way.name == "repo2docker" else context_of(way, megabytes))


def measures(found: dict[str, Result], megabytes: int) -> list[Measure]:
    """Return the table of targets."""
    guides, slim = found["guides"], found["slim"]
    lines = [
        _at_most("slim: size, uncompressed", slim.size / 1e9, 0.8, "{:.2f} GB"),
        _at_most("slim: size against the guides' image", slim.size / guides.size, 0.67, "{:.2f} of it"),
        Measure(
            f"slim: the same, if pip kept the {guides.kept / MB:.0f} MB that it downloaded",
            f"{slim.size / (guides.size + guides.kept):.2f} of it",
        ),
    ]
    for name in ("ours", "slim"):
        one = found[name]
        share = one.median(PACKAGE) / guides.median(PACKAGE)
        lines += [
            _at_most(f"{name}: a package added, against the guides' way", share, 0.25, "{:.2f} of its time"),
            Measure(
                f"{name}: the same, against the guides' way with what is copied last",
                f"{one.median(PACKAGE) / found['guides, copied last'].median(PACKAGE):.2f} of its time",
            ),
            _at_most(f"{name}: a notebook edited, steps that run again", one.ran[NOTEBOOK], 0, "{:.0f}"),
            _at_most(f"{name}: src/ edited", one.median(SOURCE), 3, "{:.1f} s"),
            _at_most(f"{name}: context with {megabytes:,} MB of data and outputs", one.context / MB, 1, "{:.2f} MB"),
        ]
    return lines


def report(lines: list[Measure], found: dict[str, Result], about: dict[str, Any]) -> str:
    """Return all figures in Markdown."""
    words = {True: "yes", False: "no", None: ""}
    repeats = "One repeat" if about["repeats"] == 1 else f"Medians of {about['repeats']} repeats"
    machine = ", ".join(f"{name} {value}" for name, value in about["machine"].items())
    text = [
        f"{repeats}, in one run; {machine}.",
        "",
        "| measure | measured | target | met |",
        "| --- | ---: | ---: | --- |",
        *(f"| {line.measure} | {line.measured} | {line.target} | {words[line.met]} |" for line in lines),
        "",
        "Seconds, in brackets of the guides' way, and how many steps of the Dockerfile ran:",
        "",
        f"| way | {' | '.join(CHANGES)} | size | context |",
        f"| --- |{' ---: |' * (len(CHANGES) + 2)}",
    ]
    for name, one in found.items():
        if one.excuse:
            text.append(f"| {name} | {one.excuse} |{' |' * (len(CHANGES) + 1)}")
            continue
        size = f"{one.size / 1e9:.2f} GB ({one.size / found['guides'].size:.2f})"
        context = f"{one.context / MB:,.2f} MB" if one.context else ""
        cells = [_cell(one, found["guides"], change) for change in CHANGES]
        text.append(f"| {name} | {' | '.join([*cells, size, context])} |")
    return "\n".join(text)


def _cell(one: Result, guides: Result, change: str) -> str:
    if change not in one.seconds:
        return ""
    ratio = one.median(change) / guides.median(COLD if change == WARM else change)
    return f"{one.median(change):.1f} s ({ratio:.2f}), {one.ran[change]}"


def about_this_run(repeats: int) -> dict[str, Any]:
    """Return what the figures depend on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    engine = stack.run("docker", "version", "--format", "{{.Server.Version}}").strip()
    machine = {"CPUs": os.cpu_count(), "load average before": load, "engine": engine}
    return {"repeats": repeats, "machine": machine, "package added": ADDED}


def make_ways(folder: Path, base: str, slim_base: str) -> list[Way]:
    """Generate a project and return the ways, each with a copy of it; the folder is emptied before.

    The engine keeps what it was sent by the last part of a folder's path, so each copy has one of its own.
    """
    project = stack.generate(folder)
    variables = {"JUPYTER_PORT": str(stack.free_port())}

    def copy(name: str) -> Path:
        return Path(shutil.copytree(project, folder / f"{name}-{os.getpid()}"))

    return [
        compose_way("ours", copy("ours"), base, variables),
        compose_way("slim", copy("slim"), slim_base, variables),
        guides_way("guides", copy("guides"), base, copied_first=True),
        guides_way("guides, copied last", copy("guides-last"), base, copied_first=False),
        repo2docker_way(copy("repo2docker")),
    ]


def pin(image: str, name: str) -> str:
    """Return a name of this run's own for an image, pulled if need be: what it was named may change meanwhile."""
    try:
        stack.run("docker", "image", "inspect", image)
    except CommandError:
        stack.run("docker", "pull", image)
    own = f"bench-images-{os.getpid()}-{name}"
    stack.run("docker", "tag", image, own)
    return own


def plain_python(base: str) -> str:
    """Return the image that slim starts from: a local one beside a local base image, else the published one."""
    if base.startswith("localhost/"):
        return SLIM_BASE
    images: dict[str, str] = json.loads((stack.TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))["__images"]
    return images["slim"]


def arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description="Compare ways to build the notebook's image.")
    parser.add_argument("--output", type=Path, default=stack.TEMPLATE / "docs", help="folder of the results (docs)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each way is built (default: 3)")
    parser.add_argument("--data", type=int, default=2000, help="MB of data and outputs (default: 2,000)")
    parser.add_argument(
        "--slim-base", help="plain Python that slim starts from, in place of the published or local one"
    )
    return parser.parse_args()


def main() -> None:
    """Run the benchmark, print its table, write its files, leave no image behind."""
    options = arguments()
    if not stack.engine_answers():
        sys.exit("benchmark: no Docker engine with the compose plugin answers: make demo installs one, or says how")
    images, why = stack.choose_images()
    print(f"benchmark: {why}", file=sys.stderr, flush=True)
    base = {**stack.published_images(), **os.environ, **images}["BASE_IMAGE"]
    about = about_this_run(options.repeats)
    bases = pin(base, "base"), pin(options.slim_base or plain_python(base), "slim-base")
    ways = make_ways(BUILD, *bases)
    try:
        builds = measure(ways, options.repeats, lock_lines(BUILD))
        found = {way.name: result(way, builds[way.name], options.data) for way in ways}
    finally:
        for way in ways:
            way.remove()
        stack.run("docker", "image", "rm", *bases)
    lines = measures(found, options.data)
    text = report(lines, found, about)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    figures = {
        **about,
        "measures": list(map(asdict, lines)),
        "ways": {name: asdict(one) for name, one in found.items()},
    }
    (options.output / "images-benchmark.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    (options.output / "images-benchmark.md").write_text(f"# Images: time and size\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except CommandError as failure:
        sys.exit(f"benchmark: {failure}")
