"""Which database, and how to reach it.

A value is taken from the first of these places that has it (an empty value counts as absent):

1. the process environment: ``MYSQL_PASSWORD``;
2. the file that ``MYSQL_PASSWORD_FILE`` names, or else ``/run/secrets/mysql_password``;
3. the project's ``.env``.

``.env`` is also read by Docker Compose, so it is read here as Compose reads it. The two agree on plain words and on
single-quoted values; a value on which they would not agree is refused instead of guessed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from persistence.errors import SettingsError

PROJECT = Path(__file__).resolve().parents[2]
SECRETS = Path("/run/secrets")


@dataclass(frozen=True)
class Settings:
    """Where the data goes: a MySQL server, or an SQLite file when `database` is ``sqlite``."""

    database: str
    path: Path = PROJECT / "outputs" / "database.sqlite"
    host: str = "mysql"
    port: int = 3306
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse a `database` that is neither ``mysql`` nor ``sqlite``."""
        if self.database not in ("mysql", "sqlite"):
            raise SettingsError(f"DATABASE is {self.database!r}; set it to mysql or sqlite in .env")

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
        )


def _finder(environ: Mapping[str, str], secrets: Path, dotenv: Path) -> Callable[[str], str]:
    """Return the function that finds one setting by its name."""
    written = _read_dotenv(dotenv)

    def find(name: str) -> str:
        value = environ.get(name) or _read_secret(name, environ, secrets) or _value(name, written.get(name))
        if value:
            return value
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
