"""environment.yml: the image's conda installs what it lists and changes nothing else; a slip is said in a line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import stack
from stack import CommandError, Stack, run

IMAGE = stack.PROJECT_FOLDER / "image"
# Says what conda is asked for; conda's channels cannot be asked here.
ASKED = '#!/bin/sh\necho asked: "$@"\n'
NEWCOMER = "channels:\n  - conda-forge\ndependencies:\n  - gdal\n"
Install = Callable[..., str]


@pytest.fixture
def install(images: dict[str, str], tmp_path: Path) -> Install:
    """Return a function that runs the build's step on an environment.yml, with or without a conda."""
    base = {**stack.published_images(), **os.environ, **images}["BASE_IMAGE"]

    def step(text: str, *, conda: bool = True) -> str:
        (tmp_path / "environment.yml").write_bytes(text.encode())
        (tmp_path / "mamba").write_text(ASKED)
        (tmp_path / "mamba").chmod(0o755)
        mounts = {
            IMAGE / "network.sh": "/opt/image/network.sh",
            IMAGE / "conda-packages.sh": "/build/conda-packages.sh",
            tmp_path / "environment.yml": "/build/environment.yml",
        }
        if conda:
            mounts[tmp_path / "mamba"] = "/usr/local/sbin/mamba"
        volumes = [f"--volume={here}:{there}:ro" for here, there in mounts.items()]
        options = ("--env=PATH=/usr/local/sbin:/usr/bin:/bin", "--user=0", "--entrypoint=sh")
        return run("docker", "run", "--rm", *options, *volumes, base, "/build/conda-packages.sh")

    return step


@pytest.mark.parametrize(
    "text",
    [
        (stack.PROJECT_FOLDER / "environment.yml").read_text(),
        "",
        "# nothing\n",
        "name: mine\nchannels:\n  - conda-forge\ndependencies:\n",
    ],
)
def test_an_environment_that_lists_nothing_needs_no_conda(install: Install, text: str) -> None:
    assert install(text, conda=False) == ""


@pytest.mark.parametrize(
    "text",
    [
        NEWCOMER,
        NEWCOMER.replace("\n", "\r\n"),
        NEWCOMER.replace("- gdal", "- 'gdal'  # for rasters"),
        "name: mine\ndependencies:\n- gdal\nchannels:\n- conda-forge\n",
    ],
)
def test_what_is_listed_is_asked_for_and_the_images_own_stay(install: Install, text: str) -> None:
    assert install(text) == "asked: install --yes --quiet --freeze-installed gdal --channel conda-forge\n"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("dependencies: [gdal]\n", "a line of its own"),
        ("dependencies:\n\t- gdal\n", "a line of its own"),
        ("dependencies:\n  - gdal >=3.8\n", "without spaces"),
        ("dependencies:\n  - pip:\n    - humanize\n", "make add"),
    ],
)
def test_a_slip_stops_the_build_and_says_what_to_write(install: Install, text: str, advice: str) -> None:
    with pytest.raises(CommandError, match=rf"environment.yml: .*{advice}"):
        install(text)


def test_an_image_without_conda_says_so(install: Install) -> None:
    with pytest.raises(CommandError, match=r"no conda, so it cannot install gdal: choose another BASE_IMAGE"):
        install(NEWCOMER, conda=False)


@pytest.mark.skipif("IMAGES" not in os.environ, reason="conda's channels are asked by the workflow `images` alone")
def test_gdal_comes_from_conda_and_changes_nothing_else(new_stack: Callable[..., Stack]) -> None:
    choice = os.environ["IMAGES"]
    one = new_stack(image=choice, database="sqlite")
    one = replace(one, variables={**one.variables, "BASE_IMAGE": stack.images_of_choices()[choice]})
    (one.project / "environment.yml").write_text(NEWCOMER)
    one.up()
    assert one.python("from osgeo import gdal; import geopandas; print(gdal.__version__)")
    listing = ("conda", "list", "--export")
    before = run("docker", "run", "--rm", "--entrypoint", listing[0], one.variables["BASE_IMAGE"], *listing[1:])
    after = one.compose("exec", "-T", "jupyter", *listing).splitlines()
    assert set(before.splitlines()) <= set(after)
