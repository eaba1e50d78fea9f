#!/bin/bash
# Power cuts in the midst of ingest. A virtual machine (QEMU without KVM, so that it runs anywhere) ingests the sample portals onto a disk of its own
# and tells on its console what it has settled. Its power is cut at a random moment, and the disk is put together again from the log of its writes up
# to the last flush that had ended: what the guest had not flushed, and what the disk's own cache still held, is lost. Then the disk must hold every
# record that was acknowledged, and, since `[pages] durable` is set, the page of each. The doctor must find nothing that it cannot put right, the torn end
# of an archive must be cut off, and a last run must complete the records, each once.
#
# Needs root, qemu-system-x86, e2fsprogs and Debian's packages of a kernel and of busybox. Some 25 s a cut.
# Usage: tests/soak/power-cuts.sh [CUTS=20] [SEED=1]
set -euo pipefail
cd "$(dirname "$0")/../.."
cuts="${1:-20}"
RANDOM="${2:-1}"
per_disk=5

work="$(mktemp -d /var/tmp/tintinh-power.XXXXXX)"
qemu=""
sites=""
cleanup() {
    [ -n "$qemu" ] && kill -9 "$qemu" 2>/dev/null
    [ -n "$sites" ] && kill "$sites" 2>/dev/null
    umount "$work/mnt" 2>/dev/null || true
    [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap cleanup EXIT
say() { printf '== %s\n' "$*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

say "the program, a kernel and what the guest needs"
cargo build --release --quiet
# A copy: a build meanwhile must not change it under the guests.
program="$work/tintinh"
cp target/release/tintinh "$program"
mkdir -p "$work/deb" "$work/initrd"/{bin,lib64,proc,sys,dev,run,disk,mod,tmp} "$work/mnt"
(
    cd "$work/deb"
    kernel="$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/ *Depends: \(linux-image-6.*\)/\1/p' | head -1)"
    apt-get download -q "$kernel" busybox-static >/dev/null 2>&1
    for deb in *.deb; do dpkg-deb -x "$deb" tree; done
)
kernel="$(ls "$work"/deb/tree/boot/vmlinuz-*)"
modules="$(ls -d "$work"/deb/tree/lib/modules/*/kernel)"
for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_modern_dev virtio/virtio_pci_legacy_dev virtio/virtio_pci block/virtio_blk; do
    cp "$modules/drivers/$module.ko" "$work/initrd/mod/"
done
cp "$work/deb/tree/bin/busybox" "$work/initrd/bin/"
cp "$program" "$work/initrd/bin/tintinh"
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$work/initrd/$(dirname "$library")"
    cp -L "$library" "$work/initrd/$library"
done
cat >"$work/initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do insmod /mod/$module.ko; done
mount -t ext4 /dev/vda /disk || { echo NODISK; poweroff -f; }
ip link set lo up
tintinh demo /tmp/demo --serve --slow 300 >/dev/null &
while [ ! -e /tmp/demo/config/portals/demo-vinhphuc.toml ]; do sleep 0.1; done
printf '[pages]\ndurable = true\n' >>/tmp/demo/config/tintinh.toml
echo BEGUN
tintinh -v --config /tmp/demo/config --state-dir /disk/state --records-dir /disk/records run --log-format json
echo "ENDED $?"
poweroff -f
INIT
chmod +x "$work/initrd/init"
(cd "$work/initrd" && find . | bin/busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$work/initrd.gz"

# Puts a disk together from the log of its writes (the format of dm-log-writes), up to the last flush; or, to see that a loss would be found, up to
# the flush before a share of the last ones.
cat >"$work/replay.py" <<'PY'
import struct, sys
log, disk = open(sys.argv[1], "rb"), open(sys.argv[2], "r+b")
magic, version, entries, sector = struct.unpack("<QQQI", log.read(28))
assert magic == 0x6A736677736872 and version == 1, (hex(magic), version)
FLUSH, FUA, DISCARD = 1, 2, 4
at, pending, applied, flushes = sector, [], 0, 0
most = int(sys.argv[3]) if len(sys.argv) > 3 else None
while True:
    log.seek(at)
    head = log.read(32)
    if len(head) < 32:
        break
    start, count, flags, length = struct.unpack("<QQQQ", head)
    if count == 0 and flags == 0:
        break
    at += sector
    data = b""
    if count and not flags & DISCARD:
        log.seek(at)
        data = log.read(count * sector)
        if len(data) < count * sector:
            break
        at += count * sector
    if flags & FLUSH:
        flushes += 1
        if flushes == most:
            break
        for position, bytes in pending:
            disk.seek(position)
            disk.write(bytes)
        applied += len(pending)
        pending = []
    if flags & DISCARD:
        pending.append((start * sector, bytes(count * sector)))
    elif count and flags & FUA:
        disk.seek(start * sector)
        disk.write(data)
    elif count:
        pending.append((start * sector, data))
print(f"{applied} writes up to the last of {flushes} flushes, {len(pending)} after it are lost", file=sys.stderr)
print(flushes)
PY

# Every acknowledged record is in the database of the disk, by its link's address.
cat >"$work/acknowledged.py" <<'PY'
import json, sqlite3, sys
acknowledged = set()
for console in sys.argv[2:]:
    for line in open(console, errors="replace"):
        try:
            fields = json.loads(line[line.index("{"):])["fields"]
        except (ValueError, KeyError):
            continue
        if fields.get("message") == "settled" and fields.get("outcome") in ("new", "reprint") or str(fields.get("outcome", "")).startswith("revision"):
            acknowledged.add(fields["url"])
database = sqlite3.connect(f"file:{sys.argv[1]}/state/tintinh.db?mode=ro", uri=True)
known = {url for (url,) in database.execute("SELECT l.url FROM links l WHERE l.outcome = 'recorded'")}
records = database.execute("SELECT count(*) FROM records").fetchone()[0]
lost = acknowledged - known
print(f"{len(acknowledged)} acknowledged so far, {records} records on the disk, {len(lost)} lost")
sys.exit(1 if lost else 0)
PY

# The page of every record that refers to one can be read, and has its digest. The disk is only looked at.
cat >"$work/pages.py" <<'PY'
import json, sqlite3, subprocess, sys
program, config, disk = sys.argv[1:]
database = sqlite3.connect(f"file:{disk}/state/tintinh.db?mode=ro", uri=True)
records = [json.loads(text) for (text,) in database.execute("SELECT json FROM records")]
kept = [record for record in records if record.get("raw")]
lost = []
for record in kept:
    command = [program, "--config", config, "--state-dir", f"{disk}/state", "page", record["id"]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or "(it holds)" not in done.stderr or record["raw"]["file"] not in done.stderr:
        lost.append((record["id"], record["raw"], done.stderr[-300:]))
print(f"{len(kept)} of {len(records)} records refer to a page, {len(lost)} of these are lost {lost[:3]}")
sys.exit(1 if lost else 0)
PY

"$program" demo "$work/demo" --serve >/dev/null &
sites=$!
while [ ! -e "$work/demo/config/portals/demo-vinhphuc.toml" ]; do sleep 0.1; done
"$program" --config "$work/demo/config" --state-dir "$work/whole/state" --records-dir "$work/whole/records" -q fetch >/dev/null
wanted="$(cat "$work"/whole/records/*/*/*/*.jsonl | wc -l)"

done_cuts=0
total_acknowledged=0
while [ "$done_cuts" -lt "$cuts" ]; do
    rm -f "$work"/console.* "$work/disk"
    truncate -s 256M "$work/disk"
    mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 "$work/disk"
    for cut in $(seq "$per_disk"); do
        [ "$done_cuts" -lt "$cuts" ] || break
        console="$work/console.$cut"
        cp --sparse=always "$work/disk" "$work/live"
        rm -f "$work/log"
        truncate -s 2G "$work/log"
        qemu-system-x86_64 -accel tcg -m 512 -smp 1 -nodefaults -display none -no-reboot -serial "file:$console" -kernel "$kernel" \
            -initrd "$work/initrd.gz" -append "console=ttyS0 quiet panic=-1" \
            -blockdev "driver=file,filename=$work/live,node-name=live,cache.direct=off" -blockdev "driver=file,filename=$work/log,node-name=log" \
            -blockdev "driver=blklogwrites,file=live,log=log,log-super-update-interval=1,node-name=disk" -device virtio-blk-pci,drive=disk &
        qemu=$!
        for _ in $(seq 600); do
            grep -q BEGUN "$console" 2>/dev/null && break
            sleep 0.1
        done
        grep -q BEGUN "$console" || { cat "$console"; fail "the guest did not begin"; }
        # From the first records on, for two seconds: a whole ingest takes some six.
        for _ in $(seq 300); do
            grep -q '"message":"settled"' "$console" 2>/dev/null && break
            sleep 0.1
        done
        sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 "$qemu"
        wait "$qemu" 2>/dev/null || true
        qemu=""
        done_cuts=$((done_cuts + 1))
        printf '%s: ' "cut $done_cuts"
        [ "$done_cuts" != 1 ] || cp --sparse=always "$work/disk" "$work/control"
        flushes="$(python3 "$work/replay.py" "$work/log" "$work/disk")"
        if [ "$done_cuts" = 1 ]; then
            printf 'control, a disk that lies about half of its flushes: '
            python3 "$work/replay.py" "$work/log" "$work/control" "$((flushes / 2))" >/dev/null
            mount -o loop "$work/control" "$work/mnt"
            if python3 "$work/acknowledged.py" "$work/mnt" "$console"; then fail "the loss was not found: this check is none"; fi
            umount "$work/mnt"
        fi
        mount -o loop "$work/disk" "$work/mnt"
        if [ -e "$work/mnt/state/tintinh.db" ]; then
            python3 "$work/acknowledged.py" "$work/mnt" "$work"/console.* || fail "acknowledged records are lost"
            python3 "$work/pages.py" "$program" "$work/demo/config" "$work/mnt" || fail "pages of acknowledged records are lost"
        else
            grep -q '"outcome":"new"' "$console" && fail "there is no database, and records were acknowledged"
            echo "the database was not made yet"
        fi
        umount "$work/mnt"
    done
    # The last run, over the same portals here.
    mount -o loop "$work/disk" "$work/mnt"
    run() { "$program" --config "$work/demo/config" --state-dir "$work/mnt/state" --records-dir "$work/mnt/records" -q "$@"; }
    run fetch >/dev/null || fail "the last run"
    # Where a challenge is the first page that is left, its portal has a rest before the others: a second run goes on with them.
    run fetch >/dev/null || fail "the run after the last"
    run doctor || fail "the doctor"
    for archive in "$work"/mnt/state/pages/*.warc.gz*; do gzip -t <"$archive" || fail "$archive is torn"; done
    found="$(cat "$work"/mnt/records/*/*/*/*.jsonl | python3 -c 'import json,sys; keys=[(r["id"],r["revision"]) for r in map(json.loads,sys.stdin)]; assert len(keys)==len(set(keys)), "double"; print(len(keys))')"
    [ "$found" = "$wanted" ] || fail "$found of $wanted records"
    umount "$work/mnt"
    say "disk completed: $found of $wanted records, each once"
done
say "$done_cuts power cuts: nothing acknowledged was lost, nor the page of it"
