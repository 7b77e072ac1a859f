#!/bin/sh
# add-authorities.sh ROOT BUNDLE: the file system ROOT trusts the certificate authorities of BUNDLE too.
# Only those that Debian's own list lacks are added, one file each, so that a later update-ca-certificates keeps them.
set -eu
root=$1 bundle=$2
[ -e "$bundle" ] || exit 0

awk -v folder="$root/usr/local/share/ca-certificates" '
    /-----BEGIN CERTIFICATE-----/ { body = ""; inside = 1; next }
    /-----END CERTIFICATE-----/ {
        inside = 0
        if (FILENAME == ARGV[1]) { known[body] = 1; next }
        if (body in known) next
        known[body] = 1
        file = sprintf("%s/machine-%03d.crt", folder, ++count)
        printf "-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n", body > file
        close(file)
    }
    inside { sub(/\r$/, ""); body = body $0 "\n" }
' "$root/etc/ssl/certs/ca-certificates.crt" "$bundle"
said=$(chroot "$root" update-ca-certificates 2>&1) || { echo "$said" >&2; exit 1; }
