#!/usr/bin/env bash
# Starts MySQL the way the official image does: on an empty data directory it makes the database, the accounts and
# what /docker-entrypoint-initdb.d holds, on a server that no network reaches; on an existing one it changes nothing.
# Init scripts that are sourced may call docker_process_sql and the mysql_* messages.
set -eEuo pipefail
shopt -s nullglob

readonly INIT_FOLDER=/docker-entrypoint-initdb.d INITIALISED=/var/lib/mysql-initialised
readonly SETTINGS=(MYSQL_ROOT_HOST MYSQL_ROOT_PASSWORD MYSQL_DATABASE MYSQL_USER MYSQL_PASSWORD
    MYSQL_ALLOW_EMPTY_PASSWORD MYSQL_RANDOM_ROOT_PASSWORD MYSQL_ONETIME_PASSWORD MYSQL_INITDB_SKIP_TZINFO)

mysql_message() { printf '%s [%s] [Entrypoint]: %s\n' "$(date --iso-8601=seconds)" "$1" "${*:2}" >&2; }
mysql_note() { mysql_message Note "$@"; }
mysql_warn() { mysql_message Warn "$@"; }
mysql_error() { mysql_message ERROR "$@"; exit 1; }

# read_setting NAME: NAME from the environment, or from the file that NAME_FILE names; both at once is an error
read_setting() {
    local name=$1 file_name=${1}_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
        mysql_error "both $name and $file_name are set; set only one of them"
    fi
    if [ -n "${!file_name:-}" ]; then
        [ -r "${!file_name}" ] || mysql_error "$file_name names ${!file_name}, which cannot be read"
        export "$name=$(<"${!file_name}")"
    fi
    unset "$file_name"
    [ -n "${!name+set}" ] || declare -g "$name="
}

asks_for_help() {
    local argument
    for argument in "$@"; do
        case $argument in -'?' | --help | --print-defaults | -V | --version) return 0 ;; esac
    done
    return 1
}

# server_options COMMAND...: what the server takes with these arguments and option files, one 'name value' a line
server_options() {
    "$@" --validate-config || mysql_error "mysqld refuses its options; the lines above say why"
    "$@" --verbose --help 2>/dev/null
}

# option NAME OPTIONS: the value of NAME among OPTIONS
option() { awk -v name="$1" '/^[^ ]/ && $1 == name { sub(/^[^ ]+ +/, ""); print }' <<<"$2"; }

# initial_options: of a server's options on standard input, those that a data directory keeps for ever
initial_options() {
    grep -E '^(character-set-server|collation-server|innodb-(data|log|page|redo|temp|undo)[a-z-]*|lower-case-table-names) '
}

