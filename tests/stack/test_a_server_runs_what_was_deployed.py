"""`make deploy HOST=user@server`: what runs on the server, how it is reached, and that nothing is lost there."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import random
import re
import secrets
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lab import Lab
from servers import Server, reaching, server
from test_install_docker_makes_a_bare_machine_sufficient import BARE

import stack
from diagnosis import write
from stack import CommandError, Stack, run, wait_until

KILLS = 10
PEOPLE, SECONDS = (20, 300) if os.environ.get("SOAK") else (4, 15)
TABLE = "from persistence import Database; import pandas as pd; db = Database.from_env(); "
# The most memory that a container has had, file cache included, in the second and the first version of cgroups.
PEAK = "cd /sys/fs/cgroup; cat memory.peak 2>/dev/null || cat memory/memory.max_usage_in_bytes"
PASSWORD = "correct horse battery"  # noqa: S105 - somebody's, in this test


@pytest.fixture(scope="module")
def there(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server."""
    caddy = stack.build_local_image("caddy")
    with server(tmp_path_factory.mktemp("server"), caddy, images.get("MYSQL_IMAGE") or "mysql:9.7") as one:
        yield one


@pytest.fixture(scope="module")
def deployed(new_stack: Callable[..., Stack], there: Server) -> Stack:
    """The project on the server, with its notebooks and a password."""
    made = new_stack(project_name="Deployed", image="slim")
    if "BASE_IMAGE" in made.variables:
        made.variables["BASE_IMAGE"] = stack.build_local_image("python")
    one = reaching(made, there, CADDY_IMAGE=stack.build_local_image("caddy"), MEMORY="8g",
                   COMPOSE_FILE="compose.yaml:compose.own.yaml")  # fmt: skip
    (one.project / "compose.own.yaml").write_text("services: {jupyter: {environment: {OWN: layer}}}\n")
    ignored = one.project / ".dockerignore"
    ignored.write_text(ignored.read_text().replace("# !notebooks\n", "!notebooks\n"))
    run("make", "password", cwd=one.project, env=one.variables, stdin=f"{PASSWORD}\n", timeout=900)
    said = one.make("deploy", HOST=there.host)
    assert f"https://{there.address}/lab?token=" in said
    return one


def inside(there: Server, code: str) -> str:
    """Run Python in the notebook's container there."""
    return there.run("docker", "exec", "--interactive", there.service("jupyter"), "python", "-", stdin=code).strip()


