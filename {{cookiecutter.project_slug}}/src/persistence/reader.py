# ruff: noqa: ANN401 - Arrow ships no types
"""Statements of a MySQL connection by the binary protocol: values bound by the server, rows as Arrow arrays.

A prepared statement's rows arrive as numbers as themselves, times as their parts, text and bytes behind their length
(MySQL source code documentation, "Binary Protocol Resultset Row"). The connector makes the connection, binds the values
and reads the headers; then the rows are taken from its socket some megabytes at a time and decoded a column at a time.
Nothing is rounded on the way: no number becomes text, a FLOAT keeps its 24 bits.

Nothing that the server says is believed: each length is checked against its packet's end before anything is read there,
and whatever else is no answer of the protocol is an error of the connection (`InterfaceError`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
from mysql.connector import Error, FieldType, InterfaceError, errors
from mysql.connector.constants import FieldFlag
from numpy.typing import NDArray

BATCH_BYTES = 2**22
"""How much is received before it is decoded: what a kernel buffers, so that the server need not wait meanwhile."""
MOST_BYTES = 2**31 - 2**16
"""The longest row: Arrow's views count in 32 bits, and a server's max_allowed_packet ends at half of it."""
HEADER = 4
"""Of each packet: three bytes of length, one of sequence."""
MAX_PAYLOAD = 2**24 - 1
"""A longer row goes on in the next packet."""
SLACK = 16
"""Bytes behind the last row that a gather may touch."""
OK, END, ERROR = 0x00, 0xFE, 0xFF
MORE_RESULTS = 8
BINARY = 63
"""The number of the character set `binary`."""
FIXED = {
    FieldType.TINY: ("i1", "u1"),
    FieldType.SHORT: ("<i2", "<u2"),
    FieldType.YEAR: ("<u2", "<u2"),
    FieldType.INT24: ("<i4", "<u4"),
    FieldType.LONG: ("<i4", "<u4"),
    FieldType.LONGLONG: ("<i8", "<u8"),
    FieldType.FLOAT: ("<f4", "<f4"),
    FieldType.DOUBLE: ("<f8", "<f8"),
}
"""The types of one size, signed and unsigned."""
MOMENTS = {
    FieldType.DATE: pa.date32(),
    FieldType.NEWDATE: pa.date32(),
    FieldType.DATETIME: pa.timestamp("us"),
    FieldType.TIMESTAMP: pa.timestamp("us"),
    FieldType.TIME: pa.duration("us"),
}
TEXTS = (FieldType.DECIMAL, FieldType.NEWDECIMAL, FieldType.JSON, FieldType.ENUM, FieldType.SET)
"""Types that are text whatever their character set says."""
PART = np.dtype([("year", "<u2"), ("month", "u1"), ("day", "u1"), ("clock", "u1", 3), ("micro", "<u4"), ("rest", "u1")])
SPAN = np.dtype([("negative", "u1"), ("days", "<u4"), ("clock", "u1", 3), ("micro", "<u4")])
KEEP = np.tril(np.full((13, 12), 0xFF, "u1"), -1)
"""By length, the mask that keeps so many of twelve bytes."""
MONTHS = np.arange("0000-01", "10000-02", dtype="datetime64[M]").astype("datetime64[D]").astype("i8")
"""The day on which each month since the year 0 begins, counted from 1970."""
LENGTH_BITS = {3: 2**16 - 1, 4: 2**24 - 1, 9: 2**63 - 1}
"""Of a length with its mark, by the bytes of both, the bits that count."""
DAY, SECOND = 86_400_000_000, 1_000_000
MALFORMED = (
    *(ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError),
    *(struct.error, pa.ArrowException),
)
"""What the connector and this module raise over an answer that is none of the protocol."""

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class CountError(Exception):
    """A statement has another number of places for values than there are values."""


class RowsError(Exception):
    """A statement returns rows, or none, where the other is wanted; it has not been run."""


@contextmanager
def understood() -> Iterator[None]:
    """Turn whatever a malformed answer causes into the error of a lost connection, which nobody uses again."""
    try:
        yield
    except MALFORMED as error:
        raise InterfaceError(
            errno=2013, msg=f"the server's answer is malformed ({type(error).__name__}: {error})"
        ) from error


class Rows:
    """The rows of a statement that are still to come, in batches: each a list of one array for each column.

    Attributes:
        description: the columns, as the connector describes them.
        finished: whether the connection has nothing left to read, and can be used again.
    """

    def __init__(self, connection: Any, statement: int, description: Sequence[Sequence[Any]]) -> None:
        """Prepare to read what `execute` asked for."""
        self.description = description
        self.finished = False
        self._connection, self._statement = connection, statement

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the batches, at least one.

        Raises:
            mysql.connector.Error: the server ended the rows with an error or with nonsense, or the connection is lost.
        """
        batches = self._receive()
        while True:
            with understood():
                found = next(batches, None)
                if found is None:
                    return
                buffer, starts, ends = found
                arrays = _decode(np.frombuffer(buffer, "u1"), np.array(starts, "i8"), ends, self.description)
            yield arrays

    def _receive(self) -> Iterator[tuple[bytearray, list[int], Places]]:
        """Yield a buffer of whole rows, the places of their packets and their ends, until there are no more rows.

        The buffer is used again after each; it grows where one row is larger.
        """
        length_at = struct.Struct("<I").unpack_from
        buffer, filled, position = bytearray(BATCH_BYTES + SLACK), 0, 0
        starts: list[int] = []
        ends: list[int] = []
        while True:
            filled += self._fill(buffer, filled)
            while position + HEADER < filled:
                length = length_at(buffer, position)[0] & MAX_PAYLOAD
                if length == MAX_PAYLOAD:
                    length, filled = _join(buffer, position, filled)
                end = position + HEADER + length
                if end > filled:
                    break
                if not length or buffer[position + HEADER]:
                    yield buffer, starts, np.array(ends, "i8")
                    self._finish(buffer[position:end], buffer[end:filled])
                    return
                starts.append(position)
                ends.append(end)
                position = end
            if filled == len(buffer) - SLACK:
                if starts:
                    yield buffer, starts, np.array(ends, "i8")
                rest, starts, ends, position = buffer[position:filled], [], [], 0
                if len(rest) > BATCH_BYTES // 2:
                    buffer = bytearray(min(2 * len(rest), MOST_BYTES) + SLACK)
                buffer[: len(rest)] = rest
                filled = len(rest)
                if filled == MOST_BYTES:
                    raise ValueError("a row of 2 GB")

    def _fill(self, buffer: bytearray, filled: int) -> int:
        """Receive what there is, up to the buffer's end; return how much."""
        try:
            with memoryview(buffer) as view:
                received: int = self._connection._socket.sock.recv_into(view[filled:-SLACK])
        except OSError as error:
            raise InterfaceError(errno=2013, msg=f"Lost connection to MySQL server during query ({error})") from error
        if not received:
            raise InterfaceError(errno=2013)
        return received

    def _finish(self, packet: bytearray, rest: bytearray) -> None:
        """Read to the end of what the statement returns, or raise the error that the server sent instead.

        Results behind the first are left out; every procedure ends with one that has no rows.
        """
        status = self._status(packet)
        while status & MORE_RESULTS:
            packet = self._packet(rest)
            if packet[HEADER] == OK:
                status = self._connection._protocol.parse_ok(bytes(packet))["status_flag"]
                continue
            self._status(packet)  # raises where it is an error; otherwise it holds the number of columns
            for _ in ("columns", "rows"):
                packet = self._packet(rest)
                while packet[HEADER] < END or len(packet) > HEADER + 5:
                    self._status(packet)
                    packet = self._packet(rest)
                status = self._status(packet)
        self._connection.cmd_stmt_close(self._statement)
        self.finished = True

    def _status(self, packet: bytearray) -> int:
        """Return the server's status of a packet that ends something; raise the error that stands there instead."""
        if packet[HEADER] == ERROR:
            raise errors.get_exception(bytes(packet))
        return packet[HEADER + 3] if packet[HEADER] == END else 0

    def _packet(self, rest: bytearray) -> bytearray:
        """Take the next packet from what was received, and receive more as it is needed."""
        more = bytearray(2**16 + SLACK)
        while len(rest) < HEADER or len(rest) < HEADER + int.from_bytes(rest[:3], "little"):
            rest += more[: self._fill(more, 0)]
        end = HEADER + int.from_bytes(rest[:3], "little")
        packet = rest[:end]
        del rest[:end]
        return packet


