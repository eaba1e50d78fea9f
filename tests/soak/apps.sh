#!/bin/sh
# Apps of the Google Reader API at length: RSS Guard on a screen of its own, and the first sync of 10,000 articles among 200,000, of which it prints
# time and memory. Usage: tests/soak/apps.sh
set -eu
cd "$(dirname "$0")/../.."
sh tests/apps/install.sh --all
cargo test --test it greader_apps::rss_guard -- --ignored --nocapture
exec cargo bench --bench reader
