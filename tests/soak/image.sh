#!/bin/bash
# The OCI image as its users run it: another user than root, a read-only root, one volume, metrics for who knows the token; stopped, started again,
# nothing written twice. The sample portals of `tintinh demo` are served on loopback. Needs root, what .ci/image needs, podman and runc.
# PROFILE=dev packs a debug build. PODMAN_FLAGS: global flags of podman (default: --runtime runc --cgroup-manager cgroupfs, which run without
# systemd and on machines with cgroups of both versions).
set -euo pipefail
cd "$(dirname "$0")/../.."

read -ra podman <<<"podman ${PODMAN_FLAGS:---runtime runc --cgroup-manager cgroupfs}"
folder="${PROFILE:-release}"
[ "$folder" = dev ] && folder=debug
work="$(mktemp -d /var/tmp/tintinh-image-test.XXXXXX)"
name="tintinh-test-$$"
sites=""
cleanup() {
    "${podman[@]}" rm -f "$name" >/dev/null 2>&1 || true
    "${podman[@]}" volume rm -f "$name" >/dev/null 2>&1 || true
    [ -n "$sites" ] && kill "$sites" 2>/dev/null
    wait
    rm -rf "$work"
}
trap cleanup EXIT
say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# For so many seconds, until a command succeeds.
until_well() {
    local most="$1"
    shift
    for _ in $(seq "$most"); do
        "$@" >/dev/null 2>&1 && return
        sleep 1
    done
    fail "not within $most s: $*"
}

say "the image"
.ci/image
"${podman[@]}" load -q -i target/image/tintinh.tar
image="$(tar -xOf target/image/tintinh.tar index.json | grep -o '"tintinh:[^"]*"' | tr -d '"')"
image="localhost/$image"
"${podman[@]}" image inspect --format '{{.Config.User}} {{.Size}}' "$image"

say "sample portals on loopback, and a configuration that names them"
"target/$folder/tintinh" demo "$work/demo" --serve >"$work/sites.log" 2>&1 &
sites=$!
until_well 20 test -e "$work/demo/config/portals/demo-vinhphuc.toml"
sed -i '/^\(state\|records\)_dir = /d' "$work/demo/config/tintinh.toml"
printf '\n[metrics]\nlisten = "0.0.0.0:19466"\ntoken_file = "metrics-token"\n' >>"$work/demo/config/tintinh.toml"
echo a-token >"$work/demo/config/metrics-token"
chmod -R a+rX "$work"

# Limits that podman would set are more than some machines let it.
flags=(--read-only --network host --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --cap-drop all --security-opt no-new-privileges
    --volume "$name:/var/lib/tintinh" --volume "$work/demo/config:/etc/tintinh:ro")
inside() { "${podman[@]}" exec "$name" "$@"; }
records() { inside sh -c 'cat /var/lib/tintinh/records/*/*/*/*.jsonl' | wc -l; }

say "once, by hand"
"${podman[@]}" run --rm "${flags[@]}" "$image" check | tail -2
"${podman[@]}" run --rm "${flags[@]}" "$image" fetch demo-dongmau 2>/dev/null | tail -2

say "as a service"
"${podman[@]}" run -d --name "$name" "${flags[@]}" "$image" >/dev/null
until_well 60 curl -sf http://127.0.0.1:19466/readyz
until_well 90 sh -c "curl -sf -H 'Authorization: Bearer a-token' http://127.0.0.1:19466/metrics | grep -q '^tintinh_'"
[ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:19466/metrics)" = 401 ] || fail "metrics without the token"
[ "$(inside id -u)" = 10001 ] || fail "it runs as another user"
inside sh -c 'touch /etc/x || touch /usr/x || touch /x' 2>/dev/null && fail "its root can be written"
all_visited() { inside tintinh status | awk '/^demo-/ && /never/ { left = 1 } END { exit left }'; }
until_well 120 all_visited
sleep 2
before="$(records)"
[ "$before" -gt 50 ] || fail "$before records"

say "stopped and started again"
since=$SECONDS
"${podman[@]}" stop -t 30 "$name" >/dev/null
echo "stopped after $((SECONDS - since)) s"
"${podman[@]}" start "$name" >/dev/null
until_well 60 curl -sf http://127.0.0.1:19466/readyz
inside tintinh doctor
twice="$(inside sh -c 'cat /var/lib/tintinh/records/*/*/*/*.jsonl' | grep -o '^{"[^}]*"revision":[0-9]*' | sort | uniq -d | wc -l)"
[ "$twice" = 0 ] || fail "$twice records twice"

say "the image runs: $before records by user 10001 on a read-only root"
