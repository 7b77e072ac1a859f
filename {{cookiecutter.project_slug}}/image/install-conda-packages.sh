#!/bin/sh
# Install the conda packages of environment.yml beside the image's own, none of which changes; and, where there is R
# without it, R's driver for the database. Without conda only an environment.yml that lists nothing will do.
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

refuse() {
    echo "environment.yml: $1" >&2
    exit 1
}

listed() { # listed channels|dependencies: the entries of that list, one a line
    sed -n "/^$1:/,/^[a-z]/ s/^ *- *//p" "$plain" | tr -d "\"'"
}

plain=$(mktemp)
# Without line ends of Windows, comments, and spaces at a line's end.
sed 's/\r$//; s/\(^\| \)#.*//; s/ *$//' /tmp/environment.yml >"$plain"
if grep -q -E '^(channels|dependencies): *[^ ]' "$plain" || grep -q "$(printf '\t')" "$plain"; then
    refuse "write each entry in a line of its own below 'dependencies:', as '  - gdal'"
fi
if listed dependencies | grep -q ' '; then
    refuse "write a version without spaces, as '  - gdal>=3.8'"
fi
if listed dependencies | grep -q '^pip:'; then
    refuse "packages of pip belong into pyproject.toml, with their hashes: make add PKG=..."
fi

wanted=$(listed dependencies)
if command -v Rscript >/dev/null && ! Rscript -e 'library(RMariaDB)' >/dev/null 2>&1; then
    wanted="$wanted r-rmariadb"
fi
# shellcheck disable=SC2086
set -- $wanted
[ $# -gt 0 ] || { rm "$plain" && exit 0; }
conda=$(command -v mamba || command -v conda) ||
    refuse "this image has no conda, so it cannot install $*: choose another BASE_IMAGE in .env"
for channel in $(listed channels); do
    set -- "$@" --channel "$channel"
done

# As the image's own are: the group users may write, and nothing of root is left in the home.
umask 002
HOME=/root CONDA_PKGS_DIRS=/tmp/conda "$conda" install --yes --quiet --freeze-installed "$@"
rm "$plain"
