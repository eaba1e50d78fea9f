#!/usr/bin/env python3
"""Measures whether attachments delay visits. Usage: pace.py TINTINH [SECONDS=300]

Twenty portals on loopback, visited every minute, list a new notice at each visit, with a scan of its own. The service runs twice for so many
seconds, with attachments and without. Prints how many visits there were, how late they began on average, how many were over a second late, and what
the queue did.
"""

import http.server
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SCAN = (pathlib.Path(__file__).parent / "samples/stamped.pdf").read_bytes()
PORTALS = [f"cong{number}.example" for number in range(20)]
METRICS = "127.0.0.1:19464"


class Portal(http.server.BaseHTTPRequestHandler):
    seen = {}

    def do_GET(self):
        host, path, kind = self.headers["Host"], self.path, "text/html; charset=utf-8"
        number = path.rsplit("/", 1)[-1].removesuffix(".pdf")
        if path == "/rss":
            last = Portal.seen[host] = Portal.seen.get(host, 0) + 1
            items = "".join(f"<item><title>Thông báo {n}</title><link>http://{host}/tb/{n}</link></item>" for n in range(max(1, last - 20), last + 1))
            kind, body = "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        elif path.startswith("/tep/"):
            # A comment at the end makes the bytes of each file its own.
            kind, body = "application/pdf", SCAN + f"\n% {host} {number}\n".encode()
        elif path.startswith("/tb/"):
            text = f"<p>Ủy ban nhân dân {host} thông báo số {number} về lịch cấp nước của tuần {number}, áp dụng cho mọi hộ dùng nước trên địa bàn phường, xã.</p>" * 2
            body = f'<html lang="vi"><title>Thông báo {number}</title><article><h1>Thông báo {number} của {host}</h1>{text}<a href="/tep/{number}.pdf">Tải tệp</a></article></html>'.encode()
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def value(metrics, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def run(program, port, seconds, fetch):
    Portal.seen = {}
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "config"
        (config / "portals").mkdir(parents=True)
        resolve = ", ".join(f'"{host}" = "127.0.0.1:{port}"' for host in PORTALS)
        (config / "tintinh.toml").write_text(
            'contact = "mailto:a@thongbao.example"\nstate_dir = "../state"\nrecords_dir = "../records"\n'
            f'[fetch]\nallow_addresses = ["127.0.0.0/8"]\nallow_ports = [{port}]\nresolve = {{ {resolve} }}\n'
            f'[metrics]\nlisten = "{METRICS}"\n[attachments]\nfetch = {fetch}\n'
            '[defaults]\ndelay = "100ms"\nevery = "1m"\nevery_max = "1m"\n')
        for host in PORTALS:
            name = host.split(".")[0]
            (config / f"portals/{name}.toml").write_text(
                f'name = "{name}"\nhome = "http://{host}/"\n[[source]]\nkind = "feed"\nurl = "http://{host}/rss"\n')
        service = subprocess.Popen([program, "--config", str(config), "run"], stderr=subprocess.PIPE, text=True)
        time.sleep(seconds)
        metrics = urllib.request.urlopen(f"http://{METRICS}/metrics").read().decode()
        service.terminate()
        service.communicate()
        count = value(metrics, "tintinh_visit_lateness_seconds_count")
        mean = value(metrics, "tintinh_visit_lateness_seconds_sum") / max(count, 1)
        late = count - value(metrics, 'tintinh_visit_lateness_seconds_bucket{le="1.0"}')
        read, spent = value(metrics, "tintinh_attachments_read"), value(metrics, "tintinh_attachments_cpu_seconds_today")
        print(f"{'with' if fetch != '[]' else 'without'}: {count:.0f} visits, {mean:.3f} s late on average, {late:.0f} over 1 s; {read:.0f} files read in {spent:.1f} s", flush=True)


def main(program, seconds=300):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for fetch in ("[]", '["pdf"]'):
        run(program, server.server_address[1], int(seconds), fetch)


if __name__ == "__main__":
    main(*sys.argv[1:])
