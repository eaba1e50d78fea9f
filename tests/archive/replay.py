"""Our archives, read by others: what tintinh stored of a site is checked by warcio, indexed by cdxj-indexer, packed and validated by wacz, and
replayed by pywb on loopback. A page, a page that did not change (with and without a 304), a page behind a redirect and one that was cut come back
as they were sent. Broken archives must be found broken.

Usage: target/archive-tools/bin/python tests/archive/replay.py TINTINH
"""

import gzip
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

BIN = pathlib.Path(sys.executable).parent
TINTINH = pathlib.Path(sys.argv[1]).resolve()
LIMIT = 64 << 10


def article(number, words):
    text = "".join(f"<p>Đoạn {n} của bài {number}: {words}.</p>\n" for n in range(12))
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Bài số {number} về rừng trồng</title></head><body><h1>Bài số {number} về '
        f'rừng trồng</h1><time datetime="2026-05-0{number}T08:00:00+07:00">{number}/5/2026</time><article>{text}</article></body></html>'
    ).encode()


WORDS = "xã Hòa Bình trồng thêm hai mươi héc-ta rừng ở ven sông, bà con góp công làm đường và dựng lại cầu treo"
PAGES = {f"/tin-{n}.html": article(n, WORDS) for n in range(1, 6)}
PAGES["/tin-4.html"] = article(4, WORDS * 200)
CHUNKED = gzip.compress(PAGES["/tin-1.html"])
SENT = {}


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/robots.txt":
            return self.send(404, {}, b"")
        if path == "/":
            numbers = {"/cu.html": 5, **{f"/tin-{n}.html": n for n in range(1, 5)}}
            items = "".join(f'<li><a href="{p}">Bài số {n} về rừng trồng</a></li>' for p, n in numbers.items())
            return self.send(200, {"Content-Type": "text/html"}, f"<html><body><ul>{items}</ul></body></html>".encode())
        if path == "/cu.html":
            return self.send(301, {"Location": "/tin-5.html"}, b"moved")
        body = PAGES.get(path)
        if body is None:
            return self.send(404, {}, b"")
        headers = {"Content-Type": "text/html; charset=utf-8", "X-Vi": "Hòa Bình".encode().decode("latin-1"), "Set-Cookie": "a=b"}
        if path == "/tin-3.html":
            headers["ETag"] = '"ba"'
            if self.headers.get("If-None-Match") == '"ba"':
                return self.send(304, headers, b"")
        SENT.setdefault(path, []).append(self.requestline)
        if path == "/tin-1.html":
            return self.send_chunked({**headers, "Content-Encoding": "gzip"}, CHUNKED)
        if path == "/tin-4.html":
            # Of a body whose announced length is too much nothing is read.
            return self.send_chunked(headers, body)
        self.send(200, headers, body)

    def head(self, status, headers):
        self.send_response(status)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.close_connection = True

    def send(self, status, headers, body):
        self.head(status, headers)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def send_chunked(self, headers, body):
        self.head(200, headers)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for at in range(0, len(body), 100):
                part = body[at : at + 100]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass


