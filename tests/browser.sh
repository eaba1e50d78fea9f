#!/bin/sh
# What the reader's tests in a real browser need: Debian's chromium and its driver, axe-core (npm) and feedparser (PyPI). Installs what is absent:
# the packages as root, the others below target/tools. Without an argument it then runs these tests; `--install` only installs.
# Screenshots are written to target/screenshots.
set -eu
cd "$(dirname "$0")/.."
wanted=""
command -v chromium >/dev/null || wanted="$wanted chromium"
command -v chromedriver >/dev/null || wanted="$wanted chromium-driver"
command -v npm >/dev/null || [ -e target/tools/axe/package/axe.min.js ] || wanted="$wanted npm"
python3 -c 'import venv, ensurepip' 2>/dev/null || wanted="$wanted python3-venv"
if [ -n "$wanted" ]; then
    apt-get update -q
    # shellcheck disable=SC2086 # words are wanted
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $wanted
fi
if [ ! -e target/tools/axe/package/axe.min.js ]; then
    mkdir -p target/tools/axe
    (cd target/tools/axe && npm pack --silent axe-core@4.10.3 >/dev/null && tar -xzf axe-core-*.tgz package/axe.min.js && rm axe-core-*.tgz)
fi
if [ ! -e target/tools/feeds/bin/python3 ]; then
    python3 -m venv target/tools/feeds
    target/tools/feeds/bin/pip install --quiet feedparser==6.0.12
fi
[ "${1:-}" = --install ] || cargo test --test it reader
