#!/usr/bin/env bash
# start.sh COMMAND...: hooks, then the user that the environment asks for (when started as root), hooks again, then the
# command as that user. Started as any other user it changes nothing and warns of what only root could do.
set -e
# shellcheck source=/dev/null
source /usr/local/bin/_docker_stacks_log.sh

is_yes() { [[ $1 == 1 || $1 == yes ]]; }

# Whether the user that is asked for is root itself, which is how an engine without root's rights is served.
is_root_itself() { [[ $NB_USER:$NB_UID:$NB_GID == root:$(id -u root):$(id -g root) ]]; }

rename_user() {
    if is_root_itself; then
        sed -i 's|:/root:|:/home/root:|' /etc/passwd
    elif id jovyan &>/dev/null; then
        [[ $NB_USER == jovyan ]] || usermod --home "/home/$NB_USER" --login "$NB_USER" jovyan
    elif ! id "$NB_USER" &>/dev/null; then
        _log_error "there is neither a user jovyan nor '$NB_USER';" \
            "was this container started before with another NB_USER?"
        exit 1
    fi
}

renumber_user() {
    [[ $(id -u "$NB_USER"):$(id -g "$NB_USER") != "$NB_UID:$NB_GID" ]] || return 0
    _log_info "Update $NB_USER's UID:GID to $NB_UID:$NB_GID"
    local old_group
    old_group=$(id -g "$NB_USER")
    # usermod would change the owner of every file of the home folder; a new entry does not.
    userdel "$NB_USER"
    if [[ $old_group != "$NB_GID" ]]; then
        groupadd --force --non-unique --gid "$NB_GID" "${NB_GROUP:-$NB_USER}"
    fi
    useradd --no-log-init --no-create-home --home-dir "/home/$NB_USER" --shell /bin/bash \
        --uid "$NB_UID" --gid "$NB_GID" --groups 100 "$NB_USER"
}

