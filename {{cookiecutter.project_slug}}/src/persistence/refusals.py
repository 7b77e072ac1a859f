# ruff: noqa: ANN401 - the connector's errors are of any type
"""The errors of MySQL and MariaDB as this package's own: what happened, and what to do about it.

Where the connector's own errors, those of a connection, have no number that tells them apart, their text does.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from persistence.errors import ConnectionFailedError, DatabaseError, PersistenceError, driver_error
from persistence.settings import Settings

STARTING = (2002, 2003, 2013, 2026, 2055, 1053, 3024)
"""Errors of a server that is not there yet: refused, silent, lost while greeting or encrypting, shutting down."""
GONE = (2006, 2013, 2055, 1053, 1152, 1927, 3169, 4031)
"""Errors of a connection that was open and is lost."""
ADVICE = {
    **dict.fromkeys((1021, 1114, 3675), "the server's disk is full; free some space, and run this again ({text})"),
    **dict.fromkeys(
        (1290, 1836), "the server takes no changes; write to its primary, or ask its administrator ({text})"
    ),
    **dict.fromkeys((1044, 1142), "the user has no right to do this; ask the server's administrator ({text})"),
    1060: "two columns have the same name for MySQL, which ignores case and accents; rename one ({text})",
    1062: 'a row of this key exists already; use if_exists="upsert" to update it ({text})',
    1117: "the columns, or the categories noted with them, are too many for one table; save fewer columns, or"
    " categories .astype(str) ({text})",
    1118: "the columns are too many or too wide for one row; save fewer columns ({text})",
    1153: "one row is larger than the server's max_allowed_packet; raise that, or split the value ({text})",
    1205: "another program holds a lock on the table; wait for it and run this again ({text})",
    **dict.fromkeys((1020, 1213), "another program wrote the same rows at the same time; run this again ({text})"),
    **dict.fromkeys(
        (4025, 4040), "a value breaks a condition of the table; MariaDB's JSON has at most 32 levels ({text})"
    ),
}
"""What to do, by the server's error number: MariaDB's are MySQL's, but for 1020 and those from 4000 on."""
REASONS = {
    **dict.fromkeys(
        (1044, 1049),
        "{where} has no database {settings.name!r} that user {settings.user!r} may use;"
        " check MYSQL_DATABASE and MYSQL_USER in .env ({text})",
    ),
    **dict.fromkeys(
        (1040, 1203, 1226),
        "{where} has no connection left for user {settings.user!r}; stop kernels that are no longer used,"
        " or have its max_connections raised ({text})",
    ),
    **dict.fromkeys(
        (1129, 1130),
        "{where} takes no connection from this machine; ask its administrator to allow user {settings.user!r} from"
        " here ({text})",
    ),
}
"""Why a server that answers gives no connection, by MySQL's error number."""


def explain(error: BaseException, settings: Settings) -> PersistenceError:
    """Return the error of a statement as one that says what to do."""
    cause = driver_error(error)
    number, text = _told(cause)
    if number in GONE or "not available" in text:
        return ConnectionFailedError(
            f"the server at {_address(settings)} went away in the middle. A table is as it was before a save, or as it "
            f"is afterwards; wait until the server is back, and run this again ({text})"
        )
    return refusal(number, text)


def refusal(number: int | None, text: str) -> DatabaseError:
    """Return what the server refused as an error that says what to do."""
    if "No space left on device" in text or "errno: 28" in text:
        number = 1021
    return DatabaseError(
        ADVICE[number].format(text=text) if number in ADVICE else f"the server's error {number}: {text}"
    )


