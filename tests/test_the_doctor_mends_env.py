"""`make doctor` on what is wrong in .env and the folders beside it: each is said in a line, whose command mends it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import diagnosis
from diagnosis import mends, said
from stack import PROJECT_FOLDER, run

ROOT = hasattr(os, "getuid") and os.getuid() == 0
SOMEBODY = 1234
# Values that a reader of numbers, paths, addresses and patterns may stumble over.
ODD = [
    "",
    "²",
    "-1",
    "9" * 30,
    "0x10",
    "~nobody/x",
    "./" + "x" * 300,
    "/dev/null/x",
    "http://[::1",
    "[",
    "\\",
    "'",
    '"',
    "$(ls)",
    "..",
    "a:b:c",
]

# What breaks it, and words of the line that says so.
BROKEN = {
    "no .env": ("rm .env", ".env is missing"),
    "a .env that everybody can read": ("chmod 644 .env", "everybody on this machine can read it"),
    "a .env from Windows": ("perl -pi -e 's/$/\\r/' .env", ".env: Windows' line ends"),
    "a script from Windows": ("perl -pi -e 's/$/\\r/' image/start.sh", "image/start.sh: Windows' line ends"),
    "a .env of an older template": ("sed -i '/^MYSQL_IMAGE=/d; /^APT_MIRROR=/d' .env", "lacks MYSQL_IMAGE, APT_MIRROR"),
    "no last line end": ("sed -i '/^DATA=/d' .env; truncate -s -1 .env", ".env lacks DATA"),
    "an empty variable": ("sed -i 's/^MYSQL_PORT=.*/MYSQL_PORT=/' .env", "MYSQL_PORT is empty"),
    "no token": ("sed -i 's/^JUPYTER_TOKEN=.*/JUPYTER_TOKEN=/' .env", "has no JUPYTER_TOKEN"),
    "a dollar": ("sed -i 's/^MYSQL_PASSWORD=.*/MYSQL_PASSWORD=a$b/' .env", "MYSQL_PASSWORD holds '$'"),
    "a wrong choice": ("sed -i 's/^DATABASE=.*/DATABASE=postgres/' .env", "is neither mysql nor sqlite"),
    "no profile": ("sed -i 's/^COMPOSE_PROFILES=.*/COMPOSE_PROFILES=/' .env", "COMPOSE_PROFILES does not start"),
    "the host localhost": ("sed -i 's/^MYSQL_HOST=.*/MYSQL_HOST=localhost/' .env", "that container itself"),
    "no such volume": ("sed -i 's/^OUTPUTS=.*/OUTPUTS=results/' .env", "OUTPUTS=results is neither"),
    "no authorities": ("sed -i 's/^CA_BUNDLE=.*/CA_BUNDLE=walls.pem/' .env", "CA_BUNDLE=walls.pem is no file"),
    "no authority": ("sed -i 's|^MYSQL_SSL_CA=.*|MYSQL_SSL_CA=data/ca.pem|' .env", "data/ca.pem is no file"),
    "an authority outside": (
        "touch ca.pem; sed -i 's|^MYSQL_SSL_CA=.*|MYSQL_SSL_CA=ca.pem|' .env",
        "lies in no folder",
    ),
    "tables in an anonymous volume": (
        "sed -i 's/^DATABASE=.*/DATABASE=sqlite/; s/^OUTPUTS=.*/OUTPUTS=/' .env",
        "which is anonymous (OUTPUTS is empty)",
    ),
    "a port that is none": ("sed -i 's/^JUPYTER_PORT=.*/JUPYTER_PORT=http/' .env", "is no number"),
    "a user that is none": ("sed -i 's/^NB_UID=.*/NB_UID=me/' .env", "the notebook writes as me:"),
    "a user in other digits": ("sed -i 's/^NB_UID=.*/NB_UID=²/' .env", "the notebook writes as ²:"),
    "a .env in UTF-16": (
        "iconv -f UTF-8 -t UTF-16 .env >new && mv new .env",
        ".env is not in UTF-8, it may be in UTF-16",
    ),
    "a .env in UTF-16 without a mark": ("iconv -t UTF-16LE .env >new && mv new .env", "it may be in UTF-16"),
    "a .env in Latin 1": ("printf '# caf\\351\\n' >>.env", "it may be in ISO-8859-1"),
    "a folder in the place of .env": ("rm .env; mkdir .env", ".env is no file"),
    "a link to nothing in the place of .env": ("ln -sf nothing .env", ".env is no file"),
    "a variable written twice": ("echo NB_UMASK=002 >>.env; echo NB_UMASK=077 >>.env", "NB_UMASK is in .env 3 times"),
    "a variable of nobody": ("echo JUPYTER_PROT=8888 >>.env", "JUPYTER_PROT in .env is read by nothing here"),
    "a variable of an older template": ("echo STRIP_IMAGE=1 >>.env", "STRIP_IMAGE in .env is read by nothing here"),
    "a line that is none": (
        "printf 'see below\\nMYSQL-HOST=x\\n' >>.env",
        "of .env is neither NAME=value nor a comment",
    ),
    "an open quote": ("""sed -i "s/^MYSQL_USER=.*/MYSQL_USER='me/" .env""", "has a quote too many"),
    "an impossible name": (
        "sed -i 's/^COMPOSE_PROJECT_NAME=.*/COMPOSE_PROJECT_NAME=My Data/' .env",
        "is no name for compose",
    ),
    "a umask with a comment that is none": (
        "sed -i 's/^NB_UMASK=.*/NB_UMASK=022# x/' .env",
        "NB_UMASK=022# x is no umask",
    ),
    "a umask in decimal": ("sed -i 's/^NB_UMASK=.*/NB_UMASK=0x12/' .env", "is no umask"),
    "a database's port that is none": (
        "sed -i 's/^MYSQL_PORT=.*/MYSQL_PORT=mysql/' .env",
        "MYSQL_PORT=mysql is no port",
    ),
    "an impossible volume": ("sed -i 's/^MYSQL_VOLUME=.*/MYSQL_VOLUME=a volume/' .env", "is no name for a volume"),
    "a proxy without a scheme": (
        "sed -i 's/^HTTP_PROXY=.*/HTTP_PROXY=proxy:3128/' .env",
        "HTTP_PROXY=proxy:3128 is no address",
    ),
    "a proxy without a host": ("sed -i 's|^HTTPS_PROXY=.*|HTTPS_PROXY=http://:3128|' .env", "is no address"),
    "a mirror with a space": ("sed -i 's|^APT_MIRROR=.*|APT_MIRROR=http://a b|' .env", "is no address"),
    "a sign of sed's": ("sed -i 's/^OUTPUTS=.*/OUTPUTS=a\\&b/' .env", "OUTPUTS=a&b is neither"),
    "no src": (
        "git init -q; git add -f .; git -c user.name=I -c user.email=i@x commit -qm x; rm -r src",
        "src/persistence is missing",
    ),
    "no src and no git": ("rm -r src", "src/persistence is missing"),
}


@pytest.fixture
def own(project: Path, tmp_path: Path) -> Path:
    """Return a copy of the default project that a test may break."""
    run("cp", "--archive", project, tmp_path / "own")  # with the owners that generating gave
    return tmp_path / "own"


@pytest.fixture
def somebodys(project: Path) -> Iterator[Path]:
    """Return a project that belongs to a person who is not root, in a folder that this person can enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(shutil.copytree(project, Path(folder) / "project"))
        diagnosis.write(copy / ".env", NB_UID=str(SOMEBODY), NB_GID=str(SOMEBODY))
        for path in (copy, *copy.rglob("*")):
            os.chown(path, SOMEBODY, SOMEBODY)
        yield copy


