#!/bin/bash
# Ten thousand portals configured: the service starts within 2 s, takes at most 150 MB of memory and, while nothing is due, 1 % of a processor; and
# where all are due at once, each has its turn. Needs python3. Usage: tests/soak/many-portals.sh [PORTALS=10000] [SECONDS=120]
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --release --quiet
work="$(mktemp -d /var/tmp/tintinh-many.XXXXXX)"
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
cp target/release/tintinh "$work/tintinh"
python3 - "$work" "${1:-10000}" "${2:-120}" <<'PY'
import os, pathlib, signal, socket, sqlite3, subprocess, sys, threading, time
work, portals, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
config = work / "config"
(config / "portals").mkdir(parents=True)
(config / "tintinh.toml").write_text('contact = "mailto:a@b.example"\nstate_dir = "../state"\n[engine]\nconcurrency = 32\n'
    '[fetch]\nallow_addresses = ["127.0.0.0/8"]\nallow_ports = [9]\n[fetch.resolve]\n'
    + "".join(f'"p{n}.example" = "127.0.0.1:9"\n' for n in range(portals)))
for n in range(portals):
    (config / "portals" / f"p{n}.toml").write_text(
        f'name = "Cổng {n}"\nhome = "http://p{n}.example/"\ndelay = "0s"\n[[source]]\nid = "tin"\nkind = "listing"\nurl = "http://p{n}.example/tin"\n'
        'select = { item = ["li.item"], link = ["a"] }\n[[article]]\ntitle = [".tieu-de"]\nbody = ["div.than"]\ndate = ["span.ngay"]\n')

# As the unit starts it.
unit = [line.partition("=")[2] for line in pathlib.Path("systemd/tintinh.service").read_text().splitlines() if line.startswith("Environment=")]
environment = {**os.environ, **dict(pair.split("=", 1) for pair in unit)}

def start():
    path = str(work / "notify")
    if os.path.exists(path):
        os.remove(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    begun = time.monotonic()
    child = subprocess.Popen([work / "tintinh", "--config", config, "run"], env={**environment, "NOTIFY_SOCKET": path}, stderr=open(work / "log", "ab"))
    listener.settimeout(60)
    while b"READY=1" not in listener.recv(4096):
        pass
    took = time.monotonic() - begun
    # What systemd does: a message that nobody takes holds up who sends it.
    listener.settimeout(None)
    threading.Thread(target=lambda: [None for _ in iter(lambda: listener.recv(4096), None)], daemon=True).start()
    return child, took

def stop(child):
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 0, child.returncode

def memory(child):
    return int(pathlib.Path(f"/proc/{child.pid}/statm").read_text().split()[1]) * 4096 / 1e6

def processor(child):
    fields = pathlib.Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

def database():
    return sqlite3.connect(work / "state" / "tintinh.db", timeout=30)

failed = []
def show(what, value, most, unit):
    print(f"{what}: {value:.2f} {unit} (at most {most})", flush=True)
    if value > most:
        failed.append(what)

child, took = start()
print(f"first start, which makes the database: {took:.2f} s", flush=True)
# All are due at once, and all refuse: each has its turn.
begun = time.monotonic()
while True:
    with database() as db:
        left = db.execute("SELECT count(*) FROM portals WHERE visits = 0").fetchone()[0]
    if left == 0 or time.monotonic() - begun > 600:
        break
    time.sleep(1)
print(f"{portals} portals that were due at once had their turn within {time.monotonic() - begun:.0f} s, {left} had none", flush=True)
if left:
    failed.append("turns")
busy = memory(child)
stop(child)
with database() as db:
    db.execute("UPDATE portals SET next_due = ?", (int((time.time() + 86400) * 1000),))
db.close()
starts = []
for _ in range(3):
    child, took = start()
    starts.append(took)
    if len(starts) < 3:
        stop(child)
show("start", sorted(starts)[1], 2.0, "s (the middle of three)")
time.sleep(10)
before = processor(child)
time.sleep(seconds)
show(f"processor while nothing is due, over {seconds} s", (processor(child) - before) / seconds * 100, 1.0, "%")
show("memory while nothing is due", memory(child), 150, "MB")
show("memory while all were visited", busy, 150, "MB")
stop(child)
sys.exit(f"FAILED: {', '.join(failed)}" if failed else 0)
PY
