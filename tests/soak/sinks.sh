#!/bin/bash
# Fifty services killed (SIGKILL) at moments of their work over slow portals, five in each folder, with a webhook that is slow, one that fails at
# times, and the record files: each gets every record at least once, in order. Usage: tests/soak/sinks.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --test it sink_kills::killed_at_fifty_moments_each_sink_gets_every_record_in_order -- --exact --ignored --nocapture
