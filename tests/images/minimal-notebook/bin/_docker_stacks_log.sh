#!/usr/bin/env bash
# To be sourced, by hooks too: a line on standard error with level and time. JUPYTER_DOCKER_STACKS_QUIET hides
# information, never a warning or an error.

_log() { # _log [ERROR|WARNING|INFO|DEBUG] WORD...
    local level=INFO
    case ${1:-} in ERROR | WARNING | INFO | DEBUG) level=$1 && shift ;; esac
    if [[ -n ${JUPYTER_DOCKER_STACKS_QUIET:-} && $level != ERROR && $level != WARNING ]]; then return 0; fi
    printf '%s[%(%F %T)T] %s\n' "$level" -1 "$*" >&2
}
_log_info() { _log INFO "$@"; }
_log_warn() { _log WARNING "$@"; }
_log_error() { _log ERROR "$@"; }
