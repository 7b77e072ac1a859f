"""`make doctor` on a real engine and real volumes: what is wrong between them and .env, and what mends it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import diagnosis
import stack
from diagnosis import command, mends, said
from stack import CommandError, Stack, run

ROOT = os.getuid() == 0
SOMEBODY = 1234
DOCKER = shutil.which("docker") or "docker"
SAVE = """
import pandas as pd
from persistence import Database

Database.from_env().save(pd.DataFrame({"day": [1, 2, 3]}), "days", if_exists="replace")
"""
LOAD = "from persistence import Database; print(Database.from_env().load('days')['day'].tolist())"


@pytest.fixture(scope="module")
def filled(new_stack: Callable[..., Stack]) -> Iterator[Stack]:
    """Yield a healthy stack with a saved table; all that the shell says stands in .env, where its doctor mends it."""
    one = new_stack()
    with pytest.MonkeyPatch.context() as patch:
        chosen = {name: os.environ[name] for name in ("BASE_IMAGE", "MYSQL_IMAGE") if name in os.environ}
        for name in chosen:
            patch.delenv(name)
        diagnosis.write(one.project / ".env", **one.variables, **chosen)
        one = Stack(one.project)
        one.up()
        one.python(SAVE)
        yield one


@pytest.fixture
def healthy(filled: Stack) -> Iterator[Stack]:
    """Return that stack; afterwards its .env is as before, and it runs."""
    text = (filled.project / ".env").read_text()
    yield filled
    (filled.project / ".env").write_text(text)
    (filled.project / ".env").chmod(0o600)
    filled.up()


def test_nothing_is_wrong_with_a_healthy_stack(healthy: Stack) -> None:
    assert said(healthy.project) == []


def test_an_engine_that_does_not_answer_is_named(healthy: Stack) -> None:
    mends(healthy.project, "the engine does not answer", env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_somebody_who_may_not_use_the_engine_is_told_the_group(project: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(shutil.copytree(project, Path(folder) / "project"))
        os.chown(copy / ".env", SOMEBODY, SOMEBODY)
        lines = said(copy, user=SOMEBODY, env={"HOME": folder})
        assert "usermod --append --groups docker" in command(lines, "you may not use it")


@pytest.mark.parametrize(("plugin", "arguments"), [("compose", "compose version"), ("buildx", "buildx version")])
def test_a_plugin_that_is_too_old_is_named(healthy: Stack, tmp_path: Path, plugin: str, arguments: str) -> None:
    (tmp_path / "cli-plugins").mkdir()
    real = next(Path(place) for place in plugin_folders() if (Path(place) / f"docker-{plugin}").exists())
    old = tmp_path / "cli-plugins" / f"docker-{plugin}"
    old.write_text(
        f'#!/bin/sh\ncase "$*" in "{arguments}"*) echo v0.9.1 ;; *) exec {real}/docker-{plugin} "$@" ;; esac\n'
    )
    old.chmod(0o755)
    lines = said(healthy.project, env={"DOCKER_CONFIG": str(tmp_path)})
    assert command(lines, f"plugin {plugin} 0.9.1 is too old") == "sudo bash deploy/install-docker.sh"


def plugin_folders() -> list[str]:
    """Return where docker's command line looks for plugins of the whole machine."""
    return [f"/usr/{place}/docker/cli-plugins" for place in ("libexec", "lib", "local/libexec", "local/lib")]


def test_a_password_that_is_not_the_volumes_is_named(healthy: Stack) -> None:
    diagnosis.write(healthy.project / ".env", MYSQL_PASSWORD="anotherone")
    lines = said(healthy.project)
    assert command(lines, "is not the password that jupyter has") == "make rotate-password"
    assert "anotherone" not in "".join(lines)


def test_a_database_that_is_not_in_the_volume_is_named(healthy: Stack) -> None:
    diagnosis.write(healthy.project / ".env", MYSQL_DATABASE="elsewhere")
    mends(healthy.project, "MYSQL_DATABASE=elsewhere is not in the database's volume")


def test_a_copied_folder_gets_a_database_of_its_own(healthy: Stack, tmp_path: Path) -> None:
    run("make", "up", cwd=healthy.project)
    copy = Path(shutil.copytree(healthy.project, tmp_path / "copy"))
    with pytest.raises(CommandError, match=f"belong to {healthy.project}, of which this folder is a copy"):
        run("make", "up", cwd=copy)
    healthy.down()  # the volumes alone remember
    with pytest.raises(CommandError, match="of which this folder is a copy"):
        run("make", "up", cwd=copy)
    mends(copy, "of which this folder is a copy")
    clone = Stack(copy)
    assert clone.variable("COMPOSE_PROJECT_NAME") != healthy.variable("COMPOSE_PROJECT_NAME")
    diagnosis.write(copy / ".env", JUPYTER_PORT=str(stack.free_port()))
    try:
        run("make", "up", cwd=copy)
        healthy.up()
        assert clone.python("from persistence import Database; print(Database.from_env().tables())") == "[]"
        assert healthy.python(LOAD) == "[1, 2, 3]"
    finally:
        clone.down("--volumes", "--rmi", "local")
        run("docker", "volume", "rm", "--force", f"{clone.variable('COMPOSE_PROJECT_NAME')}_folder")


