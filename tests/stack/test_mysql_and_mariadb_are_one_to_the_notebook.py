"""MySQL and MariaDB, in the stack and elsewhere over verified TLS: the same notebooks and the same tests, unchanged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import stack
from make_sample import TRIPS
from stack import CommandError, Stack, can_be_had, run, wait_until

EVERYTHING = bool(os.environ.get("SOAK"))
PRODUCTS = (
    *("column_types", "geometry", "if_exists", "moving", "tables_changed_during_a_save", "tables_of_others"),
    *("unsupported_values", "wrong_uses"),
)
"""The package's tests of what MariaDB does in ways of its own: types, notes, geometry, locks, errors."""
ENCRYPTED = ("interrupted_queries", "loading_files", "reading_mysql")
"""The package's tests of what goes another way with TLS: results, files, a connection that is dropped."""
ACCOUNT = {"MYSQL_DATABASE": "elsewhere", "MYSQL_USER": "somebody", "MYSQL_PASSWORD": "of-its-own"}
MARIADB = "mariadb:11.8"
WHO = """
from persistence import Database, PersistenceError

try:
    db = Database.from_env()
    version, cipher = (db.query(q).iloc[0, -1] for q in ("SELECT VERSION()", "SHOW SESSION STATUS LIKE 'Ssl_cipher'"))
    print("MariaDB" if "MariaDB" in version else "MySQL", db.settings.tls, "encrypted" if cipher else "plain")
except PersistenceError as error:
    print(error)
"""
MAKE_A_FILE = """
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas
import pandas as pd
from persistence import Database, Settings
from shapely import Point

frame = pd.DataFrame(
    {
        "kind": pd.Categorical(["a", "b"], ["b", "a"], ordered=True),
        "n": pd.array([1, None], "Int64"),
        "when": pd.to_datetime(["2021-06-01T12:00:00.000001Z", None]).tz_convert("Europe/Berlin"),
        "words": ["é", None],
        "document": [{"a": [1]}, None],
    },
    index=pd.Index([7, 8], name="id"),
)
file = Database(Settings("sqlite", path=Path("data/local.sqlite")))
file.save(frame, "made", key="id")
file.save(geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[Point(9, 48), None], crs=4326), "places")
file.close()
with closing(sqlite3.connect("data/local.sqlite")) as other:  # in the mode that many programs prefer
    assert other.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
"""
COMPARE = """
from pathlib import Path

from pandas.testing import assert_frame_equal
from persistence import Database, Settings

file, server = Database(Settings("sqlite", path=Path("data/local.sqlite"))), Database.from_env()
for name in file.tables():
    one, other = file.load(name), server.load(name)
    assert_frame_equal(one, other)
    assert getattr(one, "crs", None) == getattr(other, "crs", None)
server.save(server.load("made"), "made", if_exists="upsert", key="id")
print(server.settings.database, *file.tables(), len(server.load("made")), "equal")
"""


@pytest.fixture(scope="module")
def mariadb(local_image: Callable[[str], str]) -> str:
    """MariaDB's image: the published one where it can be had, else the local one."""
    return MARIADB if can_be_had(MARIADB) else local_image("mariadb")


@pytest.fixture(scope="module")
def inside(new_stack: Callable[..., Stack], mariadb: str) -> Stack:
    """A stack with MariaDB, to which nothing but its image's name was changed."""
    one = new_stack()
    one = replace(one, variables={**one.variables, "MYSQL_IMAGE": mariadb})
    one.up()
    return one


