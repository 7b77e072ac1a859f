"""deploy/install-docker.sh: on a bare Debian 13 without systemd, and where an engine answers already.

The machine that runs these tests is the other half: `.ci/run` starts on a bare Debian 12 with the same script.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import diagnosis
import stack
from stack import CommandError, run

BARE = "localhost/jupyter-docker-template/debian:trixie"
PERSON = "person"
# What a daemon inside a container needs of the one outside; its own storage cannot lie on overlay2.
DAEMON_INSIDE = (
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--volume", "/var/lib/docker", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup"),
)


@pytest.fixture(scope="module")
def bare(local_images: dict[str, str]) -> Iterator[str]:
    """Return a container of a Debian 13 on which nothing is installed."""
    script = f"{stack.INSTALL_DOCKER}:/install-docker.sh:ro"
    container = run("docker", "run", "--detach", *DAEMON_INSIDE, "--volume", script, BARE, "sleep", "infinity").strip()
    yield container
    run("docker", "rm", "--force", "--volumes", container)


def doctor(bare: str, project: Path, *typed: str, user: str = "root") -> tuple[list[str], str]:
    """Have somebody type commands in the project there; return the doctor's lines then, and what was said before."""
    script = "; ".join([*typed, "echo ---", "python3 scripts/doctor.py"])
    call = (
        "docker", "exec", "--user", user, "--env", f"USER={PERSON}", "--workdir", f"/{project.name}", bare,
        "sh", "-c", f"{diagnosis.PREAMBLE}; {script}; true",
    )  # fmt: skip
    before, _, after = run(*call).partition("---\n")
    return [line for line in after.splitlines() if diagnosis.SIGN in line], before


def test_a_bare_debian_13_gets_an_engine_that_answers(bare: str, project: Path) -> None:
    """By the commands that the doctor names, typed there."""
    run("docker", "exec", bare, "sh", "-c",
        f"apt-get update -q && apt-get install -qy --no-install-recommends python3 && useradd {PERSON}")  # fmt: skip
    run("docker", "cp", project, f"{bare}:/")
    lines, _ = doctor(bare, project)
    said = doctor(bare, project, diagnosis.command(lines, "there is no command 'docker'"))[1]
    assert "this is Debian GNU/Linux 13" in said
    assert "starting dockerd (no systemd here)" in said
    assert "ready: Docker Engine" in said
    assert run("docker", "exec", bare, "docker", "info", "--format", "{{.ServerVersion}}").strip()
    assert "nothing to do" in run("docker", "exec", bare, "bash", "/install-docker.sh")
    run("docker", "exec", bare, "chown", "-R", PERSON, f"/{project.name}")
    joining = diagnosis.command(doctor(bare, project, user=PERSON)[0], "you may not use it")
    doctor(bare, project, joining)
    assert [line for line in doctor(bare, project, user=PERSON)[0] if "you may not use it" in line] == []


def test_a_sufficient_engine_is_left_alone() -> None:
    before = run("docker", "info", "--format", "{{.ServerVersion}} {{.ID}}")
    said = run("bash", stack.INSTALL_DOCKER)
    assert said.startswith("install-docker: Docker Engine ")
    assert said.endswith("answer: nothing to do\n")
    assert run("docker", "info", "--format", "{{.ServerVersion}} {{.ID}}") == before


def bare_run(image: str, *options: str) -> str:
    script = f"{stack.INSTALL_DOCKER}:/install-docker.sh:ro"
    return run("docker", "run", "--rm", "--volume", script, *options, image, "bash", "/install-docker.sh")


def test_somebody_without_root_is_told_the_command(local_images: dict[str, str]) -> None:
    with pytest.raises(CommandError, match=r"needs root: run 'sudo bash /install-docker.sh'"):
        bare_run(BARE, "--user", "1000:1000")


def test_an_unknown_system_is_told_what_is_needed(local_images: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text('ID=plan9\nVERSION_ID=4\nPRETTY_NAME="Plan 9"\n')
    with pytest.raises(CommandError, match=r"made for Debian 12 and 13 .*; install Docker Engine 20.10 or newer"):
        bare_run(BARE, "--volume", f"{tmp_path / 'os-release'}:/etc/os-release:ro")