def test_a_moved_folder_keeps_its_database(healthy: Stack) -> None:
    run("make", "up", cwd=healthy.project)
    healthy.down()
    moved = healthy.project.rename(healthy.project.with_name("moved"))
    try:
        run("make", "up", cwd=moved)
        assert Stack(moved).python(LOAD) == "[1, 2, 3]"
        Stack(moved).down()
    finally:
        moved.rename(healthy.project)


def test_volumes_made_from_another_folder_are_taken_on_purpose_only(project: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(project, tmp_path / "moved"))
    name = Stack(moved).variable("COMPOSE_PROJECT_NAME")
    volume = f"{name}_outputs"
    run("docker", "volume", "create", "--label", f"com.docker.compose.project={name}", volume)
    try:
        with pytest.raises(CommandError, match=r"were made from another folder.*if it was moved here: python3 scripts"):
            run("python3", "scripts/doctor.py", "--before-up", cwd=moved)
        run("python3", "scripts/doctor.py", "--mine", cwd=moved)
        run("python3", "scripts/doctor.py", "--before-up", cwd=moved)
        run("docker", "volume", "rm", f"{name}_folder")
        mends(moved, "were made from another folder")
    finally:
        run("docker", "volume", "rm", "--force", volume, f"{name}_folder")


def rewritten(one: Stack, version: str) -> str:
    """Let the database's volume say that a server of another version wrote it; return the version it said."""
    volume = f"{one.variable('COMPOSE_PROJECT_NAME')}_mysql:/volume"
    file = "/volume/mysql_upgrade_history"
    script = f"""grep -oE '"version": *"[0-9.]+' {file} | tail -n 1 | grep -oE '[0-9.]+$'
        sed -i -E 's/"version":( *)"[0-9.]+/"version":\\1"{version}/g' {file}"""
    run_in = ("docker", "run", "--rm", "--user=0", "--entrypoint=sh", "--volume", volume, one.variable("MYSQL_IMAGE"))
    return run(*run_in, "-c", script).strip()


