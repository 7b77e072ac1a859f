#!/bin/sh
# Whoever runs the notebook is called jovyan: the name gets the UID and GID of .env, a home, and the folders that are
# mounted, whose owner a new volume takes over. Home and packages are open to the group users, which jovyan is in.
set -eu
uid=$USER_UID gid=$USER_GID home=/home/jovyan name=jovyan

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

hooks=/usr/local/bin/before-notebook.d settings=
if [ -d "$hooks" ]; then
    cp /etc/profile.d/zz-project.sh "$hooks/99-project.sh"
else # what jupyter/docker-stacks brings otherwise
    ln --symbolic /opt/image/start-notebook.py /usr/local/bin/
    settings='"ip": "0.0.0.0", "open_browser": false, '
fi
[ "$uid" = 0 ] && root=true || root=false
mkdir -p /etc/jupyter
echo "{\"ServerApp\": {$settings\"allow_root\": $root}}" >/etc/jupyter/jupyter_server_config.json
