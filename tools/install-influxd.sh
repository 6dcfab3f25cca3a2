#!/usr/bin/env bash
# Builds InfluxDB 1.8.10 from its Go modules for the tests of the mirror (about a minute, once) and keeps the program
# in the user's cache folder. Does nothing if it is there. With --where it only prints where the program is kept.
set -euo pipefail

version=1.8.10
cache="${XDG_CACHE_HOME:-$HOME/.cache}/coldchain/influxd-$version"
program="$cache/influxd"

if [ "${1:-}" = --where ]; then
    echo "$program"
    exit 0
fi
if [ -x "$program" ]; then
    exit 0
fi
PATH="$PATH:/usr/local/go/bin:/usr/lib/go/bin"
if ! command -v go >/dev/null; then
    if ! command -v apt-get >/dev/null; then
        echo "InfluxDB $version is missing and there is no Go to build it with: install Go 1.19 or newer" >&2
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        echo "missing: Go, to build InfluxDB $version. Run: sudo apt-get install -y golang-go, then $0" >&2
        exit 1
    fi
    echo "installing golang-go ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends golang-go
fi

# Two checkouts may build at once: each in a folder of its own, and the finished program is put in place in one step.
mkdir -p "$cache"
build="$(mktemp -d "$cache/build.XXXXXX")"
trap 'rm -rf "$build"' EXIT
echo "building InfluxDB $version with $(go version) (once; about a minute) ..."
# An own GOPATH, so that nothing of the build stays behind; -modcacherw, because it is to be deleted.
GOPATH="$build/go" GOBIN="$build/bin" GOCACHE="$build/cache" GOTOOLCHAIN=local GOFLAGS="-modcacherw -buildvcs=false" \
    CGO_ENABLED=0 go install "github.com/influxdata/influxdb/cmd/influxd@v$version"
mv -f "$build/bin/influxd" "$program"
echo "InfluxDB $version is in $program"
