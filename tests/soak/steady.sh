#!/bin/bash
# Thirty real minutes of ingest on loopback, with faults of the portals and of the disk at random: memory, descriptors and threads do not grow, and
# nothing is lost or written twice. Usage: tests/soak/steady.sh [MINUTES=30]
set -euo pipefail
cd "$(dirname "$0")/../.."
export TINTINH_STEADY_MINUTES="${1:-30}"
exec cargo test --test it steady::minutes_of_faults_at_random -- --exact --ignored --nocapture
