"""A server on another machine that does not encrypt is told nothing: no password, no name, whatever it claims."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import (
    CAPABILITIES,
    OK,
    PASSWORD,
    QUERY,
    TLS,
    LyingServer,
    Wire,
    admit,
    definition,
    greeting,
    reached,
    sized,
)

from persistence import ConnectionFailedError, Database

ELSEWHERE = "0.0.0.0"
"""An address that is no loopback's, though on these systems it leads to this machine."""
CIPHER = ("Ssl_cipher", "Ssl_version")
AUTHORITY = ssl.get_default_verify_paths().cafile
PLUGINS = [b"mysql_native_password", b"caching_sha2_password", b"sha256_password", b"mysql_clear_password", b"ed25519"]


def claims_tls(wire: Wire, command: int, sql: str) -> bool:
    """Claim to encrypt, as a server may that does not."""
    if command == QUERY and "ssl" in sql.lower():
        wire.send(b"\x02", definition("Variable_name"), definition("Value"), b"\xfe\0\0\x02\0")
        wire.send(sized(b"Ssl_cipher") + sized(b"TLS_AES_256_GCM_SHA384"), b"\xfe\0\0\x02\0")
        return True
    return False


def offers_none(plugin: bytes) -> Callable[[Wire], None]:
    """Return the beginning of a server that offers no TLS, and then takes any password."""

    def first(wire: Wire) -> None:
        wire.send(greeting(plugin=plugin))
        wire.receive()
        wire.send(b"\xfemysql_clear_password\0")  # asks for the password as it is
        wire.receive()
        wire.send(OK)

    return first


def asks_for_the_key(wire: Wire) -> None:
    """Say that the password is needed in full, to be encrypted with a key that this server sends."""
    wire.send(greeting(plugin=b"caching_sha2_password"))
    wire.receive()
    wire.send(b"\x01\x04")
    wire.receive()
    wire.send(b"\x01-----BEGIN PUBLIC KEY-----\nnone\n-----END PUBLIC KEY-----\n")
    wire.receive()
    wire.send(OK)


def refuses_what_it_offers(answer: bytes) -> Callable[[Wire], None]:
    """Return the beginning of a server that offers TLS, and then goes on without."""

    def first(wire: Wire) -> None:
        wire.send(greeting(CAPABILITIES | TLS, b"mysql_clear_password"))
        wire.receive()
        wire.socket.sendall(answer)
        while more := wire.socket.recv(4096):
            wire.received += more
            wire.send(OK)

    return first


ERROR = b"\xff" + struct.pack("<H", 3159) + b"#08004no TLS today"
REFUSALS = {
    "an error": struct.pack("<I", len(ERROR))[:3] + b"\x02" + ERROR,
    "OK in clear": struct.pack("<I", len(OK))[:3] + b"\x02" + OK,
    "a request for the password": b"\x16\0\0\x02\xfemysql_clear_password\0",
    "noise": bytes(range(256)),
    "a TLS alert": b"\x15\x03\x03\0\x02\x02\x28",
}


def check_nothing_was_sent(server: LyingServer, host: str, **more: str) -> str:
    """Try to connect; check that the server was sent nothing but the wish for TLS; return the message."""
    begin = time.monotonic()
    settings = reached(host, server.port, MYSQL_TIMEOUT="2", **more)
    with pytest.raises(ConnectionFailedError) as caught:
        Database(settings).query("SELECT 1 AS one")
    assert time.monotonic() - begin < 15
    said = bytes(server.received)
    assert PASSWORD.encode() not in said
    assert PASSWORD not in str(caught.value)
    assert settings.user.encode() not in said, "it logged in"
    for number in range(server.connections):
        if number == 0 and said:
            assert is_wish_for_tls(said), f"it sent {said!r}"
    return str(caught.value)


def is_wish_for_tls(said: bytes) -> bool:
    """Say whether this is a client's request to encrypt, and after it nothing or TLS's own first record."""
    flags = struct.unpack_from("<I", said, 4)[0]
    return said[:3] == b"\x20\0\0" and bool(flags & TLS) and (len(said) == 36 or said[36] == 0x16)


@pytest.fixture
def authority(tmp_path: Path) -> str:
    """The file of an authority, whichever."""
    if not AUTHORITY:
        import certifi

        return certifi.where()
    return AUTHORITY


@pytest.mark.parametrize("plugin", PLUGINS, ids=bytes.decode)
def test_a_server_elsewhere_that_offers_none(plugin: bytes) -> None:
    server = LyingServer(offers_none(plugin), claims_tls)
    assert "is another machine and offers no TLS" in check_nothing_was_sent(server, ELSEWHERE)
    server.close()


@pytest.mark.parametrize("first", [admit, asks_for_the_key], ids=lambda first: first.__name__)
def test_one_that_claims_afterwards_to_encrypt(first: Callable[[Wire], None]) -> None:
    server = LyingServer(first, claims_tls)
    assert "is another machine and offers no TLS" in check_nothing_was_sent(server, ELSEWHERE)
    server.close()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_elsewhere_that_refuses_what_it_offered(refusal: str) -> None:
    server = LyingServer(refuses_what_it_offers(REFUSALS[refusal]))
    check_nothing_was_sent(server, ELSEWHERE)
    server.close()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_on_this_machine_that_refuses_what_it_offered(refusal: str) -> None:
    server = LyingServer(refuses_what_it_offers(REFUSALS[refusal]))
    check_nothing_was_sent(server, "127.0.0.1")
    server.close()


@pytest.mark.parametrize("host", [ELSEWHERE, "127.0.0.1"])
def test_a_server_that_has_to_be_verified_and_offers_none(host: str, authority: str) -> None:
    server = LyingServer(offers_none(b"mysql_clear_password"), claims_tls)
    check_nothing_was_sent(server, host, MYSQL_SSL_CA=authority)
    server.close()


def test_a_near_server_may_do_without() -> None:
    server = LyingServer(admit)
    settings = reached("127.0.0.1", server.port)
    assert Database(settings).query("SELECT 1 AS x")["x"].tolist() == ["0"]
    assert settings.user.encode() in server.received
    server.close()


def test_the_address_of_the_tests_leads_here() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection((ELSEWHERE, listener.getsockname()[1])).close()