VERSIONS = {"9.9.9": "no server opens the files of a newer one", "8.0.36": "the way goes by MySQL 8.4"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_volume_that_the_server_may_not_open_stops_up_and_is_left_alone(healthy: Stack, version: str) -> None:
    healthy.down()
    real = rewritten(healthy, version)
    try:
        assert "MYSQL_IMAGE=" in command(said(healthy.project), VERSIONS[version])
        with pytest.raises(CommandError, match=VERSIONS[version]):
            run("make", "up", cwd=healthy.project)
        assert healthy.compose("ps", "--all", "--quiet") == "", "`make up` has started something"
        with pytest.raises(CommandError, match="mysql-volume"):
            healthy.compose("up", "--detach", "--wait")
        assert healthy.compose("ps", "--quiet", "mysql") == ""
        assert VERSIONS[version] in healthy.compose("logs", "mysql-volume")
    finally:
        rewritten(healthy, real)
    healthy.up()
    assert healthy.python(LOAD) == "[1, 2, 3]"


# What a copy of the volume is made into, and what check-volume.sh says of it beside mysql:9.7.
OTHERS = {
    # MySQL 8.0 writes no history; the first page of InnoDB's own file has the number 80036.
    "rm mysql_upgrade_history; printf '\\000\\001\\070\\244' | dd of=mysql.ibd bs=1 seek=8 conv=notrunc": (
        r"written by mysql 8\.0\.36.*the way goes by MySQL 8\.4: MYSQL_IMAGE=mysql:8\.4"
    ),
    "rm mysql_upgrade_history mysql.ibd; touch mysql/user.frm": (
        r"written by mysql 5\.7\.0.*the way goes by MySQL 8\.0: MYSQL_IMAGE=mysql:8\.0"
    ),
    "touch aria_log_control; echo 11.8.3-MariaDB >mariadb_upgrade_info": (
        r"written by mariadb 11\.8\.3.*neither opens the other's files.*MYSQL_IMAGE=mariadb:11\.8"
    ),
}


# From where MySQL's manual lets a server of 9.7 take over, and from where not.
HISTORY = 'sed -i -E \'s/"version":( *)"[0-9.]+/"version":\\1"{}/g\' mysql_upgrade_history'
PASSES = {"8.4.0": 0, "9.0.1": 0, "9.7.99": 0, "8.0.36": 4, "8.3.0": 4, "9.8.0": 3, "10.7.0": 3}


def looked_at(one: Stack, made_into: str) -> str:
    """Copy the database's volume, change the copy, and return what check-volume.sh says of it."""
    name, image = one.variable("COMPOSE_PROJECT_NAME"), one.variable("MYSQL_IMAGE")
    as_root = ("docker", "run", "--rm", "--user=0", "--entrypoint=sh")
    script = f"--volume={one.project}/image/check-volume.sh:/check.sh:ro"
    try:
        run(*as_root, f"--volume={name}_mysql:/from:ro", f"--volume={name}_copy:/copy", image, "-c",
            f"cp -a /from/. /copy; cd /copy; {made_into}")  # fmt: skip
        look = "sh /check.sh --look mysql:9.7 2>&1; echo exit code $?"
        return run(*as_root, f"--volume={name}_copy:/var/lib/mysql", script, image, "-c", look)
    finally:
        run("docker", "volume", "rm", "--force", f"{name}_copy")


@pytest.mark.parametrize("made_into", OTHERS)
def test_a_volume_of_another_server_is_known_by_its_files(filled: Stack, made_into: str) -> None:
    said = looked_at(filled, made_into)
    assert re.search(OTHERS[made_into], said)
    assert re.search("exit code [34]$", said.strip())


@pytest.mark.parametrize("version", PASSES)
def test_upgrades_that_mysql_supports_pass_and_no_others(filled: Stack, version: str) -> None:
    assert looked_at(filled, HISTORY.format(version)).strip().endswith(f"exit code {PASSES[version]}")


def test_the_version_is_read_from_the_files_of_mysql_itself(filled: Stack) -> None:
    """What the test above writes into a file is where this server writes its own version."""
    said = looked_at(filled, "rm mysql_upgrade_history")
    assert said == "exit code 0\n"
    name, image = filled.variable("COMPOSE_PROJECT_NAME"), filled.variable("MYSQL_IMAGE")
    version = re.search(
        r"Ver (\d+)\.(\d+)\.(\d+)", run("docker", "run", "--rm", "--entrypoint=mysqld", image, "--version")
    )
    assert version is not None
    number = "".join(f"{int(part):02}" for part in version.groups())
    read = f"--volume={name}_mysql:/from:ro"
    bytes_of = run("docker", "run", "--rm", "--user=0", "--entrypoint=od", read, image, "-An", "-tx1", "-j8", "-N4",
                   "/from/mysql.ibd")  # fmt: skip
    assert int(bytes_of.replace(" ", ""), 16) == int(number)


@pytest.mark.skipif(not ROOT, reason="only root can mount a small disk")
def test_a_full_disk_is_named(healthy: Stack) -> None:
    disk = healthy.project / "small"
    disk.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", disk)
    try:
        diagnosis.write(healthy.project / ".env", OUTPUTS="./small")
        disk.chmod(0o777)
        assert [line for line in said(healthy.project) if "is full" in line] == []
        filler = disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 290 * 2**20)
        shown = subprocess.run(
            ["sh", "-c", command(said(healthy.project), "small is full")], capture_output=True, text=True, check=True
        )
        biggest = [line.split("\t")[1] for line in shown.stdout.splitlines()]
        assert str(filler) in biggest
        filler.unlink()
        assert [line for line in said(healthy.project) if "is full" in line] == []
    finally:
        run("umount", disk)


def test_a_database_elsewhere_that_does_not_answer_is_named(healthy: Stack) -> None:
    gone = {"COMPOSE_PROFILES": "", "MYSQL_HOST": "host.docker.internal", "MYSQL_PORT": str(stack.free_port())}
    diagnosis.write(healthy.project / ".env", **gone)
    assert ".env" in command(said(healthy.project), "no server answers the notebook at MYSQL_HOST=host.docker.internal")


@pytest.mark.parametrize("variable", ["BASE_IMAGE", "MYSQL_IMAGE"])
def test_an_image_that_cannot_be_had_is_named(healthy: Stack, variable: str) -> None:
    diagnosis.write(healthy.project / ".env", **{variable: "127.0.0.1:9/nobodys/image:1"})
    assert "docker pull 127.0.0.1:9/nobodys/image:1" in command(
        said(healthy.project), f"{variable}=127.0.0.1:9/nobodys/image:1 is not on this machine"
    )


def test_an_image_older_than_the_lock_is_named_and_made_anew(healthy: Stack) -> None:
    lock = healthy.project / "requirements.lock"
    text = lock.read_text()
    older = re.sub(r"(?m)^tqdm==\S+", "tqdm==4.0.0", text)
    assert older != text
    try:
        lock.write_text(older)
        assert command(said(healthy.project), "image is older than requirements.lock (tqdm)") == "make up"
    finally:
        lock.write_text(text)
    assert said(healthy.project) == []


def test_make_up_that_fails_says_why(healthy: Stack) -> None:
    diagnosis.write(healthy.project / ".env", OUTPUTS="results")
    with pytest.raises(CommandError, match="doctor: OUTPUTS=results is neither a folder"):
        run("make", "up", cwd=healthy.project)