def execute(connection: Any, sql: str, values: Sequence[Any], rows: bool | None = None) -> Rows | int:
    """Run one statement with bound values; return its rows, or the number of those that it changed.

    Args:
        connection: the connector's own, in pure Python, with nothing left unread.
        sql: the statement, with ``?`` for each value.
        values: the values, of types that the connector binds.
        rows: whether rows are wanted, or none; where None, either will do.

    Raises:
        mysql.connector.Error: the server refuses the statement (1295: it cannot be prepared; nothing was run).
        CountError: the statement has another number of places for values.
        RowsError: it returns rows, or none, and the other is wanted; nothing was run.
        BaseException: anything else leaves a connection of which the next answer may be this statement's; drop it.
    """
    with understood():
        prepared = connection.cmd_stmt_prepare(sql.encode())
    statement, places = prepared["statement_id"], prepared["parameters"]
    try:
        if rows is not None and bool(prepared["num_columns"]) != rows:
            raise RowsError
        if len(places) != len(values):
            raise CountError(f"{len(places)} places for {len(values)} values")
        # As a stream, bytes are bound as binary data, not as text; there is no empty stream.
        bound = [BytesIO(value) if value and isinstance(value, (bytes, bytearray)) else value for value in values]
        with understood():
            answer = connection.cmd_stmt_execute(statement, bound, places)
    except (Error, CountError, RowsError) as error:  # after others, such as Ctrl+C, an answer may still be coming
        if getattr(error, "errno", None) != 2013:
            connection.cmd_stmt_close(statement)
        raise
    if isinstance(answer, tuple):
        return Rows(connection, statement, answer[1])
    connection.cmd_stmt_close(statement)
    return int(answer.get("affected_rows", 0))


