"""`make shape`: lines of each module of the helper package, and its longest functions."""

from __future__ import annotations

import ast

import stack

PACKAGE = stack.PROJECT_FOLDER / "src" / "persistence"
LONGEST = 5


def main() -> None:
    """Print both lists, longest first."""
    modules = {path.name: path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py")}
    lines = {name: text.count("\n") for name, text in modules.items()}
    functions = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{name}: {node.name}")
        for name, text in modules.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    for name, count in sorted(lines.items(), key=lambda item: -item[1]):
        print(f"{count:5} {name}")
    print(f"{sum(lines.values()):5} in all, {len(functions)} functions, of which the longest:")
    for count, name in sorted(functions, reverse=True)[:LONGEST]:
        print(f"{count:5} {name}")


if __name__ == "__main__":
    main()
