#!/usr/bin/env bash
# Lints, types and tests of everything in Python: the library, the specification of the interface and the example.
#
# Needs python3 with venv, and openssl. Arguments go to pytest. LXD_DATABAGS names a file of recorded databags, which are
# held to the schema too (interfaces/lxd/check_databags.py).
set -euo pipefail
cd "$(dirname "$0")/.."

library=python/lxd-relation
code=("$library" interfaces/lxd examples/consumer)
# Nothing is left in the tree.
export PYTHONDONTWRITEBYTECODE=1 RUFF_NO_CACHE=true
venv=${CARGO_TARGET_DIR:-target}/python
python3 -m venv "$venv"
bin=$(realpath "$venv")/bin
"$bin/pip" install --quiet --disable-pip-version-check --requirement python/requirements.txt
# As it is packaged. What it needs, and what builds it, are in requirements.txt.
"$bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall "./$library"

"$bin/ruff" check --quiet "${code[@]}"
"$bin/ruff" format --quiet --check "${code[@]}"
"$bin/basedpyright" --project "$library" --pythonpath "$bin/python"
"$bin/python" -m pytest --quiet -p no:cacheprovider --config-file "$library/pyproject.toml" "${code[@]}" "$@"
if [ -n "${LXD_DATABAGS-}" ]; then
    "$bin/python" interfaces/lxd/check_databags.py
fi