def _join(buffer: bytearray, position: int, filled: int) -> tuple[int, int]:
    """Take the headers out of a row of several packets; return its length and the new end of what is in the buffer.

    As long as the row is not complete, nothing changes, and the length is one that is not there.
    """
    inner, place, length = [], position, MAX_PAYLOAD
    while length == MAX_PAYLOAD:
        if place + HEADER > filled:
            return filled, filled
        length = int.from_bytes(buffer[place : place + 3], "little")
        inner.append(place)
        place += HEADER + length
    if place > filled:
        return filled, filled
    for header in reversed(inner[1:]):
        buffer[header : filled - HEADER] = buffer[header + HEADER : filled]
        filled -= HEADER
    return place - position - HEADER * len(inner), filled


def _decode(buffer: Bytes, starts: Places, ends: Places, description: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the rows whose packets begin and end at these places as one array for each column."""
    nulls = starts + HEADER + 1
    places = nulls + (len(description) + 9) // 8
    _check(places <= ends)
    arrays = []
    for number, entry in enumerate(description, 2):
        absent = (buffer[nulls + number // 8] >> (number % 8) & 1).astype(bool)
        array, sizes = _column(buffer, places, ends, absent if absent.any() else None, entry)
        arrays.append(array)
        places = places + (np.where(absent, 0, sizes) if absent.any() else sizes)
        _check(places <= ends)
    return arrays


def _check(holds: NDArray[np.bool_]) -> None:
    """Raise unless it holds for every row."""
    if not holds.all():
        raise ValueError("a length beyond its packet's end")


def _column(buffer: Bytes, places: Places, ends: Places, absent: Any, entry: Sequence[Any]) -> tuple[Any, Any]:
    """Return the values of a column that begin at `places`, and how many bytes each takes; those `absent` take none."""
    kind, flags = entry[1], entry[7]
    if kind == FieldType.NULL:
        return pa.nulls(len(places)), 0
    if kind in FIXED:
        dtype = np.dtype(FIXED[kind][bool(flags & FieldFlag.UNSIGNED)])
        return pa.array(_gather(buffer, places, dtype), mask=absent), dtype.itemsize
    if kind in MOMENTS:
        sizes = buffer[places].astype("i8")
        if absent is not None:
            sizes[absent] = 0  # what stands there is the next column's
        _check(sizes <= KEEP.shape[1])
        moments = _durations if kind == FieldType.TIME else _datetimes
        values, wrong = moments(_parts(buffer, places + 1, sizes))
        mask = wrong if absent is None else wrong | absent
        array = pa.array(values, pa.timestamp("us") if kind != FieldType.TIME else pa.duration("us"), mask=mask)
        return array.cast(MOMENTS[kind]), sizes + 1
    lengths, heads = _lengths(buffer, places, absent)
    _check(lengths <= ends - places - heads)
    if kind == FieldType.BIT:
        return _bits(buffer, places + heads, lengths, absent), heads + lengths
    text = kind in TEXTS or entry[8] != BINARY
    return _words(buffer, places + heads, lengths, absent, text), heads + lengths


def _gather(buffer: Bytes, places: Places, dtype: Any) -> NDArray[Any]:
    """Return the values that begin at these places of the buffer, whatever their alignment.

    A place is at most the end of its row, behind which there are `SLACK` bytes.
    """
    size = np.dtype(dtype).itemsize
    windows = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer=buffer.data, strides=(1,))
    return windows[places].view(dtype)


def _parts(buffer: Bytes, places: Places, sizes: NDArray[Any]) -> Bytes:
    """Return, for each place, twelve bytes of which those beyond the size are zero."""
    parts = _gather(buffer, places, "V12").view("u1").reshape(-1, 12)
    kept: Bytes = parts & KEEP[np.minimum(sizes, 12)]
    return kept


def _datetimes(parts: Bytes) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return microseconds since 1970, and the mask of those that are no day of the calendar: 0000-00-00, 2021-02-31."""
    part = parts.view(PART)[:, 0]
    year, month, day = (part[name].astype("i8") for name in ("year", "month", "day"))
    wrong = (year < 1) | (year > 9999) | (month < 1) | (month > 12) | (day < 1)
    index = np.where(wrong, 0, year * 12 + month - 1)
    wrong |= day > MONTHS[index + 1] - MONTHS[index]
    return (MONTHS[index] + day - 1) * DAY + _clock(part), wrong


def _durations(parts: Bytes) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return microseconds; none is wrong."""
    span = parts.view(SPAN)[:, 0]
    micros = span["days"].astype("i8") * DAY + _clock(span)
    return np.where(span["negative"], -micros, micros), np.zeros(len(parts), bool)


def _clock(part: Any) -> NDArray[np.int64]:
    """Return the microseconds of hour, minute, second and fraction."""
    hour, minute, second = part["clock"].astype("i8").T
    clock: NDArray[np.int64] = ((hour * 60 + minute) * 60 + second) * SECOND + part["micro"]
    return clock


def _lengths(buffer: Bytes, places: Places, absent: Any) -> tuple[Places, Any]:
    """Return the lengths that stand at these places, and how many bytes say each; 0 where absent."""
    lengths, heads = buffer[places].astype("i8"), np.ones(len(places), "i8")
    if absent is not None:
        lengths[absent] = heads[absent] = 0
    marks = lengths.copy()
    if (marks > 250).any():
        for mark, size, dtype in ((0xFC, 3, "<u2"), (0xFD, 4, "<u4"), (0xFE, 9, "<u8")):
            long = np.flatnonzero(marks == mark)
            lengths[long] = (_gather(buffer, places[long] + 1, dtype) & np.dtype(dtype).type(LENGTH_BITS[size])).astype(
                "i8"
            )
            heads[long] = size
    return lengths, heads


def _words(buffer: Bytes, places: Places, lengths: Places, absent: Any, text: bool) -> Any:
    """Return texts or bytes, by way of Arrow's views: short values stand in the view, long ones in the buffer."""
    views = np.zeros((len(places), 16), "u1")
    views[:, 4:] = _parts(buffer, places, lengths)
    fields = views.view("<i4")
    fields[:, 0] = lengths
    long = lengths > 12
    fields[long, 2], fields[long, 3] = 0, places[long]
    valid = None if absent is None else pa.array(~absent).buffers()[1]
    buffers = [valid, pa.py_buffer(views), pa.py_buffer(buffer)]
    values = pa.Array.from_buffers(pa.binary_view(), len(places), buffers).cast(pa.large_binary())
    return values.cast(pa.large_string()) if text else values


def _bits(buffer: Bytes, places: Places, lengths: Places, absent: Any) -> Any:
    """Return the numbers that BIT columns hold, most significant byte first."""
    _check(lengths <= np.dtype("u8").itemsize)
    numbers = np.zeros(len(places), "u8")
    for byte in range(int(lengths.max(initial=0))):
        more = lengths > byte
        numbers[more] = numbers[more] << np.uint64(8) | buffer[places[more] + byte]
    return pa.array(numbers, mask=absent)
