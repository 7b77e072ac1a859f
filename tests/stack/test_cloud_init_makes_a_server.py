"""deploy/cloud-init.yaml makes a bare Debian a server: an engine, a user with one key, three open ports, updates.

cloud-init itself runs, stage by stage as at a machine's first start, in a container with an engine of its own. A second
container is the neighbour from whom the first is to be kept safe. The machines are a part of `make soak`.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from test_install_docker_makes_a_bare_machine_sufficient import BARE, DAEMON_INSIDE

import stack
from stack import CommandError, run, wait_until

FILE = stack.PROJECT_FOLDER / "deploy" / "cloud-init.yaml"
PAGE = (stack.TEMPLATE / "docs" / "server-machine.md").read_text(encoding="utf-8")
FILLING, THERE_ALREADY = re.findall(r"^```shell\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MOST_BYTES = 16_384
"""What providers take."""
STAGES = ("init --local", "init", "modules --mode=config", "modules --mode=final")
# Debian 12 by what builds the local base images, from where the packages of Debian 13 come.
OLDER = """apt-get update -q >&2; apt-get install -qy --no-install-recommends mmdebstrap >&2
sed s/trixie/bookworm/ /etc/apt/sources.list |
mmdebstrap --quiet --variant=apt --include=ca-certificates,debian-archive-keyring,passwd bookworm - -"""
REPOSITORY = BARE.rpartition(":")[0]
# What a provider's image has, and for the neighbour.
CLOUD = """FROM {base}
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
    busybox-static cloud-init iproute2 openssh-server sudo systemd
