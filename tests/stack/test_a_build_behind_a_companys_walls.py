"""Behind a proxy with a password that reads all TLS: build and notebook work, and nothing of it stays in the image."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest
from company import INNER, Company
from test_every_image_keeps_one_contract import base_of

import stack
from stack import CommandError, Stack, run

# Small, and of the project's own lock.
LOCKED = "sqlparse"
# Not in the lock, and of no other image: what somebody installs in a running notebook.
INSTALLED = "humanize"
CREDENTIALS = ("JUPYTER_TOKEN", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")
# Where something lies that must not travel, and what must: a search that does not find the latter searches nothing.
PLANTED = ("data/planted.txt", "outputs/planted.txt", "notebooks/.ipynb_checkpoints/planted.txt", ".git/planted.txt",
    "src/.env", "src/.git/planted.txt", "src/.ipynb_checkpoints/planted.txt")  # fmt: skip
MARK, TRAVELS, TRAVELS_PACKED = "planted-and-not-to-travel", b"planted-and-to-travel", b"planted-in-a-packed-file"
UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".xz": lzma.decompress, ".bz2": bz2.decompress}


def mirror_of(base: str) -> str:
    """Return scheme and host of the packages of the image's distribution, as the image itself names them."""
    sources = run("docker", "run", "--rm", "--entrypoint", "sh", base, "-c",
        "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true")  # fmt: skip
    first = re.search(r"^(?:deb .*?|URIs: *)(https?://[^/\s]+)", sources, re.MULTILINE)
    assert first, sources
    return first[1]


def blocks(lock: Path, *names: str) -> str:
    """Return a lock's lines of these packages."""
    return "".join(
        block
        for block in re.split(r"(?m)^(?=\S)", lock.read_text())
        if re.split("[=; ]", block, maxsplit=1)[0] in names
    )


def prepare(one: Stack, settings: dict[str, str]) -> None:
    """Give a project settings in .env, a lock and a Debian package that are quickly installed, and planted files."""
    env = one.project / ".env"
    lines = env.read_text().splitlines()
    env.write_text("".join(f"{own_or(line, settings)}\n" for line in lines))
    lock = one.project / "requirements.lock"
    lock.write_text(blocks(lock, LOCKED))
    assert LOCKED in lock.read_text()
    (one.project / "apt.txt").write_text("hello\n")
    for place in PLANTED:
        (one.project / place).parent.mkdir(parents=True, exist_ok=True)
        (one.project / place).write_text(MARK)
    (one.project / "src" / "planted.txt").write_bytes(TRAVELS)
    (one.project / "src" / "planted.gz").write_bytes(gzip.compress(TRAVELS_PACKED))


def own_or(line: str, settings: dict[str, str]) -> str:
    name = line.partition("=")[0]
    return f"{name}='{settings[name]}'" if name in settings else line


def build(one: Stack, *services: str) -> None:
    """Build each step anew: a cached one would ask nobody."""
    one.compose("--profile", "tools", "build", "--no-cache", *services, timeout=900)


def image_of(one: Stack) -> str:
    return f"{one.variables['COMPOSE_PROJECT_NAME']}-jupyter"


def found_in(image: str, folder: Path, wanted: dict[str, bytes]) -> set[str]:
    """Return the names of those values that an image's layers and configuration hold, or a packed file in a layer."""
    archive = folder / "image.tar"
    run("docker", "save", "--output", archive, image)
    found: set[str] = set()
    with tarfile.open(archive) as parts:
        for part in parts:
            stream = parts.extractfile(part) if part.isfile() else None
            if stream is None:
                continue
            found |= found_in_stream(stream, wanted)
            stream.seek(0)
            if part.size > 10240 and stream.read(1) != b"{":  # a layer, not a configuration
                stream.seek(0)
                found |= found_in_packed_files(stream, wanted)
    archive.unlink()
    return found


def found_in_stream(stream: IO[bytes], wanted: dict[str, bytes]) -> set[str]:
    found, end, longest = set(), b"", max(map(len, wanted.values()))
    while block := stream.read(1 << 24):
        found |= {name for name, value in wanted.items() if name not in found and value in end + block}
        end = block[-longest:]
    return found