@pytest.mark.parametrize("situation", BROKEN)
def test_a_broken_situation_is_named_and_its_command_mends_it(own: Path, situation: str) -> None:
    broken, words = BROKEN[situation]
    mends(own, words, broken)


def test_a_project_as_generated_is_not_said_to_be_broken(own: Path) -> None:
    assert [line for line in said(own) if "registry" not in line] == []


def test_a_busy_port_is_named_and_another_one_found(own: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        diagnosis.write(own / ".env", JUPYTER_PORT=str(port))
        mends(own, f"port {port} of this machine is busy")


def test_a_variable_of_the_shell_that_wins_is_named(own: Path) -> None:
    env = {"JUPYTER_PORT": "9999", "NB_UMASK": "022"}
    assert mends(own, "JUPYTER_PORT is set in the shell, too", env=env) == "unset JUPYTER_PORT"
    assert [line for line in said(own, env=env) if "NB_UMASK" in line] == [], "both say the same"


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_an_env_that_you_may_not_read_is_named(somebodys: Path) -> None:
    mends(somebodys, ".env may not be read by you", "chmod 000 .env", user=SOMEBODY)


def test_a_package_that_was_asked_for_and_not_locked_is_named(own: Path) -> None:
    metadata = own / "pyproject.toml"
    metadata.write_text(
        metadata.read_text().replace('"geopandas",', '"geopandas",\n    "Hum_anize[x]>=1,<9",\n "PyArrow",')
    )
    assert (
        diagnosis.command(said(own), "asks for Hum_anize, which requirements.lock does not hold")
        == "make add PKG=Hum_anize"
    )


NAMES = [line.split("=")[0] for line in (PROJECT_FOLDER / ".env.example").read_text().splitlines() if "=" in line[:40]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=30) | st.sampled_from(ODD)), max_size=40).map(
        lambda pairs: "\n".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    )
)
def test_whatever_env_holds_the_doctor_answers_in_lines(own: Path, content: bytes) -> None:
    (own / ".env").write_bytes(content)
    path = {"PATH": str(own / "nothing")}  # no engine is asked: what is in .env counts
    done = subprocess.run(
        [diagnosis.PYTHON, "scripts/doctor.py"],
        cwd=own,
        env=path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 1
    assert all(line.startswith("doctor: ") and diagnosis.SIGN in line for line in done.stdout.splitlines())


def test_a_variable_of_the_shell_is_mended_in_the_shell(own: Path) -> None:
    assert mends(own, "is neither mysql nor sqlite", env={"DATABASE": "oracle"}) == "export DATABASE=mysql"


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_a_folder_of_root_with_something_in_it_is_named(own: Path) -> None:
    command = mends(own, "notebooks belongs to 0", "chown -R 0:0 notebooks; chmod 755 notebooks")
    assert command.startswith("sudo chown -R 1000:100 ")


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_a_file_of_root_in_a_folder_is_named(own: Path) -> None:
    mends(own, "notebooks holds files of root", "touch notebooks/by-root.ipynb")


@pytest.mark.skipif(not ROOT, reason="only root can give files to somebody else")
def test_an_empty_folder_of_root_is_left_to_the_stack(own: Path) -> None:
    diagnosis.write(own / ".env", OUTPUTS="./results")
    assert [line for line in said(own, "mkdir --mode=755 results; chown 0:0 results") if "results" in line] == []


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_a_uid_that_is_not_yours_is_named(somebodys: Path) -> None:
    mends(somebodys, "the notebook writes as 1000:1234, and you are 1234:1234", "sed -i s/^NB_UID=.*/NB_UID=1000/ .env",
          user=SOMEBODY)  # fmt: skip


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_a_group_that_you_are_in_is_yours(somebodys: Path) -> None:
    assert [line for line in said(somebodys, user=SOMEBODY) if "the notebook writes as" in line] == []


def test_without_docker_the_script_that_installs_it_is_named(own: Path, tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    lines = said(own, env={"PATH": str(tmp_path)})
    assert diagnosis.command(lines, "no command 'docker'") == "sudo bash deploy/install-docker.sh"
