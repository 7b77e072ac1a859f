"""The images of tests/images behave as the published images that they stand for do."""

import gzip
import json
import re
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

HARDENED = ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
ODD_PASSWORD = """it's "odd" \\ $HOME"""  # noqa: S105


def docker(*arguments: str, check: bool = True) -> str:
    """What docker says on both outputs, in the order in which it says it."""
    done = subprocess.run(
        ["docker", *arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert not check or done.returncode == 0, done.stdout
    return done.stdout


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def inspect(name: str, template: str) -> str:
    return docker("inspect", "--format", template, name).strip()


def run(image: str, *command: str, options: tuple[str, ...] = (), check: bool = True) -> str:
    """What a container says on both outputs."""
    return docker("run", "--rm", *options, image, *command, check=check)


@dataclass
class Said:
    """What a container said on each of its outputs, and its exit code."""

    output: list[str]
    log: str
    code: int


def listen(image: str, *command: str, options: tuple[str, ...] = ()) -> Said:
    ran = subprocess.run(
        ["docker", "run", "--rm", *options, image, *command], check=False, capture_output=True, text=True
    )
    return Said(ran.stdout.splitlines(), ran.stderr, ran.returncode)


def hooks(folder: Path, texts: dict[str, str]) -> tuple[str, ...]:
    """The options that mount these hooks, each executable, unless its name ends with `data`, or sourced."""
    options: list[str] = []
    for path, text in texts.items():
        file = folder / Path(path).name
        file.write_text(text + "\n")
        file.chmod(0o644 if path.endswith("data") else 0o755)
        options += ["--volume", f"{file}:/usr/local/bin/{path}:ro"]
    return tuple(options)


class Containers:
    """Starts containers and removes them, with their volumes, at the end."""

    def __init__(self) -> None:
        """No container yet."""
        self.names: list[str] = []
        self.volumes: list[str] = []

    def start(self, image: str, *command: str, options: tuple[str, ...] = ()) -> str:
        """The name of a new container."""
        name = f"contract-{uuid.uuid4().hex[:12]}"
        self.names.append(name)
        docker("run", "--detach", "--name", name, *options, image, *command)
        return name

    def volume(self) -> str:
        """The name of a new volume."""
        self.volumes.append(docker("volume", "create").strip())
        return self.volumes[-1]

    def remove(self) -> None:
        """Remove all of them."""
        if self.names:
            docker("rm", "--force", "--volumes", *self.names)
        if self.volumes:
            docker("volume", "rm", *self.volumes)


@pytest.fixture(scope="module")
def containers() -> Iterator[Containers]:
    started = Containers()
    yield started
    started.remove()


@pytest.fixture(scope="module")
def notebook(local_images: dict[str, str]) -> str:
    return local_images["minimal-notebook"]


@pytest.fixture(scope="module")
def mysql(local_images: dict[str, str]) -> str:
    return local_images["mysql"]


# ---------------------------------------------------------------------------------------------- minimal-notebook


SERVERS: dict[str, tuple[str, ...]] = {
    "as jovyan": (),
    "as any other user": ("--user", "1234:5678", "--group-add", "100", *HARDENED),
    "from root": ("--user", "root", "--env", "NB_UID=1234", "--env", "NB_GID=5678", "--env", "CHOWN_HOME=yes"),
}


@pytest.fixture(scope="module")
def servers(notebook: str, containers: Containers) -> dict[str, str]:
    return {name: containers.start(notebook, options=options) for name, options in SERVERS.items()}


def is_healthy(name: str) -> bool:
    return inspect(name, "{{.State.Health.Status}}") == "healthy"


def address(name: str) -> str:
    return inspect(name, "{{.NetworkSettings.IPAddress}}")


def test_the_notebook_image_has_the_settings_of_the_original(notebook: str) -> None:
    settings = json.loads(inspect(notebook, "{{json .Config}}"))
    environment = dict(entry.split("=", 1) for entry in settings["Env"])
    assert settings["Entrypoint"] == ["tini", "-g", "--", "start.sh"]
    assert settings["Cmd"] == ["start-notebook.py"]
    assert (settings["User"], settings["WorkingDir"]) == ("1000", "/home/jovyan")
    assert "8888/tcp" in settings["ExposedPorts"]
    assert settings["Healthcheck"]["Test"][-1].startswith("/etc/jupyter/docker_healthcheck.py")
    expected = {"NB_USER": "jovyan", "NB_UID": "1000", "NB_GID": "100", "HOME": "/home/jovyan"}
    expected |= {"CONDA_DIR": "/opt/conda", "SHELL": "/bin/bash", "LANG": "C.UTF-8", "JUPYTER_PORT": "8888"}
    assert expected.items() <= environment.items()
    assert environment["PATH"].startswith("/opt/conda/bin:")


def test_home_and_the_python_environment_belong_to_the_group_users(notebook: str) -> None:
    folders = ("/home/jovyan", "/home/jovyan/work", "/opt/conda", "/opt/conda/lib/python3.13/site-packages")
    for line in listen(notebook, "stat", "-c", "%g %a %n", *folders).output:
        group, mode, folder = line.split()
        assert group == "100", folder
        assert int(mode, 8) & 0o2070 == 0o2070, folder


@pytest.mark.parametrize("way", SERVERS)
def test_jupyterlab_starts(servers: dict[str, str], way: str) -> None:
    wait_until(lambda: is_healthy(servers[way]), way)


@pytest.mark.parametrize(
    ("way", "identity"),
    [("as jovyan", "1000:100"), ("as any other user", "1234:5678"), ("from root", "1234:5678")],
)
def test_the_server_runs_as_the_user_that_was_asked_for(servers: dict[str, str], way: str, identity: str) -> None:
    wait_until(lambda: is_healthy(servers[way]), way)
    with urllib.request.urlopen(f"http://{address(servers[way])}:8888/api") as answer:
        assert "version" in json.load(answer)
    processes = docker("exec", "--user", "root", servers[way], "ps", "-eo", "uid,gid,args")
    server = next(line for line in processes.splitlines() if "jupyter-lab" in line and "sudo" not in line)
    assert ":".join(server.split()[:2]) == identity


def test_any_user_of_the_group_users_can_install_packages_over_the_network(servers: dict[str, str]) -> None:
    name = servers["as any other user"]
    docker("exec", name, "pip", "install", "--no-cache-dir", "--no-deps", "--quiet", "iniconfig")
    owner = docker("exec", name, "bash", "-c", "stat -c %u:%g /opt/conda/lib/python3.13/site-packages/iniconfig")
    assert owner.strip() == "1234:100"
    assert "CapEff:\t0000000000000000" in docker("exec", name, "cat", "/proc/1/status")


def test_a_stopped_server_ends_cleanly(notebook: str, containers: Containers) -> None:
    name = containers.start(notebook)
    wait_until(lambda: is_healthy(name), name)
    start = time.monotonic()
    docker("stop", name)
    assert time.monotonic() - start < 9
    assert inspect(name, "{{.State.ExitCode}}") == "0"


def test_hooks_run_in_order_and_then_the_command(notebook: str, tmp_path: Path) -> None:
    options = hooks(
        tmp_path,
        {
            "start-notebook.d/20-first.sh": "echo step 1 $(id -u); export FROM_HOOK=kept SECRET=x OTHER=y",
            "start-notebook.d/30-second": "#!/bin/sh\necho step 2 $FROM_HOOK",
            "before-notebook.d/20-third.sh": "echo step 3 $FROM_HOOK",
            "before-notebook.d/30-fourth": "#!/bin/sh\necho step 4 $SECRET",
            "before-notebook.d/40-data": "echo not executable, not run",
        },
    )
    options += ("--env", "JUPYTER_ENV_VARS_TO_UNSET=SECRET,OTHER")
    said = listen(notebook, "bash", "-c", "echo step 5 $FROM_HOOK [$SECRET$OTHER]", options=options)
    assert said.output == ["step 1 1000", "step 2 kept", "step 3 kept", "step 4 x", "step 5 kept []"]
    assert "Ignoring non-executable: /usr/local/bin/before-notebook.d/40-data" in said.log


@pytest.mark.parametrize("hook", ["start-notebook.d/20-sourced.sh", "before-notebook.d/20-run"])
def test_a_hook_that_fails_ends_the_start(notebook: str, tmp_path: Path, hook: str) -> None:
    last = "return 3" if hook.endswith(".sh") else "exit 3"
    said = listen(notebook, "echo", "the command", options=hooks(tmp_path, {hook: f"#!/bin/sh\necho hook\n{last}"}))
    assert (said.output, said.code) == (["hook"], 3)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [("", "not 0"), ("/usr /usr", "not 2"), ("/no/such", "doesn't exist"), ("/etc/fstab", "exist")],
)
def test_hooks_want_one_folder_that_exists(notebook: str, arguments: str, error: str) -> None:
    said = listen(notebook, "bash", "-c", f"source run-hooks.sh {arguments}; echo $?")
    assert said.output == ["1"]
    assert [line for line in said.log.splitlines() if line.startswith("ERROR[") and error in line]


def test_hooks_of_a_shell_without_errexit_are_all_run(notebook: str) -> None:
    script = "mkdir /tmp/h; echo false >/tmp/h/a.sh; echo echo second >/tmp/h/b.sh; source run-hooks.sh /tmp/h"
    said = listen(notebook, "bash", "-c", script)
    assert (said.output, said.code) == (["second"], 0)
    assert "a.sh has failed, continuing execution" in said.log


def test_the_log_has_level_and_time_and_leaves_the_output_to_the_command(notebook: str) -> None:
    options = ("--env", "GRANT_SUDO=yes")
    said = listen(notebook, "echo", "output", options=options)
    assert said.output == ["output"]
    assert "Entered start.sh with args: echo output" in said.log
    for line in said.log.splitlines():
        assert re.match(r"(INFO|WARNING)\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] ", line), line
    quiet = listen(notebook, "echo", "output", options=(*options, "--env", "JUPYTER_DOCKER_STACKS_QUIET=1"))
    assert [line.partition("[")[0] for line in quiet.log.splitlines()] == ["WARNING"]


def test_what_start_sh_does_it_does_once(notebook: str, tmp_path: Path) -> None:
    options = hooks(tmp_path, {"start-notebook.d/20-once.sh": "echo hook"})
    options += ("--user", "root", "--env", "NB_UID=1234", "--env", "GRANT_SUDO=yes")
    said = listen(notebook, "start.sh", "sudo", "-n", "id", "-u", options=options)
    assert said.output == ["hook", "0"]
    assert [line for line in said.log.splitlines() if line.startswith("WARNING[") and "entrypoint" in line]


def test_root_that_is_to_stay_root_needs_no_capability(notebook: str) -> None:
    options = ("--user", "root", "--env", "NB_USER=root", "--env", "NB_UID=0", "--env", "NB_GID=0", *HARDENED)
    script = "id; pwd; echo $HOME; getent passwd root; env | grep -c SUDO"
    assert listen(notebook, "bash", "-c", script, options=options).output == [
        "uid=0(root) gid=0(root) groups=0(root)",
        *("/home/root", "/home/root", "root:x:0:0:root:/home/root:/bin/bash", "0"),
    ]


def test_root_sets_up_the_user_that_the_environment_names(notebook: str) -> None:
    wanted = {"NB_USER": "alice", "NB_UID": "1234", "NB_GID": "4321", "NB_GROUP": "team", "GRANT_SUDO": "yes"}
    wanted |= {"CHOWN_HOME": "yes", "CHOWN_HOME_OPTS": "-R", "CHOWN_EXTRA": "/srv,/mnt"}
    options = ["--user", "root", "--workdir", "/home/jovyan/work"]
    for name, value in wanted.items():
        options += ["--env", f"{name}={value}"]
    script = "id; pwd; echo $HOME; sudo -n id -u; sudo -n which python; stat -c %U:%G /srv /mnt ~/work; id -Gn"
    said = listen(notebook, "bash", "-c", script, options=tuple(options)).output
    assert said[0].startswith("uid=1234(alice) gid=4321(team)")
    assert said[1:5] == ["/home/alice/work", "/home/alice", "0", "/opt/conda/bin/python"]
    assert said[5:8] == ["alice:team"] * 3
    assert "users" in said[8].split()


def test_another_user_than_root_is_only_warned(notebook: str) -> None:
    options = ("--user", "1234:5678", "--env", "NB_UID=77", "--env", "GRANT_SUDO=yes", *HARDENED)
    said = listen(notebook, "id", "-u", options=options)
    assert said.output == ["1234"]
    for warning in ("grant sudo", 'NB_UID="77"', "no write access to /home/jovyan", "/etc/passwd"):
        assert any(line.startswith("WARNING[") and warning in line for line in said.log.splitlines()), warning


def test_a_user_without_an_entry_gets_one_where_the_group_may_write_it(notebook: str) -> None:
    assert listen(notebook, "id", "-un", options=("--user", "1234:0", "--group-add", "100")).output == ["jovyan"]


def test_login_shells_find_the_notebooks_python_first(notebook: str) -> None:
    assert listen(notebook, "bash", "-lic", "type -p python").output == ["/opt/conda/bin/python"]


# ---------------------------------------------------------------------------- r-notebook, python, anaconda3, rocker


# The folder of R's kernel among those that Jupyter finds, then a cell that this kernel runs.
ASK_R = r"""
jupyter kernelspec list --json 2>/dev/null |
    python -c 'import json, sys; print(json.load(sys.stdin)["kernelspecs"]["ir"]["resource_dir"])'
echo 'cat(is(RMariaDB::MariaDB(), "DBIDriver"), 6 * 7, "\n")' | jupyter run --kernel ir
"""


def configuration(image: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The image's settings, and its environment apart."""
    settings = json.loads(inspect(image, "{{json .Config}}"))
    return settings, dict(entry.split("=", 1) for entry in settings["Env"])


@pytest.mark.soak
def test_the_r_notebook_image_is_minimal_notebook_with_r(notebook: str, local_image: Callable[[str], str]) -> None:
    image = local_image("r-notebook")
    same = ("Entrypoint", "Cmd", "User", "WorkingDir", "Env", "ExposedPorts", "Healthcheck")
    settings, below = configuration(image)[0], configuration(notebook)[0]
    assert {name: settings[name] for name in same} == {name: below[name] for name in same}
    script = ASK_R + "stat -c %u:%g:%A /opt/conda/share/jupyter/kernels/ir"
    said = run(image, "bash", "-c", script, options=("--env", "JUPYTER_DOCKER_STACKS_QUIET=1")).splitlines()
    assert [line.strip() for line in said] == [
        "/opt/conda/share/jupyter/kernels/ir",
        "TRUE 42",
        "1000:100:drwsrwsr-x",
    ]


def test_the_python_image_has_a_whole_python_and_little_else(local_image: Callable[[str], str]) -> None:
    image = local_image("python")
    settings, environment = configuration(image)
    assert (settings.get("Entrypoint"), settings["Cmd"], settings.get("User", "")) == (None, ["python3"], "")
    assert environment["PATH"].startswith("/usr/local/bin:")
    script = """set -e
        type -p python python3 pip
        python -c 'import bz2, ctypes, lzma, platform, sqlite3, ssl, uuid; print(platform.python_version())'
        pip install --quiet --no-cache-dir --no-deps --root-user-action=ignore iniconfig
        python -c 'import iniconfig; print(iniconfig.__file__.startswith("/usr/local/lib/python3.13/"))'
        python3 -m venv /opt/venv
        /opt/venv/bin/pip install --quiet --no-cache-dir --no-deps iniconfig
        id -u
        . /etc/os-release
        echo "$VERSION_CODENAME"
        type git tini curl gcc 2>/dev/null || ls /etc/ssl/certs/ca-certificates.crt"""
    assert run(image, "bash", "-c", script).splitlines() == [
        *(f"/usr/local/bin/{name}" for name in ("python", "python3", "pip")),
        environment["PYTHON_VERSION"],
        *("True", "0", "trixie", "/etc/ssl/certs/ca-certificates.crt"),
    ]
    assert int(inspect(image, "{{.Size}}")) < 150_000_000


@pytest.mark.soak
def test_the_anaconda_image_has_condas_prefix_and_older_packages(local_image: Callable[[str], str]) -> None:
    image = local_image("anaconda3")
    settings, environment = configuration(image)
    assert (settings.get("Entrypoint"), settings["Cmd"], settings.get("User", "")) == (None, ["/bin/bash"], "")
    assert {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}.items() <= environment.items()
    assert environment["PATH"].startswith("/opt/conda/bin:")
    script = """set -e
        type -p python pip jupyter
        python -c 'import numpy, pandas, sys; print(*sys.version_info[:2], numpy.__version__, pandas.__version__)'
        jupyter lab --version
        jupyter notebook --version
        stat -c %U:%G:%a /opt/conda /opt/conda/lib/python3.13/site-packages
        find /opt/conda -not -type l -perm /022 -print -quit
        readlink /etc/profile.d/conda.sh
        bash -lc 'echo "$CONDA_SHLVL $PATH"'
        id -u
        type -p git ssh ps wget bzip2
        ls /usr/local/bin"""
    assert run(image, "bash", "-c", script).splitlines() == [
        *(f"/opt/conda/bin/{name}" for name in ("python", "pip", "jupyter")),
        *("3 13 2.1.3 2.2.3", "4.3.4", "7.3.2", "root:root:755", "root:root:755"),
        "/opt/conda/etc/profile.d/conda.sh",
        "0 /opt/conda/condabin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        *("0", *(f"/usr/bin/{name}" for name in ("git", "ssh", "ps", "wget", "bzip2"))),
    ]


@pytest.mark.soak
def test_the_rocker_image_has_r_beside_a_python_of_roots(local_image: Callable[[str], str]) -> None:
    image = local_image("rocker")
    settings, environment = configuration(image)
    assert settings.get("Entrypoint") is None
    assert settings["Cmd"] == ["jupyter", "lab", "--ip", "0.0.0.0", "--no-browser"]  # noqa: S104
    assert (settings["User"], settings["WorkingDir"]) == ("rstudio", "/home/rstudio")
    assert set(settings["ExposedPorts"]) == {"8888/tcp"}
    assert {"NB_USER": "rstudio", "VIRTUAL_ENV": "/opt/venv"}.items() <= environment.items()
    assert environment["PATH"].startswith("/opt/venv/bin:")
    script = (
        ASK_R
        + """
        id; type -p python jupyter-lab jupyter-notebook git; stat -c %U:%G /opt/venv "$HOME"
        find /opt/venv -writable -not -type l -print -quit
        type tini 2>/dev/null || echo no tini"""
    )
    assert [line.strip() for line in run(image, "bash", "-c", script).splitlines()] == [
        "/usr/local/share/jupyter/kernels/ir",
        "TRUE 42",
        "uid=1000(rstudio) gid=1000(rstudio) groups=1000(rstudio)",
        *(f"/opt/venv/bin/{name}" for name in ("python", "jupyter-lab", "jupyter-notebook")),
        *("/usr/bin/git", "root:root", "rstudio:rstudio"),
        "no tini",
    ]


# ---------------------------------------------------------------------------------------------------------- mysql


def query(name: str, sql: str, user: str, password: str) -> str:
    """The answer over TCP, or the error message."""
    client = ("mysql", "--protocol=tcp", "--host=127.0.0.1", "--batch", "--skip-column-names", f"--user={user}")
    return docker("exec", "--env", f"MYSQL_PWD={password}", name, *client, f"--execute={sql}", check=False).strip()


def answers(name: str, user: str, password: str) -> bool:
    assert inspect(name, "{{.State.Running}}") == "true", docker("logs", name)
    return query(name, "SELECT 'an' 'swer'", user, password) == "answer"


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
    (folder / "40-run.sh").write_text('#!/bin/sh\necho "run for $MYSQL_DATABASE"\n')
    (folder / "50-note.txt").write_text("not SQL")
    for file in folder.iterdir():
        file.chmod(0o755 if file.name.startswith("40") else 0o644)
    return folder


@pytest.fixture(scope="module")
def from_root(mysql: str, containers: Containers, init_folder: Path) -> str:
    """A server started as root, its secrets in files that only root reads."""
    secrets = init_folder.parent / f"secrets-{uuid.uuid4().hex[:6]}"
    secrets.mkdir()
    options = ["--volume", f"{secrets}:/run/secrets:ro", "--volume", f"{init_folder}:/docker-entrypoint-initdb.d:ro"]
    values = {"MYSQL_ROOT_PASSWORD": "rootsecret", "MYSQL_DATABASE": "trips_db", "MYSQL_USER": "app"}
    for name, value in (values | {"MYSQL_PASSWORD": ODD_PASSWORD}).items():
        (secrets / name).write_text(value + "\n")
        (secrets / name).chmod(0o400)
        options += ["--env", f"{name}_FILE=/run/secrets/{name}"]
    options += ["--volume", f"{containers.volume()}:/var/lib/mysql"]
    return containers.start(mysql, "--max-connections=77", options=tuple(options))


@pytest.fixture(scope="module")
def without_root(mysql: str, containers: Containers, from_root: str) -> str:
    """A server that never was root, on a new named volume; the other one starts at the same time."""
    assert from_root
    settings = {"MYSQL_RANDOM_ROOT_PASSWORD": "yes", "MYSQL_ONETIME_PASSWORD": "yes", "MYSQL_DATABASE": "d"}
    settings |= {"MYSQL_USER": "app", "MYSQL_PASSWORD": "secret", "MYSQL_INITDB_SKIP_TZINFO": "yes"}
    options = [part for name, value in settings.items() for part in ("--env", f"{name}={value}")]
    options += ["--user", "mysql", *HARDENED, "--volume", f"{containers.volume()}:/var/lib/mysql"]
    return containers.start(mysql, options=tuple(options))


def test_the_mysql_image_has_the_settings_of_the_original(mysql: str) -> None:
    settings = json.loads(inspect(mysql, "{{json .Config}}"))
    assert settings["Entrypoint"] == ["docker-entrypoint.sh"]
    assert settings["Cmd"] == ["mysqld"]
    assert set(settings["ExposedPorts"]) == {"3306/tcp", "33060/tcp"}
    assert set(settings["Volumes"]) == {"/var/lib/mysql"}
    script = "id mysql; stat -c %a /var/run/mysqld; ls /var/lib/mysql; mysqldump --version; pwd"
    said = run(mysql, "bash", "-c", script, options=("--workdir", "/etc/mysql/conf.d"))
    assert said.startswith("uid=999(mysql) gid=999(mysql)")
    assert said.splitlines()[1] == "1777"
    assert said.splitlines()[2].startswith("mysqldump")
    assert run(mysql, "--version").startswith("/usr/sbin/mysqld")


def test_a_new_database_needs_a_choice_of_root_password(mysql: str) -> None:
    said = run(mysql, check=False)
    assert "[ERROR] [Entrypoint]" in said
    assert "MYSQL_RANDOM_ROOT_PASSWORD" in said


@pytest.mark.parametrize("name", ["MYSQL_ROOT_PASSWORD", "MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD"])
def test_a_value_and_its_file_at_once_are_refused(mysql: str, name: str) -> None:
    said = run(mysql, options=("--env", f"{name}=x", "--env", f"{name}_FILE=/etc/hostname"), check=False)
    assert f"both {name} and {name}_FILE are set" in said


def test_an_option_that_the_server_does_not_know_is_refused_before_anything_is_made(mysql: str) -> None:
    said = run(mysql, "--no-such-option", options=("--env", "MYSQL_ROOT_PASSWORD=x"), check=False)
    assert "unknown option '--no-such-option'" in said
    assert "initialising" not in said


def test_a_server_without_root_or_capabilities_answers_over_tcp(without_root: str) -> None:
    wait_until(lambda: answers(without_root, "app", "secret"), "an answer to the application's user")
    assert "CapEff:\t0000000000000000" in docker("exec", without_root, "cat", "/proc/1/status")
    assert query(without_root, "SELECT COUNT(*) FROM mysql.time_zone", "app", "secret").startswith("ERROR 1142")


def test_a_random_root_password_is_logged_and_must_be_changed(without_root: str) -> None:
    wait_until(lambda: answers(without_root, "app", "secret"), "an answer to the application's user")
    log = docker("logs", without_root)
    password = log.split("GENERATED ROOT PASSWORD: ")[1].split()[0]
    assert "expired-password" in query(without_root, "SELECT 1", "root", password)


def test_the_first_start_makes_database_accounts_and_runs_the_init_files_in_order(from_root: str) -> None:
    wait_until(lambda: answers(from_root, "app", ODD_PASSWORD), "an answer to the application's user")
    steps = query(from_root, "SELECT name FROM trips_db.steps ORDER BY id", "app", ODD_PASSWORD)
    assert steps.splitlines() == ["1 77", "sourced", "packed"]
    assert query(from_root, "SELECT @@skip_networking, @@max_connections", "app", ODD_PASSWORD) == "0\t77"
    zones = "SELECT CONVERT_TZ('2026-07-01 12:00', 'UTC', 'Asia/Tokyo')"
    assert query(from_root, zones, "app", ODD_PASSWORD) == "2026-07-01 21:00:00"
    hosts = "SELECT GROUP_CONCAT(host ORDER BY host) FROM mysql.user WHERE user = 'root'"
    assert query(from_root, hosts, "root", "rootsecret") == "%,localhost"
    log = docker("logs", from_root)
    assert "run for trips_db" in log
    assert "ignoring /docker-entrypoint-initdb.d/50-note.txt" in log
    assert "ready for connections" in log


def test_the_server_is_not_root_and_keeps_no_password_in_its_environment(from_root: str) -> None:
    wait_until(lambda: answers(from_root, "app", ODD_PASSWORD), "an answer to the application's user")
    said = docker("exec", "--user", "mysql", from_root, "cat", "/proc/1/status", "/proc/1/environ", check=False)
    assert "Uid:\t999\t999\t999\t999" in said
    assert "rootsecret" not in said


def test_a_restart_keeps_the_data_and_makes_nothing_again(from_root: str) -> None:
    wait_until(lambda: answers(from_root, "app", ODD_PASSWORD), "an answer to the application's user")
    query(from_root, "INSERT INTO trips_db.steps (name) VALUES ('kept')", "app", ODD_PASSWORD)
    start = time.monotonic()
    docker("stop", from_root)
    assert time.monotonic() - start < 9
    assert inspect(from_root, "{{.State.ExitCode}}") == "0"
    docker("start", from_root)
    wait_until(lambda: answers(from_root, "app", ODD_PASSWORD), "an answer after the restart")
    steps = query(from_root, "SELECT name FROM trips_db.steps ORDER BY id", "app", ODD_PASSWORD)
    assert steps.splitlines() == ["1 77", "sourced", "packed", "kept"]
    assert docker("logs", from_root).count("initialising") == 1