initialise() { # initialise COMMAND...: with the options of every day, by a copy of what the image has made of them
    if [ -r "$INITIALISED/ibdata1" ] && [ "$(initial_options <<<"$options")" = "$(<"$INITIALISED.options")" ]; then
        cp --recursive --preserve "$INITIALISED"/* "$data_folder" # whose own mode stays
    else
        "$@" --initialize-insecure --default-time-zone=SYSTEM
    fi
}

own_folders() { # as root only: the data directory and the socket's folder belong to mysql
    local folder
    mkdir -p "$data_folder"
    for folder in "$data_folder" "${socket%/*}"; do
        find "$folder" \! -user mysql -exec chown --no-dereference mysql '{}' +
    done
}

check_root_password_setting() {
    [ -n "$MYSQL_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD$MYSQL_RANDOM_ROOT_PASSWORD" ] || mysql_error \
        "the data directory is empty and no root password is chosen: set one of MYSQL_ROOT_PASSWORD," \
        "MYSQL_ALLOW_EMPTY_PASSWORD, MYSQL_RANDOM_ROOT_PASSWORD"
    [ "$MYSQL_USER" != root ] || mysql_error "MYSQL_USER cannot be root: use MYSQL_ROOT_PASSWORD for that account"
    if [ -n "$MYSQL_USER" ] && [ -z "$MYSQL_PASSWORD" ]; then
        mysql_warn "MYSQL_USER is set without MYSQL_PASSWORD: no user is made"
    elif [ -z "$MYSQL_USER" ] && [ -n "$MYSQL_PASSWORD" ]; then
        mysql_warn "MYSQL_PASSWORD is set without MYSQL_USER: no user is made"
    fi
}

quoted() { # quoted TEXT: a string literal of SQL
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

identifier() { # identifier NAME: a quoted name of SQL
    local tick='`'
    printf '%s' "$tick${1//$tick/$tick$tick}$tick"
}

# docker_process_sql [OPTION...] <SQL: as root over the socket, in MYSQL_DATABASE where there is one, not binary-logged
docker_process_sql() {
    mysql --defaults-extra-file=<(printf '[client]\npassword="%s"\n' "$client_password") --protocol=socket \
        --socket="$socket" --user=root --comments --init-command='SET @@SESSION.SQL_LOG_BIN=0' \
        ${client_database:+--database="$client_database"} "$@"
}

start_temporary_server() {
    mysql_note "starting the temporary server, without networking"
    "$@" --skip-networking --default-time-zone=SYSTEM --socket="$socket" &
    temporary_server=$!
    until docker_process_sql --execute='DO 0' 2>/dev/null; do
        kill -0 "$temporary_server" 2>/dev/null || mysql_error "the temporary server stopped; its messages are above"
        sleep 0.1
    done
}

stop_temporary_server() {
    mysql_note "stopping the temporary server"
    kill -TERM "$temporary_server"
    wait "$temporary_server" || mysql_error "the temporary server did not stop cleanly; its messages are above"
}

load_time_zones() {
    [ -z "$MYSQL_INITDB_SKIP_TZINFO" ] || return 0
    mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null | docker_process_sql --database=mysql
}

make_root_account() {
    local host=${MYSQL_ROOT_HOST:-%} password
    if [ -n "$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
        MYSQL_ROOT_PASSWORD=$(openssl rand -hex 16)
        mysql_note "GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
    fi
    password=$(quoted "$MYSQL_ROOT_PASSWORD")
    {
        echo "SET SESSION sql_mode = '';"
        if [ "$host" != localhost ]; then
            echo "CREATE USER 'root'@$(quoted "$host") IDENTIFIED BY $password;"
            echo "GRANT ALL ON *.* TO 'root'@$(quoted "$host") WITH GRANT OPTION;"
        fi
        echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $password;"
    } | docker_process_sql
    # An option file reads a backslash as the start of an escape.
    client_password=${MYSQL_ROOT_PASSWORD//\\/\\\\}
}

make_database_and_user() {
    if [ -n "$MYSQL_DATABASE" ]; then
        mysql_note "making the database $MYSQL_DATABASE"
        docker_process_sql <<<"CREATE DATABASE IF NOT EXISTS $(identifier "$MYSQL_DATABASE");"
        client_database=$MYSQL_DATABASE
    fi
    [ -n "$MYSQL_USER" ] && [ -n "$MYSQL_PASSWORD" ] || return 0
    mysql_note "making the user $MYSQL_USER"
    {
        echo "SET SESSION sql_mode = '';"
        echo "CREATE USER $(quoted "$MYSQL_USER")@'%' IDENTIFIED BY $(quoted "$MYSQL_PASSWORD");"
        # In a GRANT, _ and % of a database's name are wildcards.
        [ -z "$MYSQL_DATABASE" ] ||
            echo "GRANT ALL ON $(identifier "${MYSQL_DATABASE//_/\\_}").* TO $(quoted "$MYSQL_USER")@'%';"
    } | docker_process_sql
}

run_init_file() {
    local file=$1
    case $file in
        *.sh)
            if [ -x "$file" ]; then
                mysql_note "running $file"
                "$file"
            else
                mysql_note "sourcing $file"
                # shellcheck source=/dev/null
                . "$file"
            fi
            ;;
        *.sql) mysql_note "loading $file"; docker_process_sql <"$file" ;;
        *.sql.gz) mysql_note "loading $file"; gzip -dc "$file" | docker_process_sql ;;
        *.sql.xz) mysql_note "loading $file"; xz -dc "$file" | docker_process_sql ;;
        *.sql.bz2) mysql_note "loading $file"; bzip2 -dc "$file" | docker_process_sql ;;
        *.sql.zst) mysql_note "loading $file"; zstd -dc "$file" | docker_process_sql ;;
        *) mysql_warn "ignoring $file" ;;
    esac
}

expire_root_password() {
    [ -n "$MYSQL_ONETIME_PASSWORD" ] || return 0
    docker_process_sql <<<"ALTER USER 'root'@$(quoted "${MYSQL_ROOT_HOST:-%}") PASSWORD EXPIRE;"
}

make_database() {
    local file
    check_root_password_setting
    mysql_note "initialising $data_folder"
    initialise "$@"
    start_temporary_server "$@"
    load_time_zones
    make_root_account
    make_database_and_user
    for file in "$INIT_FOLDER"/*; do run_init_file "$file"; done
    expire_root_password
    stop_temporary_server
    mysql_note "the database is made; starting the server"
}

main() {
    if [ "${1:-}" = initial-options ]; then initial_options; return; fi
    case ${1:-mysqld} in -*) set -- mysqld "$@" ;; esac
    if [ "${1:-}" != mysqld ] || asks_for_help "$@"; then exec "$@"; fi
    local options setting
    options=$(server_options "$@")
    data_folder=$(option datadir "$options")
    socket=$(option socket "$options")
    for setting in "${SETTINGS[@]}"; do read_setting "$setting"; done
    if [ "$(id -u)" -eq 0 ]; then # only now, because a secret's file may be root's alone
        own_folders
        exec gosu mysql "${BASH_SOURCE[0]}" "$@"
    fi
    client_password='' client_database=''
    if [ ! -d "${data_folder%/}/mysql" ]; then make_database "$@"; fi
    unset "${SETTINGS[@]}" # no secret in the server's environment
    exec "$@"
}

main "$@"
