#!/bin/sh
# The journey: a real client, two processes over one store, and a model server from PyPI behind them.
# Arguments go on to pytest.
set -eu
cd "$(dirname "$0")/.."

make --silent .venv-journey/installed
cargo build --quiet --package all --bins
exec .venv-journey/bin/python -m pytest --quiet -p no:cacheprovider functions/all/tests/journey "$@"
