#!/usr/bin/env bash
# Docker Engine with the compose and buildx plugins, from the distribution's own packages.
# Debian 12 and 13, Ubuntu 22.04 and 24.04; run it as root. Where a sufficient engine answers, nothing is changed.
# With --check it changes nothing at all, and says by its exit code whether a sufficient engine answers.
set -euo pipefail

readonly ENGINE_NEEDED=20.10 COMPOSE_NEEDED=2.24.4 BUILDX_NEEDED=0.11
readonly PLUGINS=/usr/libexec/docker/cli-plugins
readonly LOG=/var/log/dockerd.log

say() { printf 'install-docker: %s\n' "$*"; }
die() { printf 'install-docker: %s\n' "$*" >&2; exit 1; }

at_least() { # at_least NEEDED FOUND: is the version found not older than the one needed?
    [ -n "$2" ] && printf '%s\n%s\n' "$1" "$2" | sort -C -V
}

engine_version() { docker version --format '{{.Server.Version}}' 2>/dev/null || true; }
compose_version() { docker compose version --short 2>/dev/null | sed 's/^v//' || true; }
buildx_version() { docker buildx version 2>/dev/null | sed -E 's/^[^ ]+ v?([0-9.]+).*/\1/' || true; }

sufficient() {
    at_least "$ENGINE_NEEDED" "$(engine_version)" &&
        at_least "$COMPOSE_NEEDED" "$(compose_version)" &&
        at_least "$BUILDX_NEEDED" "$(buildx_version)"
}

found() { echo "Docker Engine $(engine_version), Compose $(compose_version), Buildx $(buildx_version)"; }

apt_install() {
    say "installing $* with apt-get"
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@" >/dev/null
}

# Debian 12 has only Compose 1. The plugins of Debian 13 are static binaries, so they are unpacked where the
# command line looks for plugins; no package of the newer release is installed and no source is added.
unpack_plugins_from_trixie() {
    local folder mirror
    # shellcheck disable=SC2016 # apt-get fills in the placeholder
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    [ -n "$mirror" ] || die "no Debian 12 source in apt's configuration: add one, then run this again"
    folder=$(mktemp -d)
    mkdir -p "$folder/lists/partial"
    chmod -R a+rX "$folder"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$folder/sources"
    local second_suite=(-o "Dir::Etc::sourcelist=$folder/sources" -o Dir::Etc::sourceparts=-
        -o "Dir::State::Lists=$folder/lists" -o APT::Sandbox::User=root)
    say "unpacking the compose and buildx plugins of Debian 13 into $PLUGINS"
    apt-get "${second_suite[@]}" update --quiet >/dev/null
    (cd "$folder" && apt-get "${second_suite[@]}" download --quiet docker-compose docker-buildx >/dev/null)
    for package in "$folder"/*.deb; do dpkg -x "$package" "$folder/root"; done
    install -D --mode=755 --target-directory="$PLUGINS" "$folder/root$PLUGINS"/docker-{compose,buildx}
    rm -rf "$folder"
}

install_packages() {
    # shellcheck source=/dev/null
    . /etc/os-release
    say "this is ${PRETTY_NAME:-an unknown system}; refreshing apt's package lists"
    case "$ID:${VERSION_ID:-}" in
        debian:12)
            apt-get update --quiet >/dev/null
            apt_install docker.io ca-certificates
            unpack_plugins_from_trixie
            ;;
        debian:13)
            apt-get update --quiet >/dev/null
            apt_install docker.io docker-cli docker-compose docker-buildx ca-certificates
            ;;
        ubuntu:22.04 | ubuntu:24.04)
            apt-get update --quiet >/dev/null
            apt_install docker.io docker-compose-v2 docker-buildx ca-certificates
            ;;
        *)
            die "made for Debian 12 and 13 and Ubuntu 22.04 and 24.04; install Docker Engine $ENGINE_NEEDED or newer with Compose $COMPOSE_NEEDED and Buildx $BUILDX_NEEDED your system's way"
            ;;
    esac
}

# A daemon that was killed leaves its process id behind, and the next one refuses to start if that number is taken.
remove_stale_pid_files() {
    local file
    for file in /run/docker.pid /run/docker/containerd/containerd.pid; do
        if [ -e "$file" ] && ! grep --quiet --extended-regexp '^(dockerd|containerd)$' "/proc/$(cat "$file")/comm" 2>/dev/null; then
            rm -f "$file"
        fi
    done
}

start_daemon() {
    [ -z "$(engine_version)" ] || return 0
    if [ -d /run/systemd/system ]; then
        say "starting the service docker (systemd)"
        systemctl enable --now docker
    else
        say "starting dockerd (no systemd here); its log is $LOG, its process id is in /run/docker.pid"
        remove_stale_pid_files
        setsid nohup dockerd >"$LOG" 2>&1 </dev/null &
    fi
    for _ in $(seq 60); do
        [ -z "$(engine_version)" ] || return 0
        sleep 1
    done
    die "the engine does not answer after 60 s: read $LOG, or 'journalctl --unit docker' under systemd"
}

if [ "${1:-}" = --check ]; then
    sufficient
    exit
fi
if sufficient; then
    say "$(found) answer: nothing to do"
    exit 0
fi
[ "$(id -u)" -eq 0 ] || die "needs root: run 'sudo bash $0'"
if ! at_least "$COMPOSE_NEEDED" "$(compose_version)" || ! at_least "$BUILDX_NEEDED" "$(buildx_version)" ||
    ! command -v dockerd >/dev/null; then
    install_packages
fi
start_daemon
sufficient || die "found $(found); needed: Engine $ENGINE_NEEDED, Compose $COMPOSE_NEEDED, Buildx $BUILDX_NEEDED"
say "ready: $(found)"
