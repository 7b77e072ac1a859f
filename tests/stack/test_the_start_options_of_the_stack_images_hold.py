"""The start options of jupyter/docker-stacks hold, on its images and on a project's, as docs/start.md's table says."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import stack
from stack import Stack, run, wait_until

HARDENED = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
# What the password `sesame` is hashed to.
PASSWORD = "argon2:$argon2id$v=19$m=10240,t=10,p=8$PuVtbrti+abZZJSyx4/TWQ$BDgm1aa7anHC/X2JwO5Z3GNNU414L36CKVOOaMFAGj0"  # noqa: S105
HUB_VERSION = "5.0.0"
TOKEN = "two words"  # noqa: S105


def table() -> dict[str, dict[str, str]]:
    """Return whether each option holds on an image, by the option's words and the image's, as docs/start.md says."""
    lines = (stack.TEMPLATE / "docs" / "start.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").replace("`", "").split(" | ") for line in lines if line.startswith("| ")]
    return {row[0]: {"stack image": row[1], "project's image": row[2]} for row in rows[2:]}


TABLE = table()
# What was found of an option, and what is found where it holds.
Check = Callable[["Image"], tuple[object, object]]
CHECKS: dict[str, Check] = {}


def holds(option: str) -> Callable[[Check], Check]:
    """Make a function the check of an option of the table."""

    def add(check: Check) -> Check:
        CHECKS[option] = check
        return check

    return add


# ------------------------------------------------------------------------------------------------------- the images


@dataclass(frozen=True)
class Said:
    """What a container said on each of its outputs, and its exit code."""

    output: list[str]
    log: str
    code: int


def environment(**values: str) -> tuple[str, ...]:
    return tuple(part for name, value in values.items() for part in ("--env", f"{name}={value}"))


@dataclass
class Image:
    """An image, and the servers that run from it.

    Attributes:
        kind: the column of the table.
        plain: an image that a person starts without any option.
        root: an image for root, with what it needs to be told.
        hub: the address of a hub.
        folder: a folder for files that are mounted.
        containers: the names of the servers' containers, by those of the tests.
        from_root: what somebody finds whom root set up with all the options.
    """

    kind: str
    name: str
    plain: str
    root: tuple[str, tuple[str, ...]]
    hub: str
    folder: Path
    containers: dict[str, str] = field(default_factory=dict)
    from_root: dict[str, str] = field(default_factory=dict)

    def say(self, *command: str, options: tuple[str, ...] = ()) -> Said:
        """Run a command in a container of its own."""
        ran = subprocess.run(
            ["docker", "run", "--rm", *options, self.name, *command], check=False, capture_output=True, text=True
        )
        return Said(ran.stdout.splitlines(), ran.stderr, ran.returncode)

    def mount(self, text: str, path: str) -> tuple[str, ...]:
        """Return the option that mounts an executable file with this text."""
        file = self.folder / uuid.uuid4().hex
        file.write_text(text)
        file.chmod(0o755)
        return ("--volume", f"{file}:{path}:ro")

    def serve(self, server: str, *command: str, image: str = "", options: tuple[str, ...] = ()) -> None:
        """Start a server under a name of the tests."""
        name = self.containers[server] = f"start-{uuid.uuid4().hex[:12]}"
        run("docker", "run", "--detach", "--name", name, *options, image or self.name, *command)

    def address(self, server: str) -> str:
        """Return the address of a server's container on this machine."""
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return run("docker", "inspect", "--format", template, self.containers[server]).strip()

    def log(self, server: str) -> str:
        """Return what a server's container said on both outputs."""
        ran = subprocess.run(
            ["docker", "logs", self.containers[server]], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return ran.stdout.decode()

    def status(self, server: str, path: str, port: int = 8888, scheme: str = "http", token: str = "") -> int:
        """Return the HTTP status with which a server answers as soon as it answers at all."""
        anyone = ssl.create_default_context()
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=anyone)
        )
        request = urllib.request.Request(f"{scheme}://{self.address(server)}:{port}{path}")
        if token:
            request.add_header("Authorization", f"token {token}")
        answers: list[int] = []

        def answered() -> bool:
            try:
                with opener.open(request, timeout=20) as answer:
                    answers.append(answer.status)
            except urllib.error.HTTPError as refusal:
                answers.append(refusal.code)
            except (OSError, http.client.HTTPException):
                state = run("docker", "inspect", "--format", "{{.State.Running}}", self.containers[server]).strip()
                assert state == "true", self.log(server)
            return bool(answers)

        try:
            wait_until(answered, f"an answer of {server}", timeout=90)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.log(server)}") from None
        return answers[0]

    def inside(self, server: str, script: str) -> str:
        """Return what a script prints that a server's container runs."""
        return run("docker", "exec", self.containers[server], "bash", "-c", script).strip()


