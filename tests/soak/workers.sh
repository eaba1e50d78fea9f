#!/bin/bash
# Workers on one PostgreSQL database, killed fifty times while they work: nothing is lost and nothing is written twice. Usage: tests/soak/workers.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/postgres/install.sh
CI=true cargo test --test it workers_killed_at_fifty_moments -- --ignored --nocapture
