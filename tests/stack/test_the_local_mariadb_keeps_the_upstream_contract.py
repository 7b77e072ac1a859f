"""tests/images/mariadb behaves as MariaDB's published image, for which it stands, under both names of a setting."""

from __future__ import annotations

import gzip
import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack import wait_until

HARDENED = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
ODD_PASSWORD = """it's "odd" \\ $HOME"""  # noqa: S105


def docker(*arguments: str, check: bool = True) -> str:
    """Return what docker says on both outputs, in the order in which it says it."""
    done = subprocess.run(
        ["docker", *arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert not check or done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def image(local_image: Callable[[str], str]) -> str:
    return local_image("mariadb")


@pytest.fixture(scope="module")
def start(image: str) -> Iterator[Callable[..., str]]:
    """A function that starts a server on a new volume and returns its name; all go at the end."""
    names: list[str] = []

    def start(*command: str, options: tuple[str, ...] = ()) -> str:
        names.append(f"contract-{uuid.uuid4().hex[:12]}")
        docker("run", "--detach", "--name", names[-1], *options, image, *command)
        return names[-1]

    yield start
    docker("rm", "--force", "--volumes", *names)


def query(name: str, sql: str, user: str, password: str) -> str:
    """Return the answer over TCP, or the error message."""
    client = ("mariadb", "--protocol=tcp", "--host=127.0.0.1", "--batch", "--skip-column-names", f"--user={user}")
    unverified = "--skip-ssl-verify-server-cert"  # which the client would say by itself
    return docker(
        "exec", "--env", f"MYSQL_PWD={password}", name, *client, unverified, f"--execute={sql}", check=False
    ).strip()


def wait_for(name: str, user: str, password: str) -> None:
    def answers() -> bool:
        assert docker("inspect", "--format", "{{.State.Running}}", name).strip() == "true", docker("logs", name)
        return query(name, "SELECT 'an' 'swer'", user, password) == "answer"

    wait_until(answers, "an answer to the application's user")


def given(**variables: str) -> tuple[str, ...]:
    return tuple(part for name, value in variables.items() for part in ("--env", f"{name}={value}"))


@pytest.fixture(scope="module")
def init_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("initdb.d")
    folder.chmod(0o755)
    insert = "INSERT INTO steps (name) VALUES ('{}');"
    (folder / "10-table.sql").write_text(
        "CREATE TABLE steps (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(99));"
        "INSERT INTO steps (name) VALUES (CONCAT_WS(' ', @@skip_networking, @@max_connections));"
    )
    (folder / "20-sourced.sh").write_text(f'docker_process_sql <<<"{insert.format("sourced")}"\n')
    (folder / "30-packed.sql.gz").write_bytes(gzip.compress(insert.format("packed").encode()))
    (folder / "40-run.sh").write_text('#!/bin/sh\necho "run for $MYSQL_DATABASE and $MARIADB_DATABASE"\n')
    for file in folder.iterdir():
        file.chmod(0o755 if file.name.startswith("40") else 0o644)
    return folder


@pytest.fixture(scope="module")
def from_root(start: Callable[..., str], init_folder: Path) -> str:
    """A server started as root, its secrets in files that only root reads; MYSQL_ in front of each name."""
    secrets = init_folder.parent / f"secrets-{uuid.uuid4().hex[:6]}"
    secrets.mkdir()
    options = ["--volume", f"{secrets}:/run/secrets:ro", "--volume", f"{init_folder}:/docker-entrypoint-initdb.d:ro"]
    values = {"MYSQL_ROOT_PASSWORD": "rootsecret", "MYSQL_DATABASE": "trips_db", "MYSQL_USER": "app"}
    for name, value in (values | {"MYSQL_PASSWORD": ODD_PASSWORD}).items():
        (secrets / name).write_text(value + "\n")
        (secrets / name).chmod(0o400)
        options += ["--env", f"{name}_FILE=/run/secrets/{name}"]
    name = start("--max-connections=77", options=tuple(options))
    wait_for(name, "app", ODD_PASSWORD)
    return name


def test_the_image_has_the_settings_of_the_original(image: str) -> None:
    settings = json.loads(docker("inspect", "--format", "{{json .Config}}", image))
    assert settings["Entrypoint"] == ["docker-entrypoint.sh"]
    assert settings["Cmd"] == ["mariadbd"]
    assert set(settings["ExposedPorts"]) == {"3306/tcp"}
    assert set(settings["Volumes"]) == {"/var/lib/mysql"}
    script = "id mysql; stat -c %a /run/mysqld; ls /var/lib/mysql; mariadb-dump --version; command -v mysql mysqld; pwd"
    said = docker("run", "--rm", "--workdir", "/etc/mysql/conf.d", image, "bash", "-c", script).splitlines()
    assert said[0].startswith("uid=999(mysql) gid=999(mysql)")
    assert said[1] == "1777"
    assert "mariadb-dump" in said[2]
    assert said[3:] == ["/etc/mysql/conf.d"]


def test_a_new_database_needs_a_choice_of_root_password(image: str) -> None:
    assert "MARIADB_RANDOM_ROOT_PASSWORD" in docker("run", "--rm", image, check=False)


@pytest.mark.parametrize("name", ["MYSQL_ROOT_PASSWORD", "MARIADB_PASSWORD"])
def test_a_value_and_its_file_at_once_are_refused(image: str, name: str) -> None:
    both = given(**{name: "x", f"{name}_FILE": "/etc/hostname"})
    assert f"both {name} and {name}_FILE are set" in docker("run", "--rm", *both, image, check=False)


def test_an_option_that_the_server_does_not_know_is_refused_before_anything_is_made(image: str) -> None:
    said = docker("run", "--rm", *given(MYSQL_ROOT_PASSWORD="x"), image, "--no-such-option", check=False)
    assert "unknown option '--no-such-option'" in said
    assert "initialising" not in said


def test_a_server_without_root_or_capabilities_answers_over_tcp(start: Callable[..., str]) -> None:
    settings = {"MARIADB_RANDOM_ROOT_PASSWORD": "yes", "MARIADB_DATABASE": "d", "MARIADB_USER": "app"}
    settings |= {"MARIADB_PASSWORD": "secret", "MYSQL_PASSWORD": "other", "MARIADB_INITDB_SKIP_TZINFO": "yes"}
    name = start(options=(*given(**settings), "--user", "mysql", *HARDENED))
    wait_for(name, "app", "secret")
    assert "CapEff:\t0000000000000000" in docker("exec", name, "cat", "/proc/1/status")
    password = docker("logs", name).split("GENERATED ROOT PASSWORD: ")[1].split()[0]
    assert query(name, "SELECT COUNT(*) FROM mysql.time_zone", "root", password) == "0"


def test_the_first_start_makes_database_accounts_and_runs_the_init_files_in_order(from_root: str) -> None:
    steps = query(from_root, "SELECT name FROM trips_db.steps ORDER BY id", "app", ODD_PASSWORD)
    assert steps.splitlines() == ["ON 77", "sourced", "packed"]
    assert query(from_root, "SELECT @@skip_networking, @@max_connections", "app", ODD_PASSWORD) == "0\t77"
    zones = "SELECT CONVERT_TZ('2026-07-01 12:00', 'UTC', 'Asia/Tokyo')"
    assert query(from_root, zones, "app", ODD_PASSWORD) == "2026-07-01 21:00:00"
    hosts = "SELECT GROUP_CONCAT(host ORDER BY host) FROM mysql.user WHERE user = 'root'"
    assert query(from_root, hosts, "root", "rootsecret") == "%,localhost"
    assert "run for trips_db and trips_db" in docker("logs", from_root)


def test_the_server_is_not_root_and_keeps_no_password_in_its_environment(from_root: str) -> None:
    said = docker("exec", "--user", "mysql", from_root, "cat", "/proc/1/status", "/proc/1/environ", check=False)
    assert "Uid:\t999\t999\t999\t999" in said
    assert "rootsecret" not in said


def test_a_restart_keeps_the_data_and_makes_nothing_again(from_root: str) -> None:
    query(from_root, "INSERT INTO trips_db.steps (name) VALUES ('kept')", "app", ODD_PASSWORD)
    docker("stop", from_root)
    assert docker("inspect", "--format", "{{.State.ExitCode}}", from_root).strip() == "0"
    docker("start", from_root)
    wait_for(from_root, "app", ODD_PASSWORD)
    assert query(from_root, "SELECT MAX(name = 'kept') FROM trips_db.steps", "app", ODD_PASSWORD) == "1"
    assert docker("logs", from_root).count("initialising") == 1
