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
from mysql.connector import Error, FieldType, InterfaceError
from mysql.connector.constants import FieldFlag
from numpy.typing import NDArray

from persistence.errors import UsageError

BATCH_BYTES = 2**22
"""How much is received before it is decoded: what a kernel buffers, so that the server need not wait meanwhile."""
MOST_BYTES = 2**31 - 2**16
"""The longest row: Arrow's views count in 32 bits, and a server's max_allowed_packet ends at half of it."""
HEADER = 4
"""Of each packet: three bytes of length, one of sequence."""
MAX_PAYLOAD = 2**24 - 1
"""A longer row goes on in the next packet."""
SLACK = 16
"""Bytes behind the last row that a gather may touch. They are zero: what is absent is read there."""
END, MAX_END = 0xFE, HEADER + 5
"""What a packet that ends rows begins with, and how long it is at most; a row may begin so."""
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
    FieldType.NULL: ("V0", "V0"),
}
"""The types of one size, signed and unsigned."""
MOMENTS = {
    **dict.fromkeys((FieldType.DATE, FieldType.NEWDATE), pa.date32()),
    **dict.fromkeys((FieldType.DATETIME, FieldType.TIMESTAMP), pa.timestamp("us")),
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
LONG_HEADS = {0xFC: 3, 0xFD: 4, 0xFE: 9}
HEADS = np.array([LONG_HEADS.get(mark, 1) for mark in range(256)])
"""By the first byte of a length, how many bytes say it."""
LENGTH_BITS = np.array([2 ** (8 * max(head - 1, 0)) - 1 for head in range(10)], "u8")
"""By how many bytes say a length, the bits of those behind the first."""
DAY, SECOND = 86_400_000_000, 1_000_000
NO_ROWS = (
    "the statement returns no rows, and has not been run; use db.execute for one that changes rows, or use db.engine"
    " for statements that are not queries"
)
ROWS = "the statement returns rows, and has not been run; use db.query"
PLACES = "write each as %(name)s, outside of quotes and comments, and no ? of your own"
MALFORMED = (
    *(ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError),
    *(struct.error, pa.ArrowException),
)
"""What the connector and this module raise over an answer that is none of the protocol."""

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


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
                arrays = _decode(
                    np.frombuffer(buffer, "u1"), np.array(starts, "i8"), np.array(ends, "i8"), self.description
                )
            yield arrays

    def _receive(self) -> Iterator[tuple[bytearray, list[int], list[int]]]:
        """Yield buffers of whole rows, the places of their packets and their ends, until there are no more rows."""
        length_at, rest = struct.Struct("<I").unpack_from, bytearray()
        while True:
            buffer, filled, position = rest.ljust(BATCH_BYTES + SLACK, b"\0"), len(rest), 0
            starts: list[int] = []
            ends: list[int] = []
            while filled < BATCH_BYTES:
                filled += self._fill(buffer, filled)
                while position + HEADER < filled:
                    end = position + HEADER + (length_at(buffer, position)[0] & MAX_PAYLOAD)
                    if end > filled:
                        break
                    if end == position + HEADER or buffer[position + HEADER]:
                        yield buffer, starts, ends
                        self._finish(buffer[position:end], buffer[end:filled])
                        return
                    starts.append(position)
                    ends.append(end)
                    position = end
            rest = buffer[position:filled]
            if not starts:
                buffer, starts, rest = self._large(rest), [0], bytearray()
                ends = [len(buffer) - SLACK]
            yield buffer, starts, ends

    def _large(self, begin: bytearray) -> bytearray:
        """Return a row that is larger than a buffer, or even than a packet, as one packet and what stands behind it."""
        socket: Any = self._connection._socket
        socket.sock.ahead = begin
        row: bytearray = socket.recv()
        size = len(row)
        while size == HEADER + MAX_PAYLOAD and len(row) < MOST_BYTES:
            packet = socket.recv()
            size = len(packet)
            row += packet[HEADER:]
        if len(row) > MOST_BYTES:
            raise ValueError("a row of 2 GB")
        return row.ljust(len(row) + SLACK, b"\0")

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

    def _finish(self, packet: Any, rest: bytearray) -> None:
        """Read to the end of what the statement returns, or raise the error that the server sent instead.

        Results behind the first are left out; every procedure ends with one that has no rows.
        """
        connection, receive = self._connection, self._connection._socket.recv
        connection._socket.sock.ahead = rest
        status = connection._handle_eof(packet)["status_flag"]
        while status & MORE_RESULTS:
            result = connection._handle_result(receive())
            if "columns" in result:
                while (packet := receive())[HEADER] < END or (len(packet) > MAX_END and packet[HEADER] == END):
                    pass
                result = connection._handle_eof(packet)
            status = result["status_flag"]
        connection.unread_result = False
        connection.cmd_stmt_close(self._statement)
        self.finished = True


def execute(connection: Any, sql: str, values: Sequence[Any], rows: bool | None = None) -> Rows | int:
    """Run one statement with bound values; return its rows, or the number of those that it changed.

    Args:
        connection: the connector's own, in pure Python, with nothing left unread.
        sql: the statement, with ``?`` for each value.
        values: the values, of types that the connector binds.
        rows: whether rows are wanted, or none; where None, either will do.

    Raises:
        mysql.connector.Error: the server refuses the statement (1295: it cannot be prepared; nothing was run).
        UsageError: it has another number of places for values, or returns rows, or none, where the other is wanted;
            nothing was run.
        BaseException: anything else leaves a connection of which the next answer may be this statement's; drop it.
    """
    with understood():
        prepared = connection.cmd_stmt_prepare(sql.encode())
    statement, places = prepared["statement_id"], prepared["parameters"]
    try:
        if rows is not None and bool(prepared["num_columns"]) != rows:
            raise UsageError(NO_ROWS if rows else ROWS)
        if len(places) != len(values):
            raise UsageError(f"the SQL has {len(places)} places for {len(values)} values: {PLACES}")
        # As a stream, bytes are bound as binary data, not as text; there is no empty stream.
        bound = [BytesIO(value) if value and isinstance(value, (bytes, bytearray)) else value for value in values]
        with understood():
            answer = connection.cmd_stmt_execute(statement, bound, places)
    except (Error, UsageError) as error:  # after others, such as Ctrl+C, an answer may still be coming
        if getattr(error, "errno", None) != 2013:
            connection.cmd_stmt_close(statement)
        raise
    if isinstance(answer, tuple):
        return Rows(connection, statement, answer[1])
    connection.cmd_stmt_close(statement)
    return int(answer.get("affected_rows", 0))


def _decode(buffer: Bytes, starts: Places, ends: Places, description: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the rows whose packets begin and end at these places as one array for each column."""
    nulls = starts + HEADER + 1
    places = nulls + (len(description) + 9) // 8
    _check(places <= ends)
    arrays = []
    for number, entry in enumerate(description, 2):
        absent = (buffer[nulls + number // 8] >> (number % 8) & 1).astype(bool)
        found = np.where(absent, len(buffer) - SLACK, places)
        heads, lengths = _sizes(buffer, found, entry[1])
        places = places + np.where(absent, 0, heads + lengths)
        _check(places <= ends)  # before anything is read there
        arrays.append(_column(buffer, found + heads, lengths, absent if absent.any() else None, entry))
    return arrays


def _check(holds: NDArray[np.bool_]) -> None:
    """Raise unless it holds for every row."""
    if not holds.all():
        raise ValueError("a length beyond its packet's end")


def _sizes(buffer: Bytes, places: Places, kind: int) -> tuple[Any, Any]:
    """Return how many bytes say the length of each value that begins at these places, and the lengths."""
    if kind in FIXED:
        return 0, np.dtype(FIXED[kind][0]).itemsize
    lengths = buffer[places].astype("i8")
    if kind in MOMENTS:
        return 1, lengths
    heads = HEADS[lengths]
    long = np.flatnonzero(heads > 1)
    numbers = _gather(buffer, places[long] + 1, "<u8") & LENGTH_BITS[heads[long]]
    lengths[long] = np.minimum(numbers, MOST_BYTES)  # one beyond is too long in any case
    return heads, lengths


def _column(buffer: Bytes, places: Places, lengths: Any, absent: Any, entry: Sequence[Any]) -> Any:
    """Return the values of a column, which begin at these places and end within their rows; nulls where `absent`."""
    kind = entry[1]
    if kind == FieldType.NULL:
        return pa.nulls(len(places))
    if kind in FIXED:
        return pa.array(_gather(buffer, places, FIXED[kind][bool(entry[7] & FieldFlag.UNSIGNED)]), mask=absent)
    if kind in MOMENTS:
        _check(lengths < len(KEEP))
        parts = _parts(buffer, places, lengths)
        if kind == FieldType.TIME:
            span = parts.view(SPAN)[:, 0]
            ticks = span["days"].astype("i8") * DAY + _clock(span)
            return pa.array(np.where(span["negative"], -ticks, ticks), MOMENTS[kind], mask=absent)
        ticks, wrong = _datetimes(parts.view(PART)[:, 0])  # what is absent is no day either
        return pa.array(ticks, pa.timestamp("us"), mask=wrong).cast(MOMENTS[kind])
    words = _words(buffer, places, lengths, absent)
    if kind == FieldType.BIT:  # the most significant byte comes first
        return pa.array([None if word is None else int.from_bytes(word) for word in words.to_pylist()], pa.uint64())
    return words.cast(pa.large_string()) if kind in TEXTS or entry[8] != BINARY else words


def _gather(buffer: Bytes, places: Places, dtype: str) -> NDArray[Any]:
    """Return the values that begin at these places of the buffer, whatever their alignment.

    A place is at most the end of its row, behind which there are `SLACK` bytes.
    """
    size = np.dtype(dtype).itemsize
    windows = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer=buffer.data, strides=(1,))
    return windows[places].view(dtype)


def _parts(buffer: Bytes, places: Places, lengths: Places) -> Any:
    """Return, for each place, twelve bytes of which those beyond the length are zero."""
    return _gather(buffer, places, "V12").view("u1").reshape(-1, 12) & KEEP[np.minimum(lengths, 12)]


def _datetimes(part: Any) -> tuple[Any, Any]:
    """Return microseconds since 1970, and the mask of those that are no day of the calendar: 0000-00-00, 2021-02-31."""
    year, month, day = (part[name].astype("i8") for name in ("year", "month", "day"))
    wrong = (year < 1) | (year > 9999) | (month < 1) | (month > 12) | (day < 1)
    index = np.where(wrong, 0, year * 12 + month - 1)
    wrong |= day > MONTHS[index + 1] - MONTHS[index]
    return (MONTHS[index] + day - 1) * DAY + _clock(part), wrong


def _clock(part: Any) -> Any:
    hour, minute, second = part["clock"].astype("i8").T
    return ((hour * 60 + minute) * 60 + second) * SECOND + part["micro"]


def _words(buffer: Bytes, places: Places, lengths: Places, absent: Any) -> Any:
    """Return bytes, by way of Arrow's views: short values stand in the view, long ones in the buffer."""
    views = np.zeros((len(places), 16), "u1")
    views[:, 4:] = _parts(buffer, places, lengths)
    fields = views.view("<i4")
    fields[:, 0] = lengths
    long = lengths > 12
    fields[long, 2], fields[long, 3] = 0, places[long]
    valid = None if absent is None else pa.array(~absent).buffers()[1]
    buffers = [valid, pa.py_buffer(views), pa.py_buffer(buffer)]
    return pa.Array.from_buffers(pa.binary_view(), len(places), buffers).cast(pa.large_binary())
