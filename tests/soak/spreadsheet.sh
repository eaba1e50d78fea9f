#!/bin/bash
# A CSV of records opened by LibreOffice Calc, which writes what it has understood: the same cells as Python reads, and no formula among them.
# Needs python3 and Debian's libreoffice-calc. Usage: tests/soak/spreadsheet.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BUILT:-}" ] || cargo build --release --quiet
binary="$(realpath "${BINARY:-target/release/tintinh}")"
command -v soffice >/dev/null || { echo "tests/soak/spreadsheet.sh: no soffice; apt-get install --no-install-recommends libreoffice-calc" >&2; exit 2; }
work="$(mktemp -d /var/tmp/tintinh-spreadsheet.XXXXXX)"
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
"$binary" demo "$work/demo" >/dev/null 2>&1
python3 - "$work" <<'PY'
import json, pathlib, sqlite3, sys
database = sqlite3.connect(pathlib.Path(sys.argv[1]) / "demo/state/tintinh.db")
record = json.loads(database.execute("SELECT json FROM records ORDER BY sequence LIMIT 1").fetchone()[0])
last = database.execute("SELECT max(sequence) FROM records").fetchone()[0]
for number, title in enumerate(['=1+1', '+84 24 3', '-5 độ', '@SUM(A1)', '\t=2', '"=3"', 'a;b,c\nd', "'=4", "＝5", "1/7", "00123"]):
    record.update(id=f"a{number:031x}", title=title, revision=1)
    database.execute("INSERT INTO records (id, revision, portal, json, sequence) VALUES (?, 1, ?, ?, ?)",
                     (record["id"], record["portal"], json.dumps(record), last + 1 + number))
database.commit()
PY
"$binary" --quiet --config "$work/demo/config" export --after start --format csv --bom -o "$work/in.csv" 2>/dev/null
# From text: commas, double quotes, UTF-8; out with all cells quoted as they are shown.
(cd "$work" && soffice --headless --infilter="Text - txt - csv (StarCalc):44,34,76,1,,0,false,false" \
    --convert-to "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false" --outdir out in.csv >/dev/null 2>&1)
(cd "$work" && soffice --headless --infilter="Text - txt - csv (StarCalc):44,34,76,1,,0,false,false" \
    --convert-to fods --outdir out in.csv >/dev/null 2>&1)
python3 - "$work" <<'PY'
import csv, pathlib, sys
work = pathlib.Path(sys.argv[1])
rows = [list(csv.reader(open(work / name, encoding="utf-8-sig", newline=""))) for name in ("in.csv", "out/in.csv")]
plain = lambda cell: cell.replace("\r\n", "\n")
kept, changed = 0, {}
assert len(rows[0]) == len(rows[1]), (len(rows[0]), len(rows[1]))
for before, after in zip(*rows):
    assert len(before) == len(after), (before, after)
    for column, one, other in zip(rows[0][0], before, after):
        if plain(one) == plain(other):
            kept += 1
        else:
            changed.setdefault(column, []).append((one, other))
formulas = (work / "out/in.fods").read_text(encoding="utf-8").count("table:formula=")
assert formulas == 0, f"{formulas} formulas"
print(f"{kept} cells the same, no formula; read otherwise: " + (", ".join(f"{len(cells)} of {column}, as {cells[0]}" for column, cells in changed.items()) or "none"))
texts = {"title", "summary", "content_text", "authors", "byline", "credit", "attachments", "url", "outlet", "kind"}
# A title of digits alone is read as a number.
assert not texts & (changed.keys() - {"title"}) and len(changed.get("title", [])) <= 1, changed
PY
