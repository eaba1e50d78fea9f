#!/bin/bash
# A hundred thousand records written as JSON Lines, as JSON Lines packed by zstd, and as Parquet: seconds, memory and bytes of each; then DuckDB and pandas
# compare the rows of both. The texts are those of `corpus/dedup` in the shared test data (TINTINH_SHARED), each five times with its lines in another
# order, or invented ones. Needs python3 and tests/readers/install.sh. Usage: tests/soak/tables.sh [RECORDS=100000]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BUILT:-}" ] || cargo build --release --quiet
binary="$(realpath "${BINARY:-target/release/tintinh}")"
tests/readers/install.sh
work="$(mktemp -d /var/tmp/tintinh-tables.XXXXXX)"
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
"$binary" demo "$work/demo" >/dev/null 2>&1
target/readers/bin/python - "$binary" "$work" "${1:-100000}" "${TINTINH_SHARED:-../shared}" <<'PY'
import gzip, json, pathlib, random, resource, sqlite3, subprocess, sys, time
binary, work, count, shared = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
corpus = shared / "corpus/dedup/background.jsonl.gz"
if corpus.exists():
    texts = [json.loads(line)["text"].split("\n") for line in gzip.open(corpus, "rt", encoding="utf-8")]
else:
    dice = random.Random(7)
    words = "rừng cây xã làng sông núi mưa lúa cá cầu đường chợ nhà vườn đồi gió mùa đất nước huyện tỉnh giao thông giáo dục y tế".split()
    texts = [[" ".join(dice.choices(words, k=60)) for _ in range(10)] for _ in range(20_000)]

database = sqlite3.connect(work / "demo/state/tintinh.db")
database.execute("PRAGMA foreign_keys = OFF")
samples = [json.loads(line) for (line,) in database.execute("SELECT json FROM records ORDER BY sequence")]
last = database.execute("SELECT max(sequence) FROM records").fetchone()[0]
dice = random.Random(11)
for number in range(count - last):
    record = dict(samples[number % len(samples)])
    lines = list(texts[number % len(texts)])
    dice.shuffle(lines)
    record["id"] = f"{number:032x}"
    record["url"] = record["canonical_url"] = record["final_url"] = f"https://p{number % 50}.example/tin/{number}"
    record["title"] = lines[0][:120]
    record["content_text"] = "\n\n".join(lines)
    record["content_html"] = "".join(f"<p>{line}</p>" for line in lines)
    record["blocks"] = [{"type": "paragraph", "text": line} for line in lines]
    record["revision"] = 1
    row = (record["id"], record["portal"], json.dumps(record, ensure_ascii=False), last + 1 + number)
    database.execute("INSERT INTO records (id, revision, portal, json, sequence) VALUES (?, 1, ?, ?, ?)", row)
database.commit()
database.close()

def timed(name, path, command):
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    told = subprocess.run(["/usr/bin/env", "python3", "-c", """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)
""", *command], capture_output=True, text=True, check=True).stdout.split()
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert told[1] == "0", (name, told)
    size = pathlib.Path(path).stat().st_size
    print(f"{name}: {time.monotonic() - begun:.1f} s ({used:.1f} s of the processor), {int(told[0]) / 1024:.0f} MiB of memory, {size / 1e6:.1f} MB")
    return int(told[0]) / 1024

export = [binary, "--quiet", "--config", str(work / "demo/config"), "export", "--after", "start"]
lines, table, few = work / "all.jsonl", work / "all.parquet", work / "few.parquet"
small = ["--limit", "10000"]
timed("JSON Lines", lines, export + ["-o", str(lines)])
timed("JSON Lines by zstd -3", f"{lines}.zst", ["zstd", "-3", "-q", "-f", str(lines)])
least = timed("Parquet of 10,000", few, export + small + ["--format", "parquet", "-o", str(few)])
most = timed("Parquet", table, export + ["--format", "parquet", "-o", str(table)])
assert most < 2 * least, "memory grows with the number of records"

import duckdb, pandas
same = duckdb.sql(f"""
    SELECT count(*) FROM '{table}' p JOIN read_json('{lines}', columns = {{id: 'VARCHAR', revision: 'BIGINT', sequence: 'BIGINT', title: 'VARCHAR',
        content_text: 'VARCHAR', url: 'VARCHAR', portal: 'VARCHAR', date_published: 'TIMESTAMPTZ', date_fetched: 'TIMESTAMPTZ'}}, maximum_object_size = 16777216) j
    ON p.id = j.id AND p.revision = j.revision AND p.sequence = j.sequence AND p.title = j.title AND p.content_text = j.content_text AND p.url = j.url
        AND p.portal = j.portal AND p.date_published IS NOT DISTINCT FROM j.date_published AND epoch_ms(p.date_fetched) = epoch_ms(j.date_fetched)
""").fetchone()[0]
frame = duckdb.sql(f"SELECT id, revision, title, length(content_text) AS letters FROM '{table}' ORDER BY sequence").df()
read = pandas.concat(chunk[["id", "revision", "title", "content_text"]] for chunk in
                     pandas.read_json(lines, lines=True, chunksize=10_000, dtype=False, convert_dates=False))
assert frame["id"].tolist() == read["id"].tolist() and frame["title"].tolist() == read["title"].tolist()
assert frame["letters"].tolist() == read["content_text"].str.len().tolist()
assert same == len(frame) == count, (same, len(frame), count)
groups = duckdb.sql(f"SELECT count(DISTINCT row_group_id), max(row_group_bytes) FROM parquet_metadata('{table}')").fetchone()
print(f"the same {same} rows by DuckDB and pandas; {groups[0]} row groups, the largest of {groups[1] / 2**20:.0f} MiB before compression")
PY
