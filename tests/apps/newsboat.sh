#!/bin/sh
# Newsboat, unchanged, over a reader. Usage: tests/apps/newsboat.sh URL FOLDER first|again
# `first`: fetches all feeds, opens the first article of the first feed, which marks it as read, and stars it, by the keyboard.
# `again`: fetches all feeds into a new cache, where that article must be read, and asks the reader for the star: Newsboat shows no star that it did
# not set itself.
set -eu
url=$1 folder=$2 step=$3
cd "$folder"
export HOME="$folder" TERM=xterm LC_ALL=C.UTF-8
api="$url/api/greader.php"
cat >config <<END
urls-source "feedhq"
feedhq-url "$api"
feedhq-login "me"
feedhq-password "any"
feedhq-flag-star "s"
feedhq-min-items 100
feedhq-show-special-feeds no
show-read-feeds yes
END
: >urls
rm -f cache.db
boat() { timeout 60 newsboat -C config -u urls -c cache.db "$@"; }
boat -x reload
stars() {
    curl -sS -H 'Authorization: GoogleLogin auth=any' "$api/reader/api/0/stream/contents/user/-/state/com.google/starred" |
        python3 -c 'import json, sys; print("\n".join(item["id"] for item in json.load(sys.stdin)["items"]))'
}
# The articles that the cache has as read.
known() {
    python3 -c 'import sqlite3; print("\n".join(row[0] for row in sqlite3.connect("cache.db").execute("select guid from rss_item where unread = 0")))'
}
# Waits until a command succeeds.
until_so() {
    for _ in $(seq 100); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    echo "$* does not come"
    return 1
}
if [ "$step" = first ]; then
    [ -z "$(known)" ]
    {
        sleep 1
        printf '\r' # the feed
        sleep 1
        printf '\r' # the article
        sleep 1
        printf 'q' # back to the list
        sleep 1
        printf '\005' # its flags
        sleep 1
        printf 's\r'
        sleep 1
        printf 'qq'
        sleep 1
    } | script -qec "timeout 60 newsboat -C config -u urls -c cache.db" /dev/null >screen
    has_star() { [ -n "$(stars)" ]; }
    until_so has_star
    known >marked
    [ "$(wc -l <marked)" = 1 ]
fi
[ "$(known)" = "$(cat marked)" ]
[ "$(stars)" = "$(cat marked)" ]
