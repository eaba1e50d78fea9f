#!/bin/bash
# Fifty processes killed (SIGKILL) over ten simulated months, five in each, mostly while watches are served: everything is told once and in time, as
# without the kills. Usage: tests/soak/watch-kills.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --test it watch_month::kills::over_ten_months_with_fifty_processes_killed_the_same_is_told -- --exact --ignored --nocapture
