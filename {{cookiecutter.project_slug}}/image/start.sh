#!/bin/sh
# The container's start: JupyterLab, or the command that is given, in the way of the base image.
# shellcheck source=network.sh
. /usr/local/lib/network.sh || exit 1

if command -v start-notebook.py >/dev/null; then # jupyter/docker-stacks: hooks, and options from the environment
    [ $# -gt 0 ] || set -- start-notebook.py
    exec tini -g -- start.sh "$@"
fi
[ $# -gt 0 ] || set -- jupyter lab --ip=0.0.0.0 --port=8888 --no-browser
exec tini -g -- "$@"
