#!/bin/sh
# Install Debian packages: those of apt.txt, those of the commands named here that the image lacks, and the public
# authorities if it has none. Usage: debian-packages.sh [COMMAND[:PACKAGE] ...]
set -eu
# shellcheck source=network.sh
. /opt/image/network.sh

set -f # names are taken as they are written
wanted=$(sed 's/#.*//; s/\r$//; /^[[:space:]]*$/d' /build/apt.txt)
for name in "$@"; do
    command -v "${name%%:*}" >/dev/null || wanted="$wanted ${name#*:}"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || wanted="$wanted ca-certificates"
[ -n "$wanted" ] || exit 0
# A download that failed is tried again at once: after a pause, apt 3 may repeat "Tried to start delayed item" for ever.
options="--quiet --option=Acquire::Retries=5 --option=Acquire::Retries::Delay=false"
# shellcheck disable=SC2086
apt-get update $options && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $options $wanted
