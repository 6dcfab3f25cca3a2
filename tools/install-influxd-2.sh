#!/usr/bin/env bash
# Builds InfluxDB 2.7.12 from its Go modules for the tests of the mirror (5 to 15 minutes, once) and keeps the program
# in the user's cache folder. Does nothing if it is there. With --where it only prints where the program is kept.
#
# A part of it, libflux, is Rust. Its source pins a compiler of 2023; a newer one builds it as well once its newer lints
# are warnings again, and InfluxData's own pkg-config knows where in the module cache it is to be built.
set -euo pipefail

version=2.7.12
pkg_config_version=v0.2.7
cache="${XDG_CACHE_HOME:-$HOME/.cache}/coldchain/influxd-$version"
program="$cache/influxd"

if [ "${1:-}" = --where ]; then
    echo "$program"
    exit 0
fi
if [ -x "$program" ]; then
    exit 0
fi
PATH="$PATH:/usr/local/go/bin:/usr/lib/go/bin:$HOME/.cargo/bin"
missing=()
command -v go >/dev/null || missing+=(golang-go)
command -v clang >/dev/null || missing+=(clang)
command -v pkg-config >/dev/null || missing+=(pkg-config)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing to build InfluxDB $version: ${missing[*]}. Run: sudo apt-get install -y ${missing[*]}, then $0" >&2
        exit 1
    fi
    echo "installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
if ! command -v cargo >/dev/null; then
    echo "missing to build InfluxDB $version: Rust 1.72 or newer, with cargo. Install it (rustup), then run $0" >&2
    exit 1
fi

# Two checkouts may build at once: each in a folder of its own, and the finished program is put in place in one step.
mkdir -p "$cache"
build="$(mktemp -d "$cache/build.XXXXXX")"
trap 'rm -rf "$build"' EXIT
echo "building InfluxDB $version with $(go version) and $(cargo --version) (once; 5 to 15 minutes) ..."
# An own GOPATH, so that nothing of the build stays behind; -modcacherw, because it is to be deleted.
export GOPATH="$build/go" GOBIN="$build/bin" GOCACHE="$build/cache" GOFLAGS="-modcacherw -buildvcs=false"
export GOTOOLCHAIN="${GOTOOLCHAIN:-local}" RUSTUP_TOOLCHAIN="${RUSTUP_TOOLCHAIN:-stable}"
printf '#!/bin/sh\nexec "$@" --cap-lints=warn\n' >"$build/rustc-wrapper"
chmod 755 "$build/rustc-wrapper"
go install "github.com/influxdata/pkg-config@$pkg_config_version"
mkdir "$build/module"
cd "$build/module"
go mod init scratch 2>/dev/null
go get "github.com/influxdata/influxdb/v2/cmd/influxd@v$version"
PKG_CONFIG="$GOBIN/pkg-config" RUSTC_WRAPPER="$build/rustc-wrapper" CC=clang \
    go build -tags sqlite_foreign_keys,sqlite_json,noasset -o "$build/influxd" github.com/influxdata/influxdb/v2/cmd/influxd
mv -f "$build/influxd" "$program"
echo "InfluxDB $version is in $program"
