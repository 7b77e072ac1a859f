#!/usr/bin/env bash
# To be sourced with one folder: sources its *.sh, runs its other executables, in the order of their names. A hook that
# fails is reported and the rest goes on; what a sourced hook exports stays.
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "ERROR: run-hooks.sh needs one folder that exists, not '$*'"
    return 1
fi

[[ $- == *e* ]] && hooks_errexit=yes || hooks_errexit=no
set +e
_log "Running hooks in: $1 as uid: $(id -u) gid: $(id -g)"
for hook in "$1"/*; do
    if [[ $hook == *.sh && -e $hook ]]; then
        _log "Sourcing shell script: $hook"
        # shellcheck source=/dev/null
        source "$hook" || echo "ERROR: $hook has failed, continuing execution"
        set +e
    elif [[ -f $hook && -x $hook ]]; then
        _log "Running executable: $hook"
        "$hook" || echo "ERROR: $hook has failed, continuing execution"
    elif [[ -e $hook ]]; then
        _log "Ignoring non-executable: $hook"
    fi
done
_log "Done running hooks in: $1"
[[ $hooks_errexit == no ]] || set -e
unset hook hooks_errexit
