#!/usr/bin/env bash
# Sends one recorded event to a function under cargo-lambda's emulator, over the data of `make run`, and prints the
# reply; logs go to stderr. Placeholders are filled from variables of the same name, {{TOKEN}} from NAME's token:
#   make invoke FUNCTION=history EVENT=messages SESSION=… NAME=ada
set -euo pipefail
set -m # every started job is a process group, so that it ends with its children
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv-lambda/bin:$PATH"

function=${1:?"FUNCTION=… is a folder of functions/"}
event=events/$function/${2:?"EVENT=… is a file of events/$function/, without .json"}.json
[ -f "$event" ] || { echo "there is no $event" >&2; exit 1; }
mkdir -p "${DATA_DIR:=.data}"
DATA_DIR=$(cd "$DATA_DIR" && pwd)

started=()
finish() {
    for job in "${started[@]}"; do kill -- "-$job" 2>/dev/null || true; done
    wait
}
trap finish EXIT

free_port() {
    python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

await_port() {
    for _ in {1..300}; do
        if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    exit 1
}

cargo build --quiet --bin "$function" --bin dynamodb --bin token
token=$(DATA_DIR=$DATA_DIR cargo run --quiet --bin token -- "${NAME:-ada}")

store=$(free_port)
DATA_DIR=$DATA_DIR PORT=$store cargo run --quiet --bin dynamodb >&2 &
started+=($!)
await_port "$store"

# What the template's Globals give a function. A key is set so that no real one of this machine is ever used.
emulator=$(free_port)
env -u DATA_DIR -u PORT \
    AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH=1 DYNAMODB_ENDPOINT="http://127.0.0.1:$store" \
    TOKEN_KEY="file:$DATA_DIR/token-key.pem" DEFAULT_MODEL="${DEFAULT_MODEL:-scripted}" \
    AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local \
    cargo lambda watch --quiet --ignore-changes --disable-cors --invoke-address 127.0.0.1 --invoke-port "$emulator" >&2 &
started+=($!)
await_port "$emulator"

# Lambda's own Invoke address: a streamed reply comes as it is made, a buffered one as the JSON the gateway gets.
fill=(-e "s|{{TOKEN}}|$token|g")
for name in $(grep --only-matching '{{[A-Z_]*}}' "$event" | tr -d '{}' | sort --unique); do
    fill+=(-e "s|{{$name}}|${!name:-}|g")
done
sed "${fill[@]}" "$event" |
    curl --silent --show-error --no-buffer --include --data-binary @- \
        "http://127.0.0.1:$emulator/2015-03-31/functions/$function/invocations"
echo
