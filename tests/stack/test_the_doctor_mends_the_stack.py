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
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import diagnosis
import stack
from diagnosis import LOAD, SAVE, command, mends, said
from stack import CommandError, Stack, run, wait_until

ROOT = os.getuid() == 0
# Makes a volume that another MySQL wrote: the numbers in InnoDB's own pages, and the pages' checksums (CRC-32C).
WRITTEN_BY = r"""
import re, sys

path, number = "/volume/mysql.ibd", sys.argv[1].encode()
table = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    table.append(byte)


def checksum(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


with open(path, "r+b") as file:
    content = bytearray(file.read())
    for start in range(0, len(content), 16384):
        before = content[start : start + 16384]
        page = bytearray(re.sub(rb"(MYSQLD_VERSION\w*=)\d{5};", rb"\g<1>" + number + b";", before))
        if page != before:
            page[:4] = page[-8:-4] = (checksum(page[4:26]) ^ checksum(page[38:-8])).to_bytes(4, "big")
            content[start : start + 16384] = page
    file.seek(0)
    file.write(content)
"""


def server(one: Stack, tag: str) -> str:
    """Return the name of one of the module's servers."""
    return f"localhost/{one.variable('COMPOSE_PROJECT_NAME')}/{tag}"


@pytest.fixture(scope="module")
def filled(new_stack: Callable[..., Stack], local_image: Callable[[str], str]) -> Iterator[Stack]:
    """Yield a healthy stack with a saved table; all that the shell says stands in .env, where its doctor mends it.

    Its server is one of several from the same place, all others than MariaDB's the same under another name.
    """
    one = new_stack()
    tags = {tag: server(one, tag) for tag in ("mysql:9.7", "mysql:9.8", "mysql:8.4", "mariadb:11.8")}
    with pytest.MonkeyPatch.context() as patch:
        chosen = {name: os.environ[name] for name in ("BASE_IMAGE", "MYSQL_IMAGE") if name in os.environ}
        for name in chosen:
            patch.delenv(name)
        diagnosis.write(one.project / ".env", **one.variables, **chosen)
        one = Stack(one.project)
        try:
            for tag in tags.values():
                run("docker", "tag", local_image("mariadb") if "mariadb" in tag else one.variable("MYSQL_IMAGE"), tag)
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


def written_by(one: Stack, number: int) -> None:
    """Stop the stack, and make its volume one that this version of MySQL wrote."""
    one.down()
    volume = f"{one.variable('COMPOSE_PROJECT_NAME')}_{one.variable('MYSQL_VOLUME')}:/volume"
    run("docker", "run", "--rm", "--user=0", "--entrypoint=python", "--volume", volume, one.variable("BASE_IMAGE"),
        "-c", WRITTEN_BY, str(number))  # fmt: skip


def fails(one: Stack, words: str) -> str:
    """See that `make up` fails, and says why; return all that it said."""
    with pytest.raises(CommandError, match=words) as caught:
        run("make", "up", cwd=one.project)
    return str(caught.value)


def opens(one: Stack) -> None:
    """See that the server opens its volume and has the table."""
    one.compose("up", "--detach", "--wait", "mysql")
    ask = 'MYSQL_PWD=$(cat /run/secrets/mysql_password) mysql --user="$MYSQL_USER" -N "$MYSQL_DATABASE"'
    rows = one.compose("exec", "-T", "mysql", "sh", "-c", ask, stdin="SELECT * FROM days;\n")
    assert rows.split() == ["1", "2", "3"]


def test_a_volume_of_another_version_of_mysql_is_named_and_stays_as_it_was(healthy: Stack) -> None:
    version = run("docker", "run", "--rm", "--entrypoint=mysqld", healthy.variable("MYSQL_IMAGE"), "--version")
    own = re.search(r"Ver (\d+)\.(\d+)\.(\d+)", version)
    assert own is not None
    newer = "no server opens the files of a newer one"
    written_by(healthy, 90803)
    fails(healthy, newer)
    mends(healthy.project, newer)
    assert healthy.variable("MYSQL_IMAGE") == server(healthy, "mysql:9.8")
    for number, by in {80036: "8.4", 50744: "8.0"}.items():
        written_by(healthy, number)
        fails(healthy, f"the way goes by MySQL {by}")
        typed = command(said(healthy.project), f"the way goes by MySQL {by}")
        image = server(healthy, f"mysql:{by}")
        assert typed == f"MYSQL_IMAGE={image} docker compose up --detach --wait mysql && make up"
    written_by(healthy, int("".join(f"{int(part):02}" for part in own.groups())))
    opens(healthy)


