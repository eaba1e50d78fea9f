#!/bin/bash
# README's first steps, as a newcomer does them, on a new Debian with nothing but what README asks for: from nothing to the first records.
# Prints what each step took. Needs root, debootstrap, a mirror of Debian, the crates' registry, and a Rust toolchain, which is mounted into
# the root. Commands are taken from README.md itself; those that ask portals on the internet are only run with NETWORK=1.
#
#   tests/newcomer.sh            build from an empty cache
#   NETWORK=1 tests/newcomer.sh  visit the portal that README visits, too
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d /var/tmp/tintinh-newcomer.XXXXXX)"
root="$work/root"
# On an error as well; a mounted toolchain must not be deleted with the root.
cleanup() {
    local place
    for place in opt/rust proc dev; do
        mountpoint -q "$root/$place" && umount -R "$root/$place"
    done
    for place in opt/rust proc dev; do
        if mountpoint -q "$root/$place"; then
            echo "still mounted: $root/$place; nothing is deleted" >&2
            return
        fi
    done
    rm -rf "$work"
}
trap cleanup EXIT
say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

say "a new Debian, with a C compiler, make and Perl"
debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,make,perl bookworm "$root" >"$work/debootstrap.log" ||
    { tail "$work/debootstrap.log" && fail "no root"; }
# Names, and the certificates that this machine trusts: a registry may stand behind a proxy.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
mkdir -p "$root/opt/rust" "$root/root/tintinh"
mount --bind -o ro "$(rustc --print sysroot)" "$root/opt/rust"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
git archive HEAD | tar -x -C "$root/root/tintinh"

# Runs a command in the newcomer's shell, in the checkout.
newcomer() {
    chroot "$root" env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/opt/rust/bin:/usr/local/bin:/usr/bin:/bin \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        nice -n "${NICE:-0}" sh -c "cd /root/tintinh && export PATH=\"\$PWD/target/release:\$PATH\" && $1"
}

# The commands of a section of README.md.
steps() {
    awk -v heading="## $1" '$0 == heading { inside = 1; next } /^## / { inside = 0 }
        inside && /^```sh/ { code = 1; next } /^```/ { code = 0 } inside && code && NF' README.md
}

cpu() { awk '{ print int(($14 + $15 + $16 + $17) / 100) }' "/proc/$$/stat"; }
begun=$SECONDS
took() { printf '   %d min %02d s\n' $(((SECONDS - $1) / 60)) $(((SECONDS - $1) % 60)); }

say "README: Try it"
steps "Try it" | while read -r command; do
    # The tests are no step to the first records.
    [ "$command" = "cargo test" ] && continue
    since=$SECONDS
    echo "\$ $command"
    newcomer "$command" >"$work/out" 2>"$work/err" || { tail -20 "$work/err" && fail "$command"; }
    tail -12 "$work/out"
    took "$since"
done
records="$(find "$root/tmp" -name '*.jsonl' -exec cat {} + | wc -l)"
[ "$records" -gt 0 ] || fail "no records"
minutes="$(took "$begun")"
say "$records records after$minutes, $(cpu) seconds of processors"

say "README: Fetch a portal"
steps "Fetch a portal" | while read -r command; do
    case "$command" in
    "tintinh fetch"* | "tintinh status"*) [ "${NETWORK:-}" = 1 ] || continue ;;
    esac
    since=$SECONDS
    echo "\$ $command"
    newcomer "$command" >"$work/out" 2>"$work/err" || { tail -20 "$work/err" && fail "$command"; }
    tail -3 "$work/out" | cut -c1-200
    took "$since"
done

say "done$minutes to the first records"
