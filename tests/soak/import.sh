#!/bin/bash
# Twenty thousand pages imported from archives: those of ../shared/corpus under generated hosts, in several files of many kinds, three of them cut. Fields
# and verdicts must be those of a live ingest, with at least 0.6 of the pages a second of the processor that `extract` reads, in at most 200 MB, also from a
# file of some gigabytes. Killed and continued at random moments, it must give the same records. Needs python3.
# Usage: tests/soak/import.sh [PAGES=20000] [KILLS=10] [GIGABYTES=3]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BUILT:-}" ] || cargo build --release --quiet
work="$(mktemp -d /var/tmp/tintinh-import.XXXXXX)"
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
cp "${BINARY:-target/release/tintinh}" "$work/tintinh"
python3 - "$work" "${TINTINH_SHARED:-../shared}" "${1:-20000}" "${2:-10}" "${3:-3}" <<'PY'
import gzip, hashlib, http.server, json, os, pathlib, random, re, shutil, signal, socketserver, subprocess, sys, threading, time, urllib.parse
work, shared = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
count, kills, gigabytes = int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
dice = random.Random(7)

# Each page once for each generated country, whose hosts replace those of the corpus, also within the pages.
originals = []
for addresses in sorted(shared.glob("corpus/*/urls.json")):
    for name, url in sorted(json.loads(addresses.read_text()).items()):
        path = addresses.parent / "pages" / f"{name}.html.gz"
        if path.exists() and urllib.parse.urlsplit(url).hostname:
            originals.append((url, path))
seen, numbers, unique = set(), {}, []
for url, path in originals:
    if url not in seen:
        seen.add(url)
        numbers.setdefault(urllib.parse.urlsplit(url).hostname, len(numbers))
        unique.append((url, path))
