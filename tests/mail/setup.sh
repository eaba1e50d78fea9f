#!/bin/bash
# Installs the mail server of the tests (aiosmtpd, from PyPI) into target/mail. Needs python3 with venv. Usage: tests/mail/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/mail
# Tests that begin at the same time install it once.
mkdir -p target
exec 9>target/mail.lock
flock 9
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import aiosmtpd' 2>/dev/null || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check aiosmtpd==1.4.6