def run(*words, code=0, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if done.returncode != code:
        sys.exit(f"{words}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def check(what, is_true, detail=""):
    print(("ok      " if is_true else "FAILED  ") + what)
    if not is_true:
        sys.exit(str(detail))


def world(work, port):
    config = work / "config"
    (config / "portals").mkdir(parents=True)
    (config / "tintinh.toml").write_text(
        f'contact = "mailto:test@tinh.example"\nstate_dir = "{work}/state"\nrecords_dir = "{work}/records"\n'
        f'[fetch]\nmax_wire_bytes = "64 KiB"\nresolve = {{ "tinh.example" = "127.0.0.1:{port}" }}\n'
        '[defaults]\ndelay = "100ms"\n[pages]\ndurable = true\n'
    )
    (config / "portals/tinh.toml").write_text(
        'name = "Tỉnh"\nhome = "http://tinh.example/"\nhosts = ["tinh.example"]\n'
        '[[source]]\nkind = "listing"\nurl = "http://tinh.example/"\nselect = { item = ["li"], link = ["a"] }\n'
    )
    return config


def fetch(config, work):
    database = work / "state/tintinh.db"
    if database.exists():
        with sqlite3.connect(database) as open_database:
            open_database.execute("UPDATE links SET not_before = 0 WHERE not_before IS NOT NULL")
    # The cut page is a failure.
    return run(TINTINH, "--config", config, "fetch", code=1)


def archive_of(work):
    """The archive with the final name, as it has once its day is over."""
    [path] = (work / "state/pages").glob("*.warc.gz*")
    final = work / "archive" / path.name.removesuffix(".open")
    final.parent.mkdir(exist_ok=True)
    shutil.copy(path, final)
    return final


def records_of(path):
    from warcio.archiveiterator import ArchiveIterator

    with open(path, "rb") as file:
        for record in ArchiveIterator(file, no_record_parse=False):
            yield record.rec_type, record.rec_headers, record.http_headers, record.raw_stream.read()


def check_records(path):
    records = list(records_of(path))
    kinds = [kind for kind, *_ in records]
    check("a warcinfo comes first", kinds[0] == "warcinfo" and kinds.count("warcinfo") == 1, kinds)
    by_id = {headers["WARC-Record-ID"]: headers for _, headers, _, _ in records}
    check("each record has its own id", len(by_id) == len(records))
    concurrent = [headers for kind, headers, _, _ in records if kind in ("request", "metadata")]
    check("requests and metadata name their response", all(h["WARC-Concurrent-To"] in by_id for h in concurrent))
    readings = [body.decode() for kind, _, _, body in records if kind == "metadata"]
    ids = {json.loads(line)["id"] for file in (path.parent.parent / "records").rglob("*.jsonl") for line in open(file)}
    said = {line.split(": ")[1].strip() for text in readings for line in text.splitlines() if line.startswith("record: ")}
    check("metadata has the ids of all records", ids and ids == said, (ids, said))
    revisits = [(headers["WARC-Profile"].rsplit("/", 1)[1], headers) for kind, headers, _, _ in records if kind == "revisit"]
    profiles = {profile for profile, _ in revisits}
    check("both kinds of revisit", profiles == {"identical-payload-digest", "server-not-modified"}, profiles)
    dates = {(h["WARC-Target-URI"], h["WARC-Date"]) for kind, h, _, _ in records if kind == "response"}
    refers = {(h["WARC-Refers-To-Target-URI"], h["WARC-Refers-To-Date"]) for _, h in revisits}
    check("each refers to a response by URI and date", refers <= dates, refers - dates)
    responses = [(h, http, body) for kind, h, http, body in records if kind == "response"]
    cut, *_ = [(h, body) for h, _, body in responses if h["WARC-Truncated"] == "length"]
    check("the cut page has its first bytes", cut[1] == PAGES["/tin-4.html"][:LIMIT], len(cut[1]))
    chunked, *_ = [(http, body) for h, http, body in responses if h["WARC-Target-URI"].endswith("/tin-1.html")]
    check("the coding is kept and the chunks are gone", chunked[1] == CHUNKED and chunked[0]["Transfer-Encoding"] is None)
    check("the address is noted", {h["WARC-IP-Address"] for h, _, _ in responses} == {"127.0.0.1"})
    check("values of headers are bytes as received", any("HÃ²a BÃ¬nh" in (http["X-Vi"] or "") or "Hòa Bình" in (http["X-Vi"] or "") for _, http, _ in responses))


def check_tools(path, work):
    print(run(BIN / "warcio", "check", path).strip() or "        warcio check: no complaint")
    lines = run(BIN / "cdxj-indexer", path).splitlines()
    check("cdxj-indexer finds each response and revisit", sum("tin-3" in line for line in lines) == 2, lines)
    wacz = work / "pages.wacz"
    run(BIN / "wacz", "create", "-o", wacz, "--detect-pages", path)
    out = run(BIN / "wacz", "validate", "-f", wacz)
    check("wacz creates and validates", "valid" in out.lower(), out)
    # The bad ones: wrong bytes must be found.
    broken = work / "broken.warc.gz"
    plain = gzip.decompress(path.read_bytes()).replace("Đoạn 3 của bài 2".encode(), "Đoạn 3 của bài 9".encode())
    write_members(plain, broken)
    out = run(BIN / "warcio", "check", "-v", broken, code=1)
    check("warcio finds a changed page", "digest" in out.lower() and "fail" in out.lower(), out)


def write_members(plain, path):
    """Each record as its own member again."""
    marks = [at for at in range(len(plain)) if plain.startswith(b"WARC/1.1\r\n", at)] + [len(plain)]
    path.write_bytes(b"".join(gzip.compress(plain[a:b]) for a, b in zip(marks, marks[1:])))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def replayed(port, when, url):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/tinh/{when}id_/{url}", headers={"Accept-Encoding": "identity"})

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
            body, headers = answer.read(), answer.headers
            return answer.status, gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body, headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def check_replay(path, work):
    folder = work / "wayback"
    folder.mkdir()
    run(BIN / "wb-manager", "init", "tinh", cwd=folder)
    run(BIN / "wb-manager", "add", "tinh", path, cwd=folder)
    port = free_port()
    log = open(work / "pywb.log", "w")
    server = subprocess.Popen([BIN / "wayback", "-b", "127.0.0.1", "-p", str(port)], cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        dates = {}
        for kind, headers, _, _ in records_of(path):
            if kind in ("response", "revisit"):
                when = "".join(letter for letter in headers["WARC-Date"] if letter.isdigit())[:14]
                dates.setdefault(headers["WARC-Target-URI"], []).append((kind, when))
        for name, body in PAGES.items():
            url = f"http://tinh.example{name}"
            expect = body[:LIMIT] if name == "/tin-4.html" else body
            for kind, when in dates[url]:
                status, got, _ = replayed(port, when, url)
                check(f"pywb replays {name} of {when} ({kind})", (status, got) == (200, expect), (status, got[:300]))
        check("and there was a revisit", any(kind == "revisit" for all in dates.values() for kind, _ in all))
        [(_, when), *_] = dates["http://tinh.example/cu.html"]
        status, _, headers = replayed(port, when, "http://tinh.example/cu.html")
        check("pywb replays the redirect", status == 301 and headers["Location"].endswith("/tin-5.html"), (status, headers.items()))
        status, _, _ = replayed(port, when, "http://tinh.example/nie.html")
        check("and knows nothing else", status == 404, status)
    finally:
        server.terminate()
        server.wait()


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="tintinh-replay.", dir="/var/tmp"))
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        config = world(work, site.server_address[1])
        print(fetch(config, work), end="")
        time.sleep(1.1)
        print(fetch(config, work), end="")
        path = archive_of(work)
        check_records(path)
        check_tools(path, work)
        check_replay(path, work)
    finally:
        site.shutdown()
        if os.environ.get("KEEP"):
            print(work)
        else:
            shutil.rmtree(work)
    print("all of it came back")


main()
