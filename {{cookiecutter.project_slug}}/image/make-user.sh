#!/bin/sh
# Whoever runs the notebook is called jovyan: the name gets the UID and GID of .env, a home, and the folders that are
# mounted, whose owner a new volume takes over. Home and packages are open to the group users, which jovyan is in.
set -eu
uid=$USER_UID gid=$USER_GID home=/home/jovyan name=jovyan
stacks=$(command -v start-notebook.py || true)

if [ "$uid" = 0 ]; then # the user of a rootless engine: root keeps its name, under which jupyter/docker-stacks starts
    name=root
    ln --symbolic jovyan /home/root
fi
sed -i -e "1i $name:x:$uid:$gid::$home:/bin/bash" -e "/^jovyan:/d; /^$name:/d" /etc/passwd
getent group "$gid" >/dev/null || echo "project:x:$gid:" >>/etc/group
usermod --append --groups users "$name"
umask 002
if [ ! -d "$home" ]; then
    install --directory --group=users --mode=2775 "$home"
    cp --recursive /etc/skel/. "$home"
fi
for folder in work work/notebooks work/data work/outputs work/src; do
    install --directory --owner="$uid" --group="$gid" "$home/$folder"
done

# Login shells and Lab's terminals set PATH anew, and so does the start of jupyter/docker-stacks.
# A shell that compose opens in a running container has nothing of its start's environment, so it reads .env's network.
cat >/etc/profile.d/zz-project.sh <<'END'
export PATH=/opt/project/bin:$PATH
[ -n "${network_folder:-}" ] || . /opt/image/network.sh
umask "${NB_UMASK:-022}"
END
cat /etc/profile.d/zz-project.sh >>"$home/.bashrc"

settings='"open_browser": false'
if [ -n "$stacks" ]; then
    cp /etc/profile.d/zz-project.sh /usr/local/bin/before-notebook.d/99-project.sh
else
    ln --symbolic /opt/image/start-notebook.py /usr/local/bin/
    settings="$settings, \"ip\": \"0.0.0.0\""
fi
[ "$uid" != 0 ] || settings="$settings, \"allow_root\": true"
mkdir -p /etc/jupyter
echo "{\"ServerApp\": {$settings}}" >/etc/jupyter/jupyter_server_config.json
