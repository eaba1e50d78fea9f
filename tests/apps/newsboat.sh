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
    for _ in $(seq 300); do
        if "$@"; then return 0; fi
        sleep 0.2
    done
    echo "$* does not come" >&2
    return 1
}
# Whether the screen has shown a text. What stood there before is not sent again, so it must begin on an empty line.
shown() { grep -aq "$1" screen 2>/dev/null; }
has_star() { [ -n "$(stars)" ]; }
if [ "$step" = first ]; then
    [ -z "$(known)" ]
    # Each key waits for what the one before it leads to: on a busy machine that takes seconds.
    {
        until_so shown 'Your feeds'
        printf '\r'
        until_so shown 'Articles in feed'
        printf '\r'
        until_so shown 'Title: '
        # Back to the list, and the article's flags.
        printf 'q\005s\r'
        until_so has_star
        printf 'qq'
    } | timeout 200 script -qefc "newsboat -C config -u urls -c cache.db" screen >/dev/null
    known >marked
    [ "$(wc -l <marked)" = 1 ]
fi
[ "$(known)" = "$(cat marked)" ]
[ "$(stars)" = "$(cat marked)" ]
