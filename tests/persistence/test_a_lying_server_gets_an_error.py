"""Whatever a server sends, the answer is a frame of what it sent, or a `PersistenceError`: no crash, no other's memory.

A server of the test's own tells generated lies: lengths beyond the packet, rows that end early, types that are none,
definitions and ends that are cut, in prepared statements and in others. ``HYPOTHESIS_PROFILE=soak`` sends 100,000 rows.
"""

from __future__ import annotations

import random
import re
import secrets
import socket
import struct
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd
import pytest
from processes import PROCESSES
from servers import (
    EXECUTE,
    PREPARE,
    QUERY,
    LyingServer,
    Wire,
    admit,
    definition,
    error,
    greeting,
    reached,
    sized,
    within,
)

from persistence import ConnectionFailedError, Database, PersistenceError

PATIENCE = 60
"""Seconds for an answer; the client waits two for a server that is silent."""
TYPES = [*range(21), *range(242, 256)]
"""All numbers of types that there are, and some that are none."""
SIZES = {1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 4: 4, 8: 8, 5: 8}
MOMENTS = (7, 10, 11, 12, 14)
DATE, NOTHING, NULL = 10, 6, 0xFB
MARK = re.compile(r"lie_(\d+)")
LENGTHS = [
    b"\xfc\xff\xff",
    b"\xfd\xff\xff\xff",
    b"\xfe" + b"\xff" * 8,
    b"\xfe" + struct.pack("<q", 2**40),
    b"\xfe" + struct.pack("<q", -9),
    b"\xfe" + struct.pack("<q", 2**31),
    b"\xfc",
    b"\xfd\x01",
    b"\xfe\0\0",
    b"\xfb",
    b"\xff",
    b"\xfa",
]
"""Lengths that lie, that are cut, or that are none."""