class Hub(BaseHTTPRequestHandler):
    """As much of a JupyterHub as a single-user server asks for while it starts."""

    def answer(self) -> None:
        """Answer whatever is asked."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", HUB_VERSION)
        self.end_headers()
        self.wfile.write(json.dumps({"version": HUB_VERSION}).encode())

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer((stack.bridge_gateway(), 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{server.server_address[0]!s}:{server.server_port}/hub/api"
    server.shutdown()
    server.server_close()


@contextmanager
def built(project: Stack, **variables: str) -> Iterator[str]:
    """Yield the name of the image that a project builds with these values of .env."""
    name = f"{project.variable('COMPOSE_PROJECT_NAME')}-{uuid.uuid4().hex[:6]}"
    one = Stack(project.project, {**project.variables, **variables, "COMPOSE_PROJECT_NAME": name})
    one.compose("build", "jupyter", timeout=900)
    try:
        yield f"{name}-jupyter"
    finally:
        run("docker", "image", "rm", "--force", f"{name}-jupyter")


@pytest.fixture(scope="module")
def project_images(new_stack: Callable[..., Stack]) -> Iterator[tuple[str, str, str]]:
    """The image of a project with the default answers, and the same built for 1001:1001 and for root."""
    project = new_stack()
    with (
        built(project, NB_UID="1000", NB_GID="100") as default,
        built(project, NB_UID="1001", NB_GID="1001") as person,
        built(project, NB_UID="0", NB_GID="0") as root,
    ):
        yield default, person, root


@pytest.fixture(scope="module", params=["stack image", "project's image"])
def image(request: pytest.FixtureRequest, hub: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """An image with its servers started, all at once."""
    folder = tmp_path_factory.mktemp("mounted")
    folder.chmod(0o755)
    if request.param == "stack image":
        base = request.getfixturevalue("local_images")["minimal-notebook"]
        to_root = environment(NB_USER="root", NB_UID="0", NB_GID="0", NOTEBOOK_ARGS="--allow-root")
        one = Image(request.param, base, base, (base, ("--user", "root", *to_root)), hub, folder)
    else:
        default, person, root = request.getfixturevalue("project_images")
        one = Image(request.param, default, person, (root, ()), hub, folder)
    try:
        for start in SERVERS:
            start(one)
        yield one
    finally:
        run("docker", "rm", "--force", "--volumes", *one.containers.values())


def many_options(image: Image) -> None:
    """As somebody whom the image does not know, with hooks and most of the options."""
    options = environment(
        GEN_CERT="yes",
        JUPYTER_PORT="8899",
        NOTEBOOK_ARGS=f"--IdentityProvider.token='{TOKEN}'",
        RESTARTABLE="yes",
        NB_UMASK="027",
        HTTP_PROXY="http://proxy.invalid:1",
        HTTPS_PROXY="http://proxy.invalid:1",
        SECRET="x",
        JUPYTER_ENV_VARS_TO_UNSET="SECRET",
    )
    options += image.mount("export FROM_START=$SECRET", "/usr/local/bin/start-notebook.d/20-start.sh")
    options += image.mount("export FROM_BEFORE=$FROM_START", "/usr/local/bin/before-notebook.d/20-before.sh")
    options += ("--user", "1234:5678", "--group-add", "users", *HARDENED)
    image.serve("many options", "start-notebook.py", "--ServerApp.base_url=/a/b/", options=options)


def notebook_with_a_certificate(image: Image) -> None:
    made = image.say(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=localhost"),
        *("-keyout", "/dev/stdout", "-out", "/dev/stdout"),
    )
    options = (
        *environment(DOCKER_STACKS_JUPYTER_CMD="notebook", JUPYTER_TOKEN="a-token"),
        *image.mount("\n".join(made.output) + "\n", "/etc/ssl/notebook.pem"),
    )
    image.serve("notebook", "start-notebook.py", "--ServerApp.certfile=/etc/ssl/notebook.pem", options=options)


def nbclassic_with_a_password(image: Image) -> None:
    options = environment(DOCKER_STACKS_JUPYTER_CMD="nbclassic")
    hashed = f"--PasswordIdentityProvider.hashed_password={PASSWORD}"
    image.serve("nbclassic", "start-notebook.py", hashed, options=options)


def single_user(image: Image) -> None:
    """As the spawner of a hub starts it: by the image's own command."""
    options = environment(
        JUPYTERHUB_API_TOKEN="token-of-the-hub",
        JUPYTERHUB_API_URL=image.hub,
        JUPYTERHUB_BASE_URL="/",
        JUPYTERHUB_CLIENT_ID="jupyterhub-user-ann",
        JUPYTERHUB_OAUTH_CALLBACK_URL="/user/ann/oauth_callback",
        JUPYTERHUB_OAUTH_ACCESS_SCOPES='["access:servers"]',
        JUPYTERHUB_SERVICE_PREFIX="/user/ann/",
        JUPYTERHUB_SERVICE_URL="http://0.0.0.0:8888/user/ann/",
        JUPYTERHUB_USER="ann",
    )
    image.serve("single-user", options=options)


