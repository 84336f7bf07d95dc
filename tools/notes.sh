#!/bin/sh
# Prints what CHANGELOG.md says of a version: `notes.sh 0.1.0`. Fails if Cargo.toml has another version, or if the
# version has no dated section.
set -eu
cd "$(dirname "$0")/.."
version=${1:?VERSION}

if ! grep --quiet --line-regexp --fixed-strings "version = \"$version\"" Cargo.toml; then
    echo "Cargo.toml does not say version = \"$version\"" >&2
    exit 1
fi
notes=$(awk -v heading="## [$version] - 20" '/^## / { inside = index($0, heading) == 1; next } inside' CHANGELOG.md)
if [ -z "$notes" ]; then
    echo "CHANGELOG.md has no section '## [$version] - <date>'" >&2
    exit 1
fi
echo "$notes"
