#!/usr/bin/env bash
# The old name of start-singleuser.py.
echo "WARNING: use start-singleuser.py instead of start-singleuser.sh"
exec /usr/local/bin/start-singleuser.py "$@"