class Lie:
    """One generated answer to a query: the definitions of its columns, its rows and its end.

    Attributes:
        honest: whether all of it is as it should be.
        short: whether a row of it ends before its values do.
    """

    def __init__(self, number: int, seed: int) -> None:
        """Generate the answer of this number."""
        self._random = random.Random(f"{seed} {number}")
        draw = self._random.random
        self.prepared = draw() < 0.85
        self.types = [
            self._random.choice(TYPES if draw() < 0.6 else [252, 253, 254, 12, 8])
            for _ in range(self._random.choice([1, 1, 2, 3, 6, 20]))
        ]
        self.honest = draw() < 0.2
        if self.honest:
            self.types = [self._random.choice([*SIZES, *MOMENTS, NOTHING, 16, 252, 253, 254]) for _ in self.types]
        self.definitions = [
            definition(
                f"c{place}",
                kind,
                self._random.choice([0, 1, 32, 128, 4097, 65535]),
                self._random.choice([63, 63, 45, 33, 8, 255]),
            )
            for place, kind in enumerate(self.types)
        ]
        self.rows = [self._row() for _ in range(self._random.choice([1, 2, 8, 8, 8, 30]))]
        self.end = b"\xfe\0\0\x02\0"
        self.described = list(self.definitions)
        if not self.honest:
            self._spoil()
        sound = self.prepared and all(row[:1] == b"\0" for row in self.rows)
        self.short = sound and any(not fits(row, self.types) for row in self.rows)

    def _row(self) -> bytes:
        absent = [self._random.random() < 0.2 for _ in self.types]
        if not self.prepared:
            cells = zip(self.types, absent, strict=True)
            return b"".join(b"\xfb" if nothing else sized(self._text(kind)) for kind, nothing in cells)
        bits = bytearray((len(self.types) + 9) // 8)
        for place, nothing in enumerate(absent, 2):
            bits[place // 8] |= nothing << place % 8
        cells = zip(self.types, absent, strict=True)
        return b"\0" + bytes(bits) + b"".join(self._value(kind) for kind, nothing in cells if not nothing)

    def _text(self, kind: int) -> bytes:
        numbers = {
            4: b"1.5",
            5: b"-1e300",
            10: b"2020-01-02",
            11: b"-838:59:59",
            7: b"2020-01-02 03:04:05",
            12: b"2020-01-02 03:04:05.000006",
        }
        text = (
            b"17"
            if kind in SIZES
            else bytes(self._random.choices(b"abc\0 12", k=self._random.choice([0, 3, 12, 13, 300])))
        )
        return numbers.get(kind, text)

    def _value(self, kind: int) -> bytes:
        if kind in SIZES:
            return self._random.randbytes(SIZES[kind])
        if kind == DATE:
            return b"\x04" + struct.pack("<HBB", self._random.choice([0, 1, 2020, 9999]), 2, 28)
        if kind in MOMENTS and kind != 11:
            return b"\x0b" + struct.pack("<HBBBBBI", 2020, 2, 29, 23, 59, 59, 999_999)
        if kind == 11:
            return b"\x0c" + struct.pack("<BIBBBI", self._random.choice([0, 1]), 34, 22, 59, 59, 1)
        if kind == NOTHING:
            return b""
        if kind == 16:
            return sized(self._random.randbytes(self._random.choice([1, 2, 8])))
        return sized(self._text(kind))

    def _spoil(self) -> None:
        """Make some of it a lie."""
        if self._random.random() < 0.5:
            place = self._random.randrange(len(self.rows))
            self.rows[place] = self._lengthened(self.rows[place])
            return
        for place, row in enumerate(self.rows):
            if self._random.random() < 0.3:
                self.rows[place] = self._spoiled(row)
        if self._random.random() < 0.1:
            place, spoiled = (
                self._random.randrange(len(self.types)),
                self._random.choice((self.definitions, self.described)),
            )
            spoiled[place] = self._spoiled(spoiled[place])
        if self._random.random() < 0.2:
            ends = [self.end[:1], b"\xff", error(1105, "no more")[:5], error(1105, "no more"), b"\xfe\0\0\x0a\0", b""]
            self.end = self._random.choice(ends)

    def _lengthened(self, row: bytes) -> bytes:
        """Return a row of which a value's length goes beyond its end: by a little, or by far."""
        first = 1 + (len(self.types) + 9) // 8 if self.prepared else 0
        place = self._random.randrange(first, len(row) + 1)
        long = bytes([self._random.randrange(1, 251)])
        return row[:place] + self._random.choice([*LENGTHS[:6], long, long]) + row[place + 1 :]

    def _spoiled(self, packet: bytes) -> bytes:
        place = self._random.randrange(len(packet) + 1)
        ways: list[Callable[[], bytes]] = [
            lambda: packet[:place],
            lambda: packet[:place] + self._random.choice(LENGTHS) + packet[place:],
            lambda: packet[:place] + self._random.choice(LENGTHS) + packet[place + 1 :],
            lambda: packet[:place] + self._random.choice(LENGTHS),
            lambda: packet[:place] + self._random.randbytes(1) + packet[place + 1 :],
            lambda: packet + self._random.randbytes(self._random.choice([1, 9, 300])),
            lambda: packet[:1] + self._random.randbytes(max(len(packet) - 1, 0)),
            lambda: self._random.randbytes(self._random.randrange(40)),
            lambda: b"",
            lambda: packet[:1] + b"\xff" * (len(packet) - 1),
        ]
        return self._random.choice(ways)()

    def tell(self, wire: Wire, command: int) -> None:
        """Answer the preparation or the execution of a query, or the query.

        Behind a lie nothing more is sent, so that who waits for more has not seen that there is none.
        """
        count = len(self.types)
        if command == PREPARE and not self.prepared:
            wire.send(error(1295, "This command is not supported in the prepared statement protocol yet"))
        elif command == PREPARE:
            wire.send(b"\0" + struct.pack("<IHHBH", wire.statement, count, 0, 0, 0), *self.described, b"\xfe\0\0\x02\0")
            if self.described != self.definitions:
                wire.socket.shutdown(socket.SHUT_WR)
        else:
            wire.send(bytes([count]), *self.definitions, b"\xfe\0\0\x02\0", *self.rows, self.end)
            if not self.honest:
                wire.socket.shutdown(socket.SHUT_WR)


def fits(row: bytes, types: list[int]) -> bool:
    """Say whether each value of a row lies within its packet."""
    place = 1 + (len(types) + 9) // 8
    for number, kind in enumerate(types, 2):
        if place > len(row):
            return False
        if row[number // 8 + 1] >> number % 8 & 1 or kind == NOTHING:
            continue
        if kind in SIZES:
            place += SIZES[kind]
            continue
        if place >= len(row):
            return False
        size = row[place]
        width = 1 if kind in MOMENTS else {0xFC: 3, 0xFD: 4, 0xFE: 9}.get(size, 1)
        if width > 1:
            size = int.from_bytes(row[place + 1 : place + width].ljust(width - 1, b"\xff"), "little")
        place += width + size
    return place <= len(row)


def ask(pipe: Connection, port: int, numbers: list[int]) -> None:
    """Ask for the lies in turn; send what came of each: the values that are text or bytes, or the error."""
    db = Database(reached("127.0.0.1", port, MYSQL_TIMEOUT="2"))
    for number in numbers:
        sql = f"SELECT 1 AS lie_{number}"
        try:
            frame = db.query(sql) if number % 3 else pd.concat(list(db.query(sql, chunksize=4)))
            pipe.send((number, "frame", len(frame), [cell for _, column in frame.items() for cell in words(column)]))
        except PersistenceError as failure:
            pipe.send((number, "refused", 0, str(failure)))
        except BaseException as failure:  # the test wants to know any
            pipe.send((number, "traceback", 0, f"{type(failure).__name__}: {failure}"))
    pipe.send(None)


def words(column: pd.Series) -> list[bytes]:
    """Return the cells of a column that are text or bytes, as bytes."""
    cells = [cell for cell in column.tolist() if isinstance(cell, (str, bytes))]
    return [cell.encode("utf-8", "surrogatepass") if isinstance(cell, str) else cell for cell in cells]


def told(lies: dict[int, Lie]) -> Callable[[Wire, int, str], bool]:
    """Return the function that answers a query that is marked with the lie's number."""

    def tell(wire: Wire, command: int, sql: str) -> bool:
        found = MARK.search(sql)
        if not found or command not in (PREPARE, EXECUTE, QUERY):
            return False
        lies[int(found[1])].tell(wire, command)
        return True

    return tell


def test_generated_lies(soak: bool) -> None:
    seed, wanted = secrets.randbits(32), 100_000 if soak else 1200
    lies: dict[int, Lie] = {}
    while sum(len(lie.rows) for lie in lies.values()) < wanted:
        lies[len(lies)] = Lie(len(lies), seed)
    server = LyingServer(admit, told(lies))
    ours, theirs = PROCESSES.Pipe()
    client = PROCESSES.Process(target=ask, args=(theirs, server.port, list(lies)), daemon=True)
    client.start()
    theirs.close()
    wrong, answered, done = [], 0, -1
    try:
        while True:
            assert ours.poll(PATIENCE), f"lie {done + 1} of seed {seed}: no answer"
            outcome = ours.recv()
            if outcome is None:
                break
            done, kind, rows, cells = outcome
            lie = lies[done]
            answered += kind == "frame"
            if complaint := judge(lie, kind, rows, cells):
                wrong.append(f"lie {done} of seed {seed}: {complaint}")
    except EOFError:
        wrong.append(f"lie {done + 1} of seed {seed}: the process died")
    finally:
        client.kill()
        client.join()
        server.close()
    assert wrong == [], f"{len(wrong)} of {len(lies)}"
    # Of few lies it may be that none but some are whole.
    assert answered > (len(lies) / 10 if soak else 0)


def judge(lie: Lie, kind: str, rows: int, cells: list[str]) -> str:
    """Say what is wrong with an outcome; nothing where it is right."""
    if kind == "traceback":
        return str(cells)
    if kind == "refused":
        return f"what is right was refused: {cells}" if lie.honest and lie.prepared and readable(lie) else ""
    if lie.short:
        return "a row that ends early was read"
    if lie.honest and rows != len(lie.rows):
        return f"{rows} of {len(lie.rows)} rows"
    sent = b"".join(lie.rows)
    strange = [cell for cell in cells if cell not in sent and not cell.isascii()]
    return f"{strange[0]!r} was never sent" if strange and lie.prepared else ""


def readable(lie: Lie) -> bool:
    """Say whether there is no reason of another kind to refuse the rows, such as bytes that are no text."""
    return all(row.isascii() for row in lie.rows) and not {16, *MOMENTS} & set(lie.types)


GREETINGS = {
    "nothing": b"",
    "one byte": b"\x0a",
    "half of one": greeting()[:20],
    "one without an end": greeting()[:-22].replace(b"\0", b"x"),
    "another protocol": b"\x09" + greeting()[1:],
    "noise": bytes(range(256)),
    "a version that is none": greeting().replace(b"9.7.4", b"\xff\xfe.x"),
    "an error that is cut": b"\xff\x15",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("lie", GREETINGS)
def test_a_greeting_that_is_none(lie: str) -> None:
    def first(wire: Wire) -> None:
        wire.send(GREETINGS[lie])
        wire.receive()
        wire.send(b"\xff")

    server = LyingServer(first)
    begin = time.monotonic()
    db = Database(reached("127.0.0.1", server.port, MYSQL_TIMEOUT="2"))
    outcome = within(20, db.tables, server.close)
    assert isinstance(outcome, ConnectionFailedError), repr(outcome)
    assert time.monotonic() - begin < 15
    server.close()


@pytest.mark.parametrize("wanted", ["/etc/passwd", "secret", "../secret", "/proc/self/environ"])
def test_a_server_gets_no_file_that_it_asks_for(wanted: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("this is nobody else's business")
    asked = str(secret) if wanted == "secret" else wanted

    def ask_for_it(wire: Wire, command: int, sql: str) -> bool:
        if "lie" not in sql or command == PREPARE:
            return False
        wire.send(b"\xfb" + asked.encode())
        return True

    server = LyingServer(admit, ask_for_it)
    db = Database(reached("127.0.0.1", server.port, MYSQL_TIMEOUT="2"))
    outcomes = [
        within(20, lambda: db.query("SELECT 1 AS lie"), server.close),
        within(20, lambda: db.query("SHOW lie"), server.close),
    ]
    for outcome in outcomes:
        assert isinstance(outcome, PersistenceError), repr(outcome)
    for data in (secret.read_bytes(), b"PATH=", b"root:x:"):
        assert data not in server.received
    server.close()
