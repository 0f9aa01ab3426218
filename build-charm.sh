#!/bin/sh
# Builds the charm; --help says more.
set -eu

usage() {
    cat <<'END'
Builds the charm, for the machine it runs on or for another.

Usage: build-charm.sh [--arch amd64|arm64|ppc64el|riscv64|s390x]

Writes two archives to dist/ that differ in manifest.yaml alone, because Juju
2.9 refuses a manifest with a base that it does not know:

  lxd-integrator_ARCH.charm          Juju 3.x and 4.x
  lxd-integrator_juju2.9_ARCH.charm  Juju 2.9

and checks them. Their absolute paths, in this order, are the only output on
standard output; progress goes to standard error. Beside each is its bill of
materials, .cdx.json, in CycloneDX. The same commit and toolchain give the same
bytes, from any folder.

Needs the Rust toolchain and a C compiler; for another architecture than the
machine's, both for that one. Builds in target/charm, apart from what `cargo
test` is at, or in the folder that CARGO_TARGET_DIR names.
END
}

say() {
    printf 'build-charm: %s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

need() { # COMMAND WHERE-FROM
    command -v "$1" >/dev/null || fail "$1 is missing; $2"
}

charm_pack() { # COMMAND ARGUMENT...
    cargo run --quiet --release --locked --target-dir "$target_dir" --package charm-pack -- \
        "$@" --root "$root" --arch "$arch" >&2
}

# Writes and checks one archive, and leaves its path in $written.
pack() { # NAME BASES
    written=$root/dist/$1
    charm_pack write --binary "$binary" --bases "$2" "$written"
    charm_pack bill --library "glibc=$glibc" --library "rust=$rust" "$written"
}

# Sets what is called differently for each architecture.
choose() { # ARCH
    arch=$1
    case $arch in
    amd64) triple=x86_64-unknown-linux-gnu gnu=x86_64-linux-gnu ;;
    arm64) triple=aarch64-unknown-linux-gnu gnu=aarch64-linux-gnu ;;
    ppc64el) triple=powerpc64le-unknown-linux-gnu gnu=powerpc64le-linux-gnu ;;
    riscv64) triple=riscv64gc-unknown-linux-gnu gnu=riscv64-linux-gnu ;;
    s390x) triple=s390x-unknown-linux-gnu gnu=s390x-linux-gnu ;;
    *) fail "unknown architecture $arch: one of amd64, arm64, ppc64el, riscv64, s390x" ;;
    esac
}

wanted=
case "$#:${1-}" in
0:) ;;
2:--arch) wanted=$2 ;;
1:--help | 1:-h)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 2
    ;;
esac

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
rust_from='install Rust with rustup: https://rustup.rs, or apt-get install rustup'
need cargo "$rust_from"
need rustc "$rust_from"

version=$(rustc -vV)
host=$(printf '%s\n' "$version" | sed -n 's/^host: //p')
commit=$(printf '%s\n' "$version" | sed -n 's/^commit-hash: //p')
rust=$(printf '%s\n' "$version" | sed -n 's/^release: //p')
for own in amd64 arm64 ppc64el riscv64 s390x; do
    choose "$own"
    [ "$triple" != "$host" ] || break
done
if [ -n "$wanted" ]; then
    choose "$wanted"
elif [ "$triple" != "$host" ]; then
    fail "Juju has no charms for $host"
fi
# Only for another machine: of this one's the linker is not named, or Cargo would build what the two share, the
# procedural macros, anew for each of the two programs below.
set --
if [ "$triple" = "$host" ]; then
    cc=cc objcopy=objcopy library='apt-get install gcc libc6-dev'
else
    cc=$gnu-gcc objcopy=$gnu-objcopy library="apt-get install crossbuild-essential-$arch"
    set -- --config "target.$triple.linker='$cc'"
fi
need "$cc" "$library"
need "$objcopy" "$library"
case $("$cc" -print-file-name=libc.a) in
/*) ;;
*) fail "the static C library, libc.a, is missing; $library" ;;
esac
[ -d "$(rustc --print target-libdir --target "$triple")" ] ||
    fail "Rust's library for $arch is missing; rustup target add $triple"
glibc=$(printf '#include <features.h>\n__GLIBC__.__GLIBC_MINOR__\n' | "$cc" -E -P - | tr -d ' ' | tail -n 1)

target_dir=${CARGO_TARGET_DIR:-$root/target/charm}
mkdir -p "$target_dir" "$root/dist"
target_dir=$(CDPATH='' cd -- "$target_dir" && pwd -P)
cd "$root"
cargo_home=${CARGO_HOME:-$HOME/.cargo}

# Flags of the caller's own must not change the bytes, nor what Cargo tells the tests that it runs make this build
# another one: dependencies are built anew when their view of these variables changes.
leaks='s/^\(CARGO_MANIFEST_[A-Z_]*\)=.*/\1/p; s/^\(CARGO_PKG_[A-Z_]*\)=.*/\1/p; s/^\(CARGO_PROFILE_[A-Z_]*\)=.*/\1/p'
for name in $(env | sed -n "$leaks"); do
    unset "$name"
done
unset CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET CARGO_ENCODED_RUSTFLAGS CARGO_INCREMENTAL RUSTFLAGS

# Static, so that the executable runs on any release. Not in .cargo/config.toml: a build without --target would apply it
# to procedural macros, which cannot be static.
# Where the sources lie must not change the bytes either: each folder gets a name that is the same everywhere. Later
# pairs win, and the target folder is often inside the workspace.
flags="-Ctarget-feature=+crt-static
--remap-path-prefix=$root=/lxd-integrator
--remap-path-prefix=$target_dir=/target
--remap-path-prefix=$cargo_home=/cargo
--remap-path-prefix=$(rustc --print sysroot)/lib/rustlib/src/rust=/rustc/$commit"

say "building for $arch in $target_dir"
# Encoded flags may hold blanks: 037 stands between them.
CARGO_ENCODED_RUSTFLAGS=$(printf '%s' "$flags" | tr '\n' '\037') \
CC=$cc CC_SHELL_ESCAPED_FLAGS=1 CFLAGS="'-ffile-prefix-map=$cargo_home=/cargo' '-ffile-prefix-map=$target_dir=/target'" \
    cargo build --release --locked --target "$triple" --target-dir "$target_dir" \
    "$@" --package lxd-integrator --bin lxd-integrator >&2

say 'writing and checking the archives'
# Tools that look for advisories find the list of packages where `cargo auditable` would have put it.
binary=$target_dir/lxd-integrator.$arch
charm_pack list "$binary.packages"
"$objcopy" --add-section ".dep-v0=$binary.packages" "$target_dir/$triple/release/lxd-integrator" "$binary"
pack "lxd-integrator_$arch.charm" 26.04,24.04,22.04,20.04
for_juju_3=$written
pack "lxd-integrator_juju2.9_$arch.charm" 22.04,20.04,18.04,16.04

printf '%s\n%s\n' "$for_juju_3" "$written"
