#!/bin/sh
# Installs Debian's PostgreSQL for the tests, without its cluster: the tests start their own (tests/it/cluster.rs).
set -eu

if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "PostgreSQL is absent and cannot be installed here: its tests will be skipped" >&2
    exit 0
fi
mkdir -p /etc/postgresql-common/createcluster.d
echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/tintinh.conf
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql
