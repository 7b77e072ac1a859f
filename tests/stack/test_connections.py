"""Servers of every kind, and the helper package in the project's own image: one clear error for each that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack import Stack, run, wait_until

USER = {"MYSQL_DATABASE": "project", "MYSQL_USER": "scientist", "MYSQL_PASSWORD": "secret"}
PREAMBLE = """
import json, os, sys
from pathlib import Path
import pandas as pd
from persistence import Database, PersistenceError, Settings

def database(**changed):
    known = {"name": "project", "user": "scientist", "password": "secret"}
    return Database(Settings("mysql", **{**known, **changed}))

def attempt(action):
    try:
        return str(action())
    except PersistenceError as error:
        return f"{type(error).__name__}: {error}"

def cipher(db):
    return db.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'").iloc[0, 1]
"""
HOSTILE = [
    *[
        "'",
        '"',
        "''\"\"",
        "back\\slash",
        "\\\\",
        "$HOME",
        "${HOME}",
        "$$",
        "%",
        "%s",
        "%(x)s",
        "#hash",
        " # ",
        "a:b@c/d?e=f",
    ],
    *[
        " leading",
        "trailing ",
        "  ",
        "tab\there",
        "käse 漢字 😀",
        "`id`",
        "$(id)",
        "-p",
        "--",
        ";",
        "{x}",
        "x" * 200,
        "\\n",
        "&=+",
    ],
]


def network(running: Stack) -> str:
    config = json.loads(running.compose("config", "--format", "json"))
    return str(config["networks"]["default"]["name"])


@contextmanager
def server(running: Stack, name: str, *options: str, folder: Path | None = None, **environ: str) -> Iterator[str]:
    """Run a MySQL server that the notebook reaches by this name; give the container when it is healthy."""
    image = run("docker", "inspect", "--format", "{{.Config.Image}}", running.compose("ps", "--quiet", "mysql").strip())
    variables = {**USER, "MYSQL_ROOT_PASSWORD": "root", "MYSQL_INITDB_SKIP_TZINFO": "1", **environ}
    container = run(
        *["docker", "run", "--detach", "--network", network(running), "--network-alias", name],
        *[part for key, value in variables.items() for part in ("--env", f"{key}={value}")],
        *(["--volume", f"{folder}:/tls:ro"] if folder else []),
        *[image.strip(), "--local-infile=ON", "--disable-log-bin", *options],
    ).strip()
    try:
        wait_until(lambda: "port: 3306" in logs(container), f"{name} starts:\n{logs(container)}")
        yield container
    finally:
        run("docker", "rm", "--force", "--volumes", container)


def logs(container: str) -> str:
    return run("sh", "-c", f"docker logs {container} 2>&1")


def as_root(container: str, sql: str) -> None:
    run("docker", "exec", "--env", "MYSQL_PWD=root", container, "mysql", "--user=root", "--execute", sql)


@pytest.fixture(scope="module")
def ask(running: Stack) -> Callable[[str], str]:
    """Return a function that runs code in the notebook's container, after the preamble."""
    return lambda code: running.python(PREAMBLE + code)


