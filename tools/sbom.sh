#!/bin/sh
# Writes the bill of materials: `sbom.sh CARGO-CYCLONEDX FILE`. It is that of `all`, which links every function, on
# x86-64: arm64 takes no crate that is not in it. What only builds has the scope "excluded"; tests are left out.
set -eu
cd "$(dirname "$0")/.."
cyclonedx=${1:?CARGO-CYCLONEDX}
file=${2:?FILE}

# The tool writes a file into each member's folder.
trap 'rm -f shared/sbom.json functions/*/sbom.json' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) "$cyclonedx" cyclonedx --quiet --manifest-path functions/all/Cargo.toml \
    --target x86_64-unknown-linux-gnu --format json --spec-version 1.5 --override-filename sbom
mkdir -p "$(dirname "$file")"
# The same from any folder.
sed "s|path+file://$PWD/|path+file:///|g" functions/all/sbom.json >"$file"
