#!/bin/sh
# Take out of the project's environment, /opt/project, what a notebook does not use. Sizes are those of the default
# packages; a line that takes what you need is yours to delete.
set -eu
cd /opt/project/lib/python3*/site-packages

# By name, since in other packages such folders and files may be needed: their tests of themselves (80 MB), and what only
# a compiler reads (30 MB), which is not there.
for package in debugpy fontTools geopandas jsonschema jupyterlab matplotlib mpl_toolkits numpy pandas posthog pyarrow \
    pyogrio pyproj shapely sqlalchemy tornado; do
    if [ -d "$package" ]; then
        find "$package" -depth -type d \( -name tests -o -name test \) -exec rm -r {} +
        find "$package" \( -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.p[xy]d' -o -name '*.pyx' \) \
            -type f -delete
    fi
done

# The connector's part in C and the libraries that only it loads (35 MB): `import mysql.connector` does without, and the
# helper package takes the part in Python on purpose.
rm -rf _mysql_connector.*.so mysql/vendor

# Arrow's remote procedure calls (28 MB), which nothing asks for but `import pyarrow.flight`.
rm -rf pyarrow/libarrow_flight.so* pyarrow/libarrow_python_flight.so* pyarrow/_flight.*.so

# Types of other packages (10 MB, 4,300 files), which jedi 0.20 brings and looks for one folder higher, where it finds none.
rm -rf jedi/third_party/typeshed/stubs

# JupyterLab's tests of browsers (6 MB), and every language but English (29 MB): Lab needs one to offer its language pack.
rm -rf jupyterlab/galata
[ ! -d babel ] || find babel/locale-data -name '*.dat' ! -name 'en*.dat' ! -name root.dat -delete

# Symbols that only a debugger of C reads (115 MB). A library that the loader would then refuse stays as it was: some were
# rewritten by their packagers, which strip may not survive. strip comes from a stage of its own, with its libraries.
loader=$(find /lib*/ld-linux-* | head -n 1)
libraries=$(echo /tmp/binutils/lib/*-linux-gnu* | tr ' ' :)
LD_LIBRARY_PATH=$libraries /tmp/binutils/bin/strip --version >/dev/null
LD_TRACE_LOADED_OBJECTS=1 "$loader" /tmp/binutils/bin/strip >/dev/null
# shellcheck disable=SC2016
find . -name '*.so*' -type f -print0 | xargs --null --max-procs="$(nproc)" --max-args=16 sh -c '
    loader=$0 libraries=$1
    shift
    stripped=$(mktemp)
    for library in "$@"; do
        if LD_LIBRARY_PATH=$libraries /tmp/binutils/bin/strip --strip-unneeded -o "$stripped" "$library" &&
            LD_TRACE_LOADED_OBJECTS=1 "$loader" "$stripped" >/dev/null; then
            cat "$stripped" >"$library"
        fi
    done
    rm "$stripped"' "$loader" "$libraries"

# Files that are there twice, such as JupyterLab's pages (20 MB).
hardlink --quiet --ignore-time --minimum-size 4096 /opt/project
