#!/usr/bin/env python
"""Start the server of one JupyterHub user, with NOTEBOOK_ARGS and this script's arguments."""

import os
import shlex
import sys


def main() -> None:
    """Replace this process with `jupyterhub-singleuser`."""
    arguments = ["jupyterhub-singleuser", *shlex.split(os.environ.get("NOTEBOOK_ARGS", "")), *sys.argv[1:]]
    print("Executing:", shlex.join(arguments), flush=True)
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    main()