@pytest.fixture(scope="module")
def authority(deployed: Stack, there: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the authority that `make deploy` names."""
    file = tmp_path_factory.mktemp("authority") / "server.crt"
    said = deployed.make("deploy", HOST=there.host)
    fetching = re.findall(r"to be trusted by browsers: (.*)", said)[0].replace("server.crt", str(file))
    run("sh", "-c", fetching, env=deployed.variables)
    return file


@pytest.fixture(scope="module")
def context(authority: Path) -> ssl.SSLContext:
    """What trusts that authority, and nobody else."""
    return ssl.create_default_context(cafile=str(authority))


def get(there: Server, context: ssl.SSLContext, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPSConnection(there.address, context=context, timeout=30)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def test_a_second_deploy_changes_nothing(deployed: Stack, there: Server, timed: Callable[[str, str], None]) -> None:
    before = there.states()
    timed("deploy", "a second deploy")
    assert there.states() == before


def test_a_layer_of_ones_own_goes_there_too(deployed: Stack, there: Server) -> None:
    assert inside(there, "import os; print(os.environ['OWN'])") == "layer"


def test_what_is_built_is_built_by_the_engine_that_ones_shell_names(deployed: Stack, there: Server) -> None:
    before, nobody = there.states(), Stack(deployed.project, {**deployed.variables, "DOCKER_HOST": "tcp://127.0.0.1:1"})
    with pytest.raises(CommandError, match="what failed is said above"):
        nobody.make("deploy", HOST=there.host)
    assert there.states() == before


def test_an_interrupted_restore_is_finished_first(deployed: Stack, there: Server) -> None:
    before, note = there.states(), deployed.project / ".env.server.restoring"
    note.write_text("{}")
    try:
        with pytest.raises(CommandError, match=rf"a restore was interrupted.*make restore HOST={there.host}"):
            deployed.make("deploy", HOST=there.host)
        assert there.states() == before
    finally:
        note.unlink()


def test_nothing_of_it_is_copied_to_the_server(deployed: Stack, there: Server) -> None:
    assert there.run("find", "/home/deploy", "-type", "f", "-newer", "/home/deploy/.ssh/authorized_keys").split() == []
    mounts = there.docker("inspect", "--format", "{{range .Mounts}}{{.Type}} {{end}}", there.service("jupyter"))
    assert set(mounts.split()) == {"volume"}


# How it is reached.


def test_its_certificate_verifies(deployed: Stack, there: Server, context: ssl.SSLContext) -> None:
    assert get(there, context, "/api").status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        get(there, ssl.create_default_context(), "/api")


def test_plain_http_redirects(deployed: Stack, there: Server) -> None:
    connection = http.client.HTTPConnection(there.address, timeout=30)
    connection.request("GET", "/lab")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (308, f"https://{there.address}/lab")


def test_nobody_comes_in_without_token_or_password(deployed: Stack, there: Server, context: ssl.SSLContext) -> None:
    token = deployed.variable("JUPYTER_TOKEN")
    assert get(there, context, "/api/contents").status == 403
    assert get(there, context, "/api/contents", Authorization=f"token {token}").status == 200


def log_in(there: Server, context: ssl.SSLContext, word: str) -> http.client.HTTPResponse:
    """Log in as the form of Lab does."""
    page = get(there, context, "/login")
    cookie = (page.getheader("Set-Cookie") or "").partition(";")[0]
    xsrf = cookie.partition("=")[2]
    connection = http.client.HTTPSConnection(there.address, context=context, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", "/login", body=f"_xsrf={xsrf}&password={word.replace(' ', '+')}", headers=form)
    return connection.getresponse()


def test_a_password_lets_people_in_and_its_cookie_is_secure(
    deployed: Stack, there: Server, context: ssl.SSLContext
) -> None:
    assert log_in(there, context, "another one").status == 401
    answer = log_in(there, context, PASSWORD)
    cookies = [value for name, value in answer.getheaders() if name == "Set-Cookie" and "username" in value]
    assert answer.status == 302
    assert cookies
    assert "Secure" in cookies[0]
    assert PASSWORD not in (deployed.project / ".env").read_text()


def websocket(there: Server, context: ssl.SSLContext, token: str, origin: str) -> str:
    """Ask for a kernel's channel; return the first line of the answer."""
    connection = http.client.HTTPSConnection(there.address, context=context, timeout=60)
    connection.request("POST", "/api/kernels", headers={"Authorization": f"token {token}"})
    kernel = json.loads(connection.getresponse().read())["id"]
    plain = socket.create_connection((there.address, 443), 30)
    with context.wrap_socket(plain, server_hostname=there.address) as wire:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET /api/kernels/{kernel}/channels HTTP/1.1", f"Host: {there.address}", f"Origin: {origin}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
            f"Cookie: {logged_in(there, context, token)}", "", "",
        )  # fmt: skip
        wire.sendall("\r\n".join(lines).encode())
        return wire.recv(4096).decode(errors="replace").splitlines()[0]


