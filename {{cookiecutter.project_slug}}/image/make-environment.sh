#!/bin/sh
# Make the project's environment, /opt/project, with pip and no other package: a layer that no lock changes. It lies
# outside every mount, so that none can hide it, and before the image's own packages, which stay as they are and
# importable.
set -eu

# The notebook's user is anybody: the group users, which compose.yaml adds, may write.
umask 002
install --directory --group=users --mode=2775 /opt/project
python -m venv /opt/project
packages=$(/opt/project/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")
echo /home/jovyan/work/src >"$packages/project.pth"
python -c "import sysconfig; print(sysconfig.get_path('purelib'))" >"$packages/zz-image.pth"
