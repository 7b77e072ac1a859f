"""`make push`, `make deploy HOST=user@server`, `make rollback HOST=...` and `make password`: the project on a server.

The server is an engine that is reached over ssh: with HOST= the Makefile sets DOCKER_HOST and COMPOSE_FILE, so that all
docker commands act there, but those that are told to act on this machine. Nothing is copied but the image.
Standard library only, for any Python from 3.9 on Linux, macOS and Windows.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import sys
import urllib.parse
from typing import Any

import check_host
import check_stack
from project import SERVER, VOLUME, Project, RefusedError, command, environment, service_of
from server import alone, remove, retire
from up import address

# On this machine: its engine, and no note of when it was built, with which an image would be another one each time.
HERE: dict[str, str | None] = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
if SERVER:
    HERE |= {"DOCKER_HOST": os.environ.get("OWN_DOCKER_HOST") or None, "DEPLOYED": None}
    HERE |= {"COMPOSE_FILE": None, "COMPOSE_PATH_SEPARATOR": None}
AUTHORITY = "/data/caddy/pki/authorities/local/root.crt"
# Lab's own Python hashes: it knows the form that its log-in reads, and a notebook's environment may not have it.
HASH = """exec "$(sed -n '1s/^#!//p' "$(command -v jupyter-server)")" -c \
"import sys; from jupyter_server.auth import passwd; print(passwd(sys.stdin.read()))" """


def stream(project: Project, *arguments: str, here: bool = False) -> None:
    """Run docker, which shows what it does; refused where it fails."""
    variables = environment(HERE if here else None)
    if subprocess.run(["docker", *arguments], cwd=project.folder, env=variables, check=False).returncode:  # noqa: S603, S607
        raise RefusedError("what failed is said above")


def image_here(project: Project) -> dict[str, Any]:
    """Return what this machine's engine knows of the project's image."""
    return dict(json.loads(project.run("image", "inspect", project.image, variables=HERE))[0])


def push(project: Project) -> str:
    """Build the image, push it, and return its digest."""
    if not project.value("IMAGE"):
        raise RefusedError("IMAGE in .env is empty: name it as your registry does, registry.example.org/team/project:1")
    if "@" in project.image:
        raise RefusedError(
            f"IMAGE={project.image} is a digest, which is built already: a name with a tag is built and pushed"
        )
    stream(project, "compose", "build", "jupyter", here=True)
    stream(project, "compose", "push", "jupyter", here=True)
    repository, colon, tag = project.image.rpartition(":")
    start = f"{project.image if not colon or '/' in tag else repository}@"
    for digest in image_here(project).get("RepoDigests", []):
        if digest.removeprefix("docker.io/").startswith(start.removeprefix("docker.io/")):
            return str(digest)
    raise RefusedError(f"the registry gave no digest for {project.image}")


def send(project: Project) -> str:
    """Build the image and give it to the server, unless it is there; return its name, which tells its content."""
    stream(project, "compose", "build", "jupyter", here=True)
    image = image_here(project)
    name = f"{project.image}:{image['Id'].partition(':')[2][:12]}"
    if project.inspect("image", name):
        return name
    print(f"make deploy: sending {image['Size'] / 1e6:,.0f} MB to the server", flush=True)
    project.run("tag", project.image, name, variables=HERE)
    with subprocess.Popen(["docker", "save", name], env=environment(HERE), stdout=subprocess.PIPE) as saving:  # noqa: S603, S607
        loading = subprocess.run(["docker", "load", "--quiet"], stdin=saving.stdout, check=False)  # noqa: S607
    project.run("image", "rm", name, variables=HERE)
    if saving.returncode or loading.returncode:
        raise RefusedError("the image did not arrive: what failed is said above")
    return name


def fits(project: Project, image: str) -> None:
    """Raise unless the server can run an image, which is there, with the user and the database of .env."""
    (found,) = project.inspect("image", image)
    theirs = project.run("version", "--format", "{{.Server.Arch}}")
    if found["Architecture"] != theirs:
        other = f"DOCKER_DEFAULT_PLATFORM=linux/{theirs} make deploy ..."
        raise RefusedError(f"the image is for {found['Architecture']}, the server is {theirs}: {other} builds for it")
    made = dict(line.split("=", 1) for line in found["Config"]["Env"])
    ids = {name: made.get(name) for name in ("NB_UID", "NB_GID")}
    if any(value != project.value(name) for name, value in ids.items()):
        words = " ".join(f"{name}={value}" for name, value in ids.items())
        raise RefusedError(f"the image is made for {words}, whose the volumes are then: write that into .env")
    for one in project.containers("mysql"):
        there = one["Config"]["Labels"].get("project.volume", "")
        if there != project.value(VOLUME):
            raise RefusedError(
                f"the server's database is in the volume {there}, and {VOLUME} in .env says {project.value(VOLUME)}:"
                f" after a restore there by somebody else, write {VOLUME}={there} into .env"
            )
    for problem in [*check_host.interrupted(project), *check_stack.server(project)]:
        raise RefusedError(problem)


def switch(project: Project, image: str, before: str) -> None:
    """Have the server run an image; a second time nothing is changed. Of the project's images there, two stay."""
    fits(project, image)
    os.environ.update(DEPLOYED=image, DEPLOYED_BEFORE=before)
    retire(project)
    for one in project.containers():  # what a killed command left in another's place
        if re.match("/[0-9a-f]{12}_", one["Name"]):
            remove(project, service_of(one))
    for service in sorted({service for service, _ in check_stack.outdated(project)}):
        print(f"make deploy: the container of {service} is made anew, with the secrets that .env has now", flush=True)
        stream(project, "compose", "up", "--no-start", "--no-deps", "--force-recreate", service)
    stream(project, "compose", "up", "--detach", "--wait", "--wait-timeout", "600")
    repository = image.partition("@")[0] if "@" in image else image.rpartition(":")[0]
    for one in project.inspect("image", *project.docker("image", "ls", "--quiet", repository).stdout.split()):
        for name in [*one["RepoTags"], *one["RepoDigests"]]:
            if name.startswith((f"{repository}:", f"{repository}@")) and name not in (image, before):
                project.docker("image", "rm", name)


