#!/bin/sh
# Whoever runs the notebook is called jovyan: the name gets the UID and GID of .env, a home, and the folders that are
# mounted. Nothing else changes hands: home and packages are open to the group users, which compose.yaml adds.
# Usage: make-user.sh UID GID
set -eu
uid=$1 gid=$2 home=/home/jovyan

sed -i "/^jovyan:/d; 1i jovyan:x:$uid:$gid::$home:/bin/bash" /etc/passwd
getent group "$gid" >/dev/null || echo "project:x:$gid:" >>/etc/group
umask 002
if [ ! -d "$home" ]; then
    install --directory --group=users --mode=2775 "$home"
    cp --recursive /etc/skel/. "$home"
fi
for folder in work work/notebooks work/data work/outputs; do
    install --directory --owner="$uid" --group="$gid" "$home/$folder"
done

# Login shells and Lab's terminals set PATH anew, and so does the start of jupyter/docker-stacks.
# A shell that compose opens in a running container has nothing of its start's environment, so it reads .env's network.
cat >/etc/profile.d/zz-project.sh <<'END'
export PATH=/opt/project/bin:$PATH
[ -n "${network_folder:-}" ] || . /usr/local/lib/network.sh
umask "${NB_UMASK:-022}"
END
cat /etc/profile.d/zz-project.sh >>"$home/.bashrc"
hooks=/usr/local/bin/before-notebook.d
[ ! -d "$hooks" ] || cp /etc/profile.d/zz-project.sh "$hooks/99-project.sh"
