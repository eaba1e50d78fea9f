#!/bin/bash
# Installs what reads our archives in the tests (warcio, cdxj-indexer, wacz, pywb) from PyPI into target/archive-tools.
# Needs python3 with venv. Usage: tests/archive/install.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/archive-tools
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/archive/requirements.txt