def unreachable(error: Any, settings: Settings) -> ConnectionFailedError:
    """Return why there is no connection, and what to do about it."""
    number, text = _told(error)
    where = _address(settings)
    if _is_about_tls(error):
        return _tls(text, settings)
    if number == 1045 and settings.tls == "required":
        return ConnectionFailedError(
            f"{where} refuses the password of user {settings.user!r}, or checks passwords over TLS only, which it does"
            " not offer; ask its administrator for the right one, and put that one into .env"
        )
    if number == 1045:
        return ConnectionFailedError(
            f"{where} refuses the password of user {settings.user!r}. The server keeps the password with which"
            " its volume was first started: put that one into .env, or run `make rotate-password`, which gives both"
            " a new one and keeps the data"
        )
    if "uthentication plugin" in text:
        return ConnectionFailedError(
            f"{where} checks the password of user {settings.user!r} in a way that the connector does not know; ask its"
            " administrator for an account IDENTIFIED WITH caching_sha2_password (MySQL) or VIA mysql_native_password"
            f" (MariaDB) ({text})"
        )
    if number in REASONS:
        return ConnectionFailedError(REASONS[number].format(where=where, settings=settings, text=text))
    if _is_unknown_host(error):
        return ConnectionFailedError(f"there is no host {settings.host!r}: {_advice(settings)} ({text})")
    if number in STARTING:
        return ConnectionFailedError(f"no MySQL server answers at {where}: {_advice(settings)} ({text})")
    if number is not None and (1000 <= number < 2000 or number >= 3000):
        return ConnectionFailedError(f"{where} refuses the connection; ask its administrator ({text})")
    return ConnectionFailedError(
        f"what answers at {where} does not speak as a MySQL server does;"
        f" check MYSQL_HOST and MYSQL_PORT in .env ({text})"
    )


def without_tls(settings: Settings) -> ConnectionFailedError:
    """Return the error of a remote server to which the connection would be readable on its way."""
    return ConnectionFailedError(
        f"{_address(settings)} is another machine and offers no TLS, so that data and password could be read on their"
        " way; ask its administrator to switch TLS on, as MySQL, and MariaDB from 11.4 on, have it by default"
    )


def is_starting(error: Any, settings: Settings) -> bool:
    """Say whether a server that gives this error may answer a little later.

    While a service of the stack restarts, its name is unknown.
    """
    if _is_unknown_host(error):
        return is_container() and "." not in settings.host
    return _told(error)[0] in STARTING and not _is_about_tls(error)


def is_container() -> bool:
    """Say whether this process runs in a container (Docker's and Podman's marks)."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def _told(error: Any) -> tuple[int | None, str]:
    return getattr(error, "errno", None), " ".join(str(getattr(error, "msg", None) or error).split())


def _address(settings: Settings) -> str:
    return f"{settings.host}:{settings.port}"


def _is_unknown_host(error: Any) -> bool:
    """Say whether the name has no address; the connector has no number for that."""
    return isinstance(error.__cause__, socket.gaierror)


def _is_about_tls(error: Any) -> bool:
    """Say whether the server answers, but not with the TLS that is asked of it."""
    number, text = _told(error)
    marks = ("certificate", "doesn't support", "requires ssl")
    return number in (-1, 2026, 2055) and any(mark in text.lower() for mark in marks)


def _tls(text: str, settings: Settings) -> ConnectionFailedError:
    if "doesn't support" in text or "requires SSL" in text:
        return without_tls(settings)
    if "Invalid CA" in text:
        return ConnectionFailedError(
            f"MYSQL_SSL_CA names {settings.ca}, which holds no certificate in PEM form ({text})"
        )
    return ConnectionFailedError(
        f"the certificate of {_address(settings)} is not for the name {settings.host!r}, or not from the authority"
        f" in MYSQL_SSL_CA ({settings.ca}): write the certificate's name into MYSQL_HOST, and ask the server's"
        f" administrator for the authority's file ({text})"
    )


def _advice(settings: Settings) -> str:
    if settings.host in ("localhost", "127.0.0.1", "::1") and is_container():
        return (
            "inside a container, localhost is the container itself; set MYSQL_HOST in .env to mysql,"
            " or to host.docker.internal for a server on this machine"
        )
    if settings.host == "mysql" and not is_container():
        return "that name exists only inside the project's containers; run this there (`docker compose up`)"
    return "start it (`docker compose up -d`), or check MYSQL_HOST and MYSQL_PORT in .env"
