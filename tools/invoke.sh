#!/usr/bin/env bash
# Sends one recorded event to a function under cargo-lambda's emulator, over the data of `make run`, and prints the
# reply; logs go to stderr. Placeholders are filled from variables of the same name, {{TOKEN}} from NAME's token:
#   make invoke FUNCTION=history EVENT=messages SESSION=… NAME=ada
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/stage.sh

function=${1:?"FUNCTION=… is a folder of functions/"}
event=events/$function/${2:?"EVENT=… is a file of events/$function/, without .json"}.json
[ -f "$event" ] || { echo "there is no $event" >&2; exit 1; }
mkdir -p "${DATA_DIR:=.data}"
DATA_DIR=$(cd "$DATA_DIR" && pwd)

cargo build --quiet --workspace --bin "$function" --bin dynamodb --bin token
token=$(DATA_DIR=$DATA_DIR cargo run --quiet --package all --bin token -- "${NAME:-ada}")

store=$(free_port)
DATA_DIR=$DATA_DIR PORT=$store cargo run --quiet --package all --bin dynamodb >&2 &
keep
await_port "$store"

emulator=$(free_port)
emulator "$emulator" "$store" >&2 &
keep
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
