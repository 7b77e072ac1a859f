"""Real containers: images are chosen once, a stack starts once per module and is removed with its volumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import stack
from stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder needs an engine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """Return the shell variables that name the base images: none where the published ones can be had."""
    variables, _ = stack.choose_images()
    return variables


@pytest.fixture(scope="session")
def local_images() -> dict[str, str]:
    """Return the names of the local base images of a stack with the default answers, built if need be."""
    stack.build_local_images("minimal-notebook", "mysql")
    variables = stack.local_images()
    return {"minimal-notebook": variables["BASE_IMAGE"], "mysql": variables["MYSQL_IMAGE"]}


@pytest.fixture(scope="session")
def local_image() -> Callable[[str], str]:
    """Return a function from a folder of tests/images to the image's tag; the image is built if need be."""
    return stack.build_local_image


@contextmanager
def making(
    template: Path, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Stack]]:
    """Yield a function that makes stacks with a name and a port of their own; then remove them, volumes included."""

    def make(**answers: str) -> Stack:
        folder = tmp_path_factory.mktemp("stack")
        project = stack.bake(template, folder, **answers)
        name = "-".join([project.name, *folder.parts[-3:]])  # the run's, the worker's and this stack's folders
        variables = {**images, "COMPOSE_PROJECT_NAME": name, "JUPYTER_PORT": str(stack.free_port())}
        one = Stack(project, variables)
        # `make up` notes whose the volumes are; that outlives them.
        at_the_end.callback(stack.run, "docker", "volume", "rm", "--force", f"{name}_folder")
        at_the_end.callback(one.remove_volumes)
        at_the_end.callback(one.down, "--volumes", "--rmi", "local", "--remove-orphans")
        return one

    with ExitStack() as at_the_end:
        yield make


@pytest.fixture(scope="module")
def new_stack(
    template: Path, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Stack]]:
    """Return a function that generates a project and returns its stack, not yet started."""
    with making(template, images, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="session")
def running(template: Path, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return the stack of a project with the default answers, healthy; tests leave it as they found it."""
    with making(template, images, tmp_path_factory) as make:
        default = make()
        default.up()
        yield default
