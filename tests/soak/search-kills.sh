#!/bin/bash
# Fifty processes killed (SIGKILL) at moments of their work over slow portals, five in each folder, which a last run completes: after each the doctor
# finds that search index and records agree, and in the end every article is in the index. Usage: tests/soak/search-kills.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --test it search::killed_at_fifty_moments_index_and_records_agree -- --exact --ignored --nocapture
