#!/bin/sh
# Install the conda packages of environment.yml beside the image's own, none of which changes; and, where there is R,
# its driver for the database. Without conda only an empty environment.yml will do.
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

listed() { # listed channels|dependencies: the entries of that list
    sed -n "/^$1:/,/^[a-z]/ s/^ *- *\\([^#]*[^# ]\\).*/\\1/p" /tmp/environment.yml | tr -d "\"'"
}

wanted=$(listed dependencies)
if command -v Rscript >/dev/null && ! Rscript -e 'library(RMariaDB)' >/dev/null 2>&1; then
    wanted="$wanted r-rmariadb"
fi
case $wanted in *pip:*)
    echo "environment.yml lists packages of pip: they belong into pyproject.toml (make add PKG=...), with their hashes." >&2
    exit 1
esac
# shellcheck disable=SC2086
set -- $wanted
[ $# -gt 0 ] || exit 0

conda=$(command -v mamba || command -v conda) || {
    echo "This image has no conda, so it cannot install $*: choose another BASE_IMAGE in .env, or other packages in" \
        "environment.yml, apt.txt or pyproject.toml." >&2
    exit 1
}
for channel in $(listed channels); do
    set -- "$@" --channel "$channel"
done
"$conda" install --yes --quiet --freeze-installed "$@"
"$conda" clean --all --yes --force-pkgs-dirs >/dev/null
