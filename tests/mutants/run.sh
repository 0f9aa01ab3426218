#!/bin/sh
# run.sh [ARGUMENT...]: breaks the pure core in one place after another, with cargo-mutants, and sees whether its own tests
# notice: those in src/, and tests/planner. What they miss has to be in survivors.txt, and nothing else may be there. The
# arguments go to cargo-mutants, such as `--re src/trust/owner`; then what is listed for other files does not count.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
command -v cargo-mutants >/dev/null || {
    echo 'mutants: cargo-mutants is missing; cargo install --locked cargo-mutants' >&2
    exit 1
}
cd "$root"
mkdir -p target

# A failing session need not be shrunk here, and most fail early. 2 and 3 mean that some were missed, or ran for too long.
export LXD_INTEGRATOR_SESSIONS=300 LXD_INTEGRATOR_SHRINKING_SECONDS=0
status=0
cargo mutants --jobs 2 --copy-target true --output target "$@" || status=$?
case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac

# Places move, so they are not compared.
found=target/mutants.out/survivors.txt
sed 's/:[0-9]*:[0-9]*:/:/' target/mutants.out/missed.txt | sort >"$found"
listed=$(mktemp)
trap 'rm "$listed"' EXIT
grep -v -e '^#' -e '^$' "$here/survivors.txt" | sort >"$listed" || true
if [ $# -gt 0 ]; then
    cargo mutants --list "$@" | sed 's/:[0-9]*:[0-9]*:/:/' | sort -u | grep -F -x -f - "$listed" >"$listed.tried" || true
    mv "$listed.tried" "$listed"
fi
diff --unified=0 --label listed --label missed "$listed" "$found" || {
    echo 'mutants: what was missed is not what tests/mutants/survivors.txt lists' >&2
    exit 1
}
echo "mutants: $(wc -l <"$found") missed, each as listed"