def logged_in(there: Server, context: ssl.SSLContext, token: str) -> str:
    """Return the cookies of somebody's browser that has logged in."""
    answer = get(there, context, f"/lab?token={token}")
    return "; ".join(value.partition(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie")


def test_a_kernel_runs_over_wss_and_a_foreign_page_gets_none(
    deployed: Stack, there: Server, context: ssl.SSLContext
) -> None:
    token = deployed.variable("JUPYTER_TOKEN")
    assert "101" in websocket(there, context, token, f"https://{there.address}")
    assert "403" in websocket(there, context, token, "https://elsewhere.example")


@pytest.mark.soak
def test_a_neighbour_reaches_three_ports_alone(deployed: Stack, there: Server) -> None:
    """By the server's address, and by the containers' own, to which it has set a way.

    There an engine before 28 answers for whatever a network has that leads out, which the doctor says.
    """
    ours = there.docker("network", "inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", *there.docker(
        "network", "ls", "--quiet", "--filter", "driver=bridge").split()).split()  # fmt: skip
    addresses = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    inner = there.docker("inspect", "--format", addresses, there.service("jupyter"), there.service("mysql")).split()
    asked = [
        (there.address, [22, 80, 443, 3306, 8888, 33060, 2019, 2375]),
        *((one, [3306, 8888, 33060]) for one in inner),
    ]
    look = f"""
import socket, subprocess
for net in {ours}:
    subprocess.run(["ip", "route", "replace", net, "via", "{there.address}"], check=True)
for address, ports in {asked}:
    for port in ports:
        try:
            socket.create_connection((address, port), 3).close()
            print(address, port)
        except OSError:
            pass
"""
    setup = "apt-get update -q && apt-get install -qy --no-install-recommends iproute2 python3"
    setup = f"{{ {setup}; }} >/dev/null && python3 -"
    said = run("docker", "run", "--rm", "--interactive", "--cap-add", "NET_ADMIN", BARE, "sh", "-c", setup, stdin=look)
    three = [f"{there.address} {port}" for port in (22, 80, 443)]
    version = int(there.docker("version", "--format", "{{.Server.Version}}").partition(".")[0])
    others = {line for line in said.splitlines() if line not in three}
    assert others <= ({f"{one} 8888" for one in inner} if version < 28 else set())
    assert said.splitlines()[:3] == three
    assert ("a neighbour in its network" in deployed.make("doctor", HOST=there.host)) == (version < 28)


def test_the_database_has_no_way_out(deployed: Stack, there: Server) -> None:
    out = f"exec 3<>/dev/tcp/{there.address}/22"
    networks = there.docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", there.service("mysql"))
    (name,) = json.loads(networks)
    assert there.docker("network", "inspect", "--format", "{{.Internal}}", name).strip() == "true"
    there.run("docker", "exec", there.service("jupyter"), "timeout", "5", "bash", "-c", out)
    with pytest.raises(CommandError):
        there.run("docker", "exec", there.service("mysql"), "timeout", "5", "bash", "-c", out)


def test_a_secret_is_nowhere_but_in_the_files_for_it(deployed: Stack, there: Server) -> None:
    names = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD", "JUPYTER_PASSWORD_HASH")
    credentials = [deployed.variable(name).strip("'") for name in names]
    planted = "planted-0123456789-planted"
    look = ["grep", "-rlaF", "--exclude-dir=proc", "--exclude-dir=sys", "--exclude-dir=secrets", "--exclude-dir=run"]
    for secret in [*credentials, planted]:
        look += ["-e", f"'{secret}'"]
    there.run("sh", "-c", f"echo {planted} >/var/lib/docker/planted")
    found = there.run("sh", "-c", f"{' '.join(look)} /etc /home /root /var /tmp /opt /srv || true").split()
    assert found == ["/var/lib/docker/planted"]
    there.run("rm", "/var/lib/docker/planted")


# What happens to it.


@pytest.fixture
def timed(deployed: Stack, there: Server, measured: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """A function that runs a target on the server and notes its seconds under a name."""

    def run_it(target: str, name: str) -> None:
        begun = time.monotonic()
        deployed.make(target, HOST=there.host)
        measured(name, f"{time.monotonic() - begun:.1f} s")

    return run_it


def test_an_update_and_a_rollback_keep_tables_and_notebooks(
    deployed: Stack, there: Server, timed: Callable[[str, str], None]
) -> None:
    inside(there, TABLE + "db.save(pd.DataFrame({'day': [1, 2]}), 'days', if_exists='replace')")
    inside(there, "open('notebooks/own.ipynb', 'w').write('mine')")
    before, database = there.states(), there.service("mysql")
    (deployed.project / "notebooks" / "new.ipynb").write_text("{}")
    (deployed.project / "src" / "ours.py").write_text("VERSION = 2\n")
    timed("deploy", "an update, by save and load")
    assert inside(there, "import ours, os; print(ours.VERSION, os.path.exists('deployed/new.ipynb'))") == "2 True"
    check_kept(there, database, before)
    timed("rollback", "a rollback")
    assert inside(there, "import os; print(os.path.exists('src/ours.py'))") == "False"
    check_kept(there, database, before)
    with pytest.raises(CommandError, match="nothing was deployed there before what runs"):
        deployed.make("rollback", HOST=there.host)
    deployed.make("deploy", HOST=there.host)
    assert inside(there, "import ours; print(ours.VERSION)") == "2"


TURN = """
import time
import pandas as pd
from persistence import Database

db = Database.from_env()
frame = pd.DataFrame({{"person": {person}, "turn": {turn}, "row": range(20_000), "value": 1 / 7}})
start = time.monotonic()
db.save(frame, "own_{person}", if_exists="replace")
db.save(frame.head(100), "shared", if_exists="append")
saving = time.monotonic() - start
pd.testing.assert_frame_equal(db.load("own_{person}"), frame)
print(saving)
"""


async def work(lab: Lab, person: int) -> list[float]:
    """Save and load in a kernel of one's own, turn for turn; return the seconds of each turn's two saves."""
    saving = list[float]()
    async with lab.kernel() as kernel:
        await kernel.run("from persistence import Database")  # a kernel's start is not the work
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or len(saving) < 2:
            said = await kernel.run(TURN.format(person=person, turn=len(saving)))
            saving.append(float(said.rpartition("\r")[2]))  # behind the bar of a long save
    return saving


def test_many_people_save_and_load_through_the_proxy_and_nothing_is_lost(
    deployed: Stack, there: Server, authority: Path, measured: Callable[[str, object], None]
) -> None:
    lab = Lab(f"https://{there.address}", deployed.variable("JUPYTER_TOKEN"), str(authority))
    inside(there, TABLE + "db.save(pd.DataFrame({'person': [0], 'turn': 0, 'row': 0, 'value': 0.5})[:0], 'shared')")

    async def all_of_them() -> list[list[float]]:
        return await asyncio.gather(*(work(lab, person) for person in range(PEOPLE)))

    turns = asyncio.run(all_of_them())  # whose error, in any turn, is this test's
    counted = "db.query('SELECT person, COUNT(*) AS n FROM shared GROUP BY person ORDER BY person')['n'].tolist()"
    assert json.loads(inside(there, TABLE + f"print({counted})")) == [100 * len(one) for one in turns]
    last = [f"int(db.load('own_{person}')['turn'].max())" for person in range(PEOPLE)]
    assert json.loads(inside(there, TABLE + f"print([{', '.join(last)}])")) == [len(one) - 1 for one in turns]
    asking = {name: ("docker", "exec", there.service(name), "sh", "-c", PEAK) for name in ("jupyter", "mysql")}
    memory = ", ".join(f"{name} {int(there.run(*command)) / 1e9:.2f} GB" for name, command in asking.items())
    saves = sorted(seconds for one in turns for seconds in one)
    figures = f"{len(saves)} turns, median {saves[len(saves) // 2]:.2f} s, slowest {saves[-1]:.2f} s"
    measured(f"{PEOPLE} people for {SECONDS} s", f"{figures}; most memory: {memory}")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"MYSQL_PASSWORD": "another"}, "is not the password that"),
        ({"SERVER_VOLUME": "another"}, "the server's database is in the volume mysql, and SERVER_VOLUME"),
    ],
)
def test_an_env_of_another_stack_changes_nothing_there(
    deployed: Stack, there: Server, changed: dict[str, str], says: str
) -> None:
    before, env = there.states(), deployed.project / ".env"
    text = env.read_text()
    write(env, **changed)
    try:
        with pytest.raises(CommandError, match=re.escape(says)):
            deployed.make("deploy", HOST=there.host)
        assert there.states() == before
    finally:
        env.write_text(text)


