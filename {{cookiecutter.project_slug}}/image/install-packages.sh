#!/bin/sh
# Install Debian packages: those of apt.txt, and those named here that the image lacks as commands,
# and the public authorities if it has none.
# Usage: install-packages.sh [COMMAND ...]
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

wanted=$(sed 's/#.*//' /tmp/apt.txt)
for command in "$@"; do
    command -v "$command" >/dev/null || wanted="$wanted $command"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || wanted="$wanted ca-certificates"
# shellcheck disable=SC2086
set -- $wanted
[ $# -gt 0 ] || exit 0
apt-get update --quiet
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@"
