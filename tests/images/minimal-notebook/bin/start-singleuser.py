#!/usr/bin/env python
"""Start the server of one JupyterHub user on every address, with NOTEBOOK_ARGS and this script's arguments."""

import os
import shlex
import sys


def main() -> None:
    """Replace this process with `jupyterhub-singleuser`."""
    options = os.environ.get("NOTEBOOK_ARGS", "")
    every_address = [] if "--ip=" in options else ["--ip=0.0.0.0"]
    arguments = ["jupyterhub-singleuser", *every_address, *shlex.split(options), *sys.argv[1:]]
    print("Executing:", shlex.join(arguments), flush=True)
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    main()
