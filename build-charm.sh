#!/bin/sh
# Builds the charm for the machine it runs on; --help says more.
set -eu

usage() {
    cat <<'END'
Builds the charm for the machine it runs on (amd64 or arm64).

Usage: build-charm.sh [--help]

Writes two archives to dist/ that differ in manifest.yaml alone, because Juju
2.9 refuses a manifest with a base that it does not know:

  lxd-integrator_ARCH.charm          Juju 3.x and 4.x
  lxd-integrator_juju2.9_ARCH.charm  Juju 2.9

and checks them. Their absolute paths, in this order, are the only output on
standard output; progress goes to standard error. The same commit and toolchain
give the same bytes, from any folder.

Needs the Rust toolchain and a C compiler. Builds in target/charm, apart from
what `cargo test` is at, or in the folder that CARGO_TARGET_DIR names.
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

# Writes and checks one archive, and leaves its path in $written.
pack() { # NAME BASES
    written=$root/dist/$1
    cargo run --quiet --release --locked --target-dir "$target_dir" --package charm-pack -- \
        write --root "$root" --binary "$binary" --arch "$arch" --bases "$2" "$written" >&2
}

case "$#:${1-}" in
0:) ;;
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
need cc 'apt-get install gcc libc6-dev'
case $(cc -print-file-name=libc.a) in
/*) ;;
*) fail 'the static C library, libc.a, is missing; apt-get install libc6-dev' ;;
esac

version=$(rustc -vV)
triple=$(printf '%s\n' "$version" | sed -n 's/^host: //p')
commit=$(printf '%s\n' "$version" | sed -n 's/^commit-hash: //p')
case $triple in
x86_64-unknown-linux-gnu) arch=amd64 ;;
aarch64-unknown-linux-gnu) arch=arm64 ;;
*) fail "the charm is built on x86_64-unknown-linux-gnu and aarch64-unknown-linux-gnu, not on $triple" ;;
esac

target_dir=${CARGO_TARGET_DIR:-$root/target/charm}
mkdir -p "$target_dir" "$root/dist"
target_dir=$(CDPATH='' cd -- "$target_dir" && pwd -P)
cd "$root"
cargo_home=${CARGO_HOME:-$HOME/.cargo}
binary=$target_dir/$triple/release/lxd-integrator

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
CC_SHELL_ESCAPED_FLAGS=1 CFLAGS="'-ffile-prefix-map=$cargo_home=/cargo' '-ffile-prefix-map=$target_dir=/target'" \
    cargo build --release --locked --target "$triple" --target-dir "$target_dir" \
    --package lxd-integrator --bin lxd-integrator >&2

say 'writing and checking the archives'
pack "lxd-integrator_$arch.charm" 26.04,24.04,22.04,20.04
for_juju_3=$written
pack "lxd-integrator_juju2.9_$arch.charm" 22.04,20.04,18.04,16.04

printf '%s\n%s\n' "$for_juju_3" "$written"
