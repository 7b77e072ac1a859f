#!/usr/bin/env bash
# The notebook's Python stands in front, whatever an earlier hook did to PATH.
case $PATH in "$CONDA_DIR/bin:"*) ;; *) export PATH="$CONDA_DIR/bin:$PATH" ;; esac