countries = max(1, -(-count // len(unique)))

def page(country, url, path):
    split = urllib.parse.urlsplit(url)
    host = f"h{numbers[split.hostname]}.c{country}.example"
    body = gzip.decompress(path.read_bytes()).replace(split.hostname.encode(), host.encode())
    target = urllib.parse.quote(urllib.parse.urlunsplit(("", "", split.path or "/", split.query, "")), safe="/%:@!$&'()*+,;=~-._?")
    return host, target, body

def pages():
    left = count
    for country in range(countries):
        for url, path in unique[:left]:
            yield country, *page(country, url, path)
        left -= len(unique)

def record(kind, url, block, extra="", length=True):
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-05-01T00:00:00Z\r\n{extra}"
    if length:
        head += f"Content-Length: {len(block)}\r\n"
    return head.encode() + b"\r\n" + block + b"\r\n\r\n"

def response(host, target, body, form):
    url, headers = f"http://{host}{target}", "Content-Type: text/html\r\n"
    if form == "gzip":
        body, headers = gzip.compress(body, 1), headers + "Content-Encoding: gzip\r\n"
    if form == "chunked":
        body, headers = b"".join(b"%x\r\n%s\r\n" % (len(body[a:a+5000]), body[a:a+5000]) for a in range(0, len(body), 5000)) + b"0\r\n\r\n", headers + "Transfer-Encoding: chunked\r\n"
    line = "HTTP 200 OK" if form == "old" else "HTTP/1.1 200 OK"
    block = f"{line}\r\n{headers}\r\n".encode() + body
    request = record("request", url, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    digest = hashlib.sha1(block).hexdigest()
    return record("response", url, block, f"Content-Type: application/http;msgtype=response\r\nWARC-Block-Digest: sha1:{digest}\r\n", form != "old"), request

forms = ["plain", "gzip", "chunked", "old"]
archives, folder = work / "archives", work / "pages"
archives.mkdir(); folder.mkdir()
addresses, number, files = {}, 0, 8
writers = [open(archives / f"part-{n}.warc{'.gz' if n % 4 else ''}", "wb") for n in range(files)]
whole = {}
for number, (country, host, target, body) in enumerate(pages()):
    (folder / f"{number}.html").write_bytes(body)
    addresses[str(number)] = f"http://{host}{target}"
    n = number * files // count
    # A record without a length ends at the next one, so it may not be in a plain file whose pages quote archives.
    form = forms[number % 4]
    for part in response(host, target, body, form):
        writers[n].write(gzip.compress(part, 1) if n % 4 else part)
for writer in writers:
    writer.close()
(work / "urls.json").write_text(json.dumps(addresses))
# Three more, cut amid a member: their last page is lost, and nothing else.
for n in range(3):
    parts = [gzip.compress(response(f"h{k}.c0.example", f"/cut/{n}/{k}", (folder / f"{(n * 7 + k) % count}.html").read_bytes(), "plain")[0]) for k in range(3)]
    (archives / f"cut-{n}.warc.gz").write_bytes(parts[0] + parts[1][: len(parts[1]) // 2] + parts[2])

class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        host = self.headers["Host"].split(":")[0]
        body, kind = b"", "text/plain"
        if self.path == "/sitemap.xml":
            urls = "".join(f"<url><loc>{address.replace('&', '&amp;')}</loc></url>" for address in live)
            body, kind = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode(), "application/xml"
        elif f"http://{host}{self.path}" in live:
            body, kind = (folder / f"{live[f'http://{host}{self.path}']}.html").read_bytes(), "text/html"
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64
live = {address: number for number, address in addresses.items() if ".c0.example" in address}
server = Server(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]

def config(name, countries, pages=""):
    root = work / name
    (root / "portals").mkdir(parents=True)
    hosts = sorted({urllib.parse.urlsplit(address).hostname for address in live} | {"c0.example"})
    (root / "tintinh.toml").write_text(
        f'contact = "mailto:a@b.example"\nstate_dir = "{work}/{name}-state"\nrecords_dir = "{work}/{name}-records"\n[engine]\nvisit_articles = 10000\nvisit_time = "2h"\nmin_free = "0 B"\n'
        f'[search]\nenabled = false\n[pages]\nmax_bytes = "8 GiB"\n{pages}[fetch]\ndelay = "0s"\nallow_addresses = ["127.0.0.0/8"]\nallow_ports = [{port}]\n[fetch.resolve]\n' + "".join(f'"{host}" = "127.0.0.1:{port}"\n' for host in hosts))
    for country in countries:
        (root / "portals" / f"c{country}.toml").write_text(
            f'name = "Cổng {country}"\nhome = "http://c{country}.example/"\nhosts = ["c{country}.example", "*.c{country}.example"]\nverified = "a test"\ndelay = "0s"\n'
            f'[[source]]\nkind = "sitemap"\nurl = "http://c{country}.example/sitemap.xml"\n')
    return root

def run(*arguments, stdin=None, ok=(0,)):
    """Standard output, seconds of the processor, and the most memory in MB."""
    most = 0
    child = subprocess.Popen([work / "tintinh", *map(str, arguments)], stdin=stdin, stdout=open(work / "out", "wb"), stderr=open(work / "err", "wb"))
    while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        found = re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{child.pid}/status").read_text())
        most = max(most, int(found.group(1)) / 1024 if found else 0)
        time.sleep(0.05)
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in ok:
        print((work / "out").read_text()[-2000:], (work / "err").read_text()[-2000:])
        sys.exit(f"{arguments}: {os.waitstatus_to_exitcode(status)}")
    return (work / "out").read_text(), usage.ru_utime + usage.ru_stime, most

# What depends on where a page came from, and when.
OF_THE_WAY = {"raw", "discovery", "sequence", "date_fetched"}
def records(name):
    found = {}
    for path in (work / f"{name}-records").rglob("*.jsonl"):
        for line in open(path):
            record = json.loads(line)
            key = record["id"], record["revision"]
            assert key not in found, f"{key} twice"
            record["http"] = record["http"]["status"]
            found[key] = {name: value for name, value in record.items() if name not in OF_THE_WAY}
    return found

failed = []
def compare(what, one, other):
    names = sorted({field for key in one.keys() & other.keys() for field in one[key].keys() | other[key].keys() if one[key].get(field) != other[key].get(field)})
    different = sum(one[key] != other[key] for key in one.keys() & other.keys())
    missing, more = len(one.keys() - other.keys()), len(other.keys() - one.keys())
    print(f"{what}: {len(one)} and {len(other)} records; {missing} only in the first, {more} only in the second, {different} differ {names}")
    if missing or more or different:
        failed.append(what)
        for key in sorted(one.keys() & other.keys()):
            if one[key] != other[key]:
                print("  ", key, {field: (one[key].get(field), other[key].get(field)) for field in names if one[key].get(field) != other[key].get(field)})
                break

# A live ingest of one country, and an import of the same pages.
live_config, one = config("live", [0]), config("one", [0])
def ingest(name, where):
    begun = time.monotonic()
    run("--config", where, "fetch", "--quiet", ok=(0, 1))
    took = time.monotonic() - begun
    size = sum(path.stat().st_size for path in (work / f"{name}-state" / "pages").rglob("*.warc.gz*"))
    print(f"{name}: {len(live)} pages visited in {took:.1f} s, {1000 * took / len(live):.1f} ms a page; {size / len(live) * 1000 / 1e6:.0f} MB of archive for 1,000 pages "
          f"({sum((folder / f'{number}.html').stat().st_size for number in live.values()) / len(live) / 1000:.0f} kB each before packing)")
ingest("live", live_config)
ingest("durable", config("durable", [0], "durable = true\n"))
(work / "one.json").write_text(json.dumps({number: address for address, number in live.items()}))
archive = work / "one.warc.gz"
with open(archive, "wb") as out:
    for address, number in live.items():
        split = urllib.parse.urlsplit(address)
        target = address[len(f"http://{split.hostname}"):]
        out.write(gzip.compress(response(split.hostname, target, (folder / f"{number}.html").read_bytes(), forms[int(number) % 4])[0], 1))
said, _, _ = run("--config", one, "import", archive, "--quiet", ok=(0, 1))
print("  " + said.replace("\n", "\n  ").rstrip())
compare("a live ingest and an import", records("live"), records("one"))

# All of it: speed and memory.
every = range(countries)
everything = config("all", every)
said, cpu, memory = run("--config", everything, "extract", folder, "--urls", work / "urls.json", "--jobs", 2, ok=(0, 1))
extract = count / cpu
print(f"extract   {extract:6.0f} pages a second of the processor, {memory:.0f} MB")
said, cpu, memory = run("--config", everything, "import", archives, "--quiet", ok=(0, 1))
print(f"import    {count / cpu:6.0f} pages a second of the processor ({count / cpu / extract:.2f} of extract), {memory:.0f} MB")
print("  " + said.replace("\n", "\n  ").rstrip())
if count / cpu < 0.6 * extract: failed.append("slower than 0.6 of extract")
if memory > 200: failed.append(f"{memory:.0f} MB")
whole = records("all")

# Killed at random moments, and continued.
killed = config("killed", every)
for kill in range(kills):
    child = subprocess.Popen([work / "tintinh", "--config", killed, "import", archives, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(dice.random() * cpu / 2 / max(kills, 1) * 1.5 + 0.3)
    child.send_signal(signal.SIGKILL)
    child.wait()
run("--config", killed, "import", archives, "--quiet", ok=(0, 1))
compare(f"undisturbed and killed {kills} times", whole, records("killed"))

# A large file: its size must not matter.
if gigabytes:
    large, size = work / "large.warc", int(gigabytes * (1 << 30))
    filler = record("response", "http://elsewhere.example/x", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"x" * (1 << 20))
    with open(large, "wb") as out:
        while out.tell() < size:
            out.write(filler * 64)
        out.write(record("response", "http://h0.c0.example/last", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n" + b"y" * (64 << 20)))
    said, cpu, memory = run("--config", everything, "import", large, "--quiet", ok=(0, 1))
    print(f"{gigabytes} GB: {cpu:.0f} s of the processor, {memory:.0f} MB; {said.splitlines()[1:]}")
    if memory > 200: failed.append(f"{memory:.0f} MB for a large file")
print("FAILED: " + "; ".join(failed) if failed else "ok")
sys.exit(bool(failed))
PY
