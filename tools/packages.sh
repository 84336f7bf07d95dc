#!/usr/bin/env bash
# Sets up what the stories of signing in and of clients need beside Rust: packages from npm, and Chromium. Does
# nothing twice.
set -euo pipefail
cd "$(dirname "$0")/../functions/all/tests"

# Debian's package, if it is ours to install; a clear word otherwise.
need() {
    local command=$1 package=$2
    if command -v "$command" >/dev/null; then return; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "make test needs $command: please install it (on Debian: apt-get install $package)" >&2
        exit 1
    fi
    apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "$package" >/dev/null
}

need node nodejs
need npm npm
need chromium chromium
if [ "$(node --print 'process.versions.node.split(".")[0] >= 20')" != true ]; then
    echo "make test needs Node.js 20 or newer, this is $(node --version)" >&2
    exit 1
fi

# The stamp is written last, so that a broken download is tried again.
install() {
    if cmp --silent "$1/package-lock.json" "$1/node_modules/.installed"; then return; fi
    npm --prefix "$1" ci --silent --no-audit --no-fund
    cp "$1/package-lock.json" "$1/node_modules/.installed"
}

install sign_in
install clients
