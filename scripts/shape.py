"""`make shape`: what is handed over, beside the most that it may be; the helper package's modules and functions."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import stack

PACKAGE = "src/persistence/"
LONGEST = 5
FLOORS, LINES_OF_A_FUNCTION, PARAMETERS = 8, 40, 6
"""The most that the helper package has: modules that import each other in a row, and what a function has."""
NOT_COUNTED = ("*.lock", "image/uv.txt", "*.ipynb", "data/sample_trips.csv")


@dataclass(frozen=True)
class Part:
    """A part of the generated project, and the most that it may be.

    Attributes:
        name: what people call it.
        patterns: its files.
        most_lines: how many lines they may have together.
        aim: how many they should have, where that is not reached yet.
        most_files: how many they may be, where that is limited.
        without: what is not one of these.
    """

    name: str
    patterns: tuple[str, ...]
    most_lines: int
    most_files: int | None = None
    aim: int | None = None
    without: tuple[str, ...] = ()

    def of(self, lines: dict[str, int]) -> dict[str, int]:
        """Return the part of a project's files that these are."""
        return {
            name: count
            for name, count in lines.items()
            if matches(name, self.patterns) and not matches(name, self.without)
        }

    def is_kept(self, lines: dict[str, int]) -> bool:
        """Say whether this part of a project's files is small enough."""
        found = self.of(lines)
        return sum(found.values()) <= self.most_lines and (self.most_files is None or len(found) <= self.most_files)


BUDGET = (
    Part("all", ("*",), 8_574, 85, aim=7_700),
    Part("all but src/persistence/", ("*",), 4_380, 70, aim=4_200, without=(PACKAGE,)),
    Part("src/persistence/", (PACKAGE,), 4_194, 14, aim=2_700),
    Part("scripts/", ("scripts/",), 2_800, 16, aim=2_150),
    Part("backup and restore", ("scripts/backup*.py",), 826, aim=550),
    Part("tests/", ("tests/",), 350),
    Part("compose.yaml", ("compose.yaml",), 150),
    Part("compose.deploy.yaml", ("compose.deploy.yaml",), 50),
    Part("Dockerfile", ("*Dockerfile",), 60, 1),
    Part("image/", ("image/",), 340),
)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a file's name is of one of these patterns; one with a slash at its end is all that is in a folder."""
    return any(
        name.startswith(pattern) if pattern.endswith("/") else PurePosixPath(name).match(pattern)
        for pattern in patterns
    )


def lines_of(project: Path = stack.PROJECT_FOLDER) -> dict[str, int]:
    """Return the lines of each file of a project, without what a checkout made beside them."""
    return {
        name: content.count(b"\n")
        for name, content in stack.files(project).items()
        if not stack.NO_TEMPLATE("", name.split("/"))
    }


def handed_over(lines: dict[str, int]) -> dict[str, int]:
    """Return the files that the budget is for: not those that tools write."""
    return {name: count for name, count in lines.items() if not matches(name, NOT_COUNTED)}


def functions(project: Path = stack.PROJECT_FOLDER) -> list[tuple[int, int, str]]:
    """Return the lines, the parameters and the name of each function of the helper package, longest first."""
    found = [
        (
            (node.end_lineno or 0) - node.lineno + 1,
            len([one for one in [*node.args.args, *node.args.kwonlyargs] if one.arg not in ("self", "cls")]),
            f"{path.name}: {node.name}",
        )
        for path in (project / PACKAGE).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    return sorted(found, reverse=True)


def imports(project: Path = stack.PROJECT_FOLDER) -> dict[str, set[str]]:
    """Return which of the package's modules each of them imports."""
    paths = {path.stem: path for path in (project / PACKAGE).glob("*.py") if path.stem != "__init__"}
    found = {}
    for name, path in paths.items():
        nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if type(node) is ast.ImportFrom]
        own = [node for node in nodes if node.module and node.module.partition(".")[0] == "persistence"]
        named = {(node.module or "").rpartition(".")[2] for node in own} | {
            one.name for node in own for one in node.names
        }
        found[name] = named & paths.keys()
    return found


def floors(project: Path = stack.PROJECT_FOLDER) -> dict[str, int]:
    """Return on which floor each module stands: 1 for those that import no other.

    Raises:
        graphlib.CycleError: modules import each other in a circle.
    """
    found: dict[str, int] = {}
    graph = imports(project)
    for name in TopologicalSorter(graph).static_order():
        found[name] = 1 + max((found[other] for other in graph[name]), default=0)
    return found


def main() -> None:
    """Print the budget and both lists."""
    lines = lines_of()
    counted = handed_over(lines)
    print(f"{'generated project':26}{'lines':>7}{'most':>7}{'files':>7}{'most':>6}")
    for part in BUDGET:
        found = part.of(counted)
        mark = f"  (aim {part.aim:,})" if part.aim else ""
        mark += "" if part.is_kept(counted) else "  too much"
        print(
            f"{part.name:26}{sum(found.values()):7,}{part.most_lines:7,}{len(found):7}{part.most_files or '':>6}{mark}"
        )
    print(f"\n{PACKAGE}{'lines':>14}{'floor':>7}")
    for name, floor in sorted(floors().items(), key=lambda item: (item[1], item[0])):
        print(f"{name:22}{lines[f'{PACKAGE}{name}.py']:8}{floor:7}")
    print(f"\n{'longest functions':36}{'lines':>7}{'parameters':>12}")
    for count, parameters, name in functions()[:LONGEST]:
        print(f"{name:36}{count:7}{parameters:12}")


if __name__ == "__main__":
    main()