"""
# The container's network is the engine's matter.
NO_NETWORK = "echo 'network: {config: disabled}' >/etc/cloud/cloud.cfg.d/99-network.cfg"
DAEMON_26 = ("--cap-add", "SYS_PTRACE", "--env", "DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1")
INNER = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
KEYS = Path("/root/keys")


@dataclass
class Machine:
    """A container that is a machine."""

    container: str

    def sh(self, script: str, stdin: str | None = None) -> str:
        """Have root run a script there, up to the first command that fails; return what it prints."""
        return run("docker", "exec", "--interactive", self.container, "sh", "-ec", script, stdin=stdin)

    def start(self, user_data: str) -> list[str]:
        """Have cloud-init run as it does at the first start; return what it says that went wrong."""
        self.sh("cat >user-data", user_data)
        self.sh("\n".join([NO_NETWORK, *THERE_ALREADY.splitlines()[1:-1]]))
        for stage in STAGES:
            self.sh(f"cloud-init {stage} >>/var/log/stages 2>&1 || true")
        result = json.loads(self.sh("cat /run/cloud-init/result.json"))
        return list(result["v1"]["errors"])

    @property
    def address(self) -> str:
        """Its address, at which its neighbour reaches it."""
        return run("docker", "inspect", "--format", INNER, self.container).strip()


Starter = Callable[..., Machine]


def base_of(suite: str) -> str:
    """Return the name of a bare Debian, which is made once."""
    name = f"{REPOSITORY}:{suite}"
    if run("docker", "image", "ls", "--quiet", name):
        return name
    making = f"docker run --rm --interactive {' '.join(DAEMON_INSIDE)} {BARE} sh -e | docker import - {name}"
    run("bash", "-o", "pipefail", "-c", making, stdin=OLDER)
    return name


@pytest.fixture(
    scope="module", params=[pytest.param(suite, marks=pytest.mark.soak) for suite in ("trixie", "bookworm")]
)
def starter(local_images: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Starter]:
    """Return a function that starts a bare machine on which cloud-init has not run yet."""
    image = f"{REPOSITORY}:{request.param}-cloud"
    run("docker", "build", "--tag", image, "-", stdin=CLOUD.format(base=base_of(request.param)))
    machines: list[str] = []

    def start(*options: str) -> Machine:
        machines.append(run("docker", "run", "--detach", *options, image, "sleep", "infinity").strip())
        return Machine(machines[-1])

    yield start
    run("docker", "rm", "--force", "--volumes", *machines)


@pytest.fixture(scope="module")
def neighbour(starter: Starter) -> Machine:
    """Return a machine beside the server, which has the right key, and another."""
    one = starter("--cap-add", "NET_ADMIN")
    one.sh(f"mkdir {KEYS}; for name in right wrong; do ssh-keygen -q -t ed25519 -N '' -f {KEYS}/$name; done")
    return one


@pytest.fixture(scope="module")
def user_data(neighbour: Machine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the page's command writes, typed in a project's folder."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(FILE.parent, folder / "deploy")
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "id_ed25519.pub").write_text(neighbour.sh(f"cat {KEYS}/right.pub"))
    run("sh", "-c", FILLING, cwd=folder, env={"HOME": str(folder)})
    return (folder / "user-data").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(starter: Starter, user_data: str) -> Machine:
    """Return a machine that cloud-init has made a server."""
    one = starter(*DAEMON_INSIDE, *DAEMON_26)
    assert one.start(user_data) == [], one.sh("cat /var/log/stages; grep -v DEBUG /var/log/cloud-init.log")
    one.sh("mkdir -p /run/sshd; /usr/sbin/sshd")  # by systemd on a machine
    return one


def ssh(neighbour: Machine, server: Machine, command: str, user: str = "deploy", key: str = "right") -> str:
    """Have the neighbour run a command at the server; return what it prints, or else raise a CommandError."""
    options = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    return neighbour.sh(f"ssh -i {KEYS / key} {options} {user}@{server.address} {command!r}").strip()


def open_ports(neighbour: Machine, address: str, *ports: int) -> set[int]:
    """Return at which ports something answers to the neighbour."""
    knock = f"timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/'$port 2>/dev/null && echo $port || true"
    return {int(port) for port in neighbour.sh(f"for port in {' '.join(map(str, ports))}; do {knock}; done").split()}


def test_the_command_writes_the_key_and_the_script_and_nothing_else(user_data: str, neighbour: Machine) -> None:
    comment = "".join(f"{line[1:].strip()}\n" for line in FILE.read_text().splitlines() if line.startswith("#  "))
    assert comment == "".join(f"{line.strip()}\n" for line in FILLING.splitlines())
    assert len(user_data.encode()) < MOST_BYTES
    before, after = yaml.safe_load(FILE.read_text()), yaml.safe_load(user_data)
    key, script = after["users"][1].pop("ssh_authorized_keys"), after["write_files"][-1].pop("content")
    assert key == [neighbour.sh(f"cut -d ' ' -f 1,2 {KEYS}/right.pub").strip()]
    assert base64.b64decode(script) == stack.INSTALL_DOCKER.read_bytes()
    assert before["users"][1].pop("ssh_authorized_keys") == "SSH_KEY"
    assert before["write_files"][-1].pop("content") == "INSTALL_DOCKER"
    assert before == after


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda text: text, None),
        (lambda text: FILE.read_text(), "SSH_KEY"),
        (lambda text: re.sub(r"(keys: )\[.*\]", r"\1[]", text), "ssh_authorized_keys"),
        (lambda text: text.replace("    groups: ", "    group: "), "'group'"),
    ],
    ids=["whole", "as it stands", "no key", "a wrong word"],
)
def test_its_schema_takes_what_is_filled_in_and_refuses_a_wrong_word(
    neighbour: Machine, user_data: str, changed: Callable[[str], str], words: str | None
) -> None:
    neighbour.sh("cat >/root/user-data", changed(user_data))
    check = "cloud-init schema --config-file /root/user-data 2>&1"
    if words is None:
        assert "Valid" in neighbour.sh(check)
    else:
        with pytest.raises(CommandError, match=words):
            neighbour.sh(check)


def test_a_wrong_word_at_the_top_is_refused_by_debian_13_and_not_by_12(neighbour: Machine, user_data: str) -> None:
    neighbour.sh("cat >/root/user-data", user_data.replace("\npackages: ", "\npakages: "))
    said = neighbour.sh("cloud-init schema --config-file /root/user-data 2>&1 || true")
    assert ("pakages" if "trixie" in neighbour.sh("cat /etc/os-release") else "Valid") in said


def test_deploy_uses_the_engine_and_is_not_root(server: Machine, neighbour: Machine) -> None:
    said = ssh(neighbour, server, "id -un && docker info --format {{.OSType}} && docker compose version --short")
    assert said.split()[:2] == ["deploy", "linux"]
    for forbidden in ("cat /etc/shadow", "sudo -n true"):
        with pytest.raises(CommandError):
            ssh(neighbour, server, forbidden)
    assert server.sh("passwd --status deploy").split()[1] == "L"


def test_nobody_else_gets_in(server: Machine, neighbour: Machine) -> None:
    """Neither with another key, nor as root with this one, nor by a password, for which nobody is even asked."""
    for user, key in (("deploy", "wrong"), ("root", "right"), ("debian", "right")):
        with pytest.raises(CommandError, match=r"Permission denied \(publickey\)"):
            ssh(neighbour, server, "true", user, key)
    said = server.sh("/usr/sbin/sshd -T").splitlines()
    assert {"permitrootlogin no", "passwordauthentication no", "kbdinteractiveauthentication no"} <= set(said)


def test_three_ports_answer_from_outside_whatever_the_engine_publishes(server: Machine, neighbour: Machine) -> None:
    server.sh("""install -D "$(command -v busybox)" /box/busybox; echo hello >/box/index.html
