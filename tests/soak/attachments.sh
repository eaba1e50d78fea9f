#!/bin/bash
# Reads files that take their programs to their bounds of processor time, in some three minutes. Usage: tests/soak/attachments.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo test --test it attachments::hostile::files_that_exhaust_their_bounds_end -- --ignored --nocapture
