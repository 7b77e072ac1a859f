#!/usr/bin/env python
"""Start `jupyter lab`, or what DOCKER_STACKS_JUPYTER_CMD names, with NOTEBOOK_ARGS and the arguments given."""

import os
import shlex
import sys


def command() -> list[str]:
    """The command to run: a JupyterHub's own server where a hub started this, `jupyter` otherwise."""
    if "JUPYTERHUB_API_TOKEN" in os.environ:
        print("WARNING: started by a JupyterHub, so start-singleuser.py takes over", flush=True)
        return ["/usr/local/bin/start-singleuser.py", *sys.argv[1:]]
    restartable = ["run-one-constantly"] if os.environ.get("RESTARTABLE") == "yes" else []
    subcommand = os.environ.get("DOCKER_STACKS_JUPYTER_CMD", "lab")
    arguments = shlex.split(os.environ.get("NOTEBOOK_ARGS", ""))
    return [*restartable, "jupyter", subcommand, *arguments, *sys.argv[1:]]


def main() -> None:
    """Replace this process with the command."""
    arguments = command()
    print("Executing:", shlex.join(arguments), flush=True)
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    main()
