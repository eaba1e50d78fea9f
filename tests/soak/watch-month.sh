#!/bin/bash
# Fifty portals and twenty watches over a simulated month, with twice as many articles and three times as many visits as in the test suite: everything is told once and
# in time, and digests name the portals that could not be read. Usage: tests/soak/watch-month.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --test it watch_country::over_a_month_of_many_articles_everything_is_told_once_and_in_time -- --exact --ignored --nocapture
