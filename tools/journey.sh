#!/bin/sh
# The journey: a real client, two processes over one store, and a model server from PyPI behind them.
# Sets up its own Python environment in .venv-journey; arguments go on to pytest.
set -eu
cd "$(dirname "$0")/.."

environment=.venv-journey
if ! cmp -s requirements/journey.txt "$environment/installed.txt"; then
    echo "journey: installing the model server into $environment (once, a minute or two)"
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r requirements/journey.txt
    cp requirements/journey.txt "$environment/installed.txt"
fi

cargo build --quiet -p all --bins
exec "$environment/bin/python" -m pytest --quiet -p no:cacheprovider functions/all/tests/journey "$@"
