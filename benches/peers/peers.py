"""Extraction and ingest beside others, from one run; see run.sh."""
import gzip, html, json, os, pathlib, re, resource, shutil, socket, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).parent
READERS = ["trafilatura", "newspaper4k"]
PAGES, PORTALS = 3000, 60
WORD = re.compile(r"\w+")


def pages_in(folders):
    for path in sorted(path for folder in folders for path in pathlib.Path(folder).iterdir()):
        if path.name.endswith((".html", ".html.gz")):
            data = path.read_bytes()
            yield path.name.removesuffix(".gz").removesuffix(".html"), gzip.decompress(data) if path.suffix == ".gz" else data


def truth_of(folders):
    beside = [pathlib.Path(folder).parent / "truth.jsonl" for folder in folders]
    return [json.loads(line) for path in beside if path.exists() for line in path.read_text().splitlines()]


# --- one reader in a process of its own ---

def trafilatura():
    from trafilatura import bare_extraction
    def read(page):
        found = bare_extraction(page, with_metadata=True, include_comments=False)
        return found and {"text": found.text, "title": found.title, "date": found.date}
    return read


def newspaper4k():
    import newspaper
    config = newspaper.Config()
    config.fetch_images = False
    def read(page):
        article = newspaper.Article("http://page.example/", config=config)
        article.download(input_html=page.decode("utf-8", "replace"))
        article.parse()
        return {"text": article.text, "title": article.title, "date": str(article.publish_date or "")[:10]}
    return read


def read_all(name, *folders):
    import logging
    logging.disable(logging.CRITICAL)
    read = {"trafilatura": trafilatura, "newspaper4k": newspaper4k}[name]()
    for ident, page in pages_in(folders):
        try:
            found = read(page) or {}
        except Exception as error:  # A reader that fails on a page has read nothing.
            found = {"error": str(error)}
        print(json.dumps({"id": ident, **found}))


# --- measuring ---