@pytest.mark.soak
def test_dask_runs_there_and_goes_again(deployed: Stack, there: Server) -> None:
    env = deployed.project / ".env"
    text = env.read_text()
    try:
        write(env, COMPOSE_PROFILES="mysql,dask", DASK_WORKERS="2")
        deployed.make("deploy", HOST=there.host)
        work = "from dask.distributed import Client; c = Client(); c.wait_for_workers(2, timeout=60); "
        task = "print(c.submit(lambda: Database.from_env().tables() and 6 * 7).result())"
        inside(there, TABLE + "db.save(pd.DataFrame({'day': [1]}), 'dasked', if_exists='replace')")
        assert inside(there, TABLE + work + task) == "42"
        assert len(there.service("dask-worker").split()) == 2
    finally:
        env.write_text(text)
    deployed.make("deploy", HOST=there.host)
    assert there.service("dask-worker") == there.service("dask-scheduler") == ""


@pytest.mark.soak
def test_a_killed_deploy_is_done_by_the_same_command(
    deployed: Stack, there: Server, measured: Callable[[str, object], None]
) -> None:
    inside(there, TABLE + "db.save(pd.DataFrame({'day': [1, 2]}), 'days', if_exists='replace')")
    seed = secrets.randbits(32)
    generator, found, seconds = random.Random(seed), list[int](), 20.0  # noqa: S311 - moments, no secrets
    for turn in range(KILLS):
        (deployed.project / "src" / "ours.py").write_text(f"TURN = {turn}\n")
        environment = {**os.environ, **deployed.variables}
        process = subprocess.Popen(["make", "deploy", f"HOST={there.host}"], cwd=deployed.project, env=environment,
                                   start_new_session=True, stdout=subprocess.DEVNULL)  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(generator.uniform(0, seconds))
        found.append(0 if process.poll() is None else 1)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        begun = time.monotonic()
        deployed.make("deploy", HOST=there.host)
        seconds = max(seconds, time.monotonic() - begun)
        kept = f"import ours; print(ours.TURN); {TABLE}print(db.load('days')['day'].tolist())"
        assert inside(there, kept).splitlines() == [str(turn), "[1, 2]"]
    figures = f"{sum(found)} were done before; the next took at most {seconds:.0f} s (seed {seed})"
    measured(f"{KILLS} killed deploys", figures)


