"""Servers and networks that do what good ones never do: one that lies, and a way to a server that falls silent.

What they ask of `persistence` is public: the settings ``MYSQL_HOST``, ``MYSQL_PORT`` and ``MYSQL_TIMEOUT``, the seconds
(30 by default) after which a server that no longer answers is given up.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from persistence import Settings

PASSWORD = "the-secret-word"
LONG_FLAG, WITH_DATABASE, FILES, PROTOCOL_41, TLS = 0x4, 0x8, 0x80, 0x200, 0x800
CAPABILITIES = 0x1 | 0x2 | LONG_FLAG | WITH_DATABASE | FILES | PROTOCOL_41 | 0x2000 | 0x8000 | 0xF0000 | TLS
OK = b"\0\0\0\x02\0\0\0"
END = b"\xfe\0\0\x02\0"
QUERY, PING, PREPARE, EXECUTE, LONG_DATA, CLOSE, QUIT = 0x03, 0x0E, 0x16, 0x17, 0x18, 0x19, 0x01
VAR_STRING = 253


def reached(host: str, port: int, like: Settings | None = None, **more: str) -> Settings:
    """Return the settings of a server at an address, with the account of other settings and further variables."""
    account = like or Settings("mysql", name="project", user="scientist", password=PASSWORD)
    environ = {
        "DATABASE": "mysql",
        "MYSQL_HOST": host,
        "MYSQL_PORT": str(port),
        "MYSQL_DATABASE": account.name,
        "MYSQL_USER": account.user,
        "MYSQL_PASSWORD": account.password,
    }
    nowhere = Path("no", "such", "folder")
    return Settings.read({**environ, **more}, project=nowhere, secrets=nowhere)


def sized(data: bytes) -> bytes:
    """Return bytes behind their length."""
    size = len(data)
    if size < 251:
        return bytes([size]) + data
    return (b"\xfc" + struct.pack("<H", size) if size < 2**16 else b"\xfd" + struct.pack("<I", size)[:3]) + data


def definition(name: str, kind: int = VAR_STRING, flags: int = 0, charset: int = 45) -> bytes:
    """Return a column's definition."""
    texts = b"".join(map(sized, (b"def", b"", b"", b"", name.encode(), b"")))
    return texts + b"\x0c" + struct.pack("<HIBHBH", charset, 1024, kind, flags, 0, 0)


def error(number: int, text: str) -> bytes:
    """Return an error's packet."""
    return b"\xff" + struct.pack("<H", number) + b"#HY000" + text.encode()


def greeting(capabilities: int = CAPABILITIES & ~TLS, plugin: bytes = b"mysql_native_password") -> bytes:
    """Return the first packet of a server."""
    low, high = struct.pack("<I", capabilities)[:2], struct.pack("<I", capabilities)[2:]
    start = b"\x0a" + b"9.7.4\0" + struct.pack("<I", 7) + b"abcdefgh\0" + low + b"\x2d" + b"\x02\0" + high
    return start + bytes([21]) + bytes(10) + b"ijklmnopqrst\0" + plugin + b"\0"


class Wire:
    """A connection to a client, which speaks in packets and remembers what was sent to it.

    Attributes:
        statement: the number of the statement that was prepared last.
    """

    def __init__(self, connection: socket.socket, received: bytearray) -> None:
        self.socket, self.received, self.sequence, self.statement = connection, received, 0, 0

    def send(self, *payloads: bytes) -> None:
        """Send packets."""
        parts = []
        for payload in payloads:
            parts.append(struct.pack("<I", len(payload))[:3] + bytes([self.sequence % 256]) + payload)
            self.sequence += 1
        self.socket.sendall(b"".join(parts))

    def receive(self) -> bytes:
        """Return the client's next packet; raise EOFError where none comes any more."""
        head = self._exactly(4)
        self.sequence = head[3] + 1
        return self._exactly(int.from_bytes(head[:3], "little"))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            self.received += more
            data += more
        return data


