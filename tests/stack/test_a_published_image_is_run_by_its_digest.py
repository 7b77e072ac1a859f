"""`make push`: the image in a registry holds what .dockerignore lets travel, and no secret."""

from __future__ import annotations

import re
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import stack
from stack import CommandError, Stack, run, wait_until

SECRETS = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """A registry on this machine."""
    port, image = stack.free_port(), stack.build_local_image("registry")
    container = run("docker", "run", "--detach", "--publish", f"127.0.0.1:{port}:5000", image).strip()
    try:
        yield f"localhost:{port}"
    finally:
        run("docker", "rm", "--force", "--volumes", container)


@pytest.fixture
def held(registry: str) -> Callable[[], int]:
    """Return a function that says how many bytes the registry holds."""
    container = run("docker", "ps", "--quiet", "--filter", f"publish={registry.partition(':')[2]}").strip()
    return lambda: int(run("docker", "exec", container, "du", "--summarize", "--bytes", "/var/lib/registry").split()[0])


@pytest.fixture(scope="module")
def pushed(new_stack: Callable[..., Stack], registry: str) -> Iterator[tuple[Stack, str]]:
    """A project, and the digest under which its image is in the registry."""
    one = new_stack(project_name="Published")
    ignored = one.project / ".dockerignore"
    ignored.write_text(ignored.read_text().replace("# !notebooks\n", "!notebooks\n"))
    one.variables["IMAGE"] = f"{registry}/team/published:1"
    wait_until(lambda: can_push(one), "the registry takes images", 300)
    yield one, one.make("push").splitlines()[-1]
    for name in run("docker", "image", "ls", "--format", "{{.ID}}", f"{registry}/team/published").split():
        run("docker", "image", "rm", "--force", name)


def can_push(one: Stack) -> bool:
    try:
        return bool(one.make("push"))
    except CommandError as error:
        if "connection re" in str(error) or "EOF" in str(error):
            return False
        raise


def test_its_digest_is_printed_and_pulled(pushed: tuple[Stack, str], registry: str) -> None:
    one, digest = pushed
    assert re.fullmatch(rf"{registry}/team/published@sha256:[0-9a-f]{{64}}", digest)
    run("docker", "image", "rm", "--force", one.variables["IMAGE"], digest)
    run("docker", "pull", "--quiet", digest)
    listing = run("docker", "run", "--rm", "--entrypoint", "find", digest, "/home/jovyan/work", "-type", "f")
    names = {Path(line).relative_to("/home/jovyan/work").parts[0] for line in listing.split()}
    assert names == {"notebooks", "deployed", "src"}
    shown = run("docker", "run", "--rm", "--entrypoint", "ls", digest, "-l", "notebooks", "deployed")
    assert shown.count("start.ipynb") == 2
    assert "root root" in shown.partition("notebooks:")[0]


def secrets_in(image: str, *values: str) -> list[str]:
    """Return the files of an image's layers, of those too that a later one hides, and what else of it holds a value."""
    searched, found = [value.encode() for value in values], []
    with tempfile.TemporaryFile() as file:
        subprocess.run(["docker", "save", image], stdout=file, check=True)
        file.seek(0)
        with tarfile.open(fileobj=file) as saved:
            for part in (member for member in saved if member.isfile()):
                content = saved.extractfile(part)
                assert content is not None
                try:
                    with tarfile.open(fileobj=content) as layer:
                        files = ((member, layer.extractfile(member)) for member in layer if member.isfile())
                        found += [member.name for member, held in files if held and holds(held.read(), searched)]
                except tarfile.ReadError:  # configuration and history
                    content.seek(0)
                    found += [part.name] * holds(content.read(), searched)
    return found


def holds(content: bytes, searched: list[bytes]) -> bool:
    return any(value in content for value in searched)


def test_no_secret_is_in_it_and_a_planted_one_would_be_found(pushed: tuple[Stack, str], tmp_path: Path) -> None:
    one, digest = pushed
    values = [one.variable(name) for name in SECRETS]
    assert secrets_in(digest, *values) == []
    lines = ["COPY planted /home/jovyan/.config/planted", "USER 0", "RUN rm /home/jovyan/.config/planted"]
    (tmp_path / "Dockerfile").write_text("\n".join([f"FROM {digest}", *lines, f"LABEL planted={values[0]}"]))
    (tmp_path / "planted").write_text(f"password = {values[1]}\n")
    run("docker", "build", "--quiet", "--tag", f"{one.variables['IMAGE']}-planted", tmp_path)
    try:
        found = secrets_in(f"{one.variables['IMAGE']}-planted", *values)
        assert "home/jovyan/.config/planted" in found
        # The label, in the configuration, which engines write in different places.
        assert any(name.endswith("json") or name.startswith("blobs/") for name in found)
    finally:
        run("docker", "image", "rm", "--force", f"{one.variables['IMAGE']}-planted")


def test_a_second_push_after_a_notebooks_edit_brings_little(
    pushed: tuple[Stack, str], held: Callable[[], int], measured: Callable[[str, object], None]
) -> None:
    one, digest = pushed
    before = held()
    notebook = one.project / "notebooks" / "start.ipynb"
    notebook.write_text(notebook.read_text() + "\n")
    begun = time.monotonic()
    again = one.make("push")
    measured("a second push after a notebook's edit, seconds", round(time.monotonic() - begun, 1))
    assert again.splitlines()[-1] != digest
    measured("the bytes that it brought", held() - before)
    assert held() - before < 200_000


def test_a_name_is_asked_for(project: Path) -> None:
    with pytest.raises(CommandError, match=r"make push: IMAGE in \.env is empty: name it as your registry does,"):
        run("make", "push", cwd=project)
