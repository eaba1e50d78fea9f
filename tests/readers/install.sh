#!/bin/bash
# Installs what reads tintinh's data in the tests (DuckDB, pandas, the reference library of Standard Webhooks) from PyPI into target/readers.
# Needs python3 with venv. Usage: tests/readers/install.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/readers
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/readers/requirements.txt
