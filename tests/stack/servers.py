"""A server to deploy to: a container of a bare Debian 13 with sshd, an engine of its own, and somebody to log in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from test_install_docker_makes_a_bare_machine_sufficient import BARE, DAEMON_INSIDE

import stack
from diagnosis import write
from stack import Stack, run, wait_until

# Docker 26 and 27 want it where a machine lets nobody switch IPv6 off, as in a container.
ENGINE = ("--env", "DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1")
# Without it `docker exec` finds no way into a container that has no rights.
RIGHTS = ("--cap-add", "SYS_PTRACE")
MAKE = """
set -e
apt-get update --quiet >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends openssh-server procps >/dev/null
bash /install-docker.sh
useradd --create-home --shell /bin/bash --groups docker deploy
install --directory --mode=700 --owner=deploy --group=deploy /home/deploy/.ssh
install --mode=600 --owner=deploy --group=deploy /dev/stdin /home/deploy/.ssh/authorized_keys
printf 'PermitRootLogin no\\nPasswordAuthentication no\\nMaxStartups 100\\n' >/etc/ssh/sshd_config.d/only-keys.conf
mkdir -p /run/sshd
/usr/sbin/sshd
"""


@dataclass
class Server:
    """A machine on which a stack is to run.

    Attributes:
        container: the container that stands for it.
        address: its address on this machine's network.
        folder: where the key and the shell's own `ssh` are.
    """

    container: str
    address: str
    folder: Path

    @property
    def host(self) -> str:
        """What is typed behind HOST=."""
        return f"deploy@{self.address}"

    def run(self, *command: str, stdin: str | None = None) -> str:
        """Run a command there as root; return what it prints."""
        return run("docker", "exec", *ENGINE, "--interactive", self.container, *command, stdin=stdin, timeout=1200)

    def docker(self, *command: str) -> str:
        """Ask the engine there."""
        return self.run("docker", *command)

    def service(self, name: str) -> str:
        """Return the id of a service's container there."""
        return self.docker("ps", "--all", "--quiet", "--no-trunc", "--filter",
                           f"label=com.docker.compose.service={name}").strip()  # fmt: skip

    def states(self) -> dict[str, str]:
        """Return of each container its id and when it was started."""
        names = self.docker("ps", "--quiet", "--no-trunc").split()
        lines = self.docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", *names).splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def restart_engine(self) -> None:
        """End the engine as a crash does, and start it again as the machine's start does."""
        self.run("sh", "-c", "kill -9 $(cat /run/docker.pid); pkill -9 containerd; pkill -9 shim; true")
        wait_until(lambda: self.run("sh", "-c", "pgrep dockerd || true") == "", "the engine is gone")
        self.run("bash", "/install-docker.sh")


@contextmanager
def server(folder: Path, *images: str) -> Iterator[Server]:
    """Yield a server whose engine has these images of this machine's, since no registry answers there."""
    key = folder / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    options = ("--init", *DAEMON_INSIDE, *RIGHTS, "--volume", f"{stack.INSTALL_DOCKER}:/install-docker.sh:ro")
    container = run("docker", "run", "--detach", *options, BARE, "sleep", "infinity").strip()
    try:
        place = ("docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", container)
        one = Server(container, run(*place).strip(), folder)
        one.run("bash", "-c", MAKE, stdin=key.with_suffix(".pub").read_text())
        (folder / "bin").mkdir()
        ssh = folder / "bin" / "ssh"
        spoken = (f"-i {key} -o UserKnownHostsFile={folder}/known -o StrictHostKeyChecking=accept-new"
                   f" -o ControlMaster=auto -o ControlPath={folder}/%C -o ControlPersist=60")  # fmt: skip
        ssh.write_text(f'#!/bin/sh\nexec /usr/bin/ssh {spoken} "$@"\n')
        ssh.chmod(0o755)
        for image in images:
            with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving:
                loading = ["docker", "exec", "--interactive", container, "docker", "load", "--quiet"]
                subprocess.run(loading, stdin=saving.stdout, check=True, capture_output=True)
        yield one
    finally:
        run("docker", "rm", "--force", "--volumes", container)


def reaching(one: Stack, there: Server, **variables: str) -> Stack:
    """Return the project in whose .env its variables are, and these, and whose shell has the server's key."""
    write(one.project / ".env", **one.variables, **variables)
    return Stack(one.project, {"PATH": f"{there.folder}/bin:{os.environ['PATH']}"})
