#!/bin/bash
# Reads folders of pages with tintinh, trafilatura and newspaper4k, and ingests 3,000 of them from feeds on loopback with tintinh and with a
# Scrapy spider that reads with trafilatura. Prints the quality of each and its pages per second of processor time, from one run.
# Installs the others from PyPI into target/peers. Needs python3 with venv.
# Usage: benches/peers/run.sh [BINARY=target/release/tintinh] [PAGES…=${TINTINH_SHARED:-../shared}/corpus/articles-dev*/pages]
# Each of PAGES holds HTML files, also .gz; where they are fewer than 3,000, the ingest has some twice. Where a truth.jsonl stands beside it (`id`, `text`, `title`, `date`), quality is told as well.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary="${1:-}"
if [ -z "$binary" ]; then
    cargo build --release --quiet
    binary=target/release/tintinh
fi
pages=("${@:2}")
[ ${#pages[@]} -gt 0 ] || pages=("${TINTINH_SHARED:-../shared}"/corpus/articles-dev*/pages)
for folder in "${pages[@]}"; do
    [ -d "$folder" ] || { echo "benches/peers/run.sh: no folder $folder; name one as the second argument" >&2; exit 2; }
done
venv=target/peers
# Older pips than the newest trip over the extras of lxml.
[ -x "$venv/bin/python" ] || { python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet --upgrade pip; }
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
exec "$venv/bin/python" benches/peers/peers.py "$(realpath "$binary")" "${pages[@]}"
