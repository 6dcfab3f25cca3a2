#!/usr/bin/env bash
# Installs one npm package of others that ours is compared with (a minute, once) in the user's cache folder and prints
# its folder: tools/make-node-peer.sh NAME@VERSION. It runs as a process of its own; nothing of ours contains it. Install
# scripts of packages do not run. Does nothing but print if it is there.
set -euo pipefail

package=$1
folder="${XDG_CACHE_HOME:-$HOME/.cache}/coldchain/peers/${package//[@\/]/-}"

mkdir -p "$folder"
exec 9>"$folder.lock"
flock 9 # two checkouts may want it at once: the second waits for the first
if [ ! -e "$folder/complete" ]; then
    npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error "$package" >&2
    touch "$folder/complete"
fi
echo "$folder"
