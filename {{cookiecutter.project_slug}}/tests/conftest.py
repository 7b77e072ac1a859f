"""What the project's tests share: its database, and a table of their own there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from persistence import Database


@pytest.fixture(scope="session")
def db() -> Iterator[Database]:
    """The project's database, as notebooks have it."""
    database = Database.from_env()
    yield database
    database.close()


@pytest.fixture
def table(db: Database) -> Iterator[str]:
    """The name of a table that nobody has; it is dropped after the test."""
    name = f"test_{secrets.token_hex(4)}"
    yield name
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