def found_in_packed_files(layer: IO[bytes], wanted: dict[str, bytes]) -> set[str]:
    with tarfile.open(fileobj=layer) as files:
        texts = (
            UNPACK[Path(file.name).suffix](packed.read())
            for file in files
            if Path(file.name).suffix in UNPACK and (packed := files.extractfile(file) if file.isfile() else None)
        )
        return {name for text in texts for name, value in wanted.items() if value in text}


def check_that_nothing_stays(one: Stack, company: Company, folder: Path) -> None:
    values = {name: one.variable(name).encode() for name in CREDENTIALS}
    forbidden = {**company.secrets(), **values, "a file that does not travel": MARK.encode()}
    image = image_of(one)
    controls = {"a file of src": TRAVELS, "a packed file of src": TRAVELS_PACKED, "the lock": LOCKED.encode()}
    assert found_in(image, folder, {**forbidden, **controls}) == set(controls)
    said = run("docker", "history", "--no-trunc", image) + run("docker", "inspect", image)
    said += run("docker", "inspect", *one.compose("ps", "--all", "--quiet").split())
    assert "make-user.sh" in said
    assert [name for name, value in forbidden.items() if value.decode("latin-1") in said] == []


@pytest.fixture(scope="module")
def company(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    base = {**stack.published_images(), **os.environ, **images}["BASE_IMAGE"]
    one = Company(tmp_path_factory.mktemp("company"), stack.bridge_gateway(), mirror_of(base))
    yield one
    one.close()


@pytest.fixture(scope="module")
def walled(new_stack: Callable[..., Stack], company: Company) -> Stack:
    """Return a running stack for which .env holds everything: proxy, index, mirror, authority."""
    one = new_stack()
    settings = {"HTTP_PROXY": company.proxy, "HTTPS_PROXY": company.proxy, "PIP_INDEX_URL": company.index}
    prepare(one, {**settings, "APT_MIRROR": company.mirror, "CA_BUNDLE": str(company.authority)})
    build(one, "jupyter", "tools")
    one.compose("up", "--detach", "--wait")
    return one


@pytest.fixture(scope="module")
def slim(new_stack: Callable[..., Stack], company: Company) -> Stack:
    """Return a project on plain Python whose machine knows the proxy, and whose .env knows the authority."""
    one = new_stack(image="slim", database="sqlite")
    prepare(one, {"CA_BUNDLE": str(company.authority)})
    machine = {"HTTP_PROXY": company.proxy, "HTTPS_PROXY": company.proxy, "BASE_IMAGE": base_of("slim")}
    return replace(one, variables={**one.variables, **machine})


def test_without_the_authority_the_build_stops_at_its_certificate(slim: Stack, company: Company) -> None:
    without = replace(slim, variables={**slim.variables, "CA_BUNDLE": ""})
    with pytest.raises(CommandError, match="CERTIFICATE_VERIFY_FAILED"):
        build(without, "tools")
    assert f"REFUSED {urlsplit(company.index_upstream).hostname}" in company.asked


def test_with_the_authority_alone_slim_is_built_and_runs(slim: Stack, company: Company, tmp_path: Path) -> None:
    company.asked.clear()
    build(slim, "jupyter")
    asked = " ".join(company.asked)
    assert company.index_upstream + "/uv/" in asked
    assert "/InRelease" in asked
    assert INNER not in asked
    slim.compose("up", "--detach", "--wait")
    assert slim.status("/lab", token=slim.variable("JUPYTER_TOKEN")) == 200
    check_that_nothing_stays(slim, company, tmp_path)


def test_index_mirror_and_proxy_of_env_are_asked(walled: Stack, company: Company) -> None:
    asked = set(company.asked)
    assert {f"https://{INNER}/simple/{package}/" for package in ("uv", LOCKED)} <= asked
    assert any(url.startswith(f"https://{INNER}/") and url.endswith("/InRelease") for url in asked)
    assert walled.compose("exec", "-T", "jupyter", "hello").startswith("Hello")


def test_nothing_of_it_stays_in_the_image(walled: Stack, company: Company, tmp_path: Path) -> None:
    check_that_nothing_stays(walled, company, tmp_path)


# Types a command into a terminal of Lab or runs code in a kernel, by way of the server as a browser does.
IN_LAB = """
import asyncio, json, sys, urllib.request
from pathlib import Path
from tornado.websocket import websocket_connect

place, text = json.loads(sys.stdin.readline())
token = Path("/run/secrets/jupyter_token").read_text()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

async def main():
    request = urllib.request.Request(f"http://127.0.0.1:8888/api/{place}", b"{}", {"Authorization": f"token {token}"})
    made = json.load(opener.open(request))
    if place == "terminals":
        socket = await websocket_connect(f"ws://127.0.0.1:8888/terminals/websocket/{made['name']}?token={token}")
        socket.write_message(json.dumps(["stdin", f"{text}; echo en''ded $?\\n"]))
        said = ""
        while "ended " not in said:
            kind, *rest = json.loads(await socket.read_message())
            said += rest[0] if kind == "stdout" else ""
        return said
    socket = await websocket_connect(f"ws://127.0.0.1:8888/api/kernels/{made['id']}/channels?token={token}")
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "version": "5.3"}
    content = {"code": text, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    socket.write_message(json.dumps(message))
    said = ""
    while True:
        message = json.loads(await socket.read_message())
        if message["parent_header"].get("msg_id") == "1":
            said += message["content"].get("text", "") + "\\n".join(message["content"].get("traceback", []))
            if message["header"]["msg_type"] == "execute_reply":
                return said

print(asyncio.run(asyncio.wait_for(main(), 60)))
"""


def in_lab(one: Stack, place: str, text: str) -> str:
    """Return what a terminal or a kernel of the running Lab says."""
    return one.compose("exec", "-T", "jupyter", "python", "-c", IN_LAB, stdin=json.dumps([place, text]) + "\n")


def test_a_terminal_of_lab_installs_clones_and_fetches(walled: Stack, company: Company) -> None:
    company.asked.clear()
    command = (
        f"pip install --quiet --no-cache-dir {INSTALLED} && python -c 'import {INSTALLED}'"
        f" && git clone --quiet https://{INNER}/git/exercises.git outputs/exercises"
        f" && curl --fail --silent https://{INNER}/git/exercises.git/HEAD"
    )
    said = in_lab(walled, "terminals", command)
    assert "ref: refs/heads/" in said
    assert "ended 0" in said
    assert {f"https://{INNER}/simple/{INSTALLED}/", f"https://{INNER}/git/exercises.git/HEAD"} <= set(company.asked)


def test_a_kernel_fetches(walled: Stack) -> None:
    code = f"import urllib.request; print(urllib.request.urlopen('https://{INNER}/git/exercises.git/HEAD').status)"
    assert in_lab(walled, "kernels", code).split() == ["200"]


def test_a_shell_of_make_shell_fetches(walled: Stack) -> None:
    fetch = f"curl --fail --silent https://{INNER}/git/exercises.git/HEAD"
    assert walled.compose("exec", "-T", "jupyter", "bash", "-i", "-c", fetch).startswith("ref: ")


def test_the_tools_of_make_add_ask_the_index(walled: Stack, company: Company) -> None:
    company.asked.clear()
    # As scripts/dependencies.py does: the user there is nobody, who has no home.
    compile_it = (
        'cd "$(mktemp -d)" && export HOME="$PWD" && uv pip compile --quiet --no-cache --no-header --generate-hashes -'
    )
    made = walled.compose("run", "--rm", "-T", "--no-deps", "tools", "sh", "-c", compile_it, stdin=f"{INSTALLED}\n")
    assert made.startswith(f"{INSTALLED}==")
    assert INNER not in made
    assert f"https://{INNER}/simple/{INSTALLED}/" in company.asked


def test_the_database_and_lab_are_reached_without_the_proxy(walled: Stack, company: Company) -> None:
    company.asked.clear()
    code = (
        "from urllib.request import proxy_bypass as b; print([bool(b(name)) for name in ('mysql', 'localhost', 'a.b')])"
    )
    assert in_lab(walled, "kernels", code).split("\n")[0] == "[True, True, False]"
    assert walled.python("import socket; print(bool(socket.create_connection(('mysql', 3306), 5)))") == "True"
    assert walled.status("/lab", token=walled.variable("JUPYTER_TOKEN")) == 200
    assert company.asked == []
