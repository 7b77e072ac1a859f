#!/usr/bin/env bash
# Starts MariaDB the way the official image does: on an empty data directory it makes the database, the accounts and
# what /docker-entrypoint-initdb.d holds, on a server that no network reaches; on an existing one it changes nothing.
# Each setting is MARIADB_... or MYSQL_..., or the file that ..._FILE names; the first of the two names wins.
set -eEuo pipefail
shopt -s nullglob

readonly INIT_FOLDER=/docker-entrypoint-initdb.d
readonly SETTINGS=(ROOT_HOST ROOT_PASSWORD DATABASE USER PASSWORD INITDB_SKIP_TZINFO
    ALLOW_EMPTY_ROOT_PASSWORD ALLOW_EMPTY_PASSWORD RANDOM_ROOT_PASSWORD)
declare -A setting=()

mysql_message() { printf '%s [%s] [Entrypoint]: %s\n' "$(date --iso-8601=seconds)" "$1" "${*:2}" >&2; }
mysql_note() { mysql_message Note "$@"; }
mysql_warn() { mysql_message Warn "$@"; }
mysql_error() { mysql_message ERROR "$@"; exit 1; }

# read_setting NAME: sets setting[NAME] from the environment, which then holds it under both names
read_setting() {
    local prefix name file_name
    for prefix in MYSQL MARIADB; do
        name=${prefix}_$1 file_name=${prefix}_$1_FILE
        if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
            mysql_error "both $name and $file_name are set; set only one of them"
        fi
        if [ -n "${!file_name:-}" ]; then
            [ -r "${!file_name}" ] || mysql_error "$file_name names ${!file_name}, which cannot be read"
            setting[$1]=$(<"${!file_name}")
        elif [ -n "${!name:-}" ]; then
            setting[$1]=${!name}
        fi
        unset "$name" "$file_name"
    done
    export "MARIADB_$1=${setting[$1]:=}" "MYSQL_$1=${setting[$1]}"
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
    "$@" --verbose --help 2>/dev/null || {
        "$@" --verbose --help >/dev/null || true
        mysql_error "mariadbd refuses its options; the lines above say why"
    }
}

# option NAME OPTIONS: the value of NAME among OPTIONS
option() { awk -v name="$1" '/^[^ ]/ && $1 == name { sub(/^[^ ]+ +/, ""); print }' <<<"$2"; }

own_folders() { # as root only: the data directory and the socket's folder belong to mysql
    local folder
    mkdir -p "$data_folder"
    for folder in "$data_folder" "${socket%/*}"; do
        find "$folder" \! -user mysql -exec chown --no-dereference mysql '{}' +
    done
}

quoted() { # quoted TEXT: a string literal of SQL
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

identifier() { # identifier NAME: a quoted name of SQL
    local tick='`'
    printf '%s' "$tick${1//$tick/$tick$tick}$tick"
}

# docker_process_sql [OPTION...] <SQL: as root over the socket, in the database where there is one
docker_process_sql() {
    mariadb --defaults-extra-file=<(printf '[client]\npassword="%s"\n' "$client_password") --protocol=socket \
        --socket="$socket" --user=root --comments --binary-mode \
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
    [ -z "${setting[INITDB_SKIP_TZINFO]}" ] || return 0
    mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null | docker_process_sql --database=mysql
}

make_root_account() {
    local host=${setting[ROOT_HOST]:-%} password
    if [ -n "${setting[RANDOM_ROOT_PASSWORD]}" ]; then
        setting[ROOT_PASSWORD]=$(openssl rand -hex 16)
        mysql_note "GENERATED ROOT PASSWORD: ${setting[ROOT_PASSWORD]}"
    fi
    password=$(quoted "${setting[ROOT_PASSWORD]}")
    {
        echo "SET SESSION sql_mode = '';"
        # mariadb-install-db has made these, without a password.
        echo "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';"
        echo "EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS \`root\`@', QUOTE(@@hostname));"
        if [ "$host" != localhost ]; then
            echo "CREATE USER 'root'@$(quoted "$host") IDENTIFIED BY $password;"
            echo "GRANT ALL ON *.* TO 'root'@$(quoted "$host") WITH GRANT OPTION;"
        fi
        echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $password;"
    } | docker_process_sql
    # An option file reads a backslash as the start of an escape.
    client_password=${setting[ROOT_PASSWORD]//\\/\\\\}
}

make_database_and_user() {
    local database=${setting[DATABASE]} user=${setting[USER]} password=${setting[PASSWORD]}
    if [ -n "$database" ]; then
        mysql_note "making the database $database"
        docker_process_sql <<<"CREATE DATABASE IF NOT EXISTS $(identifier "$database");"
        client_database=$database
    fi
    [ -n "$user" ] && [ -n "$password" ] || return 0
    mysql_note "making the user $user"
    {
        echo "SET SESSION sql_mode = '';"
        echo "CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$password");"
        # In a GRANT, _ and % of a database's name are wildcards.
        [ -z "$database" ] ||
            echo "GRANT ALL ON $(identifier "${database//_/\\_}").* TO $(quoted "$user")@'%';"
    } | docker_process_sql
}

run_init_file() {
    local file=$1
    mysql_note "running $file"
    case $file in
        *.sh)
            if [ -x "$file" ]; then
                "$file"
            else
                # shellcheck source=/dev/null
                . "$file"
            fi
            ;;
        *.sql) docker_process_sql <"$file" ;;
        *.sql.gz) gzip -dc "$file" | docker_process_sql ;;
        *.sql.xz) xz -dc "$file" | docker_process_sql ;;
        *.sql.zst) zstd -dc "$file" | docker_process_sql ;;
        *) mysql_warn "ignoring $file" ;;
    esac
}

make_database() {
    local file name chosen=''
    for name in ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD ALLOW_EMPTY_PASSWORD RANDOM_ROOT_PASSWORD; do
        chosen+=${setting[$name]}
    done
    [ -n "$chosen" ] || mysql_error \
        "the data directory is empty and no root password is chosen: set one of MARIADB_ROOT_PASSWORD," \
        "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD, MARIADB_RANDOM_ROOT_PASSWORD"
    mysql_note "initialising $data_folder"
    mariadb-install-db --datadir="$data_folder" --auth-root-authentication-method=normal --skip-test-db \
        --default-time-zone=SYSTEM --skip-log-bin >/dev/null
    start_temporary_server "$@"
    load_time_zones
    make_root_account
    make_database_and_user
    for file in "$INIT_FOLDER"/*; do run_init_file "$file"; done
    stop_temporary_server
    mysql_note "the database is made; starting the server"
}

main() {
    case ${1:-mariadbd} in -*) set -- mariadbd "$@" ;; mysqld) set -- mariadbd "${@:2}" ;; esac
    if [ "${1:-}" != mariadbd ] || asks_for_help "$@"; then exec "$@"; fi
    local options name
    options=$(server_options "$@")
    data_folder=$(option datadir "$options")
    socket=$(option socket "$options")
    for name in "${SETTINGS[@]}"; do read_setting "$name"; done
    if [ "$(id -u)" -eq 0 ]; then # only now, because a secret's file may be root's alone
        own_folders
        exec gosu mysql "${BASH_SOURCE[0]}" "$@"
    fi
    client_password='' client_database=''
    if [ ! -d "${data_folder%/}/mysql" ]; then make_database "$@"; fi
    unset "${SETTINGS[@]/#/MARIADB_}" "${SETTINGS[@]/#/MYSQL_}" # no secret in the server's environment
    exec "$@"
}

main "$@"
