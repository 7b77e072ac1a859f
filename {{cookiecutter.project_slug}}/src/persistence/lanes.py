"""Work that is handed to a few connections while the next piece is being prepared."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeVar

from sqlalchemy import Connection

Item = TypeVar("Item")


class CollisionError(Exception):
    """Work that met another connection's and left nothing behind; its argument is the server's error."""


def run(
    connections: Sequence[Connection],
    items: Iterable[Item],
    work: Callable[[Connection, Item], None],
    drop: Callable[[Item], None],
) -> None:
    """Do the work for each item, each connection one item at a time, in the items' order.

    The next item is made meanwhile, and no more are made than one for each connection and one that waits. The first
    error ends it: what runs is waited for, since a connection cannot be used by two, and what waits is dropped.
    What collided is done again when nothing else runs, so that its error, if any, is its own.

    Raises:
        CollisionError: an item's work collides even alone.
    """
    lanes = _Lanes(connections, work, drop)
    with ThreadPoolExecutor(len(connections), thread_name_prefix="persistence") as pool:
        try:
            for item in items:
                lanes.running.append((pool.submit(lanes.step, item), item))
                lanes.wait(len(connections))
            lanes.wait(0)
        except BaseException:
            lanes.cancel()
            raise
        finally:
            pool.shutdown()
            lanes.drop_collided()


class _Lanes(Generic[Item]):
    """The connections, what runs on them, and what collided."""

    def __init__(
        self,
        connections: Sequence[Connection],
        work: Callable[[Connection, Item], None],
        drop: Callable[[Item], None],
    ) -> None:
        self.running: deque[tuple[Future[None], Item]] = deque()
        self._collided: deque[Item] = deque()
        self._connections = connections
        self._work = work
        self._drop = drop
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            self._idle.put(connection)

    def step(self, item: Item) -> None:
        """Do one item's work on a connection that is idle."""
        connection = self._idle.get()
        try:
            self._work(connection, item)
        except CollisionError:
            self._collided.append(item)
        except BaseException:
            self._drop(item)
            raise
        else:
            self._drop(item)
        finally:
            self._idle.put(connection)

    def wait(self, allowed: int) -> None:
        """Wait until no more than these run; after a collision until none does, and do again what collided."""
        while len(self.running) > (0 if self._collided else allowed):
            self.running.popleft()[0].result()
        while self._collided and not self.running:
            item = self._collided.popleft()
            try:
                self._work(self._connections[0], item)
            finally:
                self._drop(item)

    def cancel(self) -> None:
        """Drop what does not run yet."""
        for future, item in self.running:
            if future.cancel():
                self._drop(item)

    def drop_collided(self) -> None:
        """Drop what nobody will do again."""
        for item in self._collided:
            self._drop(item)