@pytest.mark.soak
def test_an_upgrade_from_the_lts_series_before_is_the_servers_own(healthy: Stack) -> None:
    written_by(healthy, 80406)
    opens(healthy)


def test_mysql_and_mariadb_on_each_others_volume_are_named_and_the_right_one_opens_it(healthy: Stack) -> None:
    right, other, words = healthy.variable("MYSQL_IMAGE"), server(healthy, "mariadb:11.8"), "neither opens the other's"
    healthy.down()
    diagnosis.write(healthy.project / ".env", MYSQL_IMAGE=other)
    fails(healthy, f"written by mysql 9.7.*{words}")
    mends(healthy.project, words)
    assert healthy.variable("MYSQL_IMAGE") == right
    opens(healthy)
    healthy.down()
    diagnosis.write(healthy.project / ".env", MYSQL_IMAGE=other, MYSQL_VOLUME="second")
    healthy.compose("up", "--detach", "--wait", "mysql")
    healthy.down()
    diagnosis.write(healthy.project / ".env", MYSQL_IMAGE=right)
    fails(healthy, f"written by mariadb 11.8.*{words}")
    mends(healthy.project, words)
    assert healthy.variable("MYSQL_IMAGE") == other
    healthy.compose("up", "--detach", "--wait", "mysql")
    healthy.down()
    run("docker", "volume", "rm", f"{healthy.variable('COMPOSE_PROJECT_NAME')}_second")


def test_a_volume_that_is_roots_is_given_to_the_server(healthy: Stack) -> None:
    healthy.down()
    volume = f"{healthy.variable('COMPOSE_PROJECT_NAME')}_mysql:/volume"
    run("docker", "run", "--rm", "--user=0", "--entrypoint=chown", "--volume", volume, healthy.variable("MYSQL_IMAGE"),
        "-R", "0:0", "/volume")  # fmt: skip
    fails(healthy, "the database's volume does not belong to the server's user")
    mends(healthy.project, "the database's volume does not belong to the server's user")
    assert healthy.python(LOAD) == "[1, 2, 3]"


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
    line = f"{variable}=127.0.0.1:9/nobodys/image:1 is not on this machine"
    assert f"is {variable} right?" in command(said(healthy.project), line)
    right = stack.published_images()[variable]
    mirrors = f"127.0.0.1:9/{right}"
    diagnosis.write(healthy.project / ".env", **{variable: mirrors})
    assert command(said(healthy.project), "is not on this machine").startswith(f"docker pull {mirrors} ")
    diagnosis.write(healthy.project / ".env", **{variable: right.replace("m", "mm", 1)})
    mends(healthy.project, f"{variable}={right.replace('m', 'mm', 1)} is not on this machine")
    assert healthy.variable(variable) == right


def test_an_image_older_than_the_lock_is_named_and_made_anew(healthy: Stack) -> None:
    image = f"{healthy.variable('COMPOSE_PROJECT_NAME')}-jupyter"
    older = f"FROM {image}\nUSER root\nRUN sed -i 's/^tqdm==.*/tqdm==4.0.0/' /opt/project/as-built.txt\n"
    run("docker", "build", "--tag", image, "-", stdin=older)
    assert mends(healthy.project, "image is older than requirements.lock (tqdm)") == "make up"
    assert said(healthy.project) == []


def test_make_up_that_fails_says_why(healthy: Stack) -> None:
    diagnosis.write(healthy.project / ".env", OUTPUTS="results")
    with pytest.raises(CommandError, match="doctor: OUTPUTS=results is neither a folder"):
        run("make", "up", cwd=healthy.project)


def test_make_up_that_fails_for_a_reason_of_ones_own_shows_the_end_of_the_log(healthy: Stack) -> None:
    override = healthy.project / "docker-compose.override.yaml"
    override.write_text("services: {jupyter: {command: [sh, -c, 'echo that is why >&2; exit 3']}}\n")
    try:
        with pytest.raises(
            CommandError, match=r"doctor: the service jupyter ended with 3; mend.*\n( .*\n)*    that is why"
        ) as caught:
            run("make", "up", cwd=healthy.project)
        assert "nothing wrong found" not in str(caught.value)
    finally:
        override.unlink()
        healthy.up()
    assert said(healthy.project) == []


def containers(one: Stack) -> dict[str, str]:
    """Return the identity of each service's container."""
    return {service: one.compose("ps", "--quiet", service).strip() for service in ("jupyter", "mysql")}


