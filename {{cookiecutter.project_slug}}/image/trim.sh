#!/bin/sh
# Take out of the project's environment, /opt/project, what a notebook does not use. Sizes are those of the default
# packages; a line that takes what you need is yours to delete.
set -eu
cd /opt/project/lib/python3*/site-packages

# By name, since in other packages such folders and files may be needed: their tests of themselves (80 MB), and what only
# a compiler reads (18 MB), which is not there.
for package in geopandas jsonschema jupyterlab matplotlib mpl_toolkits numpy pandas posthog pyarrow pyogrio pyproj \
    shapely sqlalchemy tornado; do
    if [ -d "$package" ]; then
        find "$package" -depth -type d \( -name tests -o -name test \) -exec rm -r {} +
        find "$package" \( -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.p[xy]d' -o -name '*.pyx' \) \
            -type f -delete
    fi
done

# Symbols that only a debugger of C reads (115 MB). A library that the loader would then refuse stays as it was: some were
# rewritten by their packagers, which strip may not survive.
# shellcheck disable=SC2016
find . -name '*.so*' -type f -print0 | xargs --null --max-procs="$(nproc)" --max-args=16 sh -c '
    stripped=$(mktemp)
    for library in "$@"; do
        if strip --strip-unneeded -o "$stripped" "$library" && ldd "$stripped" >/dev/null; then
            cat "$stripped" >"$library"
        fi
    done
    rm "$stripped"' strip

# The connector's part in C and the libraries that only it loads (35 MB): `import mysql.connector` does without, and the
# helper package takes the part in Python on purpose.
rm -rf _mysql_connector.*.so mysql/vendor

# Arrow's remote procedure calls (28 MB), which nothing asks for but `import pyarrow.flight`.
rm -rf pyarrow/libarrow_flight.so* pyarrow/libarrow_python_flight.so* pyarrow/_flight.*.so

# JupyterLab's tests of browsers (6 MB), and every language but English (29 MB): Lab needs one to offer its language pack.
rm -rf jupyterlab/galata
[ ! -d babel ] || find babel/locale-data -name '*.dat' ! -name 'en*.dat' ! -name root.dat -delete

# pip's bytecode (5 MB): it seldom runs.
[ ! -d pip ] || find pip -depth -type d -name __pycache__ -exec rm -r {} +

# Files that are there twice, such as JupyterLab's pages (20 MB).
hardlink --quiet --ignore-time --minimum-size 4096 /opt/project
