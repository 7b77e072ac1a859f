# ruff: noqa: ANN401 - SQLAlchemy's events and the connector's errors are of any type
"""Reaching a MySQL or MariaDB server: the engine, TLS, and waiting until it answers."""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

from mysql.connector import Error
from sqlalchemy import URL, create_engine, event

from persistence import infile, refusals
from persistence.errors import PersistenceError
from persistence.folder import PrivateFolder
from persistence.product import MARIADB, MYSQL, Product
from persistence.settings import Settings

WAIT_SECONDS = 30
"""How long a connection waits for a server that is still starting."""
TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")
"""Named, because the pure-Python connector otherwise asks more of a certificate than MySQL's own tools give it."""
LOCK_SECONDS = 300
"""How long a statement waits for others to end their transactions on the table; the server's default is a year."""
COLLATION = "utf8mb4_general_ci"
"""The collation with which a connection begins: one that every server knows."""
SESSION = (
    "SET NAMES utf8mb4, SESSION sql_mode = CONCAT(REPLACE(REPLACE(@@sql_mode,"
    " 'NO_BACKSLASH_ESCAPES', ''), 'EMPTY_STRING_IS_NULL', ''), ',STRICT_ALL_TABLES'),"
    f" SESSION lock_wait_timeout = {LOCK_SECONDS}"
)
"""What holds on every connection, whatever the server's defaults are.

Texts in SQL get the server's own collation for UTF-8. The connector escapes bound values with backslashes; no value is
shortened, rounded or taken for NULL.
"""
log = logging.getLogger("persistence")


class Server:
    """A MySQL or MariaDB server and the way to it."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the engine; the first connection waits for a server that is starting."""
        self.settings = settings
        self._folder: PrivateFolder | str | None = None  # or why there is none
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
                # `wire` takes rows from the connection's socket, which the connector's implementation in C hides.
                "use_pure": True,
                "charset": "utf8mb4",
                "collation": COLLATION,
                "connection_timeout": 10,
                **self._verification(),
            },
            pool_pre_ping=True,
            max_overflow=-1,  # the server has a limit of its own, which it tells
            hide_parameters=True,
        )
        event.listen(self.engine, "do_connect", self._connect)

    def _verification(self) -> dict[str, Any]:
        """Return the options that make the connector check the server's certificate, its authority and its name."""
        if not self.settings.ca:
            return {}
        return {
            "ssl_ca": str(self.settings.ca),
            "ssl_verify_cert": True,
            "ssl_verify_identity": True,
            "tls_versions": list(TLS_VERSIONS),
        }

    @property
    def product(self) -> Product:
        """Which of the two servers it is; known from the first connection on."""
        return MARIADB if getattr(self.engine.dialect, "is_mariadb", False) else MYSQL

    def folder(self) -> str:
        """Return the path of the private folder from which connections may send files.

        Raises:
            UnwritableError: there is no place for it.
        """
        if self._folder is None:
            try:
                self._folder = infile.private_folder()
            except infile.UnwritableError as error:
                self._folder = str(error)  # no connection tries again
        if isinstance(self._folder, str):
            raise infile.UnwritableError(self._folder)
        return str(self._folder.path)

    def _connect(self, dialect: Any, record: object, args: Any, options: dict[str, Any]) -> Any:
        """Connect, waiting for a server that is starting."""
        try:
            options = {**options, "allow_local_infile_in_path": self.folder()}
        except infile.UnwritableError:
            log.debug("no folder for temporary files", exc_info=True)  # a save says so
        deadline, pause = time.monotonic() + WAIT_SECONDS, 0.1
        while True:
            try:
                return self._prepare(dialect.connect(*args, **options))
            except Error as error:
                if not refusals.is_starting(error, self.settings) or time.monotonic() + pause > deadline:
                    raise refusals.unreachable(error, self.settings) from None
                if pause == 0.1:
                    log.warning(
                        "%s:%s does not answer yet; waiting up to %s seconds",
                        self.settings.host,
                        self.settings.port,
                        WAIT_SECONDS,
                    )
            time.sleep(pause)
            pause = min(pause * 2, 1)

    def _prepare(self, connection: Any) -> Any:
        """Return a new connection, on which `SESSION` holds, and which is encrypted where it has to be.

        Small packets go at once: the connector leaves them to TCP, which holds the end of each file of rows back until
        the server has acknowledged what came before, 40 ms later.
        """
        try:
            connection._socket.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.cursor() as cursor:
                cursor.execute(SESSION)
                if self.settings.tls == "required":
                    cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
                    if not cursor.fetchone()[1]:
                        raise refusals.without_tls(self.settings)
        except BaseException:
            connection.close()
            raise
        return connection

    def explain(self, error: BaseException) -> PersistenceError:
        """Return the connector's error as one that says what to do."""
        return refusals.explain(error, self.settings)