def root_without_capabilities(image: Image) -> None:
    name, options = image.root
    image.serve("root", image=name, options=(*options, *environment(JUPYTER_TOKEN="a-token"), *HARDENED))


def without_any_option(image: Image) -> None:
    image.serve("plain", image=image.plain)


SERVERS = [
    many_options,
    notebook_with_a_certificate,
    nbclassic_with_a_password,
    single_user,
    root_without_capabilities,
    without_any_option,
]


# ------------------------------------------------------------------------------------------------------- the checks


def many(image: Image, path: str = "/a/b/api/status", token: str = TOKEN) -> int:
    """Return the status with which the server with many options answers."""
    return image.status("many options", path, port=8899, scheme="https", token=token)


def process(image: Image, server: str = "many options") -> str:
    """Return the number of the process that is a server; empty while there is none."""
    notes = "cd ~/.local/share/jupyter/runtime && ls -t | grep -m1 -oP 'jpserver-\\K[0-9]+(?=.json)' || true"
    return image.inside(server, notes)


def in_proc(image: Image, file: str) -> list[str]:
    """Return the lines of a file of /proc of the server with many options, as soon as that answers."""
    many(image)
    return image.inside("many options", f"tr '\\0' '\\n' </proc/{process(image)}/{file}").splitlines()


@holds("hooks in start-notebook.d and before-notebook.d")
def hooks(image: Image) -> tuple[object, object]:
    exported = {"FROM_START=x", "FROM_BEFORE=x"}
    return exported.intersection(in_proc(image, "environ")), exported


@holds("JUPYTER_ENV_VARS_TO_UNSET")
def unset(image: Image) -> tuple[object, object]:
    lines = in_proc(image, "environ")
    return [line for line in lines if line.startswith(("SECRET=", "JUPYTER_ENV_VARS_TO_UNSET="))], []


@holds("NB_UMASK")
def umask(image: Image) -> tuple[object, object]:
    return [line.split()[1] for line in in_proc(image, "status") if line.startswith("Umask")], ["0027"]


@holds("NOTEBOOK_ARGS")
def arguments_of_the_environment(image: Image) -> tuple[object, object]:
    return [many(image), many(image, token="another")], [200, 403]


@holds("start-notebook.py with arguments, such as --ServerApp.base_url")
def arguments_of_the_command(image: Image) -> tuple[object, object]:
    return [many(image, "/a/b/api"), many(image, "/api")], [200, 404]


@holds("JUPYTER_PORT")
def port(image: Image) -> tuple[object, object]:
    return image.status("many options", "/a/b/api", port=8899, scheme="https"), 200


