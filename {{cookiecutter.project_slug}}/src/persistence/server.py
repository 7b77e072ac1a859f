# ruff: noqa: ANN401 - SQLAlchemy's events and the connector's errors are of any type
"""Reaching a MySQL server: the engine, waiting until it answers, and its errors with what to do about them."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from mysql.connector import Error
from sqlalchemy import URL, create_engine, event

from persistence import infile
from persistence.errors import ConnectionFailedError, DatabaseError, PersistenceError, driver_error
from persistence.settings import Settings

WAIT_SECONDS = 30
"""How long a connection waits for a server that is still starting."""
STARTING = (2003, 2013, 2055, 1053)
"""Errors of a server that is not there yet: refused, lost while greeting, shutting down."""
log = logging.getLogger("persistence")


class Server:
    """A MySQL server and the way to it."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the first connection waits for a server that is starting."""
        self.settings = settings
        self.folder = infile.private_folder()
        self.engine = create_engine(
            URL.create(
                "mysql+mysqlconnector",
                username=settings.user,
                password=settings.password,
                host=settings.host,
                port=settings.port,
                database=settings.name,
            ),
            connect_args={
                "charset": "utf8mb4",
                "connection_timeout": 10,
                "allow_local_infile_in_path": self.folder.name,
            },
            pool_pre_ping=True,
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", self._connect)

    def _connect(self, dialect: Any, record: object, args: Any, options: dict[str, Any]) -> Any:
        """Connect, waiting for a server that is starting."""
        deadline, pause = time.monotonic() + WAIT_SECONDS, 0.1
        while True:
            try:
                return dialect.connect(*args, **options)
            except Error as error:
                if error.errno not in STARTING or time.monotonic() + pause > deadline:
                    raise self.explain(error) from None
                if pause == 0.1:
                    log.warning(
                        "%s:%s does not answer yet; waiting up to %s seconds",
                        self.settings.host,
                        self.settings.port,
                        WAIT_SECONDS,
                    )
            time.sleep(pause)
            pause = min(pause * 2, 1)

    def explain(self, error: BaseException) -> PersistenceError:
        """Return the connector's error as one that says what to do."""
        cause = driver_error(error)
        number, text = getattr(cause, "errno", None), getattr(cause, "msg", None) or str(cause)
        where = f"{self.settings.host}:{self.settings.port}"
        if number in (2003, 2005, 2013, 2055, 1053):
            return ConnectionFailedError(f"no MySQL server answers at {where}: {self._advice()} ({text})")
        if number == 1045:
            return ConnectionFailedError(
                f"{where} refuses the password of user {self.settings.user!r}. The server keeps the password with which"
                " its volume was first started: put that one into .env, or, if the data may go, run"
                " `docker compose down -v` and start again"
            )
        if number in (1044, 1049):
            return ConnectionFailedError(
                f"{where} has no database {self.settings.name!r} that user {self.settings.user!r} may use;"
                " check MYSQL_DATABASE and MYSQL_USER in .env"
            )
        return refusal(number, text)

    def _advice(self) -> str:
        if self.settings.host in ("localhost", "127.0.0.1", "::1") and is_container():
            return "inside a container, localhost is the container itself; set MYSQL_HOST=mysql in .env"
        if self.settings.host == "mysql" and not is_container():
            return "that name exists only inside the project's containers; run this there (`docker compose up`)"
        return "start it (`docker compose up -d`), or check MYSQL_HOST and MYSQL_PORT in .env"


ADVICE = {
    1062: 'a row of this key exists already; use if_exists="upsert" to update it ({text})',
    1142: "the user has no right to do this; ask the server's administrator ({text})",
    1153: "one row is larger than the server's max_allowed_packet; raise that, or split the value ({text})",
    1021: "the server's disk is full; free some space ({text})",
    1114: "the server's disk is full; free some space ({text})",
    1118: "the columns are too many or too wide for one MySQL row; save fewer columns ({text})",
    1060: "two columns have the same name for MySQL, which ignores case and accents; rename one ({text})",
    1205: "another program holds a lock on the table; wait for it and run this again ({text})",
    1213: "another program wrote the same rows at the same time; run this again ({text})",
}
"""What to do, by MySQL's error number."""


def is_container() -> bool:
    """Say whether this process runs in a container (Docker's and Podman's marks)."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def refusal(number: int | None, text: str) -> DatabaseError:
    """Return what the server refused as an error that says what to do."""
    return DatabaseError(ADVICE[number].format(text=text) if number in ADVICE else f"MySQL {number}: {text}")