def test_make_up_replaces_a_container_that_holds_an_old_token_and_no_other(healthy: Stack) -> None:
    before, address = containers(healthy), run("make", "url", cwd=healthy.project)
    diagnosis.write(healthy.project / ".env", JUPYTER_TOKEN="'a$new token'")
    assert run("make", "url", cwd=healthy.project) == address, "what the running container has"
    mends(healthy.project, "JUPYTER_TOKEN in .env changed after the container of jupyter was made")
    after = containers(healthy)
    assert (before["jupyter"] != after["jupyter"], before["mysql"] == after["mysql"]) == (True, True)
    assert run("make", "url", cwd=healthy.project) == f"{healthy.url('')}/lab?token=a%24new%20token\n"
    assert healthy.status("/api/contents", "a$new token") == 200
    assert healthy.python(LOAD) == "[1, 2, 3]"


@pytest.mark.parametrize(("variable", "services"), [("MYSQL_ROOT_PASSWORD", ["mysql"]), ("NO_PROXY", ["jupyter"])])
def test_each_secret_is_compared(healthy: Stack, variable: str, services: list[str]) -> None:
    diagnosis.write(healthy.project / ".env", **{variable: "changed"})
    words = [f"{variable} in .env changed after the container of {service} was made" for service in services]
    lines = said(healthy.project)
    assert [command(lines, line) for line in words] == ["make up" for _ in words]
    healthy.compose("stop", "jupyter")
    assert said(healthy.project) == lines, "a container that is stopped holds it as well"


def test_a_password_that_the_running_server_refuses_stops_up_before_anything_is_changed(healthy: Stack) -> None:
    before = containers(healthy)
    diagnosis.write(healthy.project / ".env", MYSQL_PASSWORD="anotherone")
    fails(healthy, "is not the password that jupyter has in the database's volume; mend it with: make rotate-password")
    assert containers(healthy) == before


def test_make_up_after_env_was_lost_says_so_within_twenty_seconds(
    healthy: Stack, measured: Callable[[str, object], None]
) -> None:
    healthy.down()
    old = (healthy.project / ".env").read_text()
    (healthy.project / ".env").unlink()
    run("make", "env", cwd=healthy.project)
    kept = ("COMPOSE_PROJECT_NAME", "BASE_IMAGE", "MYSQL_IMAGE", "JUPYTER_PORT")
    diagnosis.write(
        healthy.project / ".env", **dict(line.split("=", 1) for line in old.splitlines() if line.startswith(kept))
    )
    start = time.monotonic()
    words = fails(
        healthy, "is not the password that jupyter has in the database's volume; mend it with: make rotate-password"
    )
    seconds = time.monotonic() - start
    measured("make up after .env was lost", f"{seconds:.1f} s")
    probes = run("docker", "inspect", "--format", "{{json .State}}", containers(healthy)["mysql"])
    assert seconds < 20, f"{words}\n{probes}"
    healthy.down()


def test_an_interrupted_make_up_ends_at_once_and_leaves_nobody_waiting(healthy: Stack) -> None:
    healthy.down()
    up = subprocess.Popen(
        ["make", "up"], cwd=healthy.project, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        # Tests that run in the background of a shell have it ignored, and their children, too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_until(lambda: healthy.compose("ps", "--quiet", "mysql"), "the server's container is there")
    os.killpg(up.pid, signal.SIGINT)
    said, _ = up.communicate(timeout=30)  # whoever still waits would hold the pipe
    assert "Traceback" not in said
    assert up.returncode != 0


def test_make_url_says_the_true_reason_why_there_is_no_address(healthy: Stack, tmp_path: Path) -> None:
    def reason(**variables: str) -> str:
        with pytest.raises(CommandError) as caught:
            run("make", "url", cwd=healthy.project, env=variables)
        return next(line for line in str(caught.value).splitlines() if line.startswith("make url: "))

    for name in ("make", "sh", diagnosis.PYTHON):
        (tmp_path / Path(name).name).symlink_to(shutil.which(name) or "")
    assert "there is no command 'docker'" in reason(PATH=str(tmp_path))
    docker = tmp_path / "docker"
    docker.write_text(
        "#!/bin/sh\necho 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1\n"
    )
    docker.chmod(0o755)
    assert "you may not use it" in reason(PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert "the engine does not answer" in reason(DOCKER_HOST="unix:///nowhere/docker.sock")
    healthy.compose("stop", "jupyter")
    assert reason() == "make url: JupyterLab does not run; make up starts it"


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
