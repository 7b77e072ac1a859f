"""image/network.sh, which each download of a build and each shell reads: odd values, files of any form, both shells."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import stack
from stack import CommandError, run

NETWORK = stack.PROJECT_FOLDER / "image" / "network.sh"
DEBIAN = """# a comment
Types: deb
URIs: http://archive.walls.test/debian http://other.walls.test/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
OTHERS = "deb [signed-by=/etc/apt/keyrings/others.gpg] https://others.walls.test/apt stable main\n"
# Values arrive as they are, in every shell that sources it.
ODD = "http://per'son:a%40\"b$HOME&#`x`@proxy.walls.test:3128"

Reader = Callable[..., str]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("certificate")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key",
        "-out",
        "pem",
        "-subj",
        "/CN=a",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "pem").read_bytes()


@pytest.fixture(params=["sh", "bash"])
def read(request: pytest.FixtureRequest, images: dict[str, str], tmp_path: Path) -> Reader:
    """Return a function that sources network.sh with these settings and returns what a command then prints."""
    base = {**stack.published_images(), **os.environ, **images}["BASE_IMAGE"]
    given, sources = tmp_path / "secrets", tmp_path / "apt"
    (sources / "sources.list.d").mkdir(parents=True)
    given.mkdir()
    (sources / "sources.list.d" / "debian.sources").write_text(DEBIAN)
    (sources / "sources.list.d" / "others.list").write_text(OTHERS)

    def source(settings: dict[str, str | bytes], command: str, *options: str) -> str:
        for name, value in settings.items():
            (given / name).write_bytes(value if isinstance(value, bytes) else value.encode())
        mounts = {given: "/run/secrets", sources: "/etc/apt", NETWORK: "/network.sh"}
        volumes = [f"--volume={here}:{there}:ro" for here, there in mounts.items()]
        return run("docker", "run", "--rm", "--user=1234:5678", "--entrypoint", request.param, *volumes, *options, base,
            "-euc", f". /network.sh\n{command}")  # fmt: skip

    return source


def test_odd_characters_arrive_as_they_are(read: Reader) -> None:
    assert read({"http_proxy": ODD, "https_proxy": ODD + "\n"}, 'printf "%s\\n" "$http_proxy" "$HTTPS_PROXY"') == (
        f"{ODD}\n{ODD}\n"
    )


def test_what_is_empty_leaves_the_proxies_of_docker_alone(read: Reader) -> None:
    settings: dict[str, str] = dict.fromkeys(
        ("http_proxy", "https_proxy", "no_proxy", "pip_index_url", "apt_mirror"), ""
    )
    own = [f"--env={name}={name}-of-docker" for name in ("http_proxy", "HTTPS_PROXY", "https_proxy", "no_proxy")]
    note = NETWORK.with_name("authorities.pem").read_bytes()
    said = read({**settings, "ca_bundle": note}, 'echo "$http_proxy $HTTPS_PROXY $https_proxy $no_proxy"; env', *own)
    assert said.splitlines()[0] == (
        "http_proxy-of-docker HTTPS_PROXY-of-docker https_proxy-of-docker localhost,127.0.0.1,mysql,no_proxy-of-docker"
    )
    assert "PIP_INDEX_URL=" not in said
    assert "APT_CONFIG=" not in said
    assert "authorities.pem" not in said


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_takes_the_place_of_the_distributions_servers_alone(read: Reader, end: str) -> None:
    mirror = "https://reader:a&b#c\\d@mirror.walls.test/path"
    said = read({"apt_mirror": mirror + end}, 'cat "$network_folder"/sources/*; apt-config dump Dir::Etc')
    assert said.startswith(
        DEBIAN.replace("http://archive.walls.test", mirror).replace("http://other.walls.test", mirror)
    )
    assert OTHERS in said
    assert '/sources";' in said


def test_certificates_are_taken_from_any_text_and_keys_are_not(read: Reader, certificate: bytes) -> None:
    text = b"words\r\n-----BEGIN PRIVATE KEY-----\r\nsecret\r\n-----END PRIVATE KEY-----\r\n"
    text += certificate.replace(b"\n", b"\r\n") + certificate.rstrip(b"\n")
    said = read({"ca_bundle": text}, 'cat /etc/ssl/certs/ca-certificates.crt; echo "$PIP_CERT"; cat "$SSL_CERT_FILE"')
    images, path, trusted = re.split(r"(?m)^(/.*authorities\.pem)$\n", said)
    own = certificate.decode()
    assert trusted.rstrip("\n") == (images + own + own).rstrip("\n"), path


@pytest.mark.parametrize("content", [b"", b"0\x82\x03\x0b binary", b"-----BEGIN CERTIFICATE REQUEST-----\n"])
def test_a_file_without_a_certificate_stops_with_one_line(read: Reader, content: bytes) -> None:
    with pytest.raises(CommandError) as stop:
        read({"ca_bundle": content}, "echo went on")
    (said,) = str(stop.value).partition("ended with 1:\n")[2].splitlines()
    assert said.startswith("CA_BUNDLE in .env names a file in which no certificate can be read")
