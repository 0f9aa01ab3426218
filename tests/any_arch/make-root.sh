#!/bin/sh
# make-root.sh [FOLDER [MIRROR]]: sets up a Debian whose Rust is new enough for the charm, with the compilers and the
# Rust libraries for the other architectures that Juju has. If it is there already, nothing is done.
set -eu

root=${1:-/var/cache/lxd-integrator/cross}
mirror=${2:-http://deb.debian.org/debian}
release=forky
architectures='arm64 ppc64el riscv64 s390x'

fail() {
    printf 'make-root: %s\n' "$*" >&2
    exit 1
}

# Runs a command in the root, without questions.
inside() {
    chroot "$new" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@" >>"$new/log" 2>&1 || {
        tail -n 5 "$new/log" >&2
        fail "in the new root: $*"
    }
}

[ "$(cat "$root/complete" 2>/dev/null)" != "$release $architectures" ] || exit 0

[ "$(id -u)" = 0 ] || fail 'must be root'
[ "$(dpkg --print-architecture)" = amd64 ] || fail 'Debian has these compilers for amd64'
command -v debootstrap >/dev/null || fail 'debootstrap is missing; apt-get install debootstrap'

mkdir -p "$(dirname "$root")"
new=$(mktemp -d "$root.XXXXXX")
trap 'rm -rf --one-file-system "$new"' EXIT
# The script of sid, as an older debootstrap does not know the release by its name.
debootstrap --variant=minbase "$release" "$new" "$mirror" sid >"$new/log" 2>&1 || {
    tail -n 5 "$new/log" >&2
    fail "debootstrap cannot get Debian $release from $mirror"
}
set -- gcc libc6-dev cargo rustc
for architecture in $architectures; do
    inside dpkg --add-architecture "$architecture"
    set -- "$@" "crossbuild-essential-$architecture"
done
# A mirror that stands still is as good here as it is to this system.
eval "$(apt-config shell valid Acquire::Check-Valid-Until)"
inside apt-get update --error-on=any --option "Acquire::Check-Valid-Until=${valid-true}"
inside apt-get install --yes --no-install-recommends "$@"
# Unpacked, not installed: each would bring a whole LLVM of its architecture along.
for architecture in $architectures; do
    inside sh -c "cd /tmp && apt-get download libstd-rust-dev:$architecture"
done
for package in "$new"/tmp/libstd-rust-dev_*.deb; do
    dpkg-deb --extract "$package" "$new"
done
rm -rf "$new"/tmp/*.deb "$new/var/cache/apt" "$new/var/lib/apt/lists"
echo "$release $architectures" >"$new/complete"
chmod 755 "$new"
rm -rf --one-file-system "$root"
mv "$new" "$root"