@holds("GEN_CERT")
def generated_certificate(image: Image) -> tuple[object, object]:
    many(image)
    return subject(image, "many options", 8899), "generated"


@holds("a certificate that is mounted, --ServerApp.certfile")
def mounted_certificate(image: Image) -> tuple[object, object]:
    image.status("notebook", "/api", scheme="https")
    return subject(image, "notebook", 8888), "localhost"


def subject(image: Image, server: str, port: int) -> str:
    """Return the common name of the certificate that a server shows."""
    shown = image.inside(server, f"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>&1 | grep -m1 ^subject")
    return shown.rpartition("CN")[2].strip(" =")


@holds("RESTARTABLE")
def restartable(image: Image) -> tuple[object, object]:
    many(image)
    first = process(image)
    image.inside("many options", f"kill -TERM {first}")
    wait_until(lambda: process(image) not in ("", first), "the server starts again", timeout=90)
    return many(image), 200


@holds("the health check follows port, base URL and certificate, past a proxy")
def health(image: Image) -> tuple[object, object]:
    name = image.containers["many options"]

    def state() -> str:
        return run("docker", "inspect", "--format", "{{.State.Health.Status}}", name).strip()

    wait_until(lambda: state() == "healthy", f"a healthy container; now {state()}", timeout=90)
    return state(), "healthy"


@holds("JUPYTER_TOKEN")
def token(image: Image) -> tuple[object, object]:
    answers = [image.status("notebook", "/api/status", scheme="https", token=token) for token in ("a-token", "another")]
    return answers, [200, 403]


@holds("DOCKER_STACKS_JUPYTER_CMD=notebook")
def notebook(image: Image) -> tuple[object, object]:
    status = image.status("notebook", "/tree", scheme="https", token="a-token")
    return (status, "Executing: jupyter notebook" in image.log("notebook")), (200, True)


@holds("DOCKER_STACKS_JUPYTER_CMD=nbclassic")
def nbclassic(image: Image) -> tuple[object, object]:
    image.status("nbclassic", "/api")
    return "Executing: jupyter nbclassic" in image.log("nbclassic"), True


@holds("a password, --PasswordIdentityProvider.hashed_password")
def password(image: Image) -> tuple[object, object]:
    image.status("nbclassic", "/api")
    said = image.inside("nbclassic", LOG_IN.replace("URL", "http://127.0.0.1:8888"))
    return said.splitlines(), ["401", "200"]


# Logs in with a wrong and with the right password, past any proxy, and asks for what only who is logged in may see.
LOG_IN = """
cd /tmp
for password in wrong sesame; do
    curl --silent --noproxy '*' --cookie-jar jar --output /dev/null URL/login
    xsrf=$(sed -n 's/.*_xsrf\\t//p' jar)
    code=$(curl --silent --noproxy '*' --cookie jar --cookie-jar jar --output /dev/null --write-out '%{http_code}' \
        --data-urlencode "password=$password" --data-urlencode "_xsrf=$xsrf" URL/login)
    [ "$code" = 302 ] &&
        code=$(curl --silent --noproxy '*' --cookie jar --output /dev/null --write-out '%{http_code}' URL/api/status)
    echo "$code"
done
"""


@holds("a hub's single-user server (JUPYTERHUB_API_TOKEN and the like)")
def hub_of_one(image: Image) -> tuple[object, object]:
    status = image.status("single-user", "/user/ann/api")
    command = json.loads(run("docker", "inspect", "--format", "{{json .Config.Cmd}}", image.name))
    return (status, command, "jupyterhub-singleuser" in image.log("single-user")), (200, ["start-notebook.py"], True)


@holds("--user root -e NB_USER=root -e NB_UID=0 -e NB_GID=0, without capabilities")
def root(image: Image) -> tuple[object, object]:
    status = image.status("root", "/api/status", token="a-token")
    said = image.inside("root", "id -un; grep CapEff /proc/1/status | cut -f 2; touch /home/root/made && echo made")
    return (status, said.splitlines()), (200, ["root", "0" * 16, "made"])