def deploy(project: Project) -> None:
    """Bring the project's image onto the server and start all that .env says."""
    if not project.value("SITE"):
        site = urllib.parse.urlsplit(os.environ["DOCKER_HOST"]).hostname or ""
        if not re.search("[.:]", site):
            raise RefusedError(
                f"SITE in .env is empty, and {site} may be known to ssh alone: write the server's domain there"
            )
        project.write(SITE=f"[{site}]" if ":" in site else site)
    named = project.value("IMAGE")  # a digest, as a workflow prints it, is built already
    image = named if "@" in named else push(project) if named else send(project)
    if "@" in image:
        stream(project, "pull", "--quiet", image)
    switch(project, image, project.value("DEPLOYED_BEFORE" if project.value("DEPLOYED") == image else "DEPLOYED"))
    if "!notebooks" not in (project.folder / ".dockerignore").read_text(encoding="utf-8").splitlines():
        print("No notebooks travel with the image; a line of .dockerignore, without its #, lets them.")
    print(address(project))
    for one in project.containers("caddy"):
        if project.files(one["Id"], AUTHORITY):
            fetching = f"docker --host {os.environ['DOCKER_HOST']} cp {one['Id'][:12]}:{AUTHORITY} server.crt"
            print(f"The certificate is from an authority of Caddy's own, to be trusted by browsers: {fetching}")


def rollback(project: Project) -> None:
    """Have the server run the image before the one that runs."""
    before = project.value("DEPLOYED_BEFORE")
    if not before:
        raise RefusedError("nothing was deployed there before what runs, so there is nothing to go back to")
    switch(project, before, "")
    print(f"{before} runs again.")


def password(project: Project) -> None:
    """Ask for a password and write its hash, which Lab's log-in takes on a server, to .env."""
    asked = sys.stdin.isatty()
    word = getpass.getpass("Password for JupyterLab: ") if asked else sys.stdin.readline().rstrip("\r\n")
    if asked and getpass.getpass("Again: ") != word:
        raise RefusedError("the two are not the same; nothing was changed")
    if len(word) < 8:  # NIST SP 800-63B
        raise RefusedError("a password has at least 8 characters; nothing was changed")
    once = ("run", "--rm", "-T", "--no-deps", "--entrypoint", "sh", "jupyter", "-c", HASH)
    hashed = project.run("compose", "--progress", "quiet", *once, stdin=word).splitlines()[-1]
    project.write(JUPYTER_PASSWORD_HASH=f"'{hashed}'")
    print("Its hash is in .env; make deploy HOST=... brings it to the server. The token goes on working.")


def main(target: str) -> None:
    """Do what one of the targets is for."""
    project = Project()
    if target in ("deploy", "rollback") and not SERVER:
        raise RefusedError(f"name the server: make {target} HOST=user@server")
    if target == "push":
        return print(push(project))
    if target == "password":
        return password(project)
    with alone(project):
        {"deploy": deploy, "rollback": rollback}[target](project)


if __name__ == "__main__":
    command(sys.argv[1], lambda: main(sys.argv[1]))
