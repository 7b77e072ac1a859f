"""What can be wrong with the images: not to be had, or older than what they were made of."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from locks import ENTRY, locked
from project import Problem, Project

LOCK = "requirements.lock"
# For a registry that neither answers nor refuses.
PATIENCE = 20


def to_be_had(project: Project) -> Iterator[Problem]:
    """Find images of .env that are not on this machine and whose registry does not give them."""
    images = ["BASE_IMAGE", "MYSQL_IMAGE"] if project.has_server else ["BASE_IMAGE"]
    for variable in images:
        image = project.value(variable)
        if project.inspect("image", image):
            continue
        said = project.docker("manifest", "inspect", image, timeout=PATIENCE)
        if said.returncode != 0:
            reason = (said.stderr.strip() or "no answer").splitlines()[-1]
            yield Problem(
                f"{variable}={image} is not on this machine, and its registry does not give it ({reason})",
                f"docker pull {shlex.quote(image)}  # or another {variable} in .env: docs/walls.md of the template",
            )


def up_to_date(project: Project) -> Iterator[Problem]:
    """Find a notebook's image that holds other packages than the lock says."""
    image = f"{project.name}-jupyter"
    if not project.inspect("image", image):
        return
    listed = project.docker(
        "run", "--rm", "--network", "none", "--entrypoint", "cat", image, "/opt/project/as-built.txt"
    )
    lock = (project.folder / LOCK).read_text(encoding="utf-8")
    built = dict(line.split("==", 1) for line in listed.stdout.splitlines() if "==" in line)
    # With a marker it may not be meant for the image.
    wanted = {entry["name"] for entry in ENTRY.finditer(lock) if ";" not in entry["marker"]}
    other = [
        name
        for name, versions in locked(lock).items()
        if built.get(name, versions[0]) not in versions or (name in wanted and name not in built)
    ]
    if other or listed.returncode != 0:
        named = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        yield Problem(f"the notebook's image is older than {LOCK} ({named or 'of an older template'})", "make up")


CHECKS = (to_be_had, up_to_date)