@holds("docker run without any option")
def plain(image: Image) -> tuple[object, object]:
    status = image.status("plain", "/api")
    said = image.inside("plain", "id -u; id -g; whoami; touch ~/made ~/work/made && echo made; cat /proc/*/status")
    lines = said.splitlines()
    owner = ["1000", "100"] if image.kind == "stack image" else ["1001", "1001"]
    # The engine's own process, from which a health check is about to come, is root for a moment.
    processes = [one for one in said.split("Name:")[1:] if not one.strip().startswith("runc")]
    by_root = [one for one in processes if "\nUid:\t0" in one]
    return (status, lines[:4], by_root), (200, [*owner, "jovyan", "made"], [])


@holds("a hook that fails ends the start")
def failing_hook(image: Image) -> tuple[object, object]:
    said = image.say("echo", "the command", options=image.mount("false", "/usr/local/bin/before-notebook.d/20-no.sh"))
    return (said.output, said.code), ([], 1)


@holds("docker run IMAGE command")
def command(image: Image) -> tuple[object, object]:
    said = image.say("sh", "-c", "id -un; type python; exit 7")
    python = "/opt/conda/bin/python" if image.kind == "stack image" else "/opt/project/bin/python"
    return (said.output, said.code), (["jovyan", f"python is {python}"], 7)


@holds("docker run IMAGE start.sh command")
def start_twice(image: Image) -> tuple[object, object]:
    said = image.say("start.sh", "id", "-un")
    return (said.output, said.log.count("Running hooks in"), "WARNING[" in said.log), (["jovyan"], 2, True)


@holds("JUPYTER_DOCKER_STACKS_QUIET")
def quiet(image: Image) -> tuple[object, object]:
    said = image.say("true", options=environment(JUPYTER_DOCKER_STACKS_QUIET="1", GRANT_SUDO="yes"))
    return {line.partition("[")[0] for line in said.log.splitlines()}, {"WARNING"}


@holds("NB_USER, NB_UID, NB_GID, GRANT_SUDO without --user root")
def without_root(image: Image) -> tuple[object, object]:
    wanted = environment(NB_USER="alice", NB_UID="1234", NB_GID="4321", GRANT_SUDO="yes")
    said = image.say("bash", "-c", "id -u; id -g; sudo -n id -u || true", options=wanted)
    assert said.log.count("WARNING[") >= 4, said.log
    assert said.code == 0
    return said.output, ["1234", "4321", "0"]


def from_root(image: Image) -> dict[str, str]:
    """Return what somebody finds whom root set up with all the options."""
    if not image.from_root:
        names = {"NB_USER": "alice", "NB_UID": "1234", "NB_GID": "4321", "NB_GROUP": "team", "GRANT_SUDO": "yes"}
        owned = {"CHOWN_HOME": "yes", "CHOWN_HOME_OPTS": "-R", "CHOWN_EXTRA": "/srv,/mnt", "CHOWN_EXTRA_OPTS": "-R"}
        script = "id -un; id -u; id -g; id -gn; echo $HOME; stat -c %U:%G ~/.bashrc /srv /mnt; sudo -n id -u"
        said = image.say("bash", "-c", script, options=("--user", "root", *environment(**names, **owned)))
        found = ("name", "uid", "gid", "group", "home", "bashrc", "srv", "mnt", "sudo")
        image.from_root = dict(zip(found, said.output, strict=False))
        assert said.code == 0, said.log
    return image.from_root


@holds("--user root with NB_USER, NB_UID, NB_GID, NB_GROUP")
def user_of_choice(image: Image) -> tuple[object, object]:
    found = from_root(image)
    wanted = ["alice", "1234", "4321", "team", "/home/alice"]
    return [found[name] for name in ("name", "uid", "gid", "group", "home")], wanted


@holds("--user root with CHOWN_HOME, CHOWN_EXTRA and their _OPTS")
def owner_of_choice(image: Image) -> tuple[object, object]:
    found = from_root(image)
    return [found[name] for name in ("bashrc", "srv", "mnt")], ["alice:team"] * 3


@holds("--user root with GRANT_SUDO")
def sudo(image: Image) -> tuple[object, object]:
    return from_root(image).get("sudo"), "0"


