"""Compares an export as JSON Lines with the same as Parquet and as CSV, cell by cell: by DuckDB and pandas, and by Python's own csv.

Arguments: JSON Lines, Parquet, CSV.
"""
import csv
import json
import sys
from datetime import timezone

import duckdb
import pandas

lines, table, sheet = sys.argv[1:]
records = [json.loads(line) for line in open(lines, encoding="utf-8")]

# What Parquet leaves out.
LEFT_OUT = {"schema_version", "content_html", "blocks", "discovery", "http", "extraction", "raw"}
LISTS = {"authors", "tags", "images", "attachments"}
MOMENTS = {"date_published", "date_modified", "date_fetched"}


def instant(text):
    return pandas.Timestamp(text).tz_convert(timezone.utc) if text else None


def wanted(record):
    row = {key: value for key, value in record.items() if key not in LEFT_OUT}
    for key in LISTS:
        row.setdefault(key, [])
    for key in MOMENTS & row.keys():
        row[key] = instant(row[key])
    if "withdrawn" in row:
        row["withdrawn"] = {**row["withdrawn"], "at": instant(row["withdrawn"]["at"])}
    return row


def plain(value):
    """A value of DuckDB without what is absent, moments in UTC."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if hasattr(value, "astimezone"):
        return pandas.Timestamp(value.astimezone(timezone.utc))
    return value


found = duckdb.sql(f"SELECT * FROM '{table}'")
rows = [plain(dict(zip(found.columns, row))) for row in found.fetchall()]
assert len(rows) == len(records), (len(rows), len(records))
for row, record in zip(rows, records):
    assert row == wanted(record), f"\n{row}\n{wanted(record)}"

frame = duckdb.sql(f"SELECT * FROM '{table}'").df()
read = pandas.read_json(lines, lines=True, convert_dates=False, dtype=False)
for column in ("id", "title", "content_text", "portal", "url", "revision"):
    assert frame[column].tolist() == read[column].tolist(), column
assert frame["authors"].map(len).sum() == sum(len(record.get("authors", [])) for record in records)

with open(sheet, encoding="utf-8-sig", newline="") as file:
    cells = list(csv.DictReader(file))
assert len(cells) == len(records)


def inert(text):
    return "'" + text if text[:1] in tuple("=+-@\t\r\n＝＋－＠") and text else text


for row, record in zip(cells, records):
    of = lambda key: record.get(key) or ""
    expect = {
        "id": of("id"), "revision": str(record["revision"]), "title": of("title"), "summary": of("summary"),
        "content_text": of("content_text"), "byline": of("byline"), "kind": of("kind"),
        "authors": "\n".join(author["name"] for author in record.get("authors", [])),
        "attachments": "\n".join(file["url"] for file in record.get("attachments", [])),
        "credit": record.get("credit", {}).get("text", ""),
        "date_published": of("date_published"), "date_modified": of("date_modified"), "date_fetched": of("date_fetched"),
    }
    for key, text in expect.items():
        assert row[key] == inert(text), (key, row[key], text)
with open(sheet, "rb") as file:
    text = file.read()
assert text.startswith(b"\xef\xbb\xbf") and text.endswith(b"\r\n")
print(f"same {len(records)}")
