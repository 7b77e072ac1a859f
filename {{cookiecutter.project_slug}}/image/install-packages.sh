#!/bin/sh
# Install Debian packages: those of apt.txt, those of the commands named here that the image lacks, and the public
# authorities if it has none.
# Usage: install-packages.sh [COMMAND[:PACKAGE] ...]
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

wanted=$(sed 's/#.*//; s/\r$//' /tmp/apt.txt)
for name in "$@"; do
    command -v "${name%%:*}" >/dev/null || wanted="$wanted ${name#*:}"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || wanted="$wanted ca-certificates"
# shellcheck disable=SC2086
set -- $wanted
[ $# -gt 0 ] || exit 0
apt-get update --quiet
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@"
