"""Which database, and how to reach it.

A value is taken from the first of these places that has it (an empty value counts as absent):

1. the process environment: ``MYSQL_PASSWORD``;
2. the file that ``MYSQL_PASSWORD_FILE`` names, or else ``/run/secrets/mysql_password``;
3. the project's ``.env``.

``.env`` is also read by Docker Compose, so it is read here as Compose reads it. The two agree on plain words and on
single-quoted values; a value on which they would not agree is refused instead of guessed.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dotenv.parser import Binding, parse_stream

from persistence.errors import SettingsError

PROJECT = Path(__file__).resolve().parents[2]
SECRETS = Path("/run/secrets")
NEAR = ("mysql", "localhost", "host.docker.internal", "gateway.docker.internal", "host.containers.internal")
"""Names of servers that no network lies before: the stack's own, and this machine's, as seen from a container."""


Tls = Literal["preferred", "required", "verified"]
"""Encrypted where the server can; always; always, and the server's certificate and host name checked with the CA."""


@dataclass(frozen=True)
class Settings:
    """Where the data goes: a MySQL server, or an SQLite file when `database` is ``sqlite``.

    `ca` is the file of the certificate authority that vouches for the server.
    """

    database: str
    path: Path = PROJECT / "outputs" / "database.sqlite"
    host: str = "mysql"
    port: int = 3306
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a `database` that is neither ``mysql`` nor ``sqlite``."""
        if self.database not in ("mysql", "sqlite"):
            raise SettingsError(f"DATABASE is {self.database!r}; set it to mysql or sqlite in .env")

    @property
    def tls(self) -> Tls:
        """What the connection to the MySQL server has to keep to."""
        if self.ca:
            return "verified"
        return "preferred" if is_near(self.host) else "required"

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str] | None = None,
        project: Path = PROJECT,
        secrets: Path = SECRETS,
    ) -> Settings:
        """Read the settings from the environment, the secrets' folder and ``.env``, in this order.

        Raises:
            SettingsError: a setting is missing or wrong; the message names it and the command that mends it.
        """
        find = _finder(os.environ if environ is None else environ, secrets, project / ".env")
        database = find("DATABASE")
        if database == "sqlite":
            return cls(database, path=project / "outputs" / "database.sqlite")
        return cls(
            database,
            host=find("MYSQL_HOST"),
            port=_port(find("MYSQL_PORT")),
            name=find("MYSQL_DATABASE"),
            user=find("MYSQL_USER"),
            password=find("MYSQL_PASSWORD"),
            ca=_certificate(find("MYSQL_SSL_CA", ""), project),
        )


def _finder(environ: Mapping[str, str], secrets: Path, dotenv: Path) -> Callable[..., str]:
    """Return the function that finds one setting by its name."""
    written = _read_dotenv(dotenv)

    def find(name: str, default: str | None = None) -> str:
        value = environ.get(name) or _read_secret(name, environ, secrets) or _value(name, written.get(name))
        if value or default is not None:
            return value or str(default)
        raise SettingsError(
            f"{name} is set neither in the environment nor in .env; run `make env` in the project's folder, "
            "or write it into .env where the database is your own"
        )

    return find


def _read_secret(name: str, environ: Mapping[str, str], secrets: Path) -> str:
    """Return the content of the setting's secret file without its final line break, or nothing."""
    named = environ.get(f"{name}_FILE")
    path = Path(named) if named else secrets / name.lower()
    if not named and not path.is_file():
        return ""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file {path} for {name} cannot be read ({type(error).__name__})") from None


def _read_dotenv(path: Path) -> dict[str, Binding]:
    """Return the bindings of ``.env`` by name; none when there is no such file."""
    try:
        with path.open(encoding="utf-8") as lines:
            return {binding.key: binding for binding in parse_stream(lines) if binding.key}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__})") from None


def _value(name: str, binding: Binding | None) -> str:
    """Return a binding's value, refusing what Compose would read differently.

    Compose replaces ``$NAME`` except between single quotes, where it also keeps two backslashes as two.
    """
    if binding is None or not binding.value:
        return ""
    raw = binding.original.string.partition("=")[2].strip()
    if ("$" in binding.value and not raw.startswith("'")) or "\\\\" in raw:
        raise SettingsError(
            f"{name} in .env would be read differently by Docker Compose; "
            "put it in single quotes and avoid two backslashes in a row"
        )
    return binding.value


def _port(text: str) -> int:
    """Return the port as a number from 1 to 65535."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise SettingsError(f"MYSQL_PORT is {text!r}; it must be a number from 1 to 65535")


def _certificate(text: str, project: Path) -> Path | None:
    """Return the certificate authority's file, relative to the project; none when there is no text."""
    if not text:
        return None
    path = project / text
    try:
        path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"MYSQL_SSL_CA names {path}, which cannot be read ({error.strerror}); put the file into data/, "
            "which containers see too, and write MYSQL_SSL_CA=data/<its name>"
        ) from None
    return path


def is_near(host: str) -> bool:
    """Say whether a server is the stack's own or on this machine; any other one is remote."""
    if host.lower() in NEAR:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