@pytest.fixture(scope="module")
def certificates(running: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an authority, another one, and a certificate for ``db.test``; the authorities are in data/ too."""
    folder = tmp_path_factory.mktemp("tls")
    folder.chmod(0o755)
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    for name in ("ca", "other"):
        run(*new, "-x509", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", cwd=folder)
    run(*new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=db.test", cwd=folder)
    (folder / "names").write_text("subjectAltName=DNS:db.test\n")
    sign = ["openssl", "x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    run(*sign, "-in", "server.csr", "-out", "server.pem", cwd=folder)
    (folder / "none.pem").write_text("this is no certificate\n")
    copies = [running.project / "data" / name for name in ("ca.pem", "other.pem", "none.pem")]
    for copy in copies:
        copy.write_bytes((folder / copy.name).read_bytes())
    for path in folder.iterdir():
        path.chmod(0o644)
    yield folder
    for copy in copies:
        copy.unlink()


@pytest.fixture(scope="module")
def secure(running: Stack, certificates: Path) -> Iterator[str]:
    """A server with a certificate of its own; it has two names, of which the certificate holds ``db.test``."""
    options = [
        f"--ssl-{option}=/tls/{name}"
        for option, name in (("ca", "ca.pem"), ("cert", "server.pem"), ("key", "server.key"))
    ]
    with server(running, "db.test", *options, folder=certificates) as container:
        run("docker", "network", "disconnect", network(running), container)
        run("docker", "network", "connect", "--alias", "db.test", "--alias", "alias.test", network(running), container)
        yield container


@pytest.fixture(scope="module")
def plain(running: Stack) -> Iterator[str]:
    """A server without TLS, on which nobody may come from elsewhere but one user."""
    with server(running, "plain.test", "--tls-version=", MYSQL_ROOT_HOST="localhost") as container:
        yield container


@pytest.mark.usefixtures("secure")
@pytest.mark.soak
def test_a_remote_server_is_encrypted_and_with_an_authority_verified(ask: Callable[[str], str]) -> None:
    assert ask("print(cipher(database(host='db.test')))").startswith("TLS_")
    assert ask("print(cipher(database(host='db.test', ca=Path('data/ca.pem'))))").startswith("TLS_")


@pytest.mark.usefixtures("secure")
@pytest.mark.parametrize(
    ("host", "authority", "says"),
    [
        (
            "db.test",
            "other.pem",
            "the certificate of db.test:3306 is not for the name 'db.test', or not from the authority",
        ),
        ("alias.test", "ca.pem", "the certificate of alias.test:3306 is not for the name 'alias.test'"),
        ("mysql", "ca.pem", "the certificate of mysql:3306 is not for the name 'mysql'"),
        ("db.test", "none.pem", "names data/none.pem, which holds no certificate in PEM form"),
    ],
)
def test_a_server_that_is_not_the_right_one_is_refused(
    ask: Callable[[str], str], host: str, authority: str, says: str
) -> None:
    said = ask(f"print(attempt(database(host={host!r}, ca=Path('data/{authority}')).tables))")
    assert said.startswith("ConnectionFailedError")
    assert says in said


@pytest.mark.usefixtures("secure")
def test_the_authority_is_a_setting(running: Stack) -> None:
    environ = {"MYSQL_HOST": "db.test", **USER, "MYSQL_SSL_CA": "data/ca.pem"}
    options = [part for name, value in environ.items() for part in ("--env", f"{name}={value}")]
    code = "from persistence import Database; db = Database.from_env(); print(db.settings.tls, db.tables())"
    assert running.compose("exec", "-T", *options, "jupyter", "python", "-c", code) == "verified []\n"


@pytest.mark.usefixtures("plain")
def test_a_remote_server_without_tls_is_refused(ask: Callable[[str], str]) -> None:
    said = ask("print(attempt(database(host='plain.test').tables))")
    assert "plain.test:3306 is another machine and offers no TLS" in said


@pytest.mark.usefixtures("plain", "certificates")
def test_with_an_authority_the_password_stays_here_when_there_is_no_tls(ask: Callable[[str], str]) -> None:
    said = ask("print(attempt(database(host='plain.test', ca=Path('data/ca.pem')).tables))")
    assert "plain.test:3306 is another machine and offers no TLS" in said


def test_a_machine_that_is_not_admitted_is_told(plain: str, ask: Callable[[str], str]) -> None:
    as_root(plain, "RENAME USER scientist@'%' TO scientist@'192.0.2.1'; FLUSH PRIVILEGES")
    assert "takes no connection from this machine" in ask("print(attempt(database(host='plain.test').tables))")


def test_a_user_without_a_connection_left_is_told(secure: str, ask: Callable[[str], str]) -> None:
    as_root(secure, "CREATE USER busy@'%' IDENTIFIED BY 'secret' WITH MAX_USER_CONNECTIONS 1")
    as_root(secure, "GRANT ALL ON project.* TO busy@'%'")
    said = ask("""
first, second = (database(host='db.test', user='busy') for _ in range(2))
with first.engine.connect():
    print(attempt(second.tables))
""")
    as_root(secure, "DROP USER busy@'%'")
    assert "has no connection left for user 'busy'" in said


@pytest.mark.usefixtures("secure")
def test_something_else_at_the_port_is_told(ask: Callable[[str], str]) -> None:
    assert "does not speak as a MySQL server" in ask("print(attempt(database(host='db.test', port=33060).tables))")


def test_localhost_in_the_container_is_explained(ask: Callable[[str], str]) -> None:
    said = ask("print(attempt(database(host='localhost', timeout=0.5).tables))")
    assert "inside a container, localhost is the container itself" in said


def test_a_server_that_takes_no_changes_is_told(secure: str, ask: Callable[[str], str]) -> None:
    as_root(secure, "SET GLOBAL read_only = ON")
    said = ask("print(attempt(lambda: database(host='db.test').save(pd.DataFrame(dict(x=[1])), 'refused')))")
    as_root(secure, "SET GLOBAL read_only = OFF")
    assert said.startswith("DatabaseError: the server takes no changes")


@pytest.mark.parametrize("rights", ["INSERT", "SELECT, INSERT"])
def test_who_may_insert_appends_and_is_told_what_needs_more(
    secure: str, ask: Callable[[str], str], rights: str
) -> None:
    as_root(secure, f"CREATE USER adding@'%' IDENTIFIED BY 'secret'; GRANT {rights} ON project.* TO adding@'%'")
    said = ask("""
db, adding = database(host='db.test'), database(host='db.test', user='adding')
db.save(pd.DataFrame(dict(x=[1])), 'added', if_exists='replace', key='x')
print(adding.save(pd.DataFrame(dict(x=[2])), 'added', if_exists='append'), db.load('added')['x'].tolist())
for mode in ('upsert', 'replace'):
    print(attempt(lambda: adding.save(pd.DataFrame(dict(x=[3])), 'added', if_exists=mode, key='x')))
""")
    as_root(secure, "DROP USER adding@'%'")
    appended, upserted, replaced = said.splitlines()
    assert appended == "1 [1, 2]"
    assert upserted.startswith("DatabaseError: the user has no right to do this")
    assert replaced.startswith("DatabaseError: the user has no right to do this")


@pytest.mark.usefixtures("secure")
@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_connection_lost_in_the_middle_of_a_save_is_told(ask: Callable[[str], str], mode: str) -> None:
    said = ask(f"""
db, other = database(host='db.test'), database(host='db.test')
db.save(pd.DataFrame(dict(x=[1])), 'kept', if_exists='replace')

def frames():
    yield pd.DataFrame(dict(x=[2]))
    with other.engine.connect() as connection:
        for number, *_ in connection.exec_driver_sql("SHOW PROCESSLIST").all():
            if number != connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar():
                connection.exec_driver_sql(f"KILL {{number}}")
    yield pd.DataFrame(dict(x=range(100_000)))

print(attempt(lambda: db.save(frames(), 'kept', if_exists={mode!r})))
print(db.load('kept')['x'].tolist())
""")
    assert "went away in the middle" in said
    assert said.endswith("[1]")


@pytest.mark.usefixtures("secure")
def test_a_password_is_any_text_from_each_place_that_holds_settings(ask: Callable[[str], str]) -> None:
    said = ask(f"""
import tempfile, mysql.connector
passwords = {HOSTILE!r}
root = mysql.connector.connect(host='db.test', user='root', password='root')
cursor = root.cursor()
folder = Path(tempfile.mkdtemp())
base = dict(DATABASE='mysql', MYSQL_HOST='db.test', MYSQL_PORT='3306', MYSQL_DATABASE='project')
wrong, tried = [], 0

def check(place, password, user, **environ):
    global tried
    settings = Settings.read(dict(base, MYSQL_USER=user, **environ), project=folder, secrets=folder)
    tried += 1
    known = {{field: getattr(settings, field) for field in ("host", "user", "password")}}
    said = attempt(lambda: len(database(**known).query("SELECT 1 AS one")))
    if said != "1":
        wrong.append((place, password, said))

for number, password in enumerate(passwords):
    user = f"hostile{{number}}"
    cursor.execute("CREATE USER %s@'%' IDENTIFIED BY %s", (user, password))
    cursor.execute("GRANT ALL ON project.* TO %s@'%'", (user,))
    check("environment", password, user, MYSQL_PASSWORD=password)
    secret = folder / "secret"
    secret.write_text(password + chr(10))
    check("file", password, user, MYSQL_PASSWORD_FILE=str(secret))
    if "'" not in password and chr(92) * 2 not in password:
        (folder / ".env").write_text(f"MYSQL_PASSWORD='{{password}}'" + chr(10))
        check(".env", password, user)
        (folder / ".env").unlink()
print(wrong, tried)
""")
    assert said.startswith("[] ")
    assert int(said.split()[-1]) > 2 * len(HOSTILE)


def test_a_database_that_restarts_is_waited_for(running: Stack, ask: Callable[[str], str]) -> None:
    here = running.project / "data" / "first-part-is-done"
    code = """
import time
db = database(host='restarting')
db.save(pd.DataFrame(dict(x=[1])), 'kept')
done = Path('data/first-part-is-done')
done.touch()
while done.exists():
    time.sleep(0.05)
found = db.load('kept')['x'].tolist()
print(found, db.save(pd.DataFrame(dict(x=[2])), 'kept', if_exists='append'), len(db.query('SELECT * FROM kept')))
"""
    with server(running, "restarting") as container, ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, code)
        wait_until(lambda: here.exists() or asked.done(), "the first part is done")
        run("docker", "stop", container)
        here.unlink()
        run("docker", "start", container)
        assert asked.result(timeout=60) == "[1] 1 2"
