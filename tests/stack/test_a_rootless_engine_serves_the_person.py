"""In an engine that a person runs without root, 0:0 in .env is that person, as docs/identity.md says."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_files_belong_to_the_person_and_nothing_runs_as_root import MOUNTS, status_fields

import stack
from diagnosis import write
from stack import CommandError, Stack, run, wait_until

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can make the person who runs an engine"),
]
PERSON = "rootless-person"
ENGINE = Path("/usr/share/docker.io/contrib/dockerd-rootless.sh")
NEEDED = {"rootlesskit": "rootlesskit", "slirp4netns": "slirp4netns", "newuidmap": "uidmap"}


@contextmanager
def person() -> Iterator[pwd.struct_passwd]:
    """Make somebody with subordinate UIDs and a home that others may look into; remove all of it afterwards."""
    home = tempfile.mkdtemp(prefix="rootless-", dir="/var/tmp")  # no memory, and no folder that only root may enter
    run("useradd", "--no-create-home", "--home-dir", home, "--shell", "/bin/bash", PERSON)
    try:
        one = pwd.getpwnam(PERSON)
        os.chown(home, one.pw_uid, one.pw_gid)
        Path(home).chmod(0o755)
        yield one
    finally:
        run("userdel", PERSON)
        shutil.rmtree(home)


def as_person(one: pwd.struct_passwd, *command: str | Path) -> list[str]:
    """Return the command with which root has this person run something."""
    engine = f"unix://{one.pw_dir}/docker.sock"
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # root's own may lie where others cannot look
    variables = (f"PATH={path}", f"HOME={one.pw_dir}", f"XDG_RUNTIME_DIR={one.pw_dir}", f"DOCKER_HOST={engine}")
    ids = (f"--reuid={one.pw_uid}", f"--regid={one.pw_gid}", "--init-groups")
    return ["setpriv", *ids, "env", *variables, *map(str, command)]


@pytest.fixture(scope="module")
def rootless() -> Iterator[pwd.struct_passwd]:
    """Give the person whose engine answers at docker.sock in the home."""
    if lacking := [package for command, package in NEEDED.items() if shutil.which(command) is None]:
        run("apt-get", "update", "--quiet")
        run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *lacking)
    with usable(Path("/dev/net/tun")), person() as one, (Path(one.pw_dir) / "engine.log").open("w") as log:
        engine = subprocess.Popen(as_person(one, "sh", ENGINE), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(lambda: answers(one) or engine.poll() is not None, f"rootless engine ({log.name})")
            assert engine.poll() is None, Path(log.name).read_text()[-2000:]
            yield one
        finally:
            engine.terminate()
            engine.wait(60)


@contextmanager
def usable(device: Path) -> Iterator[None]:
    """Let everybody use a device meanwhile, as udev does for this one where it runs."""
    before = stat.S_IMODE(device.stat().st_mode)
    device.chmod(0o666)
    try:
        yield
    finally:
        device.chmod(before)


def answers(one: pwd.struct_passwd) -> bool:
    try:
        return "rootless" in run(*as_person(one, "docker", "info", "--format", "{{.SecurityOptions}}"))
    except CommandError:
        return False


@pytest.fixture(scope="module")
def started(rootless: pwd.struct_passwd, template: Path) -> Iterator[Stack]:
    """Give the person's stack on plain Python, after `make doctor` has been followed."""
    base = stack.build_local_image("python")
    file = Path(rootless.pw_dir) / "base.tar"
    run("docker", "save", "--output", file, base)
    run("docker", "--host", f"unix://{rootless.pw_dir}/docker.sock", "load", "--input", file)
    project = stack.bake(template, Path(rootless.pw_dir), image="slim", database="sqlite")
    for path in (project, *project.rglob("*")):
        os.chown(path, rootless.pw_uid, rootless.pw_gid)
    write(project / ".env", BASE_IMAGE=base, OUTPUTS="./outputs", JUPYTER_PORT=str(stack.free_port()))
    with pytest.raises(CommandError, match="the engine is rootless: there 0 is you"):
        run(*as_person(rootless, "make", "doctor"), cwd=project)
    write(project / ".env", NB_UID="0", NB_GID="0")
    one = Stack(project, {"DOCKER_HOST": f"unix://{rootless.pw_dir}/docker.sock"})
    run(*as_person(rootless, "make", "up"), cwd=project)
    yield one
    one.down("--volumes", "--rmi", "local")


def test_what_the_notebook_writes_is_the_persons(started: Stack, rootless: pwd.struct_passwd) -> None:
    for folder in MOUNTS:
        started.python(f"open('{folder}/made-inside', 'w').write('x')")
    made = [(started.project / folder / "made-inside").stat() for folder in MOUNTS]
    assert {(one.st_uid, one.st_gid) for one in made} == {(rootless.pw_uid, rootless.pw_gid)}


def test_roots_processes_have_no_right_of_roots(started: Stack) -> None:
    processes = status_fields(started, "jupyter")
    assert {"jupyter-lab"} <= {process["Name"].strip() for process in processes}
    for process in processes:
        assert set(process["Uid"].split()) == {"0"}, process["Name"]
        assert int(process["CapEff"], 16) == 0, process["Name"]
        assert process["NoNewPrivs"].strip() == "1", process["Name"]


def test_lab_answers_and_the_doctor_is_content(started: Stack, rootless: pwd.struct_passwd) -> None:
    assert started.status("/lab", token=started.variable("JUPYTER_TOKEN")) == 200
    run(*as_person(rootless, "make", "doctor"), cwd=started.project)
