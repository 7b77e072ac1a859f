"""`make rotate-password`: new credentials for JupyterLab and the database, in .env and in the server together.

The stack's own server is started once, beside the network, with a file of statements that it runs as nobody else: so no
old password is needed, and a second run mends whatever an interrupted one left. On a server elsewhere the user changes
its own password; the new one is noted beside .env before, so that it cannot be lost.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from make_env import CREDENTIALS, is_elsewhere, parse, random_credential
from project import Project

PROJECT = Path(__file__).resolve().parents[1]
ENV, DRAFT = PROJECT / ".env", PROJECT / ".env.rotating"
TOKEN, PASSWORD, ROOT_PASSWORD = CREDENTIALS
WORKER = "/home/jovyan/work/scripts"
# What the server itself does. The statements lie in memory alone; a volume that is new takes its first passwords from
# .env by itself.
SET_PASSWORDS = r"""
set -eu
data=/var/lib/mysql statements=/dev/shm/passwords.sql
[ -d "$data/mysql" ] || exit 0
client=$(command -v mysql || command -v mariadb)

quoted() { printf "'%s'" "$(sed "s/['\\\\]/\\\\&/g" "$1")"; }
answers() { MYSQL_PWD="$(cat "$2")" "$client" --protocol=socket --user="$1" --execute="SELECT 1" >/dev/null 2>&1; }

root=/run/secrets/mysql_root_password user=/run/secrets/mysql_password
(
    umask 077
    exec >"$statements"
    for host in localhost %; do
        echo "ALTER USER IF EXISTS 'root'@'$host' IDENTIFIED BY $(quoted "$root");"
    done
    echo "ALTER USER IF EXISTS '$MYSQL_USER'@'%' IDENTIFIED BY $(quoted "$user");"
)
docker-entrypoint.sh --skip-networking --disable-log-bin --init-file="$statements" &
server=$!
trap 'kill -TERM "$server"; wait "$server"; exit 1' TERM
until answers root "$root"; do
    kill -0 "$server" 2>/dev/null || { echo "the server stopped; its messages are above" >&2; exit 1; }
    sleep 0.2
done
rm "$statements"
result=0
answers "$MYSQL_USER" "$user" || { echo "the server has no user $MYSQL_USER" >&2; result=1; }
kill -TERM "$server"
wait "$server" || result=1
exit "$result"
"""
LAST_LINES = 12


class RefusedError(Exception):
    """What was asked for cannot be done; the message says why, and what to do."""


def compose(
    *arguments: str, stdin: str = "", variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run docker compose in the project and return what it said, whatever its exit code; variables win over .env."""
    command = ["docker", "compose", "--progress", "quiet", *arguments]
    environment = {**os.environ, **(variables or {})}
    try:
        return subprocess.run(  # noqa: S603 - no shell
            command, cwd=PROJECT, env=environment, input=stdin, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise RefusedError("there is no command 'docker': the README says how to install it") from None


def checked(done: subprocess.CompletedProcess[str], what: str) -> str:
    """Return what a command printed; raise RefusedError with its last words where it failed."""
    if done.returncode != 0:
        words = "\n".join((done.stderr + done.stdout).rstrip().splitlines()[-LAST_LINES:])
        raise RefusedError(f"{what}:\n{words}")
    return done.stdout


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return the text of .env with other values for these variables."""
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
        if count != 1:
            raise RefusedError(f".env has {count} lines of {name}, instead of one; nothing was changed")
    return text


def check_shell(names: Mapping[str, str]) -> None:
    """Raise where the shell has a credential, which would win over .env."""
    for name in names:
        if name in os.environ:
            raise RefusedError(f"{name} is set in the shell, which wins over .env: unset {name}, and run this again")


def write_draft(text: str) -> None:
    """Write the new .env beside the old one, with its mode and owner, to the disk."""
    DRAFT.unlink(missing_ok=True)
    with os.fdopen(os.open(DRAFT, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(ENV, DRAFT)
    if hasattr(os, "chown") and os.getuid() == 0:
        os.chown(DRAFT, ENV.stat().st_uid, ENV.stat().st_gid)


def running() -> list[str]:
    """Return the services that run."""
    done = compose("ps", "--services", "--status", "running")
    return checked(done, "the engine does not say what runs").split()


def end_interrupted(container: str) -> None:
    """Stop the server that a killed rotation has left running; there is none, mostly."""
    for command in (("stop", "-t", "60"), ("rm", "--force")):
        subprocess.run(["docker", *command, container], capture_output=True, check=False)  # noqa: S603, S607


def set_in_stack(values: Mapping[str, str]) -> None:
    """Give the server of the stack its new passwords; it is stopped then.

    Raises:
        RefusedError: it does not take them; what ran runs again.
    """
    ran, container = running(), f"{Project(PROJECT).name}-rotating"
    end_interrupted(container)
    checked(compose("rm", "--stop", "--force", "mysql"), "the server cannot be stopped, and nothing was changed")
    # What it depends on refuses a volume that this server may not open.
    script = ("run", "--rm", "-T", "--name", container, "--entrypoint", "sh", "mysql", "-c", SET_PASSWORDS)
    try:
        checked(compose(*script, variables=values), "the server did not take its passwords, and .env stays as it is")
    except BaseException:
        end_interrupted(container)
        compose(*script)  # one may have been taken: all are what .env says again
        if "mysql" in ran:
            compose("up", "--detach", "--no-deps", "mysql")
        raise


def elsewhere(command: str, password: str) -> bool:
    """Have rotate_worker.py set or try the password of a server elsewhere; return whether the server took it."""
    mounted = ("--volume", f"{PROJECT / 'scripts'}:{WORKER}:ro", "--entrypoint", "python")
    script = ("run", "--rm", "-T", "--no-deps", *mounted, "jupyter", "-B", f"{WORKER}/rotate_worker.py", command)
    said = checked(compose(*script, stdin=password), "the server cannot be asked, and .env stays as it is")
    return bool(json.loads(said))


def recover() -> bool:
    """Take the .env that an interrupted rotation on a server elsewhere noted, if the server took its password.

    Raises:
        RefusedError: the server takes neither that password nor the one of .env; both stay noted.
    """
    if not DRAFT.exists():
        return False
    if elsewhere("try", parse(DRAFT.read_text(encoding="utf-8"))[PASSWORD]):
        DRAFT.replace(ENV)
        return True
    if not elsewhere("try", Project(PROJECT).value(PASSWORD)):
        raise RefusedError(
            f"the server takes neither the password of .env nor the new one, which is in {DRAFT.name}: ask its"
            " administrator which it has, and put that one into .env"
        )
    DRAFT.unlink()
    return False


def renew(ran: list[str]) -> None:
    """Make the containers anew that hold the old credentials, and start those that ran."""
    checked(compose("rm", "--stop", "--force", "jupyter"), "the notebook cannot be stopped: make down up")
    if ran:
        checked(compose("up", "--detach", "--wait", *ran), ".env and the server agree, but not all starts: make up")


def rotate() -> str:
    """Change all credentials; return what to tell.

    Raises:
        RefusedError: it is not possible; .env and the server agree as before.
    """
    if not ENV.exists():
        raise RefusedError("there is no .env: run 'make env', which writes one with new credentials")
    text = ENV.read_text(encoding="utf-8")
    ran, project = running(), Project(PROJECT)
    variables = {name: project.value(name) for name in ("DATABASE", "COMPOSE_PROFILES")}
    values = {name: random_credential() for name in CREDENTIALS}
    if variables.get("DATABASE") == "sqlite":
        del values[PASSWORD], values[ROOT_PASSWORD]
    elif is_elsewhere(variables):
        del values[ROOT_PASSWORD]
        if recover():
            renew(ran)
            return "An interrupted rotation is finished: .env has the password that the server has."
    check_shell(values)
    write_draft(with_values(text, values))
    try:
        if ROOT_PASSWORD in values:
            set_in_stack(values)
        elif PASSWORD in values and not elsewhere("set", values[PASSWORD]):
            raise RefusedError("the server does not take the new password, and .env stays as it is")
    except RefusedError:
        if ROOT_PASSWORD in values or not recover():
            DRAFT.unlink(missing_ok=True)
            raise
    else:
        DRAFT.replace(ENV)
    renew(ran)
    return f"New in .env and where they are used: {', '.join(values)}. 'make url' prints JupyterLab's address."


if __name__ == "__main__":
    try:
        print(rotate())
    except RefusedError as error:
        sys.exit(f"make rotate-password: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
