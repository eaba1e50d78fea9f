#!/bin/bash
# Every fuzz target for so many seconds (an hour where nothing is said), with the stable compiler. Needs cargo-fuzz and a C++ compiler. What is found
# lies in fuzz/artifacts. JOBS run at a time (2), and SANITIZER is cargo-fuzz's ("none": the program forbids unsafe code, and panics, memory, time and
# the stack are watched without it; "address" runs at half the speed). Examples: tests/soak/fuzz.sh 60 dates url; JOBS=10 tests/soak/fuzz.sh 7200
set -eu
cd "$(dirname "$0")/../.."
seconds="${1:-3600}"
[ $# -gt 0 ] && shift
targets="${*:-$(cargo fuzz list)}"
sanitizer="${SANITIZER:-none}"
# -Z flags for the sanitizer are unstable; the compiler is the stable one all the same.
export RUSTC_BOOTSTRAP=1
cargo fuzz build --sanitizer "$sanitizer"
run() {
    log="fuzz/corpus/$1.log"
    mkdir -p "fuzz/corpus/$1"
    # 120 s by the clock for one input: the readers give up on a page after 5 s, and the jobs share the processors.
    if cargo fuzz run --sanitizer "$sanitizer" "$1" "fuzz/corpus/$1" "fuzz/seeds/$1" -- -max_total_time="$seconds" -timeout=120 \
        -report_slow_units=60 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 >"$log" 2>&1; then
        echo "$1: nothing found: $(sed -n 's/^stat::number_of_executed_units: *\([0-9]*\)/\1 inputs/p; s/^stat::peak_rss_mb: *\([0-9]*\)/, peak \1 MB/p' "$log" | tr -d '\n')"
    else
        echo "$1: FOUND SOMETHING"
        tail -40 "$log"
        return 1
    fi
}
failed=0
export -f run
export seconds sanitizer
# shellcheck disable=SC2016,SC2086 # the inner shell expands $0, and words are wanted
printf '%s\n' $targets | xargs -P "${JOBS:-2}" -n 1 bash -c 'run "$0"' || failed=1
ls fuzz/artifacts/*/* 2>/dev/null && failed=1
exit $failed
