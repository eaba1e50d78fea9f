#!/bin/bash
# Writes our own documents, as PDF with text and as scans, and prints how well `tintinh attachment` reads them, in some five minutes. Needs
# poppler-utils, tesseract-ocr, tesseract-ocr-vie, fonts-dejavu-core, fonts-liberation2 and python3 with venv.
# Usage: tests/attachments/figures.sh [TINTINH]  (default: target/release/tintinh)
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/attachments
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/attachments/requirements.txt
"$venv/bin/python" tests/attachments/documents.py target/attachments/documents
"$venv/bin/python" tests/attachments/unseen.py target/attachments/unseen
"$venv/bin/python" tests/attachments/figures.py "${1:-target/release/tintinh}" target/attachments/documents || failed=1
echo "Documents on which nothing was tuned:"
"$venv/bin/python" tests/attachments/figures.py "${1:-target/release/tintinh}" target/attachments/unseen || failed=1
exit "${failed:-0}"
