#!/usr/bin/env bash
# The old name of start-notebook.py.
echo "WARNING: use start-notebook.py instead of start-notebook.sh"
exec /usr/local/bin/start-notebook.py "$@"
