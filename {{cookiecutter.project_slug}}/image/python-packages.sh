#!/bin/sh
# Install into the project's environment, /opt/project, what the locks list with each package's hash: requirements.lock,
# and lab.lock where the base has no JupyterLab. Such a base was chosen to be small: what few use is left out there. Where
# the base has it, what lab.lock lists beyond it, its extensions, joins it where it is; nothing of the base is changed.
set -eu
# shellcheck source=network.sh
. /opt/image/network.sh

# The notebook's user is anybody: the group users may write.
umask 002
set -- --requirements /build/requirements.lock
slim=
command -v jupyter-lab >/dev/null || { slim=1 && set -- "$@" --requirements /build/lab.lock; }
# No bytecode: compiling it all takes 25 s and 130 MB at each change; without it a container's first imports take 1.8 s more.
locked() { # locked PYTHON --requirements FILE ...
    UV_CACHE_DIR=/var/cache/uv UV_LINK_MODE=copy uv pip install --no-deps --require-hashes --python "$@" && return
    echo "The locked packages could not be installed as they are locked; the lines above say which and why. A hash that" \
        "differs is another file than the one that was locked: find out why before 'make lock' accepts it." >&2
    exit 1
}
locked /opt/project/bin/python "$@"
if [ -z "$slim" ]; then
    lab=$(sed -n '1s/^#!//p' "$(command -v jupyter-lab)")
    uv pip freeze --quiet --no-cache --python "$lab" >/tmp/there
    awk 'NR == FNR { sub(/[ =].*/, ""); there[$0]; next } /^[^ ]/ { split($0, part, "=="); known = part[1] in there } !known' \
        /tmp/there /build/lab.lock >/tmp/lab.lock
    [ ! -s /tmp/lab.lock ] || locked "$lab" --break-system-packages --requirements /tmp/lab.lock
fi
# What `make keep` compares with, to find what was installed by hand.
uv pip freeze --quiet --no-cache --python /opt/project/bin/python >/opt/project/as-built.txt
# The kernel runs with this Python, whichever one Jupyter runs with: as `ipykernel install` says it, which takes a second
# and is left to bases that bring ipykernel themselves, to a project that does not.
sed -z -i 's#"python"#"/opt/project/bin/python", "-Xfrozen_modules=off"#' \
    /opt/project/share/jupyter/kernels/python3/kernel.json 2>/dev/null ||
    /opt/project/bin/python -B -m ipykernel install --prefix=/opt/project --name=python3

cd /opt/project/lib/python3*/site-packages
# But JupySQL's: Python warns of its source when it compiles it, which would show in the first cell with `%sql`.
[ ! -d sql ] || /opt/project/bin/python -W ignore -m compileall -q sql
[ ! -d bokeh ] || find bokeh/server/static/js -name '*.js' ! -name '*.min.js' -delete # 13 MB; it serves the short forms

[ -n "$slim" ] || exit 0
# By name, since in other packages such folders and files may be needed: their tests of themselves (80 MB), and what only
# a compiler reads (30 MB), which is not there.
for package in bokeh dask debugpy distributed fontTools geopandas jsonschema jupyterlab matplotlib mpl_toolkits narwhals \
    numpy pandas posthog pyarrow pyogrio pyproj shapely sqlalchemy tornado; do
    [ ! -d "$package" ] || find "$package" -depth \( -type d \( -name tests -o -name test \) -o -type f \( -name '*.[ch]' -o \
        -name '*.[ch]pp' -o -name '*.cc' -o -name '*.p[xy]d' -o -name '*.pyx' \) \) -exec rm -r {} +
done
# Arrow's remote calls, the connector's part in C (persistence takes the one in Python), Lab's browser tests, types that
# jedi looks for elsewhere; and languages but English, with which Lab offers language packs, if nothing else asks for them.
rm -rf pyarrow/*flight* _mysql_connector.*.so mysql/vendor jupyterlab/galata jedi/third_party/typeshed/stubs
grep -q '^babel==' /build/requirements.lock || find . -path './babel/*.dat' ! -name 'en*.dat' ! -name root.dat -delete
hardlink --quiet --ignore-time --minimum-size 4096 /opt/project # Lab's pages are there twice
