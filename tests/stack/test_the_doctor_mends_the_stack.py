"""`make doctor` on a real engine and real volumes: what is wrong between them and .env, and what mends it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import diagnosis
import stack
from diagnosis import LOAD, SAVE, command, mends, said
from stack import CommandError, Stack, run, wait_until

ROOT = os.getuid() == 0
# The server under another name, which says that it is older, and notes that in the volume: no older one is to be had
# everywhere.
OLDER = r"""FROM {image}
USER root
RUN printf '%s\n' '#!/bin/sh' 'case $1 in --version) echo "mysqld  Ver 8.4.6 for Linux"; exit ;; esac' \
    'sed -i -E "s/(\"version\": *\")[0-9.]+/\18.4.6/g" /var/lib/mysql/mysql_upgrade_history' \
    'exec /usr/sbin/mysqld "$@"' >/usr/local/sbin/mysqld && chmod 755 /usr/local/sbin/mysqld
"""


def server(one: Stack, tag: str) -> str:
    """Return the name of one of the module's servers."""
    return f"localhost/{one.variable('COMPOSE_PROJECT_NAME')}/{tag}"


@pytest.fixture(scope="module")
def filled(new_stack: Callable[..., Stack], local_image: Callable[[str], str]) -> Iterator[Stack]:
    """Yield a healthy stack with a saved table; all that the shell says stands in .env, where its doctor mends it.

    Its server is one of three from the same place: mysql:9.7, mysql:8.4 and mariadb:11.8.
    """
    one = new_stack()
    tags = {tag: server(one, tag) for tag in ("mysql:9.7", "mysql:8.4", "mariadb:11.8")}
    with pytest.MonkeyPatch.context() as patch:
        chosen = {name: os.environ[name] for name in ("BASE_IMAGE", "MYSQL_IMAGE") if name in os.environ}
        for name in chosen:
            patch.delenv(name)
        diagnosis.write(one.project / ".env", **one.variables, **chosen)
        one = Stack(one.project)
        try:
            run("docker", "tag", one.variable("MYSQL_IMAGE"), tags["mysql:9.7"])
            run("docker", "tag", local_image("mariadb"), tags["mariadb:11.8"])
            run("docker", "build", "--tag", tags["mysql:8.4"], "-", stdin=OLDER.format(image=tags["mysql:9.7"]))
            diagnosis.write(one.project / ".env", MYSQL_IMAGE=tags["mysql:9.7"])
            one.up()
            one.python(SAVE)
            yield one
        finally:
            one.down("--volumes")
            run("docker", "image", "rm", "--force", *tags.values())


@pytest.fixture
def healthy(filled: Stack) -> Iterator[Stack]:
    """Return that stack; afterwards its .env is as before, and it runs."""
    text = (filled.project / ".env").read_text()
    yield filled
    (filled.project / ".env").write_text(text)
    (filled.project / ".env").chmod(0o600)
    if set(filled.compose("ps", "--services", "--status", "running").split()) != {"jupyter", "mysql"}:
        filled.up()


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Path:
    """Return a copy of the default project, with images that nobody has to ask a registry for."""
    run("cp", "--archive", project, tmp_path / "own")
    diagnosis.write(tmp_path / "own" / ".env", BASE_IMAGE="127.0.0.1:9/none:1", MYSQL_IMAGE="127.0.0.1:9/none:1")
    return tmp_path / "own"


def test_nothing_is_wrong_with_a_healthy_stack(healthy: Stack) -> None:
    assert said(healthy.project) == []


def test_an_engine_that_does_not_answer_is_named(healthy: Stack) -> None:
    mends(healthy.project, "the engine does not answer", env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})


@pytest.mark.parametrize(("plugin", "arguments"), [("compose", "compose version"), ("buildx", "buildx version")])
def test_a_plugin_that_is_too_old_is_named(healthy: Stack, tmp_path: Path, plugin: str, arguments: str) -> None:
    (tmp_path / "cli-plugins").mkdir()
    real = next(Path(place) for place in plugin_folders() if (Path(place) / f"docker-{plugin}").exists())
    old = tmp_path / "cli-plugins" / f"docker-{plugin}"
    old.write_text(
        f'#!/bin/sh\ncase "$*" in "{arguments}"*) echo v0.9.1 ;; *) exec {real}/docker-{plugin} "$@" ;; esac\n'
    )
    old.chmod(0o755)
    typed = mends(healthy.project, f"plugin {plugin} 0.9.1 is too old", env={"DOCKER_CONFIG": str(tmp_path)})
    assert typed == f"rm {old} && sudo bash deploy/install-docker.sh"


