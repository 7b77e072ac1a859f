"""The database that the tests run against, and how thoroughly.

With ``DATABASE=mysql`` and its settings in the environment it is that server, MySQL or MariaDB, where the tests make
tables with a prefix of their own and drop them again. Otherwise it is an SQLite file in a temporary folder.
``HYPOTHESIS_PROFILE=soak`` raises the number of generated examples.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from persistence import Database, Settings

settings.register_profile("short", max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("soak", settings.get_profile("short"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

MEASURED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether this is the long form."""
    return settings.get_current_profile_name() == "soak"


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Callable[[str, object], None]:
    """A function that adds a line to the report at the end of the run."""
    lines = pytestconfig.stash.setdefault(MEASURED, [])
    return lambda name, value: lines.append(f"{name}: {value}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured."""
    for line in config.stash.get(MEASURED, []):
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database under test."""
    if os.environ.get("DATABASE") == "mysql":
        database = Database.from_env()
    else:
        database = Database(Settings("sqlite", path=tmp_path_factory.mktemp("data") / "outputs" / "database.sqlite"))
    yield database
    database.close()


@pytest.fixture(scope="session")
def prefix(db: Database) -> Iterator[str]:
    """A prefix that no other table has; what carries it is dropped at the end."""
    mark = f"test_{secrets.token_hex(4)}_"
    yield mark
    quote = db.engine.dialect.identifier_preparer.quote_identifier
    with db.engine.begin() as connection:
        for name in db.tables():
            if name.startswith(mark):
                connection.exec_driver_sql(f"DROP TABLE {quote(name)}")


@pytest.fixture
def table(prefix: str) -> str:
    """The name of a table that does not exist yet."""
    return prefix + secrets.token_hex(4)


@pytest.fixture
def sql(db: Database) -> Callable[[str], None]:
    """A function that runs one statement and commits."""

    def run(statement: str) -> None:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    return run


@pytest.fixture
def is_mysql(db: Database) -> bool:
    """Whether the tests run against a server, MySQL or MariaDB."""
    return db.settings.database == "mysql"


@pytest.fixture
def is_mariadb(db: Database, is_mysql: bool) -> bool:
    """Whether that server is MariaDB."""
    return is_mysql and "MariaDB" in db.query("SELECT VERSION() AS version")["version"][0]


@pytest.fixture
def mysql(db: Database, is_mysql: bool) -> Database:
    """The database under test, for what only a MySQL server has."""
    if not is_mysql:
        pytest.skip("needs a MySQL server: set DATABASE=mysql and its settings")
    return db


@pytest.fixture
def own(mysql: Database) -> Iterator[Database]:
    """The same as an object of the test's own, which has not connected yet."""
    database = Database(mysql.settings)
    yield database
    database.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project folder."""
    return tmp_path
