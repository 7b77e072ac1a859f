#!/usr/bin/env python
"""Start JupyterLab where the base lacks jupyter/docker-stacks' command of this name, with the variables of that."""

import os
import shlex
import sys

command = ["jupyter", os.environ.get("DOCKER_STACKS_JUPYTER_CMD", "lab")]
command += shlex.split(os.environ.get("NOTEBOOK_ARGS", ""))
os.execvp(command[0], [*command, *sys.argv[1:]])  # noqa: S606 - nothing of a shell is wanted
