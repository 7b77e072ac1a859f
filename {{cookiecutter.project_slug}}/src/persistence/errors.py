# ruff: noqa: ANN401 - the drivers' errors share no base
"""What can go wrong, each with a line that says what to do about it.

Every error of this package is a `PersistenceError`, so one ``except`` catches them all. No message holds a password.
"""

from __future__ import annotations

from typing import Any


class PersistenceError(Exception):
    """The base of all errors of this package."""


class SettingsError(PersistenceError):
    """A setting is missing or cannot be read."""


class ConnectionFailedError(PersistenceError):
    """The database cannot be reached, or it refuses this user."""


class UsageError(PersistenceError):
    """An argument is wrong; nothing was sent to the database."""


class TableExistsError(PersistenceError):
    """`save` with ``if_exists="fail"`` met a table of that name."""


class TableMissingError(PersistenceError):
    """There is no table of that name."""


class DatabaseError(PersistenceError):
    """The database refused a statement; the message is its own, with advice where there is some."""


class UnsupportedValueError(PersistenceError):
    """A column or a value has no exact place in the database; nothing was written.

    Attributes:
        column: the column's name.
        row: its row, counted from 0, or None when the whole column is meant.
        value: the value, or None when the whole column is meant.
    """

    def __init__(self, column: object, why: str, row: int | None = None, value: object = None) -> None:
        """Compose the message from the place and the reason."""
        self.column, self.row, self.value = column, row, value
        place = f"column {column!r}" if row is None else f"column {column!r}, row {row}, value {shorten(value)}"
        super().__init__(f"{place}: {why}")


def shorten(value: object, limit: int = 60) -> str:
    """Return the value as a message shows it: its repr, cut after `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def driver_error(error: BaseException) -> Any:
    """Return the driver's own exception from below SQLAlchemy's."""
    return getattr(error, "orig", None) or error