@holds("--user 1234:5678 --group-add users, without capabilities")
def anybody(image: Image) -> tuple[object, object]:
    many(image)
    script = "id -u; id -g; touch ~/made $(python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))')/made"
    said = image.inside("many options", f"{script} && echo made; grep CapEff /proc/1/status | cut -f 2")
    return said.splitlines(), ["1234", "5678", "made", "0" * 16]


@holds("a folder mounted at /home/jovyan/work")
def work(image: Image) -> tuple[object, object]:
    folder = image.folder / "work"
    folder.mkdir()
    if os.getuid() == 0:
        os.chown(folder, 1000, 100)
    folder.chmod(0o777)
    said = image.say(
        "touch", "work/made", options=("--volume", f"{folder}:/home/jovyan/work", "--workdir", "/home/jovyan")
    )
    return (said.code, [path.name for path in folder.iterdir()]), (0, ["made"])


# -------------------------------------------------------------------------------------------------------- the tests


def test_the_table_has_the_options_that_are_checked() -> None:
    assert {*TABLE} == {*CHECKS}
    assert {cell for cells in TABLE.values() for cell in cells.values()} == {"yes", "no"}


@pytest.mark.parametrize("option", TABLE)
def test_an_option_holds_as_the_table_says(image: Image, option: str) -> None:
    found, wanted = CHECKS[option](image)
    if TABLE[option][image.kind] == "yes":
        assert found == wanted
    else:
        assert found != wanted


LAYER = """
services:
  jupyter:
    command: [start-notebook.py, --ServerApp.base_url=/team/]
    environment:
      GEN_CERT: "yes"
      NOTEBOOK_ARGS: --ServerApp.custom_display_url=https://from-hook.example
    volumes: ["./hook.sh:/usr/local/bin/before-notebook.d/20-hook.sh:ro"]
"""


def test_options_are_lines_of_the_service_jupyter(new_stack: Callable[..., Stack]) -> None:
    one = new_stack(database="sqlite")
    (one.project / "compose.start.yaml").write_text(LAYER)
    (one.project / "hook.sh").write_text("export NOTEBOOK_ARGS=${NOTEBOOK_ARGS/from-hook/hooked}\n")
    one = Stack(one.project, {**one.variables, "COMPOSE_FILE": "compose.yaml:compose.start.yaml"})
    one.up()
    assert "https://hooked.example/team/lab" in one.compose("logs", "--no-color", "jupyter")
    assert "version" in json.loads(one.python(FETCH))


# Asks the server in its own container, whose certificate is its own, past any proxy.
FETCH = """
import ssl, urllib.request

open_it = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl._create_unverified_context())
)
print(open_it.open("https://127.0.0.1:8888/team/api").read().decode())
"""


@pytest.mark.soak
def test_a_base_without_their_start_reads_its_main_variables(
    new_stack: Callable[..., Stack], local_image: Callable[[str], str], tmp_path: Path
) -> None:
    published = stack.images_of_choices()["slim"]
    base = published if stack.can_be_had(published) else local_image("python")
    project = new_stack(image="slim")
    with built(project, BASE_IMAGE=base, NB_UID="1000", NB_GID="100") as name:
        image = Image("slim", name, name, (name, ()), "", tmp_path)
        assert image.say("sh", "-c", "id -un; exit 7") == Said(["jovyan"], "", 7)
        variables = {"NOTEBOOK_ARGS": f"--IdentityProvider.token='{TOKEN}'", "JUPYTER_PORT": "8899"}
        options = environment(**variables, DOCKER_STACKS_JUPYTER_CMD="server", NB_UMASK="027")
        image.serve("slim", "start-notebook.py", "--ServerApp.base_url=/a/b/", options=options)
        try:
            answers = [image.status("slim", "/a/b/api/status", port=8899, token=one) for one in (TOKEN, "another")]
            assert answers == [200, 403]
            said = image.inside("slim", f"cd /proc/{process(image, 'slim')}; tr '\\0' ' ' <cmdline; grep Umask status")
            assert "/jupyter-server " in said
            assert said.endswith("0027")
        finally:
            run("docker", "rm", "--force", "--volumes", *image.containers.values())
