#!/bin/bash
# Every fuzz target for so many seconds (an hour where nothing is said), two at a time, with the stable compiler. Needs cargo-fuzz and a C++ compiler.
# What is found lies in fuzz/artifacts. Example: tests/soak/fuzz.sh 60 dates url
set -eu
cd "$(dirname "$0")/../.."
seconds="${1:-3600}"
[ $# -gt 0 ] && shift
targets="${*:-article charset dates decode feed json listing robots sitemap url}"
# -Z flags for the sanitizer are unstable; the compiler is the stable one all the same.
export RUSTC_BOOTSTRAP=1
cargo fuzz build
run() {
    mkdir -p "fuzz/corpus/$1"
    # 16 s for one input: the readers give up on a page after 5 s, and the sanitizer is slow.
    cargo fuzz run "$1" "fuzz/corpus/$1" "fuzz/seeds/$1" -- -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -max_len=65536 \
        >"fuzz/corpus/$1.log" 2>&1 && echo "$1: nothing found: $(grep -c . "fuzz/corpus/$1.log") lines, $(tail -1 "fuzz/corpus/$1.log")" || {
        echo "$1: FOUND SOMETHING"
        tail -40 "fuzz/corpus/$1.log"
        return 1
    }
}
failed=0
for target in $targets; do
    run "$target" &
    # Two at a time.
    if [ "$(jobs -p | wc -l)" -ge 2 ]; then wait -n 2>/dev/null || failed=1; fi
done
wait || failed=1
ls fuzz/artifacts/*/* 2>/dev/null && failed=1
exit $failed
