#!/bin/bash
# Debian's web servers with the settings they come with, behind a relay that adds 10, 30 and 120 ms: each article of each of 15 portals arrives,
# at the usual delay, by `fetch` and by `run`, over modern and legacy TLS and plain HTTP. Everything is on loopback, in a folder of its own.
# Needs python3 and openssl; installs the servers where they are absent (Debian, root) without starting any.
# Usage: tests/real-servers.sh [BINARY=target/release/tintinh] [--short]. `--short`: Apache and nginx, three articles, `fetch` alone.
set -euo pipefail
cd "$(dirname "$0")/.."
binary="${1:-}"
if [ -z "$binary" ]; then
    cargo build --release --quiet
    binary=target/release/tintinh
fi
if [ "${2:-}" != --short ]; then
    absent=""
    for package in apache2 nginx lighttpd lighttpd-mod-openssl tomcat10 haproxy; do
        dpkg -s "$package" >/dev/null 2>&1 || absent="$absent $package"
    done
    if [ -n "$absent" ]; then
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
            trap 'rm -f "$policy"' EXIT
        else
            policy=""
        fi
        apt-get update -q
        # shellcheck disable=SC2086 # words are wanted
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $absent
    fi
fi
work="$(mktemp -d /var/tmp/tintinh-servers.XXXXXX)"
chmod 755 "$work"
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"; [ -z "${policy:-}" ] || rm -f "$policy"' EXIT
python3 - "$work" "$(realpath "$binary")" "${2:-}" <<'PY'
import asyncio, collections, json, os, pathlib, shutil, signal, socket, subprocess, sys, threading, time
work, binary, short = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "--short"
DELAYS = [0.03] if short else [0.01, 0.03, 0.12]
SERVERS = ["apache2", "nginx"] if short else ["apache2", "nginx", "lighttpd", "tomcat10", "haproxy"]
ARTICLES = 3 if short else 10
MODES = [("fetch", tls) for tls in ("plain", "modern", "legacy")] + ([] if short else [("run", tls) for tls in ("plain", "modern", "legacy")])
WORDS = "đường trường chợ rừng sông cầu xã thôn lúa nước dân hội nhà máy bến đê làng vườn đồng hồ".split()
PORTALS = [(f"p{n}", SERVERS[n % len(SERVERS)], DELAYS[n // len(SERVERS)]) for n in range(len(SERVERS) * len(DELAYS))]
ENGINE = '<Engine name="Catalina" defaultHost="localhost">'
children = []

def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]

def start(*command, **environment):
    log = open(work / "servers.log", "ab")
    children.append(subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env={**os.environ, **environment}))

def pages(root):
    for number, (portal, _, _) in enumerate(PORTALS):
        folder = root / portal
        folder.mkdir(parents=True)
        items = ""
        for article in range(ARTICLES):
            pick = lambda at: WORDS[(at * 7 + number * 3 + article * 5) % len(WORDS)]
            title = f"Xã {portal} khánh thành {pick(1)} {pick(2)} số {article}"
            text = "".join(f"<p>Đoạn {p}: " + " ".join(pick(p * 31 + w) for w in range(60)) + f" tại {portal} bài {article}.</p>" for p in range(5))
            (folder / f"{article}.html").write_text(f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title></head><body>'
                f'<article><h1>{title}</h1><time datetime="2026-11-2{article % 9}T08:00:00+07:00">2{article % 9}/11/2026</time>{text}</article></body></html>')
            items += f"<item><title>{title}</title><link>{article}.html</link></item>"
        (folder / "feed.xml").write_text(f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{portal}</title>{items}</channel></rss>')

def apache(plain, secure, root, pem, key):
    folder = work / "apache2"
    shutil.copytree("/etc/apache2", folder, symlinks=True)
    for name in ("ssl.load", "ssl.conf", "socache_shmcb.load"):
        if not (folder / "mods-enabled" / name).exists():
            (folder / "mods-enabled" / name).symlink_to(f"../mods-available/{name}")
    (folder / "ports.conf").write_text(f"Listen 127.0.0.1:{plain}\nListen 127.0.0.1:{secure}\n")
    for site in (folder / "sites-enabled").iterdir():
        site.unlink()
    (folder / "sites-enabled" / "a.conf").write_text(f'ServerName a.example\nDocumentRoot {root}\n<Directory {root}>\nRequire all granted\n</Directory>\n'
        f'<VirtualHost *:{secure}>\nDocumentRoot {root}\nSSLEngine on\nSSLCertificateFile {pem}\nSSLCertificateKeyFile {key}\n</VirtualHost>\n')
    run = folder / "run"
    run.mkdir()
    start("apache2", "-d", folder, "-f", folder / "apache2.conf", "-DFOREGROUND", APACHE_RUN_USER="www-data", APACHE_RUN_GROUP="www-data",
        APACHE_PID_FILE=str(run / "pid"), APACHE_RUN_DIR=str(run), APACHE_LOCK_DIR=str(run), APACHE_LOG_DIR=str(run))

def nginx(plain, secure, root, pem, key):
    text = pathlib.Path("/etc/nginx/nginx.conf").read_text().replace("/run/nginx.pid", str(work / "nginx.pid")).replace("/var/log/nginx", str(work))
    text = text.replace("include /etc/nginx/sites-enabled/*;", f"server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{secure} ssl; root {root}; "
        f"ssl_certificate {pem}; ssl_certificate_key {key}; }}")
    (work / "nginx.conf").write_text(text)
    start("nginx", "-c", work / "nginx.conf", "-g", "daemon off;")

def lighttpd(plain, secure, root, pem, key):
    text = pathlib.Path("/etc/lighttpd/lighttpd.conf").read_text()
    for old, new in (("/var/www/html", str(root)), ("/run/lighttpd.pid", str(work / "lighttpd.pid")),
            ("/var/cache/lighttpd/uploads", "/tmp"), ("server.port                 = 80", f'server.port = {plain}\nserver.bind = "127.0.0.1"')):
        text = text.replace(old, new)
    lines = [line for line in text.splitlines() if not line.startswith(("include_shell \"/usr/share/lighttpd/use-ipv6", "include \"/etc/lighttpd/conf-enabled", "server.errorlog"))]
    (work / "lighttpd.conf").write_text("\n".join(lines) + f'\nserver.modules += ("mod_openssl")\n$SERVER["socket"] == "127.0.0.1:{secure}" {{\n'
        f'ssl.engine = "enable"\nssl.pemfile = "{pem}"\nssl.privkey = "{key}"\n}}\n')
    start("lighttpd", "-D", "-f", work / "lighttpd.conf")

def tomcat(plain, secure, root, pem, key):
    base = work / "tomcat"
    shutil.copytree("/etc/tomcat10", base / "conf")
    for name in ("logs", "temp", "work", "webapps"):
        (base / name).mkdir()
    server = (base / "conf" / "server.xml").read_text().replace('port="8080"', f'port="{plain}" address="127.0.0.1"', 1)
    server = server.replace(ENGINE, f'<Connector port="{secure}" address="127.0.0.1" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true">'
        f'<SSLHostConfig><Certificate certificateFile="{pem}" certificateKeyFile="{key}" type="RSA" /></SSLHostConfig></Connector>\n' + ENGINE, 1)
    (base / "conf" / "server.xml").write_text(server)
    shutil.copytree(root, base / "webapps" / "ROOT")
    start("/usr/share/tomcat10/bin/catalina.sh", "run", CATALINA_HOME="/usr/share/tomcat10", CATALINA_BASE=str(base))

def haproxy(plain, secure, behind, pem):
    text = pathlib.Path("/etc/haproxy/haproxy.cfg").read_text().splitlines()
    drop = ("chroot", "stats socket", "user ", "group ", "daemon", "log /dev/log")
    text = [line for line in text if not line.strip().startswith(drop)]
    (work / "haproxy.cfg").write_text("\n".join(text) + f"\nfrontend f\n\tbind 127.0.0.1:{plain}\n\tbind 127.0.0.1:{secure} ssl crt {pem}\n"
        f"\tdefault_backend b\nbackend b\n\tserver s 127.0.0.1:{behind}\n")
    start("haproxy", "-db", "-f", work / "haproxy.cfg")

async def relay(listen, to, delay):
    async def pump(reader, writer):
        held = asyncio.Queue()
        async def deliver():
            while True:
                at, piece = await held.get()
                await asyncio.sleep(max(0, at - time.monotonic()))
                if not piece:
                    writer.close()
                    return
                writer.write(piece)
        delivering = asyncio.create_task(deliver())
        try:
            while piece := await reader.read(65536):
                held.put_nowait((time.monotonic() + delay / 2, piece))
        except OSError:
            pass
        held.put_nowait((time.monotonic() + delay / 2, b""))
        await delivering
    async def accept(reader, writer):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)
    await asyncio.start_server(accept, "127.0.0.1", listen)

def configure(mode, ports):
    how, tls = mode
    folder = work / f"{how}-{tls}"
    (folder / "portals").mkdir(parents=True)
    used = {portal: ports[server, delay][tls != "plain"] for portal, server, delay in PORTALS}
    (folder / "tintinh.toml").write_text('contact = "mailto:a@b.example"\nstate_dir = "state"\n[fetch]\nallow_addresses = ["127.0.0.0/8"]\n'
        f"allow_ports = {sorted(set(used.values()))}\n[fetch.resolve]\n" + "".join(f'"{portal}.example" = "127.0.0.1:{used[portal]}"\n' for portal in used)
        + "[engine]\nconcurrency = 15\n")
    for portal in used:
        scheme, lines = ("http", "") if tls == "plain" else ("https", f'tls = "{tls}"\nextra_ca = ["{work / "ca.pem"}"]\n')
        home = f"{scheme}://{portal}.example"
        (folder / "portals" / f"{portal}.toml").write_text(f'name = "Cổng {portal}"\nhome = "{home}/"\nverified = "a test"\n{lines}'
            f'[[source]]\nkind = "feed"\nurl = "{home}/{portal}/feed.xml"\n')
    return folder

def records(folder):
    lines = [json.loads(line) for path in (folder / "state").rglob("*.jsonl") for line in path.read_text().splitlines()]
    return collections.Counter(portal for portal, url in {(line["portal"], line["url"]) for line in lines})

def ingest(mode, folder, results):
    how, wanted = mode[0], ARTICLES * len(PORTALS)
    with open(folder / "log", "ab") as log:
        child = subprocess.Popen([binary, "--config", folder, how], stdout=log, stderr=log)
        if how == "run":
            end = time.monotonic() + 240
            while sum(records(folder).values()) < wanted and time.monotonic() < end:
                time.sleep(1)
            child.send_signal(signal.SIGTERM)
        code = child.wait()
    got, said = records(folder), (folder / "log").read_text()
    failures = [line for line in said.splitlines() if " WARN " in line and " failed: " in line]
    is_right = sum(got.values()) == wanted and code == 0 and not failures
    results.append(is_right)
    print(f"{how:5} {mode[1]:6} {sum(got.values())} of {wanted}, {len(failures)} failures, exit code {code}", flush=True)
    if not is_right:
        by_server = collections.Counter()
        for portal, server, delay in PORTALS:
            by_server[f"{server} {int(delay * 1000)} ms"] += got[portal]
        print("  " + ", ".join(f"{server}: {count}" for server, count in by_server.items()) + "\n  " + "\n  ".join(failures[:5]), flush=True)

def main():
    root = work / "pages"
    pages(root)
    pem, key, both = work / "leaf.pem", work / "key.pem", work / "both.pem"
    names = ",".join(f"DNS:{portal}.example" for portal, _, _ in PORTALS)
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ca, ca_key = work / "ca.pem", work / "ca.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca, "-days", "30", "-subj", "/CN=An authority for a test")
    (work / "names").write_text(f"subjectAltName={names}\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", work / "asked.pem", "-subj", "/CN=test")
    openssl("x509", "-req", "-in", work / "asked.pem", "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "30", "-extfile", work / "names", "-out", pem)
    key.chmod(0o644)
    both.write_text(pem.read_text() + key.read_text())
    made = {server: (port(), port()) for server in SERVERS}
    makers = {"apache2": apache, "nginx": nginx, "lighttpd": lighttpd, "tomcat10": tomcat}
    for server in SERVERS:
        if server == "haproxy":
            haproxy(*made[server], made["apache2"][0], both)
        else:
            makers[server](*made[server], root, pem, key)
    for at in [at for pair in made.values() for at in pair]:
        for _ in range(150):
            try:
                socket.create_connection(("127.0.0.1", at), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            server = next(server for server, pair in made.items() if at in pair)
            said = [line for line in (work / "servers.log").read_text().splitlines() if " INFO [main] " not in line]
            sys.exit(f"{server} did not start\n" + "\n".join(said[-20:]))
    ports = {(server, delay): (port(), port()) for server in SERVERS for delay in DELAYS}
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    for (server, delay), pair in ports.items():
        for listen, to in zip(pair, made[server]):
            asyncio.run_coroutine_threadsafe(relay(listen, to, delay), loop).result()
    results = []
    ingesting = [threading.Thread(target=ingest, args=(mode, configure(mode, ports), results)) for mode in MODES]
    for thread in ingesting:
        thread.start()
    for thread in ingesting:
        thread.join()
    return 0 if all(results) and len(results) == len(MODES) else 1

code = 1
try:
    code = main()
finally:
    for child in children:
        child.terminate()
    for child in children:
        child.wait()
sys.exit(code)
PY
