#!/bin/sh
# Make the project's environment, /opt/project, from locks that hold each package's hash. It lies outside every mount, so
# that none can hide it, and before the image's own packages, which stay as they are and importable.
# Usage: install-environment.sh LOCK ...
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

# The notebook's user is anybody: the group users, which compose.yaml adds, may write.
umask 002
install --directory --group=users --mode=2775 /opt/project
python -m venv /opt/project
for lock in "$@"; do
    set -- "$@" --requirements "$lock"
    shift
done
UV_CACHE_DIR=/tmp/uv UV_LINK_MODE=copy uv pip install --python /opt/project/bin/python --compile-bytecode --no-deps --require-hashes "$@" || {
    echo "The locked packages could not be installed as they are locked; the lines above say which and why. A hash that" \
        "differs is another file than the one that was locked: find out why before 'make lock' accepts it." >&2
    exit 1
}
# What `make keep` compares with, to find what was installed by hand.
uv pip freeze --quiet --no-cache --python /opt/project/bin/python >/opt/project/as-built.txt

packages=$(/opt/project/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")
echo /home/jovyan/work/src >"$packages/project.pth"
python -c "import sysconfig; print(sysconfig.get_path('purelib'))" >"$packages/zz-image.pth"
/opt/project/bin/python -m ipykernel install --prefix=/opt/project --name=python3
