#!/bin/sh
# The journey through whatever is deployed at JOURNEY_URL; arguments go on to pytest.
set -eu
cd "$(dirname "$0")/.."
exec .venv-smoke/bin/python -m pytest --quiet -p no:cacheprovider -o pythonpath=functions/all/tests/journey \
    functions/all/tests/smoke "$@"
