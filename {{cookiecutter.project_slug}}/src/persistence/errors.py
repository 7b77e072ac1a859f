"""What can go wrong: one table of causes and remedies, and the errors that carry its lines.

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
    """An argument is wrong; nothing was changed in the database."""


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


ADVICE = {
    1021: "the server's disk is full; free some space, and run this again",
    1290: "the server takes no changes; write to its primary, or ask its administrator",
    1044: "the user has no right to do this; ask the server's administrator",
    1060: "two columns have the same name for MySQL, which ignores case and accents; rename one",
    1062: 'a row of this key exists already; use if_exists="upsert" to update it',
    1117: "the columns, or the categories noted with them, are too many for one table; save fewer columns, or"
    " categories .astype(str)",
    1118: "the columns are too many or too wide for one row; save fewer columns",
    1153: "one row is larger than the server's max_allowed_packet; raise that, or split the value",
    1205: "another program holds a lock on the table; wait for it and run this again",
    1213: "another program wrote the same rows at the same time; run this again",
    1217: "a foreign key of another table names this one; drop the key first",
    1216: "a foreign key of this table finds no row in the other; save that first",
    3819: "a value breaks a condition of the table; change the value, or the condition in SQL",
    4025: "a value breaks a condition of the table; MariaDB's JSON has at most 32 levels",
}
"""What to do, by the server's error number: MariaDB's are MySQL's, but for 1020 and those from 4000 on."""
_ALIKE = {1114: 1021, 3675: 1021, 1836: 1290, 1142: 1044, 1020: 1213, 1451: 1217, 3730: 1217, 1452: 1216, 4040: 4025}
ADVICE |= {number: ADVICE[other] for number, other in _ALIKE.items()}
REFUSED_VALUES = {
    1048: "the column takes no missing value; fill it in, or make the column NULL in SQL",
    1264: "the column's type has no room for it; choose a smaller value, or widen the column in SQL",
    1292: "the column's type does not hold it; choose a value that it holds, or change the column's type in SQL",
    1366: "the column's character set, or its type, does not hold it; make it utf8mb4, or change its type in SQL",
    1406: "longer than the column; widen the column in SQL",
    1416: "the column holds geometries of another type; make it GEOMETRY in SQL",
}
"""Why a server refuses a value, and what to do; the server's message names column and row."""
REFUSED_VALUES |= {1263: REFUSED_VALUES[1048], 1265: REFUSED_VALUES[1292]}
GONE = (2006, 2013, 2055, 1053, 1152, 1927, 3024, 3169, 4031)
"""Errors of a connection that was open and is lost."""
LOST = (
    "the server at {where} went away in the middle. A table is as it was before a save, or as it is afterwards; wait"
    " until the server is back, and run this again ({text})"
)
SILENT, NO_HOST, NO_SERVER = r"^(1053|2002|2003|2013|2026|2055|3024) ", r"^\S+ gaierror ", ""
"""Of a server that is not there yet (refused, silent, lost while greeting or encrypting, shutting down), of a name that
is not known, and of what is no server: keys of the table below."""
CONNECTING = {
    "doesn't support|requires SSL": "{where} is another machine and offers no TLS, so that data and password could be"
    " read on their way; ask its administrator to switch TLS on, as MySQL, and MariaDB from 11.4 on, have it by"
    " default",
    "^(-1|2026|2055) .*Invalid CA": "MYSQL_SSL_CA names {settings.ca}, which holds no certificate in PEM form ({text})",
    "^(-1|2026|2055) .*certificate": "the certificate of {where} is not for the name {settings.host!r}, or not from"
    " the authority in MYSQL_SSL_CA ({settings.ca}): write the certificate's name into MYSQL_HOST, and ask the"
    " server's administrator for the authority's file ({text})",
    "authentication plugin": "{where} checks the password of user {settings.user!r}"
    " in a way that the connector does not know; ask its administrator for an account IDENTIFIED WITH"
    " caching_sha2_password (MySQL) or VIA mysql_native_password (MariaDB) ({text})",
    "^1045 ": "{where} refuses the password of user {settings.user!r}. The server keeps the password with which its"
    " volume was first started: put that one into .env, or run `make rotate-password`, which gives both a new one and"
    " keeps the data",
    "^(1044|1049) ": "{where} has no database {settings.name!r} that user {settings.user!r} may use; check"
    " MYSQL_DATABASE and MYSQL_USER in .env ({text})",
    "^(1040|1203|1226) ": "{where} has no connection left for user {settings.user!r}; stop kernels that are no longer"
    " used, or have its max_connections raised ({text})",
    "^(1129|1130) ": "{where} takes no connection from this machine; ask its administrator to allow user"
    " {settings.user!r} from here ({text})",
    NO_HOST: "there is no host {settings.host!r}: {advice} ({text})",
    SILENT: "no MySQL server answers at {where}: {advice} ({text})",
    "^[13-9]... ": "{where} refuses the connection; ask its administrator ({text})",
    NO_SERVER: "what answers at {where} does not speak as a MySQL server does; check MYSQL_HOST and MYSQL_PORT in .env"
    " ({text})",
}
"""Why there is no connection, by a pattern of the error's number, its cause and its text; the first that fits."""
WHERE_TO_LOOK = {
    "container": "inside a container, localhost is the container itself; set MYSQL_HOST in .env to mysql, or to"
    " host.docker.internal for a server on this machine",
    "service": "that name exists only inside the project's containers; run this there (`docker compose up`)",
    "elsewhere": "start it (`docker compose up -d`), or check MYSQL_HOST and MYSQL_PORT in .env",
}
"""The advice where nobody answers, by what the address is."""
SQLITE = (
    ("locked", "{path} is in use by another program; close it and run this again ({text})"),
    ("unable to open", "{path} cannot be written; check the owner and mode of its folder ({text})"),
    ("readonly", "{path} cannot be written; check the owner and mode of its folder ({text})"),
    ("not a database", "{path} is no SQLite file; move it away, or restore it ({text})"),
    ("disk is full", "the disk that holds {path} is full; free some space"),
    ("NOT NULL", "a column of the table that may not be NULL has no value; add it ({text})"),
    ("FOREIGN KEY", "a foreign key finds no row in the other table, or is found by one there ({text})"),
    ("CHECK", "a value breaks a condition of the table; change the value, or the condition in SQL ({text})"),
    ("UNIQUE", 'a row of this key exists already; use if_exists="upsert" to update it ({text})'),
    ("", "SQLite: {text}"),
)
"""What to do, by a part of SQLite's message; the first that fits."""


def refusal(number: int | None, text: str) -> DatabaseError:
    """Return what a server refused as an error that says what to do."""
    if "No space left on device" in text or "errno: 28" in text:
        number = 1021
    if number in REFUSED_VALUES:
        return DatabaseError(f"{text}: {REFUSED_VALUES[number]}")
    if number in ADVICE:
        return DatabaseError(f"{ADVICE[number]} ({text})")
    return DatabaseError(f"the server's error {number}: {text}")


def shorten(value: object, limit: int = 60) -> str:
    """Return the value as a message shows it: its repr, cut after `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def driver_error(error: BaseException) -> Any:  # noqa: ANN401 - the drivers' errors share no base
    """Return the driver's own exception from below SQLAlchemy's."""
    return getattr(error, "orig", None) or error
