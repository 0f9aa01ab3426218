#!/bin/sh
# run.sh [ARCHITECTURE...]: builds the charm for other architectures than this machine's, and runs its tests with them.
#
# It is compiled in a root of another Debian (make-root.sh), at the machine's own speed, and run under qemu-user. The
# tests are those of tests/charm with "simulated" in their names; Juju and LXD run natively, only the charm is emulated.
set -eu

root=${LXD_INTEGRATOR_CROSS:-/var/cache/lxd-integrator/cross}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
[ $# -gt 0 ] || set -- arm64 ppc64el riscv64 s390x

fail() {
    printf 'any_arch: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail 'must be root'
command -v zip >/dev/null || fail 'zip is missing; apt-get install zip'
"$here/tests/any_arch/make-root.sh" "$root" ${LXD_INTEGRATOR_MIRROR+"$LXD_INTEGRATOR_MIRROR"}

# In namespaces of its own the mounts below end with the script.
if [ "${LXD_INTEGRATOR_CROSS_INSIDE-}" != yes ]; then
    LXD_INTEGRATOR_CROSS_INSIDE=yes exec unshare --mount --propagation private "$0" "$@"
fi

target=$here/target/any_arch
cargo_home=${CARGO_HOME:-$HOME/.cargo}
mkdir -p "$target" "$root$here" "$root$cargo_home"
cargo fetch --quiet --locked --manifest-path "$here/Cargo.toml"
mount --bind "$here" "$root$here"
mount --bind "$cargo_home" "$root$cargo_home"

for arch in "$@"; do
    case $arch in
    arm64) qemu=aarch64 ;;
    ppc64el) qemu=ppc64le ;;
    riscv64 | s390x) qemu=$arch ;;
    *) fail "unknown architecture $arch: one of arm64, ppc64el, riscv64, s390x" ;;
    esac
    qemu=$(command -v "qemu-$qemu-static" || command -v "qemu-$qemu") ||
        fail "qemu-$qemu is missing; apt-get install qemu-user-static, or qemu-user"
    archives=$(chroot "$root" env PATH=/usr/bin:/bin HOME=/root CARGO_HOME="$cargo_home" CARGO_NET_OFFLINE=true \
        CARGO_TARGET_DIR="$target" "$here/build-charm.sh" --arch "$arch")
    printf '== %s: built\n' "$arch"
    # The charm of the archives with a script in the place of the executable, which hands it to qemu.
    emulated=$(mktemp -d)
    printf '#!/bin/sh\nexec %s -0 "$0" %s "$@"\n' "$qemu" "$target/lxd-integrator.$arch" >"$emulated/lxd-integrator"
    chmod 755 "$emulated/lxd-integrator"
    given=
    for archive in $archives; do
        cp "$archive" "$emulated"
        (cd "$emulated" && zip -q "${archive##*/}" lxd-integrator)
        given="$given$emulated/${archive##*/}
"
    done
    # Of Juju 2.9 there is none for riscv64, and it refuses the archive.
    [ "$arch" = riscv64 ] && skip='--skip juju_2_9' || skip=
    # shellcheck disable=SC2086 # one word, or none
    LXD_INTEGRATOR_ARCHIVES=$given \
        cargo test --quiet --locked --manifest-path "$here/Cargo.toml" --test charm -- simulated $skip
    rm -r "$emulated"
    printf '== %s: tests passed\n' "$arch"
done