@pytest.fixture(scope="module")
def tls(inside: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority (ca.pem) and its certificate (server.pem); data/ has it and another authority."""
    folder = tmp_path_factory.mktemp("tls")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    for name in ("ca", "other"):
        run(*new, "-x509", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN=of {name}", cwd=folder)
        (inside.project / "data" / f"{name}.pem").write_bytes((folder / f"{name}.pem").read_bytes())
    run(*new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server", cwd=folder)
    (folder / "names").write_text("subjectAltName=DNS:mysql.test,DNS:host.docker.internal\n")
    sign = ["openssl", "x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    run(*sign, "-in", "server.csr", "-out", "server.pem", cwd=folder)
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder


@pytest.fixture(scope="module")
def servers(inside: Stack, images: dict[str, str], mariadb: str, tls: Path) -> Iterator[dict[str, str]]:
    """Servers that no compose file knows, by their products' names: their containers."""
    variables = {**ACCOUNT, "MYSQL_ROOT_PASSWORD": "root", "MYSQL_INITDB_SKIP_TZINFO": "1"}
    options = [part for name, value in variables.items() for part in ("--env", f"{name}={value}")]
    options += ["--volume", f"{tls}:/tls:ro", "--publish", f"{stack.bridge_gateway()}::3306"]
    settings = ["--local-infile=ON", "--disable-log-bin", "--max-allowed-packet=64M"]
    settings += ["--ssl-ca=/tls/ca.pem", "--ssl-cert=/tls/server.pem", "--ssl-key=/tls/server.key"]
    chosen = {"MySQL": mysql_of(images), "MariaDB": mariadb}
    found = {
        name: run("docker", "run", "--detach", *options, image, *settings).strip() for name, image in chosen.items()
    }
    network = json.loads(inside.compose("config", "--format", "json"))["networks"]["default"]["name"]
    for name, one in found.items():
        aliases = ("--alias", f"{name.lower()}.test", "--alias", f"unknown-{name.lower()}.test")
        run("docker", "network", "connect", *aliases, network, one)
    try:
        for name, one in found.items():
            wait_until(partial(answers, one), f"{name} starts", timeout=180)
        yield found
    finally:
        run("docker", "rm", "--force", "--volumes", *found.values())


def mysql_of(images: dict[str, str]) -> str:
    """Return the name of the project's own MySQL."""
    return images.get("MYSQL_IMAGE") or stack.published_images()["MYSQL_IMAGE"]


def answers(container: str) -> bool:
    """Say whether the server listens, which it does when its databases are made."""
    return "port: 3306" in run("sh", "-c", f"docker logs {container} 2>&1")


@pytest.fixture(scope="module", params=["MySQL", "MariaDB"])
def product(request: pytest.FixtureRequest) -> str:
    """The server's name."""
    return str(request.param)


@pytest.fixture(scope="module")
def elsewhere(inside: Stack, servers: dict[str, str], product: str) -> Stack:
    """The same project, without a server of its own: MySQL in the network, MariaDB at a port of this machine."""
    variables = {**inside.variables, **ACCOUNT, "COMPOSE_PROFILES": "", "MYSQL_SSL_CA": "data/ca.pem"}
    variables["MYSQL_HOST"] = "mysql.test"
    if product == "MariaDB":
        variables["MYSQL_HOST"] = "host.docker.internal"
        variables["MYSQL_PORT"] = run("docker", "port", servers[product], "3306").strip().rsplit(":", 1)[1]
    return replace(inside, variables=variables)


def ask(one: Stack, code: str) -> str:
    """Run Python code in the notebook's container with the settings of the database; return what it prints."""
    changed = [f"{name}={value}" for name, value in one.variables.items() if name.startswith("MYSQL_")]
    options = [part for variable in changed for part in ("--env", variable)]
    return one.compose("exec", "-T", *options, "jupyter", "python", "-", stdin=code).strip()


def run_tests(one: Stack, short: tuple[str, ...]) -> None:
    """Run the helper package's tests on the database that the stack's variables name.

    The short form is of a few files; SOAK=1 runs everything.
    """
    said = one.persistence_tests(*(() if EVERYTHING else short))
    print(said[-3000:])
    assert " passed" in said
    assert " skipped" not in said


def test_the_stack_runs_with_mariadb(inside: Stack) -> None:
    assert inside.python(WHO).startswith("MariaDB preferred")
    said = run("make", "sql", cwd=inside.project, env=inside.variables, stdin="SELECT 6 * 7;\n")
    assert "42" in said.split()
    run("make", "notebooks", cwd=inside.project, env=inside.variables)
    count = "from persistence import Database; print(len(Database.from_env().load('trips')))"
    assert inside.python(count) == str(TRIPS)


@pytest.mark.soak
def test_a_volume_of_mariadb_is_opened_again_and_by_mariadb_alone(inside: Stack, images: dict[str, str]) -> None:
    inside.python(
        "import pandas as pd; from persistence import Database;"
        " Database.from_env().save(pd.DataFrame({'x': [1]}), 'kept', if_exists='replace')"
    )
    inside.compose("down")
    other = replace(inside, variables={**inside.variables, "MYSQL_IMAGE": mysql_of(images)})
    with pytest.raises(
        CommandError, match=r"written by mariadb 11\.8\S*, .* mend it with: .*MYSQL_IMAGE=\S*mariadb:11\.8"
    ):
        other.make("up")
    inside.up()
    assert "'kept'" in inside.python("from persistence import Database; print(Database.from_env().tables())")


def test_the_packages_tests_pass_on_mariadb_in_the_stack(inside: Stack) -> None:
    run_tests(inside, PRODUCTS)


def test_a_server_elsewhere_is_verified_and_known_for_what_it_is(elsewhere: Stack, product: str) -> None:
    assert ask(elsewhere, WHO) == f"{product} verified encrypted"


@pytest.mark.parametrize("wrong", [{"MYSQL_SSL_CA": "data/other.pem"}, {"MYSQL_HOST": "unknown", "MYSQL_PORT": "3306"}])
def test_another_authority_and_another_name_are_refused_in_a_line(
    elsewhere: Stack, product: str, wrong: dict[str, str]
) -> None:
    if "MYSQL_HOST" in wrong:
        wrong = {**wrong, "MYSQL_HOST": f"unknown-{product.lower()}.test"}
    said = ask(replace(elsewhere, variables={**elsewhere.variables, **wrong}), WHO)
    assert len(said.splitlines()) == 1
    assert said.startswith("the certificate of ")
    assert next(iter(wrong.values())) in said


@pytest.mark.soak
def test_the_packages_tests_pass_on_a_server_elsewhere_over_tls(elsewhere: Stack) -> None:
    run_tests(elsewhere, ENCRYPTED)


@pytest.fixture(scope="module")
def local_file(inside: Stack) -> str:
    """The name of an SQLite file in the project."""
    inside.python(MAKE_A_FILE)
    return "data/local.sqlite"


def test_an_sqlite_file_of_make_local_is_moved_by_one_command(elsewhere: Stack, local_file: str) -> None:
    assert "moved 'made': 2 rows" in elsewhere.make("move", FROM=local_file)
    assert ask(elsewhere, COMPARE) == "mysql made places 2 equal"
    with pytest.raises(CommandError, match=r"has 'made', 'places' already, and nothing was moved.*REPLACE=1"):
        elsewhere.make("move", FROM=local_file)
    assert "moved 'places': 2 rows" in elsewhere.make("move", FROM=local_file, REPLACE="1")
    assert ask(elsewhere, COMPARE) == "mysql made places 2 equal"
