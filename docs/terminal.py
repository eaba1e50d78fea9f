#!/usr/bin/env python3
"""Draws docs/terminal.svg from what `tintinh demo` and `tintinh status` really print.

Usage: docs/terminal.py [BINARY=target/debug/tintinh]
"""

import html
import pathlib
import subprocess
import sys
import tempfile

PROGRESS_LINES = 6  # enough to show that articles arrive one by one
CHARACTER, LINE, MARGIN = 7.83, 18, 14  # pixels, for a monospaced font of 13 pixels

root = pathlib.Path(__file__).resolve().parent.parent
binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "target/debug/tintinh").resolve()


def run(folder, *arguments):
    done = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.splitlines(), done.stderr.splitlines()


with tempfile.TemporaryDirectory() as folder:
    records, progress = run(folder, "demo", "demo")
    status, _ = run(folder, "--config", "demo/config", "status")

table = records[: records.index("")]
lines = ["$ tintinh demo demo", *progress[-PROGRESS_LINES:], *table]
lines += ["", "$ tintinh --config demo/config status", *status]
width = round(max(map(len, lines)) * CHARACTER + 2 * MARGIN)
height = len(lines) * LINE + 2 * MARGIN
drawing = [
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
    "<title>tintinh demo and tintinh status in a terminal</title>",
    f'<rect width="{width}" height="{height}" rx="8" fill="#1b1f27"/>',
    '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" fill="#d7dae0" xml:space="preserve">',
]
for number, line in enumerate(lines):
    color = ' fill="#8fd18a"' if line.startswith("$ ") else ""
    drawing.append(f'<text x="{MARGIN}" y="{MARGIN + LINE * number + 13}"{color}>{html.escape(line)}</text>')
drawing += ["</g>", "</svg>", ""]
(root / "docs/terminal.svg").write_text("\n".join(drawing), encoding="utf-8")
