"""Where the settings come from, in which order, and that a password shows nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence import Database, Settings, SettingsError

DOTENV = """\
# the control panel
DATABASE=mysql
MYSQL_HOST=mysql
MYSQL_PORT=3306
MYSQL_DATABASE=project
MYSQL_USER=scientist
MYSQL_PASSWORD=Xy7Zw9
"""


@pytest.fixture
def dotenv(project: Path) -> Path:
    path = project / ".env"
    path.write_text(DOTENV)
    return path


def read(project: Path, **environ: str) -> Settings:
    return Settings.read(environ, project=project, secrets=project / "secrets")


def test_the_projects_dotenv_is_read(project: Path, dotenv: Path) -> None:
    found = read(project)
    assert (found.database, found.host, found.port, found.name, found.user, found.password) == (
        "mysql",
        "mysql",
        3306,
        "project",
        "scientist",
        "Xy7Zw9",
    )


def test_the_environment_wins_over_secrets_and_these_over_dotenv(project: Path, dotenv: Path) -> None:
    (project / "secrets").mkdir()
    (project / "secrets" / "mysql_password").write_text("from the secret\n")
    assert read(project).password == "from the secret"
    assert read(project, MYSQL_PASSWORD="from the environment").password == "from the environment"
    assert read(project, MYSQL_PASSWORD="").password == "from the secret"


def test_a_file_variable_wins_over_the_secrets_folder(project: Path, dotenv: Path) -> None:
    (project / "secrets").mkdir()
    (project / "secrets" / "mysql_password").write_text("folder")
    (project / "named").write_text("named\r\n")
    assert read(project, MYSQL_PASSWORD_FILE=str(project / "named")).password == "named"


def test_a_named_secret_that_is_not_there_is_an_error(project: Path, dotenv: Path) -> None:
    with pytest.raises(SettingsError, match="MYSQL_PASSWORD"):
        read(project, MYSQL_PASSWORD_FILE=str(project / "nowhere"))


@pytest.mark.parametrize("name", [line.partition("=")[0] for line in DOTENV.splitlines()[1:]])
def test_a_missing_setting_is_named_with_what_mends_it(project: Path, dotenv: Path, name: str) -> None:
    dotenv.write_text("\n".join(line for line in DOTENV.splitlines() if not line.startswith(f"{name}=")))
    with pytest.raises(SettingsError, match=f"{name}.*make env"):
        read(project)


def test_nothing_is_guessed_without_a_dotenv(project: Path) -> None:
    with pytest.raises(SettingsError, match=r"DATABASE.*make env"):
        read(project)


@pytest.mark.parametrize(("name", "value"), [("DATABASE", "postgres"), ("MYSQL_PORT", "many"), ("MYSQL_PORT", "65536")])
def test_a_wrong_setting_is_named(project: Path, dotenv: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        read(project, **{name: value})


def test_sqlite_needs_nothing_else(project: Path) -> None:
    found = read(project, DATABASE="sqlite")
    assert found.path == project / "outputs" / "database.sqlite"
    assert Database(found).tables() == []
    assert found.path.exists()


def test_single_quotes_keep_every_character(project: Path, dotenv: Path) -> None:
    dotenv.write_text(DOTENV.replace("Xy7Zw9", """'p@$s:/#% "${HOME}" \\n'"""))
    assert read(project).password == """p@$s:/#% "${HOME}" \\n"""


@pytest.mark.parametrize("written", ["a$b", '"a$b"', "${HOME}", "'a\\\\b'"])
def test_what_compose_would_read_differently_is_refused(project: Path, dotenv: Path, written: str) -> None:
    dotenv.write_text(DOTENV.replace("Xy7Zw9", written))
    with pytest.raises(SettingsError, match=r"MYSQL_PASSWORD.*single quotes") as caught:
        read(project)
    assert written.strip("'\"") not in str(caught.value)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=12))
def test_the_password_shows_nowhere(password: str) -> None:
    def shown(password: str) -> str:
        found = Settings("mysql", name="project", user="scientist", password=password)
        database = Database(found)
        return repr(found) + str(found) + repr(database) + repr(database.engine) + str(database.engine.url)

    assert shown(password) == shown("another")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_reaches_the_driver_unchanged(password: str) -> None:
    engine = Database(Settings("mysql", name="project", user="scientist", password=password)).engine
    _, options = engine.dialect.create_connect_args(engine.url)
    assert options["password"] == password


@pytest.mark.parametrize(
    "host", ["mysql", "localhost", "LOCALHOST", "127.0.0.1", "127.3.2.1", "::1", "host.docker.internal"]
)
def test_a_near_server_may_do_without_tls(project: Path, dotenv: Path, host: str) -> None:
    assert read(project, MYSQL_HOST=host).tls == "preferred"


@pytest.mark.parametrize("host", ["db", "db.example.org", "10.0.0.7", "172.17.0.1", "2001:db8::1", "mysql.example.org"])
def test_a_remote_server_has_to_have_tls(project: Path, dotenv: Path, host: str) -> None:
    assert read(project, MYSQL_HOST=host).tls == "required"


@pytest.mark.parametrize("host", ["mysql", "db.example.org"])
def test_with_an_authority_every_server_is_verified(project: Path, dotenv: Path, host: str) -> None:
    (project / "data").mkdir()
    (project / "data" / "ca.pem").write_text("a certificate")
    found = read(project, MYSQL_HOST=host, MYSQL_SSL_CA="data/ca.pem")
    assert (found.tls, found.ca) == ("verified", project / "data" / "ca.pem")
    absolute = read(project, MYSQL_HOST=host, MYSQL_SSL_CA=str(project / "data" / "ca.pem"))
    assert absolute.ca == found.ca


def test_an_authority_that_is_not_there_is_named(project: Path, dotenv: Path) -> None:
    with pytest.raises(SettingsError, match=r"MYSQL_SSL_CA names .*nowhere\.pem, which cannot be read .*data/"):
        read(project, MYSQL_SSL_CA="nowhere.pem")
