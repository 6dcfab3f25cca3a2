#!/usr/bin/env bash
# Installs what the tests use, if it is missing: Debian packages (needs root; without it, says the command), and two
# InfluxDBs in the user's cache folder.
set -euo pipefail

"$(dirname "$0")/install-influxd.sh"
"$(dirname "$0")/install-influxd-2.sh"

missing=()
PATH="$PATH:/usr/sbin:/usr/local/sbin"
command -v mosquitto >/dev/null || missing+=(mosquitto)
[ -x /usr/bin/influxd ] || missing+=(influxdb)
command -v nginx >/dev/null || missing+=(nginx-light)
command -v chromium >/dev/null || missing+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
[ -n "$(fc-list ':lang=zh-cn' 2>/dev/null || true)" ] || missing+=(fonts-noto-cjk fontconfig)
# What WeasyPrint draws the PDF reports with.
libraries="$(ldconfig -p 2>/dev/null || true)"
for library in libpango-1.0-0:libpango-1.0.so.0 libpangoft2-1.0-0:libpangoft2-1.0.so.0 \
    libharfbuzz-subset0:libharfbuzz-subset.so.0; do
    case "$libraries" in *"${library#*:}"*) ;; *) missing+=("${library%%:*}") ;; esac
done

if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]}. There is no apt-get here: install them by this system's own means." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "missing: ${missing[*]}. Run: sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]} ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# policy-rc.d: the packages bring a broker and databases of their own that would start and take their ports; tests
# start theirs.
blocked=/usr/sbin/policy-rc.d
if [ ! -e "$blocked" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$blocked"
    chmod 755 "$blocked"
    trap 'rm -f "$blocked"' EXIT
fi
apt-get install -y -qq --no-install-recommends "${missing[@]}"
