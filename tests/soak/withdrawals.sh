#!/bin/bash
# Ten months of a portal that withdraws articles and brings some back, with fifty processes killed (SIGKILL) at places between two writes, five in each
# month: the stream of records tells exactly what happened, under numbers without a gap. Usage: tests/soak/withdrawals.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --test it withdrawal::over_ten_months_with_fifty_processes_killed_the_stream_tells_the_same -- --exact --ignored --nocapture
