#!/bin/bash
# Ten thousand stored pages read again: at least 0.6 of the pages a second of the processor that `extract` reads, memory that does not grow with
# their number, no revision by the same rules, and a revision of each by others. Needs python3. Usage: tests/soak/reread.sh [PAGES=10000]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BUILT:-}" ] || cargo build --release --quiet
work="$(mktemp -d /var/tmp/tintinh-reread.XXXXXX)"
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
cp target/release/tintinh "$work/tintinh"
python3 - "$work" "${1:-10000}" <<'PY'
import http.server, json, os, pathlib, random, re, socketserver, subprocess, sys, threading, time
work, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
words = ("rừng cây xã làng sông núi mưa nắng lúa cá cầu đường chợ nhà người vườn đồi gió mùa giống đất nước tre bò họp bàn dân huyện tỉnh ngày năm tháng "
         "giao thông văn hóa giáo dục y tế lãnh đạo đại biểu nhân hội nghị thực hiện công tác phát triển kinh tế xây dựng nông thôn mới").split()
hosts = [f"p{n}.example" for n in range(4)]

def said(dice, many):
    return " ".join(dice.choices(words, k=many)).capitalize()

def title(n):
    return said(random.Random(f"title {n}"), 12)

def page(n):
    dice = random.Random(n)
    body = "".join(f"<p>{said(dice, 45)}, {said(dice, 30)}.</p>" for _ in range(9))
    menu = "".join(f'<li><a href="/muc/{k}">{said(random.Random(f"menu {k}"), 3)}</a></li>' for k in range(60))
    # A third of the frame comes with time, so that what is known of the site grows while its pages are read.
    frame = "".join(f"<p>{said(random.Random(f'frame {k}'), 20)}.</p>" for k in range(3 + (n > count // 3) + (n > count // 2)))
    others = "".join(f'<li><a href="/tin/{max(n - 4 * k, 0)}.html">{title(max(n - 4 * k, 0))}</a></li>' for k in range(1, 12))
    return (f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title(n)} - Cổng tin</title></head><body><div class="dau"><ul>{menu}</ul></div>'
            f'<div class="cot"><h1 class="ten">{title(n)}</h1><span class="ngay">Ngày đăng: {1 + n % 28:02}/05/2026 {n % 24:02}:{n % 60:02}</span>'
            f'<div class="than"><p class="dan"><b>{said(dice, 25)}.</b></p>{body}<p>{said(dice, 3)}</p></div><div class="khung">{frame}</div><ul class="khac">{others}</ul></div>'
            f'<div class="chan"><p>{said(random.Random("foot"), 30)}.</p></div></body></html>').encode()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        host = int(re.match(r"p(\d+)", self.headers["Host"]).group(1))
        found = re.fullmatch(r"/tin/(\d+)\.html", self.path)
        if found:
            body, kind = page(int(found.group(1))), "text/html; charset=utf-8"
        elif self.path == "/sitemap.xml":
            urls = "".join(f"<url><loc>http://{hosts[host]}/tin/{n}.html</loc></url>" for n in range(host, count, len(hosts)))
            body, kind = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode(), "application/xml"
        else:
            body, kind = b"", "text/plain"
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
port = server.server_address[1]
config = work / "config"
(config / "portals").mkdir(parents=True)
(config / "tintinh.toml").write_text(
    f'contact = "mailto:a@b.example"\nstate_dir = "../state"\nrecords_dir = "../records"\n[engine]\nconcurrency = 4\nvisit_articles = 10000\nvisit_time = "2h"\nmin_free = "0 B"\n'
    f'[pages]\nmax_bytes = "8 GiB"\n[fetch]\ndelay = "0s"\nallow_addresses = ["127.0.0.0/8"]\nallow_ports = [{port}]\n[fetch.resolve]\n'
    + "".join(f'"{host}" = "127.0.0.1:{port}"\n' for host in hosts))
def portals(rules):
    for n, host in enumerate(hosts):
        (config / "portals" / f"p{n}.toml").write_text(
            f'name = "Cổng {n}"\nhome = "http://{host}/"\nhosts = ["{host}"]\nverified = "a test"\ndelay = "0s"\n'
            f'[[source]]\nkind = "sitemap"\nurl = "http://{host}/sitemap.xml"\n{rules}')

def run(*arguments):
    """Standard output, seconds of the processor, the most memory in MB, and seconds."""
    begun, most = time.monotonic(), 0
    child = subprocess.Popen([work / "tintinh", *arguments], stdout=open(work / "out", "wb"), stderr=open(work / "err", "wb"))
    while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        # What wait4 tells counts this process in, from before the exec.
        found = re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{child.pid}/status").read_text())
        most = max(most, int(found.group(1)) / 1024 if found else 0)
        time.sleep(0.05)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        print((work / "out").read_text()[-2000:], (work / "err").read_text()[-2000:])
        sys.exit(f"{arguments}: {status}")
    return (work / "out").read_text(), usage.ru_utime + usage.ru_stime, most, time.monotonic() - begun

folder = work / "pages"
folder.mkdir()
for n in range(count):
    (folder / f"{n}.html").write_bytes(page(n))
(work / "urls.json").write_text(json.dumps({str(n): f"http://{hosts[n % len(hosts)]}/tin/{n}.html" for n in range(count)}))
portals("")
_, cpu, memory, wall = run("--config", config, "fetch", "--quiet")
print(f"fetch            {count / cpu:8.0f} pages a second of the processor, {memory:.0f} MB, {wall:.0f} s")
_, cpu, memory, wall = run("--config", config, "extract", folder, "--urls", work / "urls.json")
extract = count / cpu
print(f"extract          {extract:8.0f} pages a second of the processor, {memory:.0f} MB, {wall:.0f} s")
failed = []
def reread(name, *arguments, pages=count):
    said, cpu, memory, wall = run("--config", config, "reread", *arguments)
    speed = pages / cpu
    print(f"{name:16} {speed:8.0f} pages a second of the processor ({speed / extract:.2f} of extract), {memory:.0f} MB, {wall:.0f} s; {said.splitlines()[0]}")
    return said, speed / extract, memory
_, ratio, most = reread("reread --dry-run", "--dry-run")
if ratio < 0.6: failed.append(f"{ratio:.2f} of extract's pages a second of the processor")
_, _, least = reread("one portal", "--dry-run", "p0", pages=count // len(hosts))
if most > least * 1.5 + 20: failed.append(f"{most:.0f} MB for all portals and {least:.0f} for one")
said, _, _ = reread("the same rules")
if "\n0 revisions written" not in said: failed.append(said)
portals('[[article]]\ntitle = ["h1.ten"]\nbody = ["div.than"]\ndate = ["span.ngay"]\nlead = ["div.khung p"]\n')
said, _, _ = reread("other rules")
print("  " + "\n  ".join(said.splitlines()[1:8]))
if f"\n{count} revisions written" not in said: failed.append(said)
said, _, _ = reread("once more")
if "\n0 revisions written" not in said: failed.append(said)
print("FAILED: " + "; ".join(failed) if failed else "ok")
sys.exit(bool(failed))
PY
