"""`make docs`: write what comes from the code or from a benchmark into docs/persistence.md, between its markers."""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path
from typing import Any

import stack
import type_map

PAGE = stack.TEMPLATE / "docs" / "persistence.md"
FIGURES = stack.TEMPLATE / "docs" / "persistence-benchmark.json"
NO_FIGURES = "`make bench` measures them on this machine and writes them here; it has not been run yet."


def section(page: str, name: str, text: str) -> str:
    """Return the page with the text between the markers of that name; ValueError when it has no such markers."""
    begin, end = f"<!-- {name}: written by make docs -->", f"<!-- end of {name} -->"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    changed, count = marked.subn(lambda _: f"{begin}\n\n{text}\n\n{end}", page)
    if count != 1:
        raise ValueError(f"{PAGE.name} has the markers of {name!r} {count} times")
    return changed


def figures(path: Path = FIGURES) -> str:
    """Return the benchmark's figures in Markdown."""
    if not path.exists():
        return NO_FIGURES
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    machine = dict(found["machine"])
    words = {True: "yes", False: "no", None: ""}
    return "\n".join(
        [
            f"{found['rows']:,} trips of nine columns, medians of {found['repeats']} repeats in one run, "
            f"{machine.pop('cpus')} CPUs: {', '.join(_fact(name, value) for name, value in machine.items())}.",
            "",
            "| measure | measured | target | met |",
            "| --- | --- | --- | --- |",
            *(f"| {m['measure']} | {m['measured']} | {m['target']} | {words[m['met']]} |" for m in found["measures"]),
            "",
            "| way | rows per second | least | most |",
            "| --- | ---: | ---: | ---: |",
            *(
                f"| {way} | {statistics.median(rates):,.0f} | {min(rates):,} | {max(rates):,} |"
                for way, rates in found["rows per second"].items()
            ),
            "",
            "![Rows per second of each way](persistence-benchmark.svg)",
        ]
    )


def _fact(name: str, value: object) -> str:
    """Return a fact about the machine in words; the server's tells its own name."""
    if name == "server":
        return str(value)
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    return f"{name} {', '.join(map(str, value))}" if isinstance(value, list) else f"{name} {value}"


def links(page: str) -> list[str]:
    """Return what the page's relative links and pictures point to."""
    return [target for target in re.findall(r"\]\(([^)#\s]+)", page) if "://" not in target]


def written(page: str) -> str:
    """Return the page with both sections as they are now."""
    return section(section(page, "types", type_map.table()), "figures", figures())


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(stack.TEMPLATE)}")


if __name__ == "__main__":
    main()
