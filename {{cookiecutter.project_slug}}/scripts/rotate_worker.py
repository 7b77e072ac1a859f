"""What `make rotate-password` does on a server elsewhere, in the notebook's environment, which knows the way there.

The new password comes through standard input: `set` gives it to the project's own user, `try` says whether that has it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from sqlalchemy.exc import DBAPIError

from persistence import PersistenceError
from persistence.loading import literal
from persistence.refusals import explain
from persistence.server import Server
from persistence.settings import Settings

REFUSED = 1045


def is_set(settings: Settings, password: str) -> bool:
    """Return whether the server takes a password; any other obstacle is an error."""
    try:
        with Server(replace(settings, password=password)).engine.connect():
            return True
    except PersistenceError as error:
        if getattr(error.__context__, "errno", None) == REFUSED:
            return False
        raise


def change(settings: Settings, password: str) -> bool:
    """Give the user a password of its own choice."""
    with Server(settings).engine.connect() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql(
            f"ALTER USER CURRENT_USER() IDENTIFIED BY {literal(password)}"
        )
    return is_set(settings, password)


if __name__ == "__main__":
    try:
        action = {"set": change, "try": is_set}[sys.argv[1]]
        print(json.dumps(action(Settings.read(), sys.stdin.read())))
    except PersistenceError as error:
        sys.exit(str(error))
    except DBAPIError as error:
        sys.exit(str(explain(error, Settings.read())))
