#!/usr/bin/env bash
# Makes a virtual environment with one program of others that ours is tried against (some seconds, once) in the user's
# cache folder and prints its Python: tools/make-peer.sh NAME==VERSION. Such programs run as processes of their own;
# nothing of ours imports them. Does nothing but print if it is there. PYTHON says which Python to make it with.
set -euo pipefail

requirement=$1
python="${PYTHON:-python3}"
version="$("$python" -c 'import sys; print("py%d%d" % sys.version_info[:2])')"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/coldchain/peers/${requirement/==/-}-$version"

mkdir -p "$folder"
exec 9>"$folder.lock"
flock 9 # two checkouts may want it at once: the second waits for the first
if [ ! -e "$folder/complete" ] || ! "$folder/bin/python" -c '' 2>/dev/null; then
    rm -rf "$folder"
    "$python" -m venv "$folder" >&2
    "$folder/bin/python" -m pip --disable-pip-version-check --quiet install --only-binary :all: "$requirement" >&2
    touch "$folder/complete"
fi
echo "$folder/bin/python"