def check_kept(there: Server, database: str, before: dict[str, str]) -> None:
    kept = TABLE + "print(db.load('days')['day'].tolist(), open('notebooks/own.ipynb').read())"
    assert inside(there, kept) == "[1, 2] mine"
    assert there.service("mysql") == database
    same = [name for name, state in there.states().items() if before.get(name) == state]
    assert len(same) == 2  # the database and the proxy go on


def test_all_is_back_after_a_crash_of_everything(deployed: Stack, there: Server, context: ssl.SSLContext) -> None:
    inside(there, TABLE + "db.save(pd.DataFrame({'day': [7]}), 'crashed', if_exists='replace')")
    there.run("sh", "-c", "pkill -9 mysqld; pkill -9 -f [j]upyter-lab; pkill -9 caddy; true")
    there.restart_engine()
    wait_until(lambda: answers(there, context), "Lab answers again", 180)
    wait_until(lambda: saved(there) == "[7]", "the table is there", 180)


def answers(there: Server, context: ssl.SSLContext) -> bool:
    try:
        return get(there, context, "/api").status == 200
    except OSError:
        return False


def saved(there: Server) -> str:
    try:
        return inside(there, TABLE + "print(db.load('crashed')['day'].tolist())")
    except CommandError:
        return ""


@pytest.mark.soak
def test_a_backup_is_made_and_restored_there(deployed: Stack, there: Server) -> None:
    inside(there, TABLE + "db.save(pd.DataFrame({'day': [1, 2, 3]}), 'kept', if_exists='replace')")
    inside(there, "open('outputs/result.txt', 'w').write('old')")
    deployed.make("backup", HOST=there.host, WITH="outputs")
    (file,) = (deployed.project / "backups").glob("*.zip")
    deployed.make("verify-backup", HOST=there.host, FILE=f"backups/{file.name}")
    inside(there, TABLE + "db.drop('kept')")
    inside(there, "open('outputs/result.txt', 'w').write('new')")
    volume = deployed.variable("MYSQL_VOLUME")
    deployed.make("restore", HOST=there.host, FILE=f"backups/{file.name}", YES="1")
    found = "print(db.load('kept')['day'].tolist(), open('outputs/result.txt').read())"
    assert inside(there, TABLE + found) == "[1, 2, 3] old"
    assert deployed.variable("MYSQL_VOLUME") == volume  # this machine's own database has nothing to do with it
    before = there.states()
    deployed.make("deploy", HOST=there.host)
    assert there.states() == before


