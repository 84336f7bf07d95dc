# shellcheck shell=bash
# Sourced by tools that start processes of their own: free ports, waiting, and an end for every process that was started.
set -m # every started job is a process group, so that it ends with its children
export PATH="$PWD/.venv-lambda/bin:$PATH"

started=()
finish() {
    for job in "${started[@]}"; do kill -- "-$job" 2>/dev/null || true; done
    wait
}
trap finish EXIT

# The last command that was sent to the background is ours to end.
keep() {
    started+=($!)
}

free_port() {
    python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

await_port() {
    for _ in {1..300}; do
        if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    exit 1
}

# Becomes all functions under cargo-lambda's emulator, on a port and over a store: `emulator PORT STORE [NAME=value…] &`.
# Three of each: who comes back finds the first one still writing the answer.
# What the template's Globals give a function; a key is set so that no real one of this machine is ever used.
emulator() {
    local port=$1 store=$2
    shift 2
    exec env -u DATA_DIR -u PORT \
        AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH=1 DYNAMODB_ENDPOINT="http://127.0.0.1:$store" \
        TOKEN_KEY="file:$DATA_DIR/token-key.pem" DEFAULT_MODEL="${DEFAULT_MODEL:-scripted}" \
        AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "$@" \
        cargo-lambda lambda watch --quiet --ignore-changes --disable-cors --concurrency 3 \
        --invoke-address 127.0.0.1 --invoke-port "$port"
}
