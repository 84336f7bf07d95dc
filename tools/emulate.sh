#!/usr/bin/env bash
# All functions as Lambda runs them, under cargo-lambda's emulator, over the data of `make run`. A process of `make run`
# stands beside them as the identity provider. With arguments it runs them as a command, with JOURNEY_… set, over data
# that nobody keeps, and ends; without it stays until ctrl-c.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/stage.sh
if [ $# != 0 ]; then
    DATA_DIR=$(mktemp -d)
    trap 'finish; rm -rf "$DATA_DIR"' EXIT
    log=$DATA_DIR/log
fi
mkdir -p "${DATA_DIR:=.data}"
DATA_DIR=$(cd "$DATA_DIR" && pwd)

cargo build --quiet --workspace --bins
target=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
bin=$target/debug

store=$(free_port)
DATA_DIR=$DATA_DIR PORT=$store "$bin/dynamodb" >&2 &
keep
await_port "$store"

# The laptop's process: whoever signs in picks Ada, Bob or Eve there. Its address stands for the gateway's.
front=$(free_port)
public=http://localhost:$front
DATA_DIR=$DATA_DIR PORT=$front DYNAMODB_ENDPOINT=http://127.0.0.1:$store "$bin/all" >/dev/null &
keep
await_port "$front"
provider='{"name":"demo","issuer":"http://localhost/demo","client_id":"counsel-laptop","discovery":"'$public'/demo/.well-known/openid-configuration"}'

emulator=${PORT:-$(free_port)}
emulator "$emulator" "$store" "PUBLIC_URL=$public" "OIDC_PROVIDERS=[$provider]" >"${log:-/dev/stderr}" 2>&1 &
keep
await_port "$emulator"
token=$(DATA_DIR=$DATA_DIR "$bin/token" "${NAME:-ada}")

if [ $# != 0 ]; then
    JOURNEY_URL=$public JOURNEY_TOKEN=$token JOURNEY_FUNCTIONS=http://127.0.0.1:$emulator "$@" && exit
    tail -n 50 "$log" >&2
    exit 1
fi
cat <<END

Each function answers at http://127.0.0.1:$emulator/lambda-url/<function>/<its route>. Your token, for a day:

$token

curl -N http://127.0.0.1:$emulator/lambda-url/consult/consult -H 'Authorization: Bearer $token' \\
  -H 'Content-Type: application/json' -d '{"text": "What time is it?"}'
END
wait "${started[-1]}"