def test_the_doctor_the_log_and_the_address_are_had_from_here(deployed: Stack, there: Server) -> None:
    assert "nothing wrong found" in deployed.make("doctor", HOST=there.host)
    assert deployed.make("url", HOST=there.host).startswith(f"https://{there.address}/lab?token=")
    layers = {"DOCKER_HOST": f"ssh://{there.host}", "COMPOSE_FILE": "compose.yaml:compose.deploy.yaml"}
    shown = ("docker", "compose", "logs", "--tail", "3")  # `make logs` follows, and does not end
    assert "jupyter" in run(*shown, cwd=deployed.project, env={**deployed.variables, **layers})


def test_what_the_doctor_says_to_type_acts_there(deployed: Stack, there: Server) -> None:
    env = deployed.project / ".env"
    text = env.read_text()
    write(env, JUPYTER_TOKEN="another-token-of-thirty-two-signs")
    try:
        with pytest.raises(CommandError, match=f"mend it with: make deploy HOST={there.host}"):
            deployed.make("doctor", HOST=there.host)
    finally:
        env.write_text(text)


@pytest.mark.soak
def test_a_digest_of_a_registry_is_deployed_and_rolled_back(
    deployed: Stack, there: Server, timed: Callable[[str, str], None]
) -> None:
    """The registry of this machine is reached there under the same name, by a tunnel."""
    port, env = stack.free_port(), deployed.project / ".env"
    publish = ("--publish", f"127.0.0.1:{port}:5000")
    registry = run("docker", "run", "--detach", *publish, stack.build_local_image("registry")).strip()
    tunnel = subprocess.Popen(
        [there.folder / "bin" / "ssh", "-N", "-S", "none", "-R", f"{port}:127.0.0.1:{port}", there.host]
    )
    text = env.read_text()
    try:
        write(env, IMAGE=f"localhost:{port}/team/deployed:1")
        timed("deploy", "the first deploy by a digest")
        first = image_of(there)
        (deployed.project / "src" / "ours.py").write_text("VERSION = 3\n")
        timed("deploy", "an update by a digest")
        second, states = image_of(there), there.states()
        assert "@sha256:" in second
        deployed.make("deploy", HOST=there.host)
        assert there.states() == states
        user = deployed.variable("NB_UID")
        write(env, IMAGE=second, NB_UID="1234")
        with pytest.raises(CommandError, match=r"the image is made for NB_UID=.*whose the volumes are then"):
            deployed.make("deploy", HOST=there.host)
        write(env, NB_UID=user)
        timed("rollback", "a rollback by a digest")
        assert image_of(there) == first
    finally:
        env.write_text(text)
        tunnel.terminate()
        tunnel.wait()
        run("docker", "rm", "--force", "--volumes", registry)


def image_of(there: Server) -> str:
    return there.docker("inspect", "--format", "{{.Config.Image}}", there.service("jupyter")).strip()


@pytest.mark.parametrize("target", ["deploy", "rollback"])
def test_a_server_has_to_be_named(project: Path, target: str) -> None:
    with pytest.raises(CommandError, match=f"name the server: make {target} HOST=user@server"):
        run("make", target, cwd=project)


def test_a_server_that_does_not_answer_is_said_in_a_line(deployed: Stack) -> None:
    with pytest.raises(CommandError, match="the engine of the server does not answer"):
        deployed.make("rollback", HOST="deploy@192.0.2.1")
