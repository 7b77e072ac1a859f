#!/usr/bin/env bash
# Local equivalents of the base images, built from Debian packages and PyPI alone, for machines that reach no
# image registry. Usage: build.sh [minimal-notebook] [mysql]; no argument builds both. What is up to date is kept.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly PREFIX=localhost/jupyter-docker-template
readonly LABEL=jupyter-docker-template.inputs
readonly CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
declare -rA SUITE_OF=([minimal-notebook]=trixie [mysql]=sid)

say() { printf 'images: %s\n' "$*"; }
die() { printf 'images: %s\n' "$*" >&2; exit 1; }

ca_bundle() { if [ -e "$CA_BUNDLE" ]; then cat "$CA_BUNDLE"; fi; }

# inputs_hash [FOLDER]: changes with these scripts, the machine's authorities, and the folder's files and modes
inputs_hash() {
    {
        cat "$here/build.sh" "$here/add-authorities.sh"
        ca_bundle
        [ $# -eq 0 ] || (cd "$here/$1" && find . -type f -printf '%p %m\n' | sort &&
            find . -type f -print0 | sort -z | xargs -0 cat)
    } | sha256sum | cut -d ' ' -f 1
}

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

# build_base SUITE: a small Debian that trusts what this machine trusts, as $PREFIX/debian:SUITE
build_base() {
    local suite=$1 mirror source hash
    hash=$(inputs_hash)
    [ "$(label_of "$PREFIX/debian:$suite")" != "$hash" ] || return 0
    mirror=$(debian_mirror)
    source=${mirror:+deb [signed-by=$KEYRING] $mirror $suite main}
    say "debian:$suite from ${mirror:-the default mirror of mmdebstrap}"
    mmdebstrap --quiet --variant=apt --keyring="$KEYRING" --include=ca-certificates,debian-archive-keyring,passwd \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
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

# build_image NAME: $PREFIX/NAME:local from the folder NAME; proxies and package indexes of the environment go along
build_image() {
    local name=$1 image=$PREFIX/$1:local start=$SECONDS log
    build_base "${SUITE_OF[$name]}"
    log=$(mktemp)
    docker buildx build --progress plain --load --tag "$image" --label "$LABEL=$(inputs_hash "$name")" \
        --build-arg "BASE=$PREFIX/debian:${SUITE_OF[$name]}" \
        --build-arg http_proxy --build-arg https_proxy --build-arg no_proxy \
        --build-arg PIP_INDEX_URL --build-arg UV_DEFAULT_INDEX "$here/$name" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
    say "$image built in $((SECONDS - start)) s"
}

for name in "$@"; do
    [ -n "${SUITE_OF[$name]:-}" ] || die "no image is called '$name'; there are: ${!SUITE_OF[*]}"
done
docker version >/dev/null 2>&1 ||
    die "no Docker engine answers: start it, or install it with the project's deploy/install-docker.sh"
[ $# -gt 0 ] || set -- minimal-notebook mysql

stale=()
for name in "$@"; do
    if [ "$(label_of "$PREFIX/$name:local")" = "$(inputs_hash "$name")" ]; then
        say "$PREFIX/$name:local is up to date"
    else
        stale+=("$name")
    fi
done
[ ${#stale[@]} -gt 0 ] || exit 0
need_mmdebstrap

jobs=()
for name in "${stale[@]}"; do
    build_image "$name" &
    jobs+=($!)
done
failed=0
for job in "${jobs[@]}"; do wait "$job" || failed=1; done
[ "$failed" -eq 0 ] || die "a build failed; the lines above say why"
