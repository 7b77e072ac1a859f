#!/usr/bin/env bash
# .venv with the locked tools of the template and the locked packages of the generated project.
# As root on Debian or Ubuntu, Python's own missing packages are installed first.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LOCKS=(requirements.lock '{{cookiecutter.project_slug}}/requirements.lock')
readonly VENV=.venv
UV="uv==$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)"
readonly UV

new_enough() { python3 -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! new_enough && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "bootstrap: installing python3-venv with apt-get"
    apt-get update --quiet >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends python3-venv >/dev/null
fi
new_enough || { echo "bootstrap: needs Python 3.11 or newer with venv: install it (Debian: python3-venv)" >&2; exit 1; }

# The stamp says which locks and which Python the environment was made from.
stamp=$(python3 --version | cat - "${LOCKS[@]}" | sha256sum)
if [ "$(cat "$VENV/stamp" 2>/dev/null)" != "$stamp" ]; then
    echo "bootstrap: making $VENV from the locks"
    python3 -m venv --clear "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check "$UV"
    "$VENV/bin/uv" pip install --quiet --python "$VENV/bin/python" --require-hashes \
        --requirements "${LOCKS[0]}" --requirements "${LOCKS[1]}"
    echo "$stamp" >"$VENV/stamp"
fi
