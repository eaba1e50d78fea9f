#!/bin/sh
# RSS Guard, unchanged, over a reader, on a screen of its own. Usage: tests/apps/rssguard.sh URL FOLDER first|again
# `first`: takes over folders and feeds, fetches all articles, reads one of a feed and stars it, by the mouse, and fetches again, which sends both.
# `again`: the same from nothing, where that article must be read and starred.
# The account is written into its database, where the dialog would write it; the rest is done by RSS Guard itself.
set -eu
if [ "${4:-}" != inside ]; then
    exec xvfb-run -a -s "-screen 0 1280x800x24" sh "$0" "$1" "$2" "$3" inside
fi
url=$1 folder=$2 step=$3
cd "$folder"
export HOME="$folder" XDG_RUNTIME_DIR="$folder" LC_ALL=C.UTF-8
# Its browser has a sandbox, which does not work as root.
export QTWEBENGINE_DISABLE_SANDBOX=1
rm -rf data
database=data/database/database.db
ask() {
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(row[0])' "$database" "$1"
}
until_so() {
    for _ in $(seq 120); do
        if "$@" 2>/dev/null; then return 0; fi
        sleep 0.5
    done
    echo "$* does not come"
    return 1
}
program=""
trap '[ -z "$program" ] || kill "$program" 2>/dev/null || true' EXIT
start() {
    rssguard -d "$folder/data" -s -l "$folder/log" >out 2>&1 &
    program=$!
}
end() {
    kill "$program"
    wait "$program" || true
    program=""
}
click() {
    xdotool mousemove "$1" "$2" click 1
    sleep 2
}
fetch_all() { click 33 128; }
# The first start makes the database.
has_accounts() { [ "$(ask "select count(*) from Accounts")" = 0 ]; }
start
until_so has_accounts
sleep 3
end
cat >data/config/config.ini <<END
[main]
first_run=false
first_run_4.0.4=false
END
python3 - "$database" "$url" <<'END'
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
account = {"service": 1, "username": "me", "password": "", "url": sys.argv[2], "batch_size": 100}
connection.execute("insert into Accounts (id, type, proxy_type, custom_data) values (1, 'greader', 0, ?)", (json.dumps(account),))
connection.commit()
END
start
has_feeds() { [ "$(ask "select count(*) from Feeds")" -gt 5 ]; }
until_so has_feeds
sleep 3
has_articles() {
    fetch_all
    [ "$(ask "select count(*) from Messages")" -gt 80 ]
}
until_so has_articles
sleep 3
of_state() { ask "select custom_id from Messages where is_read = 1 and is_important = 1"; }
if [ "$step" = first ]; then
    click 200 251 # the feed of the second province
    click 900 185 # its first article, which is read then
    click 985 132 # "Switch importance"
    of_state >marked
    [ "$(wc -l <marked)" = 1 ]
    fetch_all
    sleep 5
    stars() {
        curl -sS -H 'Authorization: GoogleLogin auth=any' "$url/api/greader.php/reader/api/0/stream/contents/user/-/state/com.google/starred" |
            grep -qF "$(cat marked)"
    }
    until_so stars
fi
end
[ "$(of_state)" = "$(cat marked)" ]
