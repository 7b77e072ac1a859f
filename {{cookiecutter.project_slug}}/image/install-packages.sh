#!/bin/sh
# Install Debian packages: those of apt.txt, those of the commands named here that the image lacks, and the public
# authorities if it has none. Where a Dockerfile mounts leave-out.txt, those files stay out if apt.txt asks for nothing.
# Usage: install-packages.sh [COMMAND[:PACKAGE] ...]
set -eu
# shellcheck source=network.sh
. /usr/local/lib/network.sh

listed() { sed 's/#.*//; s/\r$//; /^[[:space:]]*$/d' "$1"; }

set -f # names and patterns are taken as they are written
wanted=$(listed /tmp/apt.txt)
# A download that failed is tried again at once: after a pause, apt 3 may repeat "Tried to start delayed item" for ever.
options="--option=Acquire::Retries=5 --option=Acquire::Retries::Delay=false"
if [ -e /tmp/leave-out.txt ] && [ -z "$wanted" ]; then
    for files in $(listed /tmp/leave-out.txt); do options="$options --option=Dpkg::Options::=--path-exclude=$files"; done
fi
for name in "$@"; do
    command -v "${name%%:*}" >/dev/null || wanted="$wanted ${name#*:}"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || wanted="$wanted ca-certificates"
[ -n "$wanted" ] || exit 0
# shellcheck disable=SC2086
apt-get update --quiet $options
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $options $wanted
