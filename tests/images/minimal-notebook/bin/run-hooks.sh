#!/usr/bin/env bash
# To be sourced with one folder: sources its *.sh, runs its other executables, in the order of their names. What a
# sourced hook exports stays. A hook that fails ends the shell where that has `set -e`, as start.sh does; elsewhere it is
# reported and the rest goes on.
# shellcheck source=/dev/null
declare -F _log >/dev/null || source /usr/local/bin/_docker_stacks_log.sh
if [ $# -ne 1 ]; then
    _log_error "run-hooks.sh: exactly one directory is wanted, not $#: $*"
    return 1
fi
if [ ! -d "$1" ]; then
    _log_error "run-hooks.sh: $1 doesn't exist or is not a directory"
    return 1
fi

_log_info "Running hooks in: $1 as uid: $(id -u) gid: $(id -g)"
for hook in "$1"/*; do
    [ -e "$hook" ] || continue
    hook_status=0
    # No `if` and no `||` around a hook: they would take `set -e` from it.
    if [[ $hook == *.sh ]]; then
        _log_info "Sourcing shell script: $hook"
        # shellcheck source=/dev/null
        source "$hook"
        hook_status=$?
    elif [[ -x $hook ]]; then
        _log_info "Running executable: $hook"
        "$hook"
        hook_status=$?
    else
        _log_info "Ignoring non-executable: $hook"
    fi
    [ "$hook_status" -eq 0 ] || _log_error "$hook has failed, continuing execution"
done
_log_info "Done running hooks in: $1"
unset hook hook_status
