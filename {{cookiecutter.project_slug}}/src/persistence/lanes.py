"""Work that is handed to a few connections while the next piece is being prepared."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from sqlalchemy import Connection

Item = TypeVar("Item")


def run(
    connections: Sequence[Connection],
    items: Iterable[Item],
    work: Callable[[Connection, Item], None],
    drop: Callable[[Item], None],
) -> None:
    """Do the work for each item, each connection one item at a time, in the items' order.

    The next item is made meanwhile, and no more are made than one for each connection and one that waits. The first
    error ends it: what runs is waited for, since a connection cannot be used by two, and what waits is dropped.
    """
    idle: SimpleQueue[Connection] = SimpleQueue()
    for connection in connections:
        idle.put(connection)

    def step(item: Item) -> None:
        connection = idle.get()
        try:
            work(connection, item)
        finally:
            idle.put(connection)
            drop(item)

    running: deque[tuple[Future[None], Item]] = deque()
    with ThreadPoolExecutor(len(connections), thread_name_prefix="persistence") as pool:
        try:
            for item in items:
                running.append((pool.submit(step, item), item))
                while len(running) > len(connections):
                    running.popleft()[0].result()
            while running:
                running.popleft()[0].result()
        except BaseException:
            for future, item in running:
                if future.cancel():
                    drop(item)
            raise
