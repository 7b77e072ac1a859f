"""`make shape`: what is handed over, beside the most that it may be; the modules of the helper package."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import stack

PACKAGE = "src/persistence/"
LONGEST = 5
NOT_COUNTED = ("*.lock", "*.ipynb", "data/sample_trips.csv")


@dataclass(frozen=True)
class Part:
    """A part of the generated project, and the most that it may be.

    Attributes:
        name: what people call it.
        patterns: its files.
        most_lines: how many lines they may have together.
        aim: how many they should have, where that is not reached yet.
        most_files: how many they may be, where that is limited.
    """

    name: str
    patterns: tuple[str, ...]
    most_lines: int
    most_files: int | None = None
    aim: int | None = None

    def of(self, lines: dict[str, int]) -> dict[str, int]:
        """Return the part of a project's files that these are."""
        return {name: count for name, count in lines.items() if matches(name, self.patterns)}

    def is_kept(self, lines: dict[str, int]) -> bool:
        """Say whether this part of a project's files is small enough."""
        found = self.of(lines)
        return sum(found.values()) <= self.most_lines and (self.most_files is None or len(found) <= self.most_files)


BUDGET = (
    Part("all but src/persistence/", ("*",), 4_200, 70),
    Part("scripts/", ("scripts/",), 2_431, 16, aim=2_150),
    Part("backup and restore", ("scripts/backup*.py",), 782, aim=550),
    Part("tests/", ("tests/",), 350),
    Part("compose.yaml", ("compose.yaml",), 150),
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
    """Return the files that the budget is for: neither the package nor what tools write."""
    return {
        name: count for name, count in lines.items() if not name.startswith(PACKAGE) and not matches(name, NOT_COUNTED)
    }


def functions(project: Path) -> list[tuple[int, str]]:
    """Return the lines and the name of each function of the helper package, longest first."""
    found = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{path.name}: {node.name}")
        for path in (project / PACKAGE).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    return sorted(found, reverse=True)


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
    modules = {name: count for name, count in lines.items() if name.startswith(PACKAGE)}
    print(f"\n{PACKAGE}")
    for name, count in sorted(modules.items(), key=lambda item: -item[1]):
        print(f"{count:5} {name.removeprefix(PACKAGE)}")
    longest = functions(stack.PROJECT_FOLDER)
    print(f"{sum(modules.values()):5} in all, {len(longest)} functions, of which the longest:")
    for count, name in longest[:LONGEST]:
        print(f"{count:5} {name}")


if __name__ == "__main__":
    main()
