#!/bin/sh
# Install Debian packages: those of apt.txt, and those named here that the image lacks as commands.
# Usage: install-packages.sh [COMMAND ...]
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

wanted=$(sed 's/#.*//' /tmp/apt.txt)
for command in "$@"; do
    command -v "$command" >/dev/null || wanted="$wanted $command"
done
# shellcheck disable=SC2086
set -- $wanted
[ $# -gt 0 ] || exit 0
apt-get update --quiet
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@"
