#!/bin/sh
# The container's start: .env's network and umask, then the base image's own start, if it has one, and the command.
# shellcheck source=network.sh
. /opt/image/network.sh || exit 1
umask "${NB_UMASK:-022}"

if [ -n "${JUPYTER_TOKEN_FILE:-}" ] && ! grep -q '[^[:space:]]' "$JUPYTER_TOKEN_FILE"; then
    echo "JUPYTER_TOKEN in .env is empty, with which JupyterLab would let everybody in: write a random value there." >&2
    exit 1
fi
if [ -s /run/secrets/jupyter_password_hash ]; then # on a server: people log in with a password, too
    printf '{"PasswordIdentityProvider": {"hashed_password": "%s"}}' "$(cat /run/secrets/jupyter_password_hash)" \
        >"$JUPYTER_CONFIG_PATH/jupyter_server_config.json"
fi
if [ "$(id -u):${NB_UID:-}" = 0:0 ]; then # with this name jupyter/docker-stacks changes no user, which needs rights
    export NB_USER=root
    echo "This notebook runs as root, as NB_UID=0 in .env says. In a rootless engine that is you; elsewhere its files are" \
        "root's: write your own UID and GID there." >&2
fi
case ,${PROFILES:-}, in
    *,dask,*) # `Client()` finds the scheduler, whose page is reached through Lab
        mkdir -p "$HOME/.config/dask"
        printf 'scheduler-address: tcp://127.0.0.1:8786\ndistributed: {dashboard: {link: "%sproxy/8787/status"}}\n' \
            "${JUPYTERHUB_SERVICE_PREFIX:-/}" >"$HOME/.config/dask/beside.yaml" ;;
esac
command -v start.sh >/dev/null && set -- start.sh "$@"
exec tini -g -- "$@"
