#!/bin/sh
# What stands between this machine and the package servers, given in .env: proxy, index, mirror, authorities. Sourced by
# each step of the image build that downloads, and at a container's start. Each value is a file in /run/secrets just
# while it is needed, so that neither the image nor its history holds it.

network_setting() { if [ -s "/run/secrets/$1" ]; then cat "/run/secrets/$1"; fi; }

# In a build a tmpfs, which no layer keeps.
network_folder=/run/network
[ -w "$network_folder" ] || network_folder=$(mktemp -d)
chmod 755 "$network_folder"

http_proxy=$(network_setting http_proxy)
https_proxy=$(network_setting https_proxy)
if [ -n "$http_proxy$https_proxy" ]; then
    no_proxy=localhost,127.0.0.1,mysql,$(network_setting no_proxy)
    export http_proxy https_proxy no_proxy HTTP_PROXY="$http_proxy" HTTPS_PROXY="$https_proxy" NO_PROXY="$no_proxy"
else
    unset http_proxy https_proxy
fi

index=$(network_setting pip_index_url)
if [ -n "$index" ]; then
    export PIP_INDEX_URL="$index" UV_DEFAULT_INDEX="$index"
fi

# Beside the authorities that the image trusts, in the variables of those that do not ask the system: pip, requests and
# conda; uv, Python and R; curl; git; node.
if network_setting ca_bundle | grep --quiet 'BEGIN CERTIFICATE'; then
    bundle=$network_folder/authorities.pem
    { cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null || true; cat /run/secrets/ca_bundle; } >"$bundle"
    export PIP_CERT="$bundle" REQUESTS_CA_BUNDLE="$bundle" SSL_CERT_FILE="$bundle" CURL_CA_BUNDLE="$bundle" \
        GIT_SSL_CAINFO="$bundle" NODE_EXTRA_CA_CERTS="$bundle"
fi

# apt has no variables for these: it reads a configuration of its own.
mirror=$(network_setting apt_mirror)
if [ -n "$mirror${bundle:-}" ]; then
    export APT_CONFIG="$network_folder/apt.conf"
    echo "Acquire::https::CAInfo \"${bundle:-/etc/ssl/certs/ca-certificates.crt}\";" >"$APT_CONFIG"
fi
if [ -n "$mirror" ]; then
    mkdir -p "$network_folder/sources"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        if [ -f "$file" ]; then
            sed -E "s#https?://[^/ ]+/#${mirror%/}/#g" "$file" >"$network_folder/sources/${file##*/}"
        fi
    done
    printf 'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "%s";\n' "$network_folder/sources" >>"$APT_CONFIG"
fi