def relayed(one: socket.socket, other: socket.socket, old: bytes = b"", new: bytes = b"") -> None:
    """Send what comes from one side to the other until it ends, with other words in it."""
    with suppress(OSError):
        while data := one.recv(2**16):
            other.sendall(data.replace(old, new) if old else data)
        other.shutdown(socket.SHUT_WR)


@pytest.fixture
def older_engine() -> Iterator[str]:
    """Yield the address of this machine's engine by way of a relay, where it says that it is of 18.x."""
    version = run("docker", "version", "--format", "{{.Server.Version}}").strip()
    said = f'"Version":"{version}"'.encode()
    older = f'"Version":"18{version[2:]}"'.encode()
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/docker.sock")
        listener.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    engine = socket.socket(socket.AF_UNIX)
                    engine.connect("/var/run/docker.sock")
                    threading.Thread(target=relayed, args=(caller, engine), daemon=True).start()
                    threading.Thread(target=relayed, args=(engine, caller, said, older), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"unix://{folder}/docker.sock"
        listener.shutdown(socket.SHUT_RDWR)


def test_an_engine_that_is_too_old_is_named(bake: Callable[..., Path], older_engine: str) -> None:
    lines = said(bake(), env={"DOCKER_HOST": older_engine})
    assert command(lines, " is too old: 20.10 is needed") == "sudo bash deploy/install-docker.sh"


def plugin_folders() -> list[str]:
    """Return where docker's command line looks for plugins of the whole machine."""
    return [f"/usr/{place}/docker/cli-plugins" for place in ("libexec", "lib", "local/libexec", "local/lib")]


def test_a_database_that_is_not_in_the_volume_is_named(healthy: Stack) -> None:
    diagnosis.write(healthy.project / ".env", MYSQL_DATABASE="elsewhere")
    mends(healthy.project, "MYSQL_DATABASE=elsewhere is not in the database's volume")


def test_a_copied_folder_gets_a_database_of_its_own(healthy: Stack, tmp_path: Path) -> None:
    run("python3", "scripts/doctor.py", "--before-up", cwd=healthy.project)
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


@pytest.mark.soak
def test_a_moved_folder_keeps_its_database(healthy: Stack) -> None:
    run("python3", "scripts/doctor.py", "--before-up", cwd=healthy.project)
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
    diagnosis.write(moved / ".env", JUPYTER_PORT=str(stack.free_port()))
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


REFUSED = {
    "mysql:8.4": "no server opens the files of a newer one",
    "mariadb:11.8": "neither opens the other's files",
}


def test_a_server_that_may_not_open_the_volume_stops_up_beforehand(healthy: Stack) -> None:
    right = healthy.variable("MYSQL_IMAGE")
    for tag, words in REFUSED.items():
        healthy.down()
        diagnosis.write(healthy.project / ".env", MYSQL_IMAGE=server(healthy, tag))
        with pytest.raises(CommandError, match=words):
            run("make", "up", cwd=healthy.project)
        assert healthy.compose("ps", "--all", "--quiet") == "", "`make up` has started something"
        with pytest.raises(CommandError, match="mysql-volume"):
            healthy.compose("up", "--detach", "--wait")
        assert healthy.compose("ps", "--quiet", "mysql") == ""
        assert words in healthy.compose("logs", "mysql-volume")
        mends(healthy.project, words)
        assert healthy.variable("MYSQL_IMAGE") == right
    run("make", "up", cwd=healthy.project)
    assert healthy.python(LOAD) == "[1, 2, 3]"


@pytest.mark.soak
def test_a_jump_over_an_lts_series_stops_up_beforehand_and_goes_by_that(healthy: Stack) -> None:
    healthy.down()
    volume = f"{healthy.variable('COMPOSE_PROJECT_NAME')}_mysql:/var/lib/mysql"
    as_root = ("docker", "run", "--rm", "--user=0", "--entrypoint=sh", "--workdir=/var/lib/mysql", "--volume", volume)
    run(*as_root, healthy.variable("MYSQL_IMAGE"), "-c", HISTORY.format("8.0.36"))
    words = "the way goes by MySQL 8.4"
    with pytest.raises(CommandError, match=words):
        run("make", "up", cwd=healthy.project)
    assert healthy.compose("ps", "--all", "--quiet") == "", "`make up` has started something"
    by = server(healthy, "mysql:8.4")
    assert mends(healthy.project, words) == f"MYSQL_IMAGE={by} docker compose up --detach --wait mysql && make up"
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


def looked_at(one: Stack, *made_into: str) -> list[str]:
    """Change copies of what tells the volume's version, and return what check-volume.sh says of each."""
    volume = f"--volume={one.variable('COMPOSE_PROJECT_NAME')}_mysql:/from:ro"
    script = f"--volume={one.project}/image/check-volume.sh:/check.sh:ro"
    copy = "rm -rf ./*; mkdir mysql; cp /from/mysql.ibd /from/mysql_upgrade_history ."
    look = "sh /check.sh --look mysql:9.7 2>&1; echo exit code $?---"
    one_by_one = "\n".join(f"{copy}; {made}; {look}" for made in made_into)
    options = ("--rm", "--user=0", "--entrypoint=sh", "--tmpfs=/var/lib/mysql", "--workdir=/var/lib/mysql")
    words = run("docker", "run", *options, volume, script, one.variable("MYSQL_IMAGE"), "-c", one_by_one)
    return [part.strip() for part in words.split("---\n")[:-1]]


def test_a_volume_of_another_server_is_known_by_its_files(filled: Stack) -> None:
    for expected, words in zip(OTHERS.values(), looked_at(filled, *OTHERS), strict=True):
        assert re.search(expected, words)
        assert re.search("exit code [34]$", words)


def test_upgrades_that_mysql_supports_pass_and_no_others(filled: Stack) -> None:
    found = looked_at(filled, *(HISTORY.format(version) for version in PASSES))
    assert {version: int(words[-1]) for version, words in zip(PASSES, found, strict=True)} == PASSES


def test_the_version_is_read_from_the_files_of_mysql_itself(filled: Stack) -> None:
    """What the test above writes into a file is where this server writes its own version."""
    assert looked_at(filled, "rm mysql_upgrade_history") == ["exit code 0"]
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


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Yield the folder of a disk of 500 MB."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        disk = Path(folder) / "disk"
        disk.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=500m,mode=777", "tmpfs", disk)
        try:
            yield disk
        finally:
            run("umount", "--lazy", disk)


def filler(folder: Path, megabytes: int) -> Path:
    """Return a new file that takes so much room."""
    path = folder / "filler"
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, megabytes * 2**20)
    return path


