#!/bin/sh
# Installs, as root, the apps that tests use as Debian ships them: Newsboat; with `--all` also RSS Guard and the screen that it needs.
set -eu
wanted=""
command -v newsboat >/dev/null || wanted="$wanted newsboat"
command -v script >/dev/null || wanted="$wanted bsdutils"
command -v python3 >/dev/null || wanted="$wanted python3"
command -v curl >/dev/null || wanted="$wanted curl"
if [ "${1:-}" = --all ]; then
    command -v rssguard >/dev/null || wanted="$wanted rssguard"
    command -v xvfb-run >/dev/null || wanted="$wanted xvfb xauth"
    command -v xdotool >/dev/null || wanted="$wanted xdotool"
fi
if [ -n "$wanted" ]; then
    apt-get update -q
    # shellcheck disable=SC2086 # words are wanted
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $wanted
fi