def cpu(command, **options):
    """Runs a command; its output, and the seconds of processor time of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def shingles(text):
    words = [word.casefold() for word in WORD.findall(text or "")]
    return {tuple(words[at:at + 4]) for at in range(max(1, len(words) - 3))} if words else set()


def quality(found, truth):
    """Mean F1 of runs of four words, and the shares of titles and days that are right."""
    scores, titles, days = [], [], []
    for row in truth:
        got = found.get(row["id"], {})
        if row.get("text"):
            want, have = shingles(row["text"]), shingles(got.get("text"))
            scores.append(2 * len(want & have) / (len(want) + len(have)) if want or have else 1.0)
        if row.get("title"):
            titles.append(WORD.findall((got.get("title") or "").casefold()) == WORD.findall(row["title"].casefold()))
        if row.get("date"):
            days.append((got.get("date") or "")[:10] == row["date"][:10])
    mean = lambda values: f"{sum(values) / len(values):.3f}" if values else "-"
    return mean(scores), mean(titles), mean(days)


def reading(binary, *folders):
    truth = truth_of(folders)
    count = sum(1 for _ in pages_in(folders))
    done, seconds = cpu([binary, "extract", "--generic", "--no-site-memory", *folders])
    found = {}
    for line in done.stdout.splitlines():
        record = json.loads(line)
        name = pathlib.Path(record["source"]).name.removesuffix(".gz").removesuffix(".html")
        text = "\n".join(filter(None, [record.get("summary"), record.get("content_text")]))
        found[name] = {"text": text, "title": record.get("title"), "date": record.get("date_published")}
    rows = [("tintinh", seconds, quality(found, truth))]
    for name in READERS:
        done, seconds = cpu([sys.executable, __file__, "--read", name, *folders])
        if done.returncode:
            sys.exit(f"{name}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        found = {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}
        rows.append((name, seconds, quality(found, truth)))
    print(f"Reading {count} pages, each by itself, whole processes\n")
    print("| reader | shingle F1 | titles | days | pages per CPU second | tintinh is |\n| --- | --- | --- | --- | --- | --- |")
    for name, seconds, (text, title, day) in rows:
        print(f"| {name} | {text} | {title} | {day} | {count / seconds:.1f} | {seconds / rows[0][1]:.1f} × as fast |")


# --- the whole ingest ---

def site(folders, root):
    """PORTALS folders with a feed of PAGES / PORTALS articles each; the number of pages that differ. As in feeds of sites, an item has its
    article's headline, and a page comes again only where there are too few."""
    titles = {row["id"]: row.get("title") for row in truth_of(folders)}
    known = [(page, titles.get(ident) or headline(page)) for ident, page in pages_in(folders)]
    for number in range(PORTALS):
        portal = root / f"p{number}"
        portal.mkdir(parents=True)
        items = ""
        for article in range(PAGES // PORTALS):
            page, title = known[(number * (PAGES // PORTALS) + article) % len(known)]
            (portal / f"{article}.html").write_bytes(page)
            items += f"<item><title>{html.escape(title)}</title><link>{article}.html</link></item>"
        (portal / "feed.xml").write_text(f'<rss version="2.0"><channel><title>p{number}</title>{items}</channel></rss>')
    return min(PAGES, len(known))


def headline(page):
    found = re.search(rb"<title[^>]*>([^<]*)", page, re.I)
    return html.unescape(found[1].decode("utf-8", "replace")).strip() if found else ""


def configure(folder, port, search):
    (folder / "portals").mkdir(parents=True)
    hosts = "".join(f'"p{number}.example" = "127.0.0.1:{port}"\n' for number in range(PORTALS))
    (folder / "tintinh.toml").write_text(f'contact = "mailto:a@b.example"\nstate_dir = "state"\n[search]\nenabled = {search}\n[fetch]\ndelay = "0s"\n'
        f'allow_addresses = ["127.0.0.0/8"]\nallow_ports = [{port}]\n[fetch.resolve]\n{hosts}')
    for number in range(PORTALS):
        home = f"http://p{number}.example"
        (folder / "portals" / f"p{number}.toml").write_text(f'name = "P{number}"\nhome = "{home}/"\nverified = "a bench"\n'
            f'[[source]]\nkind = "feed"\nurl = "{home}/p{number}/feed.xml"\n')


def fetch(binary, folder, port, search):
    """Seconds of processor time of a `tintinh fetch` of everything, and its records; with search, they are searchable then."""
    configure(folder, port, search)
    done, seconds = cpu([binary, "--config", folder, "fetch", "--quiet"], cwd=folder)
    if done.returncode not in (0, 1):
        sys.exit(f"tintinh fetch: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return seconds, sum(len(path.read_text().splitlines()) for path in (folder / "state").rglob("*.jsonl"))


def ingest(binary, *folders):
    work = pathlib.Path(tempfile.mkdtemp(prefix="tintinh-peers."))
    differ = site(folders, work / "site")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(work / "site"),
        "--protocol", "HTTP/1.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        ours, records = fetch(binary, work / "plain", port, "false")
        searchable, _ = fetch(binary, work / "searchable", port, "true")
        done, theirs = cpu([sys.executable, "-m", "scrapy", "runspider", HERE / "spider.py", "-o", work / "items.jsonl", "-s", "LOG_LEVEL=ERROR",
            "-a", f"port={port}", "-a", f"portals={PORTALS}"])
        items = len((work / "items.jsonl").read_text().splitlines()) if (work / "items.jsonl").exists() else 0
        if not items:
            sys.exit(f"scrapy brought nothing\n{done.stderr[-2000:]}")
    finally:
        server.kill()
        if not os.environ.get("KEEP"):
            shutil.rmtree(work, ignore_errors=True)
    print(f"\nThe whole ingest of {PAGES} pages ({differ} different ones) from {PORTALS} feeds on loopback, the server not counted in\n")
    print("| system | records | CPU seconds | ms a page |\n| --- | --- | --- | --- |")
    print(f"| tintinh fetch | {records} | {ours:.1f} | {1000 * ours / PAGES:.1f} |")
    print(f"| tintinh fetch, searchable | {records} | {searchable:.1f} | {1000 * searchable / PAGES:.1f} |")
    print(f"| Scrapy with trafilatura | {items} | {theirs:.1f} | {1000 * theirs / PAGES:.1f} |")
    print(f"\ntintinh takes one part in {theirs / ours:.1f}; the search index costs {searchable / ours:.2f} ×")


if __name__ == "__main__":
    if sys.argv[1] == "--read":
        read_all(*sys.argv[2:])
    else:
        reading(*sys.argv[1:])
        ingest(*sys.argv[1:])
