#!/bin/bash
# Five hundred processes killed (SIGKILL) at random moments of their work over slow portals, five in each folder, which a last run completes: no record
# lost, none twice, no line torn, and the doctor finds nothing after any of them. Usage: tests/soak/kills.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --test it crash::killed_at_five_hundred_moments_nothing_is_lost_and_nothing_written_twice -- --exact --ignored --nocapture
