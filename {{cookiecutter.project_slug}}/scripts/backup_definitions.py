"""What SHOW CREATE TABLE says, taken apart: a table is built without what can wait, and gets the rest when it is full.

Foreign keys and checks have names that are unique in a database, so that they can only come when the table before has
gone; and an index is built several times faster over rows that are there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|[(),]|[^`'"(),]+""", re.DOTALL)
INDEX = re.compile(r"(UNIQUE |FULLTEXT |SPATIAL |VECTOR )?KEY ")
CONSTRAINT = re.compile(r"CONSTRAINT (`(?:[^`]|``)*`) (FOREIGN KEY|CHECK)\b")
NUMBERED = re.compile(r"(`(?:[^`]|``)*`) .*\bAUTO_INCREMENT\b", re.DOTALL)
DEFINER = re.compile(r" DEFINER\s*=\s*`(?:[^`]|``)*`@`(?:[^`]|``)*`")


def quote(name: str) -> str:
    """Return a name as a quoted identifier (MySQL 9.7 reference manual, "Schema Object Names")."""
    return "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True)
class Definition:
    """A table's definition.

    Attributes:
        lines: the columns, keys and constraints.
        options: what follows them, from the closing parenthesis on.
    """

    lines: list[str]
    options: str

    @classmethod
    def parsed(cls, create: str) -> Definition:
        """Return the definition that a CREATE TABLE statement of the server's own writing holds."""
        lines: list[str] = []
        line, depth = "", 0
        tokens = TOKEN.finditer(create)
        for token in tokens:
            text = token[0]
            depth += (text == "(") - (text == ")")
            if depth == 0 and text == ")":
                return cls([*lines, line.strip()], create[token.start() :])
            if depth == 1 and text == ",":
                lines.append(line.strip())
                line = ""
            elif depth > 1 or (depth == 1 and (text != "(" or line)):
                line += text
        raise ValueError(f"no table's definition: {create[:60]!r}")

    def building(self, name: str) -> str:
        """Return the statement that creates the table under another name, without what can wait."""
        late = {*self.indexes(), *self.constraints()}
        lines = ",\n  ".join(line for line in self.lines if line not in late)
        return f"CREATE TABLE {quote(name)} (\n  {lines}\n{self.options}"

    def indexes(self) -> list[str]:
        """Return the indexes that can wait: none where the primary key does not give the rows their place."""
        primary = next((line for line in self.lines if line.startswith("PRIMARY KEY")), None)
        counter = next((match[1] for match in map(NUMBERED.match, self.lines) if match), None)
        if primary is None or (counter is not None and not primary.startswith(f"PRIMARY KEY ({counter}")):
            return []
        return [line for line in self.lines if INDEX.match(line)]

    def constraints(self) -> dict[str, str]:
        """Return the constraints by line, each with its quoted name."""
        found = ((line, CONSTRAINT.match(line)) for line in self.lines)
        return {line: match[1] for line, match in found if match}


def without_definer(create: str) -> str:
    """Return a statement that makes a view, trigger, routine or event without the account that it ran as.

    Only an administrator could restore it for somebody else; now it is whoever restores it.
    """
    return DEFINER.sub("", create, count=1)