@pytest.mark.skipif(not ROOT, reason="only root can mount a small disk")
def test_a_full_disk_of_a_folder_is_named_and_what_takes_the_room(own: Path, small_disk: Path) -> None:
    diagnosis.write(own / ".env", OUTPUTS=str(small_disk))
    assert [line for line in said(own) if "is full" in line] == []
    file = filler(small_disk, 480)
    shown = run("sh", "-c", command(said(own), f"the disk of {small_disk} is full"))
    assert str(file) in [line.split("\t")[1] for line in shown.splitlines()]
    file.unlink()
    assert [line for line in said(own) if "is full" in line] == []


@pytest.fixture
def small_engine(small_disk: Path) -> Iterator[str]:
    """Yield the address of an engine of its own on the small disk.

    It has no network, in a namespace of its own: in this machine's it would remove the bridge of the engine that runs.
    """
    folder = small_disk.parent
    options = {"data-root": "disk/data", "exec-root": "run", "pidfile": "pid"}
    address = f"unix://{folder}/docker.sock"
    places = [f"--{name}={folder}/{path}" for name, path in options.items()]
    daemon = subprocess.Popen(
        ["unshare", "--net", "dockerd", f"--host={address}", *places,
         "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        asked = ("docker", "--host", address, "version")
        wait_until(lambda: subprocess.run(asked, capture_output=True).returncode == 0, "the engine answers")
        yield address
    finally:
        daemon.terminate()
        daemon.wait(60)


@pytest.mark.skipif(not ROOT or shutil.which("dockerd") is None, reason="only root can start a dockerd")
def test_a_full_disk_of_the_engine_is_mended_by_dropping_what_builds_left(own: Path, small_engine: str) -> None:
    context = own / "context"
    context.mkdir()
    filler(context, 200)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY filler /\n")
    engine = {"DOCKER_HOST": small_engine}
    assert [line for line in said(own, env=engine) if "is full" in line] == []
    run("docker", "buildx", "build", "--output", "type=cacheonly", context, env=engine)
    mends(own, "the engine's disk is full", env=engine)


def test_a_database_elsewhere_that_does_not_answer_is_named(healthy: Stack, tmp_path: Path) -> None:
    with socket.socket() as elsewhere:
        elsewhere.bind((stack.bridge_gateway(), 0))
        elsewhere.listen()
        right, wrong = elsewhere.getsockname()[1], stack.free_port()
        gone = {"COMPOSE_PROFILES": "", "MYSQL_HOST": "host.docker.internal", "MYSQL_PORT": str(wrong)}
        diagnosis.write(healthy.project / ".env", **gone)
        editor = tmp_path / "editor"
        editor.write_text(f'#!/bin/sh\nsed -i s/^MYSQL_PORT=.*/MYSQL_PORT={right}/ "$1"\n')
        editor.chmod(0o755)
        mends(healthy.project, f"no server answers the notebook at MYSQL_HOST=host.docker.internal, MYSQL_PORT={wrong}",
              env={"EDITOR": str(editor)})  # fmt: skip


@pytest.mark.parametrize("variable", ["BASE_IMAGE", "MYSQL_IMAGE"])
def test_an_image_that_cannot_be_had_is_named(healthy: Stack, variable: str) -> None:
    diagnosis.write(healthy.project / ".env", **{variable: "127.0.0.1:9/nobodys/image:1"})
    assert "docker pull 127.0.0.1:9/nobodys/image:1" in command(
        said(healthy.project), f"{variable}=127.0.0.1:9/nobodys/image:1 is not on this machine"
    )


def test_an_image_older_than_the_lock_is_named_and_made_anew(healthy: Stack) -> None:
    image = f"{healthy.variable('COMPOSE_PROJECT_NAME')}-jupyter"
    older = f"FROM {image}\nUSER root\nRUN sed -i 's/^tqdm==.*/tqdm==4.0.0/' /opt/project/as-built.txt\n"
    run("docker", "build", "--tag", image, "-", stdin=older)
    assert mends(healthy.project, "image is older than requirements.lock (tqdm)") == "make up"
    assert said(healthy.project) == []


def test_an_interrupted_restore_is_finished(healthy: Stack) -> None:
    run("make", "backup", cwd=healthy.project)
    (backup,) = (healthy.project / "backups").glob("*.tar")
    healthy.python(SAVE.replace("[1, 2, 3]", "[4]"))
    diagnosis.kill_a_restore(healthy.project, backup)
    assert mends(healthy.project, "a restore was interrupted") == "make restore"
    assert healthy.python(LOAD) == "[1, 2, 3]"


def test_make_up_that_fails_says_why(healthy: Stack) -> None:
    diagnosis.write(healthy.project / ".env", OUTPUTS="results")
    with pytest.raises(CommandError, match="doctor: OUTPUTS=results is neither a folder"):
        run("make", "up", cwd=healthy.project)


def rotated(one: Stack, words: str, *broken: str) -> None:
    """Break the agreement of .env and the server; see that it comes back, that the data is there and nothing shows."""
    before = (one.project / ".env").read_text()
    lines = said(one.project, *broken)
    assert "anotherone" not in "".join(lines)
    typed = command(lines, words)
    assert typed.endswith("make rotate-password")
    assert said(one.project, typed) == []
    assert one.python(LOAD) == "[1, 2, 3]"
    assert (one.project / ".env").read_text() != before


def test_a_password_that_is_not_the_volumes_is_changed_in_both(filled: Stack) -> None:
    diagnosis.write(filled.project / ".env", MYSQL_PASSWORD="anotherone")
    rotated(filled, "is not the password that jupyter has")


@pytest.mark.soak
def test_a_password_that_is_missing_is_new_in_both(filled: Stack) -> None:
    rotated(filled, ".env has no MYSQL_PASSWORD", "sed -i '/^MYSQL_PASSWORD=/d' .env")


@pytest.mark.soak
def test_an_interrupted_rotation_is_done_again(filled: Stack) -> None:
    note = filled.project / ".env.rotating"
    rotation = subprocess.Popen(["make", "rotate-password"], cwd=filled.project, start_new_session=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    wait_until(note.exists, "the new passwords are noted")
    os.killpg(rotation.pid, signal.SIGKILL)
    rotation.wait()
    rotated(filled, "`make rotate-password` was interrupted")
    assert not note.exists()
