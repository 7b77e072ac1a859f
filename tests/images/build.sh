#!/usr/bin/env bash
# Local equivalents of the base images, built from Debian packages and PyPI alone, for machines that reach no
# image registry. Usage: build.sh [NAME...], each the name of a folder here; no argument builds all. What is up to date
# is kept.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly PREFIX=localhost/jupyter-docker-template
readonly LABEL=jupyter-docker-template.inputs
readonly CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
# What each image is built on: a suite of Debian, or another image of this table.
declare -rA BASE_OF=(
    [minimal-notebook]=debian:trixie
    [mysql]=debian:sid
    [mariadb]=debian:trixie
    [python]=debian:trixie
    [anaconda3]=debian:trixie
    [rocker]=debian:trixie
    [caddy]=debian:trixie
    [registry]=debian:trixie
    [r-notebook]=minimal-notebook:local
)
# The files of minimal-notebook that stand in another image's build context too.
declare -rA SHARED_WITH=([anaconda3]=uv.lock [rocker]='requirements.lock uv.lock')

say() { printf 'images: %s\n' "$*"; }
die() { printf 'images: %s\n' "$*" >&2; exit 1; }

ca_bundle() { if [ -e "$CA_BUNDLE" ]; then cat "$CA_BUNDLE"; fi; }

# context NAME: the build context as a tar, the same bytes for the same files and modes
context() {
    local shared
    read -ra shared <<<"${SHARED_WITH[$1]:-}"
    [ ${#shared[@]} -eq 0 ] || shared=(--directory "$here/minimal-notebook" "${shared[@]}")
    tar --create --sort=name --mtime=2026-01-01Z --owner=0 --group=0 --numeric-owner \
        --directory "$here/$1" . "${shared[@]}"
}

# inputs_hash [NAME]: changes with these scripts, the machine's authorities, the image's build context and what it is
# built on
inputs_hash() {
    {
        cat "$here/build.sh" "$here/add-authorities.sh"
        ca_bundle
        if [ $# -gt 0 ]; then
            context "$1"
            is_debian "${BASE_OF[$1]}" || inputs_hash "${BASE_OF[$1]%:local}"
        fi
    } | sha256sum | cut -d ' ' -f 1
}

is_debian() { [[ $1 == debian:* ]]; }
label_of() { docker image inspect --format "{{index .Config.Labels \"$LABEL\"}}" "$1" 2>/dev/null || true; }

# debian_mirror: the Debian mirror of this machine's apt; empty (mmdebstrap then takes its own) where there is none
debian_mirror() {
    [ -z "${DEBIAN_MIRROR:-}" ] || { echo "$DEBIAN_MIRROR"; return; }
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null |
        grep --max-count=1 --extended-regexp '^https?://' || true
}

need_mmdebstrap() {
    if command -v mmdebstrap >/dev/null && [ -e "$KEYRING" ]; then return; fi
    command -v apt-get >/dev/null ||
        die "needs mmdebstrap and debian-archive-keyring: install them, then run this again"
    [ "$(id -u)" -eq 0 ] ||
        die "needs mmdebstrap: run 'sudo apt-get install mmdebstrap debian-archive-keyring', then run this again"
    say "installing mmdebstrap with apt-get"
    apt-get update --quiet >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
        mmdebstrap debian-archive-keyring >/dev/null
}

# build_base debian:SUITE: a small Debian that trusts what this machine trusts, as $PREFIX/debian:SUITE
build_base() {
    local suite=${1#debian:} mirror source hash
    hash=$(inputs_hash)
    [ "$(label_of "$PREFIX/debian:$suite")" != "$hash" ] || return 0
    mirror=$(debian_mirror)
    source=${mirror:+deb [signed-by=$KEYRING] $mirror $suite main}
    say "debian:$suite from ${mirror:-the default mirror of mmdebstrap}"
    # Downloads are tried again at once: after a pause, apt 3 may repeat "Tried to start delayed item" for ever.
    mmdebstrap --quiet --variant=apt --keyring="$KEYRING" --include=ca-certificates,debian-archive-keyring,passwd \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='Acquire::Retries "5"' --aptopt='Acquire::Retries::Delay "false"' \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --dpkgopt=path-exclude='/usr/share/doc/*' --dpkgopt=path-exclude='/usr/share/man/*' \
        --dpkgopt=path-exclude='/usr/share/info/*' --dpkgopt=path-exclude='/usr/share/locale/*/LC_MESSAGES/*' \
        --customize-hook="sh '$here/add-authorities.sh' \"\$1\" '$CA_BUNDLE'" \
        "$suite" - ${source:+"$source"} |
        docker import --change "LABEL $LABEL=$hash" --change 'CMD ["bash"]' - "$PREFIX/debian:$suite" >/dev/null || {
        docker image rm "$PREFIX/debian:$suite" >/dev/null 2>&1 || true
        die "debian:$suite could not be made; the lines above say why"
    }
}

# build_image NAME: $PREFIX/NAME:local on its base; proxies and package indexes of the environment go along
build_image() {
    local name=$1 image=$PREFIX/$1:local start=$SECONDS log
    log=$(mktemp)
    context "$name" | docker buildx build --progress plain --load --tag "$image" --label "$LABEL=$(inputs_hash "$name")" \
        --build-arg "BASE=$PREFIX/${BASE_OF[$name]}" \
        --build-arg http_proxy --build-arg https_proxy --build-arg no_proxy \
        --build-arg PIP_INDEX_URL --build-arg UV_DEFAULT_INDEX - >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
    say "$image built in $((SECONDS - start)) s"
}

# plan NAME: lists NAME as stale, after what it is built on, unless it is up to date
plan() {
    local name=$1 base=${BASE_OF[$1]}
    if [ "$(label_of "$PREFIX/$name:local")" = "$(inputs_hash "$name")" ]; then
        say "$PREFIX/$name:local is up to date"
    elif is_debian "$base"; then
        debians[$base]=1 on_debian[$name]=1
    else
        plan "${base%:local}"
        on_another[$name]=1
    fi
}

# at_once FUNCTION ARGUMENT...: FUNCTION of each ARGUMENT, all at the same time
at_once() {
    local argument job jobs=() failed=0
    for argument in "${@:2}"; do
        "$1" "$argument" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job" || failed=1; done
    [ "$failed" -eq 0 ] || die "a build failed; the lines above say why"
}

for name in "$@"; do
    [ -n "${BASE_OF[$name]:-}" ] || die "no image is called '$name'; there are: ${!BASE_OF[*]}"
done
docker version >/dev/null 2>&1 ||
    die "no Docker engine answers: start it, or install it with the project's deploy/install-docker.sh"
[ $# -gt 0 ] || set -- "${!BASE_OF[@]}"

declare -A debians=() on_debian=() on_another=()
for name in "$@"; do plan "$name"; done
[ ${#debians[@]} -eq 0 ] || need_mmdebstrap
at_once build_base "${!debians[@]}"
at_once build_image "${!on_debian[@]}"
at_once build_image "${!on_another[@]}"
