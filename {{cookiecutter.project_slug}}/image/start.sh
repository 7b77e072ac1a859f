#!/bin/sh
# The container's start: JupyterLab, or the command that is given, in the way of the base image.
# shellcheck source=network.sh
. /usr/local/lib/network.sh || exit 1
umask "${NB_UMASK:-022}"

if [ "$(id -u)" -eq 0 ]; then # the start of jupyter/docker-stacks would change users, which needs rights that nobody has here
    echo "This notebook runs as root, as NB_UID=0 in .env says, without any of root's rights. In a rootless engine that is" \
        "you; elsewhere its files are root's: write your own UID and GID there." >&2
    [ $# -gt 0 ] || set -- jupyter lab --ip=0.0.0.0 --port=8888 --no-browser --allow-root
    exec tini -g -- "$@"
fi
if command -v start-notebook.py >/dev/null; then # jupyter/docker-stacks: hooks, and options from the environment
    [ $# -gt 0 ] || set -- start-notebook.py
    exec tini -g -- start.sh "$@"
fi
[ $# -gt 0 ] || set -- jupyter lab --ip=0.0.0.0 --port=8888 --no-browser
exec tini -g -- "$@"