move_home() {
    local home=/home/$NB_USER copy=(cp --archive)
    # Root without the right to give files away.
    ! is_root_itself || copy+=(--no-preserve=ownership)
    [[ $NB_USER != jovyan ]] || return 0
    if [[ ! -e $home ]]; then
        _log_info "Copying /home/jovyan to $home"
        mkdir "$home"
        if ! "${copy[@]}" /home/jovyan/. "$home/"; then
            # The original's way, although the link then lies in the folder that was to be it.
            _log_info "That copy failed; a link to /home/jovyan is made"
            ln -s /home/jovyan "$home"
        fi
    fi
    if [[ $PWD/ == /home/jovyan/* ]]; then cd "$home${PWD#/home/jovyan}"; fi
}

own() { # own FOLDER [OPTION...]: chown FOLDER to the user
    _log_info "Ensuring $1 is owned by $NB_UID:$NB_GID"
    chown "${@:2}" "$NB_UID:$NB_GID" "$1"
}

own_what_is_asked() {
    local options folders folder
    if is_yes "${CHOWN_HOME:-}"; then
        read -ra options <<<"${CHOWN_HOME_OPTS:-}"
        own "/home/$NB_USER" "${options[@]}"
    fi
    read -ra options <<<"${CHOWN_EXTRA_OPTS:-}"
    IFS=', ' read -ra folders <<<"${CHOWN_EXTRA:-}"
    for folder in "${folders[@]}"; do own "$folder" "${options[@]}"; done
}

set_up_sudo() {
    local system_path
    system_path=$(sed -nE 's/^Defaults\s+secure_path\s*=\s*"?([^"]+)"?/\1/p' /etc/sudoers)
    echo "Defaults secure_path=\"$CONDA_DIR/bin:$system_path\"" >/etc/sudoers.d/path
    if is_yes "${GRANT_SUDO:-}"; then
        _log_info "Granting $NB_USER passwordless sudo rights"
        echo "$NB_USER ALL=(ALL) NOPASSWD:ALL" >/etc/sudoers.d/added-by-start-script
    fi
}

add_passwd_entry() {
    ! whoami &>/dev/null || return 0
    if [[ ! -w /etc/passwd ]]; then
        _log_warn "UID $(id -u) has no entry in /etc/passwd and the file is not writable;" \
            "\"--user $(id -u):0\" would let it be added"
        return 0
    fi
    # The folder is not writable, so the file is rewritten in place. Two entries cannot share the name.
    local entries
    entries=$(sed 's/^jovyan:/nayvoj:/' /etc/passwd)
    printf '%s\n' "$entries" "$NB_USER:x:$(id -u):$(id -g):,,,:/home/jovyan:/bin/bash" >/etc/passwd
    _log_info "Added an entry for $NB_USER ($(id -u):$(id -g)) to /etc/passwd"
    [[ $NB_USER == jovyan ]] ||
        _log_warn "user is $NB_USER but home is /home/jovyan; container must be started as root to rename it"
}

warn_of_what_needs_root() {
    local uid gid
    uid=$(id -u jovyan 2>/dev/null || true) gid=$(id -g jovyan 2>/dev/null || true)
    if is_yes "${GRANT_SUDO:-}"; then _log_warn "container must be started as root to grant sudo permissions"; fi
    add_passwd_entry
    if [[ $NB_USER != jovyan && $NB_USER != "$(id -un 2>/dev/null)" ]]; then
        _log_warn "container must be started as root to change the user's name with NB_USER=\"$NB_USER\""
    fi
    if [[ $NB_UID != "$uid" && $NB_UID != "$(id -u)" ]]; then
        _log_warn "container must be started as root to change the user's id with NB_UID=\"$NB_UID\""
    fi
    if [[ $NB_GID != "$gid" && $NB_GID != "$(id -g)" ]]; then
        _log_warn "container must be started as root to change the user's group id with NB_GID=\"$NB_GID\""
    fi
    if [[ ! -w /home/jovyan ]]; then
        _log_warn "no write access to /home/jovyan; start the container with \"--group-add users\""
    fi
}

unset_what_is_asked() {
    local names name
    IFS=', ' read -ra names <<<"${JUPYTER_ENV_VARS_TO_UNSET:-}"
    for name in "${names[@]}" JUPYTER_ENV_VARS_TO_UNSET; do
        [[ $name == JUPYTER_ENV_VARS_TO_UNSET ]] || _log_info "Unset $name due to JUPYTER_ENV_VARS_TO_UNSET"
        unset "$name"
    done
}

_log_info "Entered start.sh with args: $*"
command=("$@")
[[ $# -gt 0 ]] || command=(bash)

if [[ ${_START_SH_EXECUTED:-} == 1 ]]; then
    _log_warn "start.sh is the entrypoint already, do not include it in the command"
    _log_info "Executing the command: ${command[*]}"
    exec "${command[@]}"
fi
export _START_SH_EXECUTED=1

# shellcheck source=/dev/null
source /usr/local/bin/run-hooks.sh /usr/local/bin/start-notebook.d

if [[ $(id -u) -eq 0 ]]; then
    rename_user
    renumber_user
    move_home
    own_what_is_asked
    set_up_sudo
    # shellcheck source=/dev/null
    source /usr/local/bin/run-hooks.sh /usr/local/bin/before-notebook.d
    unset_what_is_asked
    _log_info "Running as $NB_USER: ${command[*]}"
    if is_root_itself; then HOME=/home/root exec "${command[@]}"; fi
    # sudo drops these three whatever it is told about the environment.
    exec sudo --preserve-env --set-home --user "$NB_USER" \
        LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}" PATH="$PATH" PYTHONPATH="${PYTHONPATH:-}" "${command[@]}"
fi

warn_of_what_needs_root
# shellcheck source=/dev/null
source /usr/local/bin/run-hooks.sh /usr/local/bin/before-notebook.d
unset_what_is_asked
_log_info "Executing the command: ${command[*]}"
exec "${command[@]}"
