#!/bin/sh
# Every page of the reader over 200,000 records in a real browser: nothing overflows, nothing complains, axe-core finds nothing serious. Screenshots
# are written to target/screenshots. Usage: tests/soak/reader.sh
set -eu
cd "$(dirname "$0")/../.."
sh tests/browser.sh --install
exec cargo test --test it reader_browser::every_page_stands_with_200_000_records -- --exact --ignored --nocapture
