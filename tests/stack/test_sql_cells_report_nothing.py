"""In the image a SQL cell talks to the database alone: JupySQL's libraries report nothing and ask nobody for news."""

from __future__ import annotations

import pytest

from stack import Stack

# Every name that is looked up and every address that is connected to is noted, and refused unless it is the database's.
AUDIT = """
import logging, os, sys
logging.disable()
asked = set()

def audit(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if host not in ("mysql", *known):
        asked.add(host)
        raise OSError("refused by the test")

import socket
known = [info[4][0] for info in socket.getaddrinfo("mysql", 3306)]
sys.addaudithook(audit)
"""
CELLS = """
from IPython.core.interactiveshell import InteractiveShell
from persistence import Database

shell = InteractiveShell.instance()
shell.user_ns["engine"] = Database.from_env().engine
shell.run_line_magic("load_ext", "sql")
shell.run_line_magic("config", "SqlMagic.displaycon = False")
shell.run_line_magic("sql", "engine")
result = shell.run_line_magic("sql", "SELECT 6 * 7 AS n")
print(result.DataFrame()["n"].tolist(), asked)
"""
TELEMETRY = """
from ploomber_core.telemetry import Telemetry

reporter = Telemetry.from_package("jupysql", print_cloud_message=False)
reporter.log_api("test")
reporter._posthog_client.flush()
print(asked)
"""
SWITCHED_ON = "import os\nfor name in [n for n in os.environ if n.startswith('PLOOMBER')]: del os.environ[name]\n"


def test_a_sql_cell_reaches_the_database_alone(running: Stack) -> None:
    assert "[42] set()" in running.python(AUDIT + CELLS).splitlines()


@pytest.mark.parametrize("switches", ["", SWITCHED_ON], ids=["as the image is", "without its two variables"])
def test_its_telemetry_is_off_because_of_the_images_variables(running: Stack, switches: str) -> None:
    silent = running.python(AUDIT + switches + "os.environ['PLOOMBER_HOME_DIR'] = '/tmp/ploomber'\n" + TELEMETRY)
    assert (silent.splitlines()[-1] == "set()") == (switches == "")
