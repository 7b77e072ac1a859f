"""A clone made with umask 077, or committed on Windows: no bit for others, none to execute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stack import Stack, run


def narrow(project: Path) -> None:
    """Take every right of others and every right to execute a file."""
    for path in project.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def test_the_image_builds_starts_and_holds_readable_code(new_stack: Callable[..., Stack]) -> None:
    one = new_stack(database="sqlite")
    narrow(one.project)
    one.up()
    # The image's own copy of the code, without the mounts that lie over it.
    image = f"{one.variable('COMPOSE_PROJECT_NAME')}-jupyter"
    where = run("docker", "run", "--rm", image, "python", "-c", "import persistence; print(persistence.__file__)")
    assert where.splitlines()[-1] == "/home/jovyan/work/src/persistence/__init__.py"
    assert one.python("import persistence; print('imported')") == "imported"
