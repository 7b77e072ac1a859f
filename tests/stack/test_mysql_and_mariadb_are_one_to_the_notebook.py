"""MySQL and MariaDB, in the stack and elsewhere over verified TLS: the same notebooks and the same tests, unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from stack import Stack, can_be_had, run, wait_until

ACCOUNT = {"MYSQL_DATABASE": "elsewhere", "MYSQL_USER": "somebody", "MYSQL_PASSWORD": "of-its-own"}
HOST = "db.test"
MARIADB = "mariadb:11.8"
WHO = """
from persistence import Database

db = Database.from_env()
version, cipher = (db.query(q).iloc[0, -1] for q in ("SELECT VERSION()", "SHOW SESSION STATUS LIKE 'Ssl_cipher'"))
print("MariaDB" if "MariaDB" in version else "MySQL", db.settings.tls, "encrypted" if cipher else "plain")
"""


MAKE_A_FILE = """
import pandas as pd
from pathlib import Path
from persistence import Database, Settings
db = Database(Settings("sqlite", path=Path("data/local.sqlite")))
frame = pd.DataFrame({"kind": pd.Categorical(["a", "b"]), "n": [1, 2]}, index=pd.Index([7, 8], name="id"))
db.save(frame, "made", key="id")
"""
LOAD_MADE = """
from persistence import Database

found = Database.from_env().load("made")
print(found.dtypes["kind"], found.index.name, len(found))
"""


@pytest.fixture(scope="module", params=["MySQL", "MariaDB"])
def product(request: pytest.FixtureRequest) -> str:
    """The server's name."""
    return str(request.param)


@pytest.fixture(scope="module")
def image(product: str, images: dict[str, str], local_image: Callable[[str], str]) -> str:
    """The server's image: the published one where it can be had, else the local one."""
    return mariadb(local_image) if product == "MariaDB" else images.get("MYSQL_IMAGE", "mysql:9.7")


def mariadb(local_image: Callable[[str], str]) -> str:
    """Return MariaDB's image."""
    return MARIADB if can_be_had(MARIADB) else local_image("mariadb")


def tests_pass(one: Stack) -> None:
    """Run the project's own tests as `make test` does, on the database that the stack's variables name."""
    said = run("make", "test", cwd=one.project, env=one.variables, timeout=1800)
    print(said[-3000:])
    assert " passed" in said
    assert " skipped" not in said


def test_the_stack_runs_with_mariadb(new_stack: Callable[..., Stack], local_image: Callable[[str], str]) -> None:
    one = new_stack()
    one = replace(one, variables={**one.variables, "MYSQL_IMAGE": mariadb(local_image)})
    one.up()
    assert one.python(WHO).startswith("MariaDB preferred")
    run("make", "notebooks", cwd=one.project, env=one.variables)
    said = run("make", "sql", cwd=one.project, env=one.variables, stdin="SELECT COUNT(*) > 0 FROM trips;\n")
    assert "1" in said.split()
    tests_pass(one)


@pytest.fixture(scope="module")
def elsewhere(new_stack: Callable[..., Stack], image: str, product: str) -> Iterator[Stack]:
    """A stack without a server, and one beside it that no compose file knows, with a certificate for its name."""
    one = new_stack()
    variables = {**one.variables, **ACCOUNT, "COMPOSE_PROFILES": "", "MYSQL_HOST": HOST, "MYSQL_SSL_CA": "data/ca.pem"}
    one = replace(one, variables=variables)
    tls = one.project.parent / f"tls-{product}"
    certificate(tls)
    (one.project / "data" / "ca.pem").write_bytes((tls / "ca.pem").read_bytes())
    one.up()
    with server(one, image, tls):
        yield one


def certificate(folder: Path) -> None:
    """Make a folder with an authority (ca.pem) and with a certificate of it for `HOST` (server.pem, server.key)."""
    folder.mkdir()
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    run(*new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", cwd=folder)
    run(*new, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={HOST}", cwd=folder)
    (folder / "names").write_text(f"subjectAltName=DNS:{HOST}\n")
    sign = ["openssl", "x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    run(*sign, "-in", "server.csr", "-out", "server.pem", cwd=folder)
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)


@contextmanager
def server(one: Stack, image: str, tls: Path) -> Iterator[None]:
    """Run a server that the notebook reaches by the name `HOST`."""
    network = json.loads(one.compose("config", "--format", "json"))["networks"]["default"]["name"]
    variables = {**ACCOUNT, "MYSQL_ROOT_PASSWORD": "root", "MYSQL_INITDB_SKIP_TZINFO": "1"}
    container = run(
        *["docker", "run", "--detach", "--network", network, "--network-alias", HOST, "--volume", f"{tls}:/tls:ro"],
        *[part for name, value in variables.items() for part in ("--env", f"{name}={value}")],
        *[image, "--local-infile=ON", "--disable-log-bin"],
        *["--ssl-ca=/tls/ca.pem", "--ssl-cert=/tls/server.pem", "--ssl-key=/tls/server.key"],
    ).strip()
    try:
        wait_until(lambda: "port: 3306" in run("sh", "-c", f"docker logs {container} 2>&1"), "the server starts")
        yield
    finally:
        run("docker", "rm", "--force", "--volumes", container)


def test_a_server_elsewhere_is_verified_and_known_for_what_it_is(elsewhere: Stack, product: str) -> None:
    assert elsewhere.compose("ps", "--services").split() == ["jupyter"]
    assert elsewhere.python(WHO) == f"{product} verified encrypted"


def test_the_projects_own_tests_pass_on_a_server_elsewhere_over_tls(elsewhere: Stack) -> None:
    tests_pass(elsewhere)


def test_the_notebooks_run_on_a_server_elsewhere(elsewhere: Stack) -> None:
    run("make", "notebooks", cwd=elsewhere.project, env=elsewhere.variables)
    count = "from persistence import Database; print(len(Database.from_env().load('trips')))"
    assert elsewhere.python(count) == "3000"


def test_an_sqlite_file_of_make_local_is_moved_by_one_command(elsewhere: Stack) -> None:
    elsewhere.python(MAKE_A_FILE)
    said = run("make", "move", "FROM=data/local.sqlite", cwd=elsewhere.project, env=elsewhere.variables)
    assert "moved 'made': 2 rows" in said
    assert elsewhere.python(LOAD_MADE) == "category id 2"
