#!/bin/sh
# Install into the project's environment, /opt/project, what locks list with each package's hash.
# Usage: install-environment.sh LOCK ...
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

# The notebook's user is anybody: the group users, which compose.yaml adds, may write.
umask 002
for lock in "$@"; do
    set -- "$@" --requirements "$lock"
    shift
done
# No bytecode: compiling all of it takes 25 s of processor time and 130 MB at each change; without it the first import of
# pandas, geopandas and matplotlib in a new container takes 1.8 s more, and leaves the bytecode of what it used.
UV_CACHE_DIR=/tmp/uv UV_LINK_MODE=copy uv pip install --python /opt/project/bin/python --no-deps --require-hashes "$@" || {
    echo "The locked packages could not be installed as they are locked; the lines above say which and why. A hash that" \
        "differs is another file than the one that was locked: find out why before 'make lock' accepts it." >&2
    exit 1
}
# None but JupySQL's: Python warns of its source when it compiles it, which would show in the first cell with `%sql`.
find /opt/project/lib -path '*/site-packages/sql' -exec /opt/project/bin/python -W ignore -m compileall -q {} +
# What `make keep` compares with, to find what was installed by hand.
uv pip freeze --quiet --no-cache --python /opt/project/bin/python >/opt/project/as-built.txt
# The kernel runs with this Python, whichever one Jupyter itself runs with.
/opt/project/bin/python -B -m ipykernel install --prefix=/opt/project --name=python3