class LyingServer:
    """Enough of a MySQL server for one to connect, and to be told whatever the test wants.

    Attributes:
        received: all that any client has sent.
        connections: how often one has connected.
    """

    def __init__(
        self,
        first: Callable[[Wire], None],
        told: Callable[[Wire, int, str], bool] = lambda wire, command, sql: False,
    ) -> None:
        """Prepare a server.

        Args:
            first: what happens before the first command.
            told: answers a query, or the preparation or execution of a statement; returns false where it does not.
        """
        self.received, self.connections = bytearray(), 0
        self._first, self._told = first, told
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        wire = Wire(connection, self.received)
        prepared: dict[int, str] = {}
        with suppress(OSError, EOFError), connection:
            self._first(wire)
            while (packet := wire.receive())[:1] != bytes([QUIT]):
                command = packet[0]
                if command in (CLOSE, LONG_DATA):
                    continue
                sql = packet[1:].decode(errors="replace") if command in (QUERY, PREPARE) else ""
                if command == PREPARE:
                    wire.statement += 1
                    prepared[wire.statement] = sql
                    if not self._told(wire, command, sql):
                        wire.send(b"\0" + struct.pack("<IHHBH", wire.statement, 1, 0, 0, 0), definition("x"), END)
                    continue
                if command == EXECUTE:
                    sql = prepared.get(struct.unpack_from("<I", packet, 1)[0], "")
                if not self._told(wire, command, sql):
                    self._answer(wire, command, sql)

    def _answer(self, wire: Wire, command: int, sql: str) -> None:
        """Answer as a server does that has nothing to tell."""
        if command == QUERY and re.match(r"\s*SHOW", sql, re.IGNORECASE):
            wire.send(b"\x02", definition("Variable_name"), definition("Value"), END)
            wire.send(sized(b"it") + sized(b"0"), END)
        elif command == QUERY and re.match(r"\s*SELECT", sql, re.IGNORECASE):
            known = {"version()": b"9.7.4", "isolation": b"REPEATABLE-READ", "database()": b"project"}
            value = next((value for word, value in known.items() if word in sql.lower()), b"0")
            wire.send(b"\x01", definition("x"), END, sized(value), END)
        elif command == EXECUTE:
            wire.send(b"\x01", definition("x"), END, b"\0\0" + sized(b"0"), END)
        else:
            wire.send(OK)


def admit(wire: Wire) -> None:
    """Greet a client, and take any password."""
    wire.send(greeting())
    wire.receive()
    wire.send(OK)


class Network:
    """A way to a server that can fall silent: nothing is closed, and nothing arrives any more, either way."""

    def __init__(self, host: str, port: int) -> None:
        """Forward connections to an address."""
        self._target = (host, port)
        self._silent, self._left = threading.Event(), threading.Lock()
        self._budget: dict[str, int | None] = {"sent": None, "received": None}
        self._pairs: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self, after: int = 0, direction: str = "") -> None:
        """Fall silent: now, or when so many more bytes were ``sent`` to the server or ``received`` from it."""
        if direction:
            with self._left:
                self._budget[direction] = after
        else:
            self._silent.set()

    def mend(self) -> None:
        """Forward new connections again; the old ones are gone."""
        self._budget = {"sent": None, "received": None}
        for end in self._pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()
        self._silent.clear()

    def close(self) -> None:
        """End everything."""
        self.mend()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def is_cut(self) -> bool:
        """Whether it is silent."""
        return self._silent.is_set()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._silent.is_set():
                    self._pairs.append(client)  # accepted, as by a firewall, and never answered
                    continue
                server = socket.create_connection(self._target)
                self._pairs += [client, server]
                for source, target, direction in ((client, server, "sent"), (server, client, "received")):
                    threading.Thread(target=self._copy, args=(source, target, direction), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, direction: str) -> None:
        with suppress(OSError):
            while chunk := source.recv(16384):
                with self._left:
                    budget = self._budget[direction]
                    if budget is not None:
                        self._budget[direction] = budget - len(chunk)
                        if budget <= len(chunk):
                            self._silent.set()
                if self._silent.is_set():
                    return  # both sockets stay open
                target.sendall(chunk)
            if not self._silent.is_set():
                target.shutdown(socket.SHUT_WR)


@contextmanager
def network(like: Settings) -> Iterator[Network]:
    """Yield a way to the server of these settings."""
    way = Network(like.host, like.port)
    try:
        yield way
    finally:
        way.close()


def within(seconds: float, act: Callable[[], object], otherwise: Callable[[], object]) -> object:
    """Return what a function returns or raises; after so many seconds do something else, and raise TimeoutError."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(act())
        except BaseException as error:  # the test wants to know any
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        otherwise()
        raise TimeoutError(f"neither a result nor a message within {seconds:g} s")
    return outcome[0]
