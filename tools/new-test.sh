#!/usr/bin/env bash
# `make new NAME=probe` in a clone of what is committed, and the tests that every function has to pass. What is built is
# shared with this checkout, so that only the workspace itself is built anew.
set -euo pipefail
cd "$(dirname "$0")/.."

clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
git clone --quiet . "$clone"
cd "$clone"
make new NAME=probe
cargo build --package probe --package all
cargo test --package all --test deploy
cargo test --package all --test contract document
cargo test --package all --test lambda every_recorded_event
cargo test --package all --test stories strangers
git restore .
git clean -fdq
[[ -z $(git status --porcelain) ]] || { git status --short; exit 1; }
echo "a new function passes the tests, and nothing of it is left"
