#!/bin/sh
# Install the conda packages of environment.yml beside the image's own, none of which changes; and, where there is R
# without it, R's driver for the database. Without conda only an environment.yml that lists nothing will do.
set -eu
# shellcheck source=network.sh
. /opt/image/network.sh

# Without line ends of Windows, comments, and spaces at a line's end.
text=$(sed 's/\r$//; s/\(^\| \)#.*//; s/ *$//' /build/environment.yml)
says() { printf '%s\n' "$text" | grep -q -E "$1"; }
listed() { printf '%s\n' "$text" | sed -n "/^$1:/,/^[a-z]/ s/^ *- *//p" | tr -d "\"'"; }
refuse() { echo "environment.yml: $1" >&2 && exit 1; }

if says '^(channels|dependencies): *[^ ]' || says "$(printf '\t')"; then
    refuse "write each entry in a line of its own below 'dependencies:', as '  - gdal'"
elif listed dependencies | grep -q ' '; then
    refuse "write a version without spaces, as '  - gdal>=3.8'"
elif listed dependencies | grep -q '^pip:'; then
    refuse "packages of pip belong into pyproject.toml, with their hashes: make add PKG=..."
fi

wanted=$(listed dependencies)
if command -v Rscript >/dev/null && ! Rscript -e 'library(RMariaDB)' >/dev/null 2>&1; then
    wanted="$wanted r-rmariadb"
fi
[ -n "$wanted" ] || exit 0
# shellcheck disable=SC2086,SC2116
conda=$(command -v mamba || command -v conda) ||
    refuse "this image has no conda, so it cannot install $(echo $wanted): choose another BASE_IMAGE in .env"
for channel in $(listed channels); do
    wanted="$wanted --channel $channel"
done

# As the image's own are: the group users may write, and nothing of root is left in the home.
umask 002
# shellcheck disable=SC2086
HOME=/root CONDA_PKGS_DIRS=/var/cache/conda "$conda" install --yes --quiet --freeze-installed $wanted
