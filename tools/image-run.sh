#!/bin/sh
# Runs what lies in a folder of image-root.sh as Docker would run the image, read-only: `image-run.sh FOLDER [ARGUMENT…]`.
# User, variables and entry point are those of the Dockerfile; /data and /tmp are empty memory, as compose.yaml mounts
# them. Whoever is not root becomes the image's user in a namespace of their own (Linux, util-linux).
set -eu
dockerfile=$(dirname "$0")/../Dockerfile
of() { sed -n "s/^$1 //p" "$dockerfile"; }

if [ "${1:-}" != --inside ]; then
    if [ "$(id -u)" = 0 ]; then exec unshare --mount "$0" --inside "$@"; fi
    exec unshare --mount --user --map-root-user "$0" --inside "$@"
fi

root=$2
shift 2
user=$(of USER)
# A copy in memory: nothing of the folder can be changed, whatever happens.
cd /
mount -t tmpfs -o mode=755 image /mnt
cp -a "$root/." /mnt
mount -t tmpfs -o mode=1777 data /mnt/data
mount -t tmpfs -o mode=1777 tmp /mnt/tmp
mount -o remount,bind,ro /mnt

for variable in $(of ENV); do
    printenv "${variable%%=*}" >/dev/null || export "${variable?}"
done
set -- "$(of ENTRYPOINT | tr -d '[]"')" "$@"
if [ "$(awk '$1 == 0 { print $3 }' /proc/self/uid_map)" = 4294967295 ]; then
    exec chroot --userspec="$user" /mnt "$@"
fi
exec unshare --user --map-user="${user%:*}" --map-group="${user#*:}" --root=/mnt "$@"
