"""Write the new project's .env with the project's own script, as `make env` does in a clone. Standard library only."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main(project: Path) -> list[str]:
    """Write .env, unless generation went over a project that has one; return lines that say what was done."""
    make_env = runpy.run_path(str(project / "scripts" / "make_env.py"))
    said: list[str] = make_env["write_env"](project)
    return said


if __name__ == "__main__":
    try:
        # An update (cruft) generates in temporary folders: say that it is those.
        print(f"In {Path.cwd()}:", *main(Path.cwd()), sep="\n")
    except (OSError, ValueError) as error:
        sys.exit(str(error))
