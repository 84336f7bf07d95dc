#!/bin/sh
# Lays out all files of the image: `image-root.sh BINARY FOLDER`. The Dockerfile copies the folder as it is.
set -eu
binary=${1:?BINARY}
root=${2:?FOLDER}
umask 022
mkdir -p "$root"

# One file, at the same place, links resolved: a scratch image has no links into a system.
add() {
    mkdir -p "$root$(dirname "$1")"
    cp -L "$1" "$root$1"
}

cp "$binary" "$root/counsel"
chmod 755 "$root/counsel"
for library in $(ldd "$binary" | grep -o '/[^ ]*'); do add "$library"; done
# Ours are compiled in; these are for TLS_ROOTS=system.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then add /etc/ssl/certs/ca-certificates.crt; fi
# Where it may write, if somebody mounts something there.
mkdir -p "$root/data" "$root/tmp"
chmod 1777 "$root/data" "$root/tmp"
