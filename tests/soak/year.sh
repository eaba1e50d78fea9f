#!/bin/bash
# A simulated year of 200 portals with outages, pauses and empty lists, on paused time: each portal is visited within its bound, each alarm is raised
# when it is due and none beside, and memory at the end is at most 1.2 times that after a week. Usage: tests/soak/year.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
# As the unit starts the service.
# shellcheck disable=SC2046 # a word for each variable is wanted
export $(sed -n 's/^Environment=//p' systemd/tintinh.service)
exec cargo test --release --test it years::a_year_of_two_hundred_portals -- --exact --ignored --nocapture
