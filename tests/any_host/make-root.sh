#!/bin/sh
# make-root.sh [FOLDER [MIRROR]]: unpacks a small Debian of another release than this system's, with the name services
# that a static program must stay away from. It is not set up: nothing runs in it but a shell, the charm and what
# tests/any_host brings along. If it is there already, nothing is done.
set -eu

root=${1:-/var/cache/lxd-integrator/other-release}
mirror=${2:-http://deb.debian.org/debian}

fail() {
    printf 'make-root: %s\n' "$*" >&2
    exit 1
}

# Any release will do whose C library is not the one that the charm is built with.
case $(. /etc/os-release && echo "${VERSION_CODENAME-}") in
trixie) release=bookworm ;;
*) release=trixie ;;
esac
[ "$(cat "$root/complete" 2>/dev/null)" != "$release" ] || exit 0

[ "$(id -u)" = 0 ] || fail 'must be root'
command -v debootstrap >/dev/null || fail 'debootstrap is missing; apt-get install debootstrap'

mkdir -p "$(dirname "$root")"
new=$(mktemp -d "$root.XXXXXX")
trap 'rm -rf --one-file-system "$new"' EXIT
# --foreign: unpack the essential packages, and fetch the others.
debootstrap --foreign --variant=minbase --include=libnss-myhostname,libnss-mdns,libnss-resolve \
    "$release" "$new" "$mirror" >"$new/log" 2>&1 || {
    tail -n 5 "$new/log" >&2
    fail "debootstrap cannot get Debian $release from $mirror"
}
for package in "$new"/var/cache/apt/archives/libnss-*.deb; do
    dpkg-deb --extract "$package" "$new"
done
rm -rf "$new/var/cache/apt/archives" "$new/debootstrap"
echo "$release" >"$new/complete"
chmod 755 "$new"
rm -rf --one-file-system "$root"
mv "$new" "$root"