tar -C /box -c . | docker import - box
docker run --detach --name box --publish 80:80 --publish 8888:80 box /busybox httpd -f -p 80 -h /
busybox httpd -p 443; busybox httpd -p 3306""")
    neighbour.sh("busybox httpd -p 8000 -h /etc")
    inside = server.sh(f"docker inspect --format '{INNER}' box").strip()
    neighbour.sh(f"ip route add {inside}/32 via {server.address}")
    ports = (22, 80, 443, 2375, 3306, 8888)

    def reached() -> tuple[set[int], set[int]]:
        return open_ports(neighbour, server.address, *ports), open_ports(neighbour, inside, 80)

    wait_until(lambda: "hello" in neighbour.sh(f"busybox wget -qO- {server.address} || true"), "what is published")
    assert reached() == ({22, 80, 443}, set())
    asking = f"exec 3<>/dev/tcp/{neighbour.address}/8000; printf 'GET /hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    said = server.sh(f'docker run --rm --volume /:/host:ro box /busybox chroot /host timeout 5 bash -c "{asking}"')
    assert said.endswith(neighbour.sh("cat /etc/hostname"))
    server.sh("nft delete table inet server")
    assert reached() == ({22, 80, 443, 3306, 8888}, {80})  # it is this table that held them
    for _ in range(2):
        server.sh("nft -f /etc/nftables.conf")
    assert reached() == ({22, 80, 443}, set())
    assert "hello" in neighbour.sh(f"busybox wget -qO- {server.address}")


def test_updates_come_by_themselves_and_services_with_each_start(server: Machine) -> None:
    said = server.sh("apt-config dump APT::Periodic")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in said
    assert 'APT::Periodic::Update-Package-Lists "1";' in said
    assert server.sh("command -v unattended-upgrade")
    for unit in ("nftables.service", "docker.service", "ssh.service", "apt-daily.timer", "apt-daily-upgrade.timer"):
        assert server.sh(f"systemctl is-enabled {unit}").strip() == "enabled", unit
    server.sh("systemd-analyze verify --man=no nftables.service")
    words = re.findall("^ExecStop=.*$", server.sh("systemd-analyze cat-config systemd/system/nftables.service"), re.M)
    assert words[-1] == "ExecStop="  # which takes the words before back


def test_what_was_not_filled_in_installs_no_engine_and_lets_nobody_in(starter: Starter, neighbour: Machine) -> None:
    one = starter(*DAEMON_INSIDE, *DAEMON_26)
    assert any("scripts_user" in error or "scripts-user" in error for error in one.start(FILE.read_text()))
    assert "SSH_KEY is no public key, nothing is installed" in one.sh("cat /var/log/stages")
    assert one.sh("command -v dockerd || echo none").strip() == "none"
    one.sh("mkdir -p /run/sshd; /usr/sbin/sshd")
    with pytest.raises(CommandError, match=r"Permission denied \(publickey\)"):
        ssh(neighbour, one, "true")
