#!/bin/bash
# The tarball as its users have it: unpacked in a root with nothing but a C library of the least version that it names (or none, where it is static),
# and run there over the sample portals. Needs root, what .ci/tarball needs, and debootstrap where the program is not static. PROFILE, TARGET: as for
# .ci/tarball.
set -euo pipefail
cd "$(dirname "$0")/../.."

work="$(mktemp -d /var/tmp/tintinh-tarball.XXXXXX)"
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

line="$(.ci/tarball | tail -1)"
echo "$line"
tarball="${line%%: *}"
root="$work/root"
case "$line" in
*static) mkdir -p "$root/tmp" ;;
*)
    # Debian 11 has glibc 2.31, Debian 12 has 2.36: the older one that is new enough.
    needs="${line##*glibc }"
    needs="${needs%% *}"
    suite=bookworm
    [ "$(printf '%s\n2.31\n' "$needs" | sort -V | tail -1)" = 2.31 ] && suite=bullseye
    echo "tried on $suite"
    debootstrap --variant=minbase "$suite" "$root" >"$work/log" || { tail "$work/log" && exit 1; }
    ;;
esac
tar -C "$root" -xzf "$tarball"
program="/$(basename "$tarball" .tar.gz)/tintinh"
inside() { env -i PATH="$PATH" TMPDIR=/tmp HOME=/ chroot "$root" "$program" "$@"; }
inside --version
inside check --config "$(dirname "$program")/config" | tail -2
inside demo /tmp/demo >"$work/out" 2>"$work/err" || { tail "$work/err" && fail "demo"; }
records="$(find "$root/tmp/demo/records" -name '*.jsonl' -exec cat {} + | wc -l)"
[ "$records" -gt 50 ] || fail "$records records"
inside --config /tmp/demo/config doctor
echo "the tarball runs: $records records"
