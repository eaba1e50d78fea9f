#!/bin/bash
# The Debian package in a root of its own: installed, run by a real systemd under its hardened unit, upgraded with the configuration kept,
# removed, purged. Needs root, mmdebstrap, systemd-container and a mirror of Debian; takes some minutes. PROFILE=dev packs a debug build.
set -euo pipefail
cd "$(dirname "$0")/../.."

work="$(mktemp -d /var/tmp/tintinh-package.XXXXXX)"
root="$work/root"
machine="tintinh-package-$$"
container=""
sites=""
cleanup() {
    [ -n "$container" ] && kill "$container" 2>/dev/null
    [ -n "$sites" ] && kill "$sites" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
inside() { chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

say "two packages, the second one newer"
.ci/package >/dev/null
cp target/debian/tintinh_*.deb "$work/old.deb"
mkdir "$work/new"
dpkg-deb -R "$work/old.deb" "$work/new"
sed -i 's/^Version: .*/Version: 99.0.0-1/' "$work/new/DEBIAN/control"
for file in portals/hoabinh.toml tintinh.toml; do
    echo "# new in this version" >>"$work/new/etc/tintinh/$file"
done
(cd "$work/new" && find etc usr -type f -print0 | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -b "$work/new" "$work/new.deb" >/dev/null

say "a root"
mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,man-db,procps bookworm "$root"

say "install"
cp "$work"/*.deb "$root/root/"
inside dpkg -i /root/old.deb
[ "$(inside stat -c %U:%a /var/lib/tintinh)" = tintinh:755 ] || fail "the state's folder"
inside tintinh --version
inside tintinh check --config /etc/tintinh | tail -2
[ -s "$root/usr/share/man/man1/tintinh.1.gz" ] || fail "the manual page"
[ -s "$root/usr/share/bash-completion/completions/tintinh" ] || fail "completions"
[ "$(inside systemctl is-enabled tintinh 2>/dev/null || true)" = disabled ] || fail "it must not start before it has a contact"
inside systemd-analyze verify /usr/lib/systemd/system/tintinh.service
inside systemd-analyze security --offline=yes --threshold=15 tintinh.service | tail -1

say "a real systemd runs it, over a portal of this machine"
mkdir "$work/site"
python3 - "$work/site" <<'PY'
import pathlib, sys
root = pathlib.Path(sys.argv[1])
items = "".join(f"<li class='item'><a href='/bai-{n}.html'>Tiêu đề bài số {n}</a></li>" for n in range(9))
(root / "tin.html").write_text(f"<html><body><ul>{items}</ul></body></html>")
for n in range(9):
    text = "".join(f"<p>Nội dung của bài số {n}, đoạn {p}, dài vừa đủ để được coi là một đoạn văn của bài viết.</p>" for p in range(3))
    page = f"<h1>Bài {n}</h1><span class='ngay'>30/06/2025 08:00</span><div class='than'>{text}</div>"
    (root / f"bai-{n}.html").write_text(f"<html><body>{page}</body></html>")
PY
python3 -m http.server --directory "$work/site" --bind 127.0.0.1 18731 >/dev/null 2>&1 &
sites=$!
for other in "$root"/etc/tintinh/portals/*.toml; do
    sed -i '/^enabled = /d; 0,/^name = /s//enabled = false\nname = /' "$other"
done
cat >"$root/etc/tintinh/portals/thu.toml" <<'TOML'
name = "Cổng thử"
home = "http://thu.test:18731/"
delay = "0s"
[[source]]
kind = "listing"
url = "http://thu.test:18731/tin.html"
select = { item = ["li.item"], link = ["a"] }
[[article]]
title = ["h1"]
body = ["div.than"]
date = ["span.ngay"]
TOML
sed -i 's|^#contact = .*|contact = "mailto:ops@example.org"|
    s|^allow_addresses = .*|allow_addresses = ["127.0.0.0/8"]|
    s|^allow_ports = .*|allow_ports = [18731]|
    s|^#listen = .*|listen = "127.0.0.1:19464"|
    s|^#\[fetch.resolve\]|[fetch.resolve]|
    s|^#"example.vn" = .*|"thu.test" = "127.0.0.1:18731"|' "$root/etc/tintinh/tintinh.toml"
# What a unit does to itself can be undone by the operator: here more than one address family of loopback is not needed.
inside tintinh check --config /etc/tintinh | tail -2
inside systemctl enable tintinh 2>/dev/null
systemd-nspawn --quiet --register=no --keep-unit --machine="$machine" -D "$root" -b --console=pipe >"$work/console" 2>&1 </dev/null &
container=$!
count() { cat "$root"/var/lib/tintinh/records/thu/*/*/*.jsonl 2>/dev/null | wc -l; }
for _ in $(seq 120); do
    [ "$(count)" = 9 ] && break
    sleep 1
done
leader="$(pgrep -P "$container" | head -1)"
in_machine() { nsenter -t "$leader" -m -p -u -i -- env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
if [ "$(count)" != 9 ]; then
    tail -40 "$work/console"
    in_machine journalctl -u tintinh --no-pager | tail -40
    fail "$(count) of 9 records"
fi
show() { in_machine systemctl show tintinh -p "$1" --value; }
in_machine systemctl show tintinh -p Type,ActiveState,SubState,StatusText,User,WatchdogUSec
[ "$(show StatusText)" = "running, 1 portals" ] || fail "the status line"
in_machine systemctl reload tintinh
curl -fsS http://127.0.0.1:19464/readyz
curl -fsS http://127.0.0.1:19464/metrics | grep -E '^tintinh_(portals|state)'
in_machine journalctl -u tintinh -o verbose --no-pager | grep -m1 'PORTAL=thu' || fail "the journal's fields"
in_machine runuser -u tintinh -- tintinh --config /etc/tintinh --state-dir /var/lib/tintinh status

say "what the watchdog ends is started again"
in_machine kill -ABRT "$(show MainPID)"
for _ in $(seq 60); do
    [ "$(show NRestarts)" = 1 ] && [ "$(show ActiveState)" = active ] && break
    sleep 1
done
[ "$(show NRestarts)" = 1 ] || fail "it was not started again"

say "upgrade, with the configuration kept"
before="$(show MainPID)"
in_machine dpkg --force-confold -i /root/new.deb
grep -q "mailto:ops@example.org" "$root/etc/tintinh/tintinh.toml" || fail "the operator's line is lost"
grep -q "new in this version" "$root/etc/tintinh/tintinh.toml" && fail "a file that was changed was overwritten"
[ "$(show ActiveState)" = active ] && [ "$(show MainPID)" != "$before" ] || fail "the new program was not started"
in_machine runuser -u tintinh -- tintinh --config /etc/tintinh --state-dir /var/lib/tintinh doctor

say "remove"
in_machine dpkg -r tintinh
[ ! -e "$root/usr/bin/tintinh" ] && [ -e "$root/etc/tintinh/tintinh.toml" ] || fail "remove takes the program and leaves the configuration"
in_machine pgrep -x tintinh && fail "it still runs"
[ "$(count)" = 9 ] || fail "records are lost"

say "install again, purge"
in_machine dpkg -i /root/new.deb >/dev/null
in_machine dpkg -P tintinh
[ ! -e "$root/etc/tintinh/tintinh.toml" ] || fail "purge leaves the configuration"
[ ! -e "$root/var/lib/tintinh/tintinh.db" ] || fail "purge leaves the database"
[ "$(count)" = 9 ] || fail "records are nobody's to delete"
in_machine systemctl poweroff || true
sleep 3
say "all is well"
