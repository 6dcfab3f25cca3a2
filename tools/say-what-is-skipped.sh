#!/usr/bin/env bash
# Says before the tests what they cannot try on this machine. With CI=true nothing may be skipped.
set -euo pipefail

PATH="$PATH:/usr/sbin:/usr/local/sbin"
skipped=()
command -v mosquitto >/dev/null || skipped+=("mosquitto is missing: everything on the Mosquitto broker is SKIPPED")
command -v nginx >/dev/null || skipped+=("nginx is missing: deploy/nginx in a real nginx is SKIPPED")
command -v chromium >/dev/null || skipped+=("chromium is missing: the browser tests of the unit page are SKIPPED")
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null \
    || skipped+=("PostgreSQL is missing: everything on the second store is SKIPPED")
[ -x "$("$(dirname "$0")/install-influxd.sh" --where)" ] || skipped+=("influxd is missing: everything on a real InfluxDB 1.8 is SKIPPED")
[ -x "$("$(dirname "$0")/install-influxd-2.sh" --where)" ] || skipped+=("influxd 2 is missing: everything on a real InfluxDB 2.7 is SKIPPED")
[ -x /usr/bin/influxd ] || skipped+=("Debian's influxdb is missing: everything on a real InfluxDB 1.6 is SKIPPED")

if [ "${#skipped[@]}" -eq 0 ]; then
    exit 0
fi
{
    echo "======================================================================"
    printf '!! %s\n' "${skipped[@]}"
    echo "!! To try everything: sudo apt-get install mosquitto nginx-light chromium fonts-noto-cjk postgresql influxdb,"
    echo "!! tools/install-influxd.sh and tools/install-influxd-2.sh, or make test INSTALL=1"
    echo "======================================================================"
} >&2
if [ "${CI:-}" = true ]; then
    exit 1
fi
