#!/bin/sh
# What stands between this machine and the package servers, given in .env: proxy, index, mirror, authorities. Sourced by
# each step of the image build that downloads, and by the notebook's shells. Each value is a file in /run/secrets just
# while it is needed (a build gets proxies as Docker's own arguments), so that neither the image nor its history holds
# it. What is empty in .env changes nothing, not even the proxies that Docker's own configuration gives.

network_secrets=/run/secrets
network_folder=/tmp/network-$(id -u) # in a build on a tmpfs, which no layer keeps
export network_folder
mkdir -p "$network_folder"
chmod 755 "$network_folder"

network_setting() { cat "$network_secrets/$1" 2>/dev/null || true; }

network_set() { # network_set VALUE VARIABLE ...: each variable gets the value, unless that is empty
    network_value=$1
    shift
    [ -z "$network_value" ] || for network_name in "$@"; do export "$network_name=$network_value"; done
}

network_set "$(network_setting http_proxy)" http_proxy HTTP_PROXY
network_set "$(network_setting https_proxy)" https_proxy HTTPS_PROXY
network_set "$(network_setting no_proxy)" no_proxy NO_PROXY
network_set "$(network_setting pip_index_url)" PIP_INDEX_URL UV_DEFAULT_INDEX
[ -z "${http_proxy:-}${https_proxy:-}" ] || network_set "localhost,127.0.0.1,mysql${no_proxy:+,$no_proxy}" no_proxy NO_PROXY

# Beside the authorities that the image trusts, in the variables of those that do not ask the system: pip, requests; uv,
# Python, Julia; curl and R; git; node; conda and mamba. Only certificates are taken, whatever else the file holds.
network_bundle=
if [ -e "$network_secrets/ca_bundle" ] && [ ! -r "$network_secrets/ca_bundle" ]; then
    echo "The file of CA_BUNDLE (image/authorities.pem, if .env names none) cannot be read by UID $(id -u): its authorities" \
        "are not trusted here. They are no secret: chmod a+r." >&2
elif grep -qs -e '-----BEGIN CERTIFICATE-----' "$network_secrets/ca_bundle"; then
    network_bundle=$network_folder/authorities.pem
    {
        cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null || true
        network_setting ca_bundle | tr -d '\r' | sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p'
    } >"$network_bundle.$$"
    mv "$network_bundle.$$" "$network_bundle"
    network_set "$network_bundle" PIP_CERT REQUESTS_CA_BUNDLE SSL_CERT_FILE CURL_CA_BUNDLE GIT_SSL_CAINFO \
        NODE_EXTRA_CA_CERTS CONDA_SSL_VERIFY MAMBA_SSL_VERIFY
elif [ -e "$network_secrets/ca_bundle" ] && ! grep -qs '^# Certificates (PEM) of' "$network_secrets/ca_bundle"; then
    echo "CA_BUNDLE in .env names a file in which no certificate can be read: it takes text with lines" \
        "-----BEGIN CERTIFICATE----- (PEM); 'openssl x509 -inform der' converts the other form." >&2
    return 1
fi

# apt has no variables for these: it reads a configuration of its own.
network_mirror=$(network_setting apt_mirror)
if [ -n "$network_mirror$network_bundle" ]; then
    export APT_CONFIG="$network_folder/apt.conf"
    echo "${network_bundle:+Acquire::https::CAInfo \"$network_bundle\";}" >"$APT_CONFIG"
fi
if [ -n "$network_mirror" ]; then # in the distribution's own sources; other repositories stay as they are
    mkdir -p "$network_folder/sources"
    network_mirror=$(printf '%s' "${network_mirror%/}" | sed 's/[\\&#]/\\&/g')
    for network_name in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        network_value=
        case $network_name in
            */sources.list | */debian.sources | */ubuntu.sources)
                network_value="s#https?://[^/[:space:]]+#$network_mirror#g" ;;
        esac
        if [ -f "$network_name" ]; then
            sed -E "$network_value" "$network_name" >"$network_folder/sources/${network_name##*/}"
        fi
    done
    printf 'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "%s";\n' "$network_folder/sources" >>"$APT_CONFIG"
fi
