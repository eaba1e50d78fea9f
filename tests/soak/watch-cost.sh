#!/bin/bash
# What 1,000 watches add to the processor time of a fetch: portals on loopback publish articles, and whole processes read them without watches and with
# them, by turns; few and many of the watches find something. At once, each message is a request to a webhook on loopback, or a program that is started:
# that of /bin/true, which costs a millisecond by itself, is counted. Texts are those of the shared test data (TINTINH_SHARED). Needs python3.
# Usage: tests/soak/watch-cost.sh [TURNS=3] [ARTICLES=1000] [WATCHES=1000]; BIN=program measures another one.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BIN:-}" ] || cargo build --release --quiet
work="$(mktemp -d /var/tmp/tintinh-watches.XXXXXX)"
trap 'rm -rf "$work"' EXIT
python3 - "$work" "${BIN:-target/release/tintinh}" "${TINTINH_SHARED:-../shared}" "${1:-3}" "${2:-1000}" "${3:-1000}" <<'PY'
import datetime, gzip, html, http.server, itertools, json, os, pathlib, resource, shutil, sqlite3, statistics, subprocess, sys, threading

work, program, shared = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
turns, count, watches = map(int, sys.argv[4:])
PORTALS = 10
with gzip.open(shared / "corpus/dedup/background.jsonl.gz", "rt") as lines:
    articles = [json.loads(line) for line in lines]
published = articles[:count + PORTALS]
stamp = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S +0000")
shown = 1

class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        portal = int(self.headers["host"].split(".")[0][1:])
        own = published[portal::PORTALS]
        status, kind, text = 200, "text/html; charset=utf-8", ""
        if self.path == "/tin.xml":
            kind = "application/rss+xml"
            items = "".join(f"<item><title>{html.escape(own[n]['title'])}</title><link>http://p{portal}.example/bai/{n}.html</link><pubDate>{stamp}</pubDate></item>"
                            for n in range(min(shown, len(own))))
            text = f"<rss version=\"2.0\"><channel><title>P</title>{items}</channel></rss>"
        elif self.path.startswith("/bai/"):
            one = own[int(self.path[5:-5])]
            body = "".join(f"<p>{html.escape(line)}</p>" for line in one["text"].split("\n") if line)
            text = f"<html><head><title>{html.escape(one['title'])}</title></head><body><h1>{html.escape(one['title'])}</h1><div class=\"than\">{body}</div></body></html>"
        else:
            status = 404
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]

def config(folder, syllables, rhythm, channel):
    (folder / "config/portals").mkdir(parents=True)
    (folder / "config/watch").mkdir()
    resolve = "".join(f'"p{n}.example" = "127.0.0.1:{port}"\n' for n in range(PORTALS))
    (folder / "config/tintinh.toml").write_text(
        'contact = "mailto:a@b.example"\nstate_dir = "../state"\nrecords_dir = "../records"\n'
        '[[notify]]\nid = "command"\nkind = "command"\ncommand = ["/bin/true"]\n[[notify]]\nid = "webhook"\nkind = "webhook"\n'
        f'url = "http://127.0.0.1:{port}/hook"\nallow_addresses = ["127.0.0.0/8"]\n'
        f'[fetch]\nallow_addresses = ["127.0.0.0/8"]\nallow_ports = [{port}]\n[fetch.resolve]\n{resolve}')
    for n in range(PORTALS):
        (folder / f"config/portals/p{n}.toml").write_text(
            f'name = "Cổng {n}"\nhome = "http://p{n}.example/"\ndelay = "0s"\n[[source]]\nid = "tin"\nkind = "feed"\nurl = "http://p{n}.example/tin.xml"\n'
            '[[article]]\ntitle = ["h1"]\nbody = ["div.than"]\n')
    if syllables is None:
        return
    # Syllables next to each other in the headlines of other articles.
    pieces = (" ".join(words[at:at + syllables]) for one in reversed(articles) for words in [one["title"].replace('"', " ").split()]
              for at in range(0, len(words) - syllables + 1, syllables)
              if any(c.isalpha() for c in words[at]))
    for n, phrases in zip(range(watches), zip(*[pieces] * 3)):
        (folder / f"config/watch/w{n}.toml").write_text(
            f'name = "{n}"\nany = {json.dumps(phrases, ensure_ascii=False)}\nto = ["{channel}"]\nrhythm = "{rhythm}"\n')

def fetch(folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program, "fetch", "--config", folder / "config", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

def turn(name, syllables, rhythm, channel):
    global shown
    folder = work / name
    config(folder, syllables, rhythm, channel)
    # The first visit is not told of.
    shown = 1
    fetch(folder)
    shown = count
    took = fetch(folder)
    # What a process costs that finds nothing new, with the reading of the configuration, is not the articles'.
    took -= fetch(folder)
    records = sqlite3.connect(folder / "state/tintinh.db").execute("SELECT count(*) FROM records").fetchone()[0] - PORTALS
    hits = sqlite3.connect(folder / "state/watch.db").execute("SELECT count(*) FROM hits").fetchone()[0] if syllables else 0
    shutil.rmtree(folder)
    return took / records, hits / records

kinds = {"without": (None, "", ""), "few hits": (5, "daily 07:00", "command"), "many hits": (4, "daily 07:00", "command"),
         "few hits, at once by webhook": (5, "at once", "webhook"), "few hits, at once by command": (5, "at once", "command")}
took = {name: [] for name in kinds}
for number in range(turns):
    order = list(kinds) if number % 2 == 0 else list(reversed(kinds))
    for name in order:
        seconds, hits = turn(name.replace(" ", "-").replace(",", ""), *kinds[name])
        took[name].append((seconds, hits))
        print(f"{name}: {seconds * 1e3:.2f} ms an article, {hits:.2f} hits", flush=True)
base = statistics.median(seconds for seconds, _ in took["without"])
for name in list(kinds)[1:]:
    each = statistics.median(seconds for seconds, _ in took[name])
    print(f"{name}: {each / base:.3f} x the time without watches, {took[name][0][1]:.2f} hits an article" + ("" if "command" in name else " (at most 1.05 x)"))
PY
