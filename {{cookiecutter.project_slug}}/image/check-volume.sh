#!/bin/sh
# Before the server starts: may it open this volume? No server opens what a newer one wrote, and an upgrade may not leave
# out an LTS series (MySQL 9.7 reference manual, "Upgrade Paths"). MySQL and MariaDB do not open each other's volumes.
# What is refused has not been touched. A volume that does not belong to the server's user is handed over.
# Usage: check-volume.sh [--look] IMAGE. The exit code is 3 where IMAGE is the wrong server, 4 where it is too far away.
set -eu
look=
if [ "$1" = --look ]; then look=1; shift; fi
image=$1
cd /var/lib/mysql

say() { echo "mysql-volume: $*" >&2; }

with_tag() { # with_tag TAG: the image's name with another tag
    printf '%s:%s' "$(printf %s "$image" | sed -E 's/@.*//; s|:[^:/]*$||')" "$1"
}

of_brand() { # of_brand mysql|mariadb TAG: such an image from where this one comes from
    case $image in */*) printf '%s/%s:%s' "${image%/*}" "$1" "$2" ;; *) printf '%s:%s' "$1" "$2" ;; esac
}

volume_version() { # brand and version of the server that used the volume last; nothing if none did
    if [ -e aria_log_control ]; then
        info=$(cat mariadb_upgrade_info mysql_upgrade_info 2>/dev/null | head -n 1)
        echo "mariadb ${info%%-*}"
    elif [ -e mysql_upgrade_history ]; then # since 8.4
        echo "mysql $(grep -oE '"version": *"[0-9.]+' mysql_upgrade_history | tail -n 1 | grep -oE '[0-9.]+$')"
    elif [ -e mysql.ibd ]; then # InnoDB writes the server's version into a file's first page, 8 bytes in
        # shellcheck disable=SC2046
        set -- $(od -An -tu1 -j8 -N4 mysql.ibd)
        id=$((($1 << 24) + ($2 << 16) + ($3 << 8) + $4))
        echo "mysql $((id / 10000)).$((id / 100 % 100)).$((id % 100))"
    elif [ -e mysql/user.frm ]; then
        echo "mysql 5.7.0"
    fi
}

said=$( (mysqld --version || mariadbd --version) 2>/dev/null | tail -n 1)
case $said in *MariaDB*) server=mariadb ;; *) server=mysql ;; esac
now=$(printf %s "$said" | sed -E 's/.* Ver ([0-9]+\.[0-9]+\.[0-9]+).*/\1/')
volume=$(volume_version)
brand=${volume% *} was=${volume#* }


refuse() { # refuse CODE WHY IMAGE
    say "the volume was written by $brand ${was:-of an unknown version}, $image is $server $now: $2: MYSQL_IMAGE=$3"
    exit "$1"
}

# The parts of both versions as words, then as names.
set_parts() { # set_parts X.Y.Z A.B.C
    # shellcheck disable=SC2046
    set -- $(printf '%s.%s' "$1" "$2" | tr . ' ')
    old_major=$1 old_minor=$2 old_patch=$3 new_major=$4 new_minor=$5 new_patch=$6
    old=$((old_major * 100 + old_minor)) new=$((new_major * 100 + new_minor))
}

check_version() {
    if [ "$brand" != "$server" ]; then
        refuse 3 "neither opens the other's files; a backup goes from one to the other" \
            "$(of_brand "$brand" "$old_major.$old_minor")"
    elif [ "$new" -lt "$old" ]; then
        refuse 3 "no server opens the files of a newer one" "$(with_tag "$old_major.$old_minor")"
    elif [ "$brand" = mariadb ]; then
        return # it upgrades from every older version
    elif [ "$new" -eq "$old" ]; then
        # Within an LTS series the files stay the same; 8.0, and what came between, changed them.
        case $old in 804 | 907) return ;; esac
        [ "$new_patch" -ge "$old_patch" ] || refuse 3 "no server opens the files of a newer one" "$(with_tag "$was")"
    elif [ "$old_major" -lt "$new_major" ]; then
        case $old-$new in
            507-800 | 804-9* | 907-10*) ;;
            5*) refuse 4 "the way goes by MySQL 8.0" "$(with_tag 8.0)" ;;
            804-*) refuse 4 "the way goes by MySQL 9.7" "$(with_tag 9.7)" ;;
            8*) refuse 4 "the way goes by MySQL 8.4" "$(with_tag 8.4)" ;;
            9*) refuse 4 "the way goes by MySQL 9.7" "$(with_tag 9.7)" ;;
        esac
    fi
}

[ -n "$was" ] || [ "$brand" != mariadb ] || [ "$server" = mariadb ] ||
    refuse 3 "neither opens the other's files; a backup goes from one to the other" "$(of_brand mariadb lts)"

case "$was/$now" in
    [0-9]*.[0-9]*.[0-9]*/[0-9]*.[0-9]*.[0-9]*)
        set_parts "$was" "$now"
        check_version ;;
esac

if [ -z "$look" ] && [ -n "$(find . -maxdepth 1 ! -user mysql | head -n 1)" ]; then
    chown -hR mysql:mysql .
    say "the volume belongs to the server's user now"
fi
