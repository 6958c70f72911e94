#!/usr/bin/env bash
# Writes dist/startup-functions.txt: the functions that short commands run, which dist/ordered-cc.sh puts next to each other.
#   benches/startup-functions.sh [PROGRAM]     PROGRAM is a static release with symbols; without it, one is built
# Run it again when a start maps many more pages than docs/speed.md says. Needs valgrind.
set -euo pipefail
[ $# -eq 0 ] || set -- "$(realpath "$1")"
cd "$(dirname "$0")/.."
. dist/common.sh
program=${1:-}
if [ -z "$program" ]; then
    CARGO_PROFILE_RELEASE_STRIP=none dist/build.sh >&2
    program=$target/$(triple)/release/cowork-calls
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work COWORK_CALLS_CONFIG=$work/config.toml
{ echo '[stun]' && echo 'servers = [' && seq -f '    "stun:server%g.example:3478",' 1000 && echo ']'; } >"$COWORK_CALLS_CONFIG"
chmod 600 "$COWORK_CALLS_CONFIG"

# The names of the functions that a command runs, without what differs between builds; see dist/ordered-cc.sh.
functions_of() {
    # The probe fails, since nothing listens there; that it runs at all shows in the list.
    valgrind --tool=callgrind --demangle=no --callgrind-out-file="$work/calls" "$program" "$@" >"$work/out" 2>&1 || true
    sed -nE "s/^c?fn=\([0-9]+\) ([A-Za-z_][A-Za-z0-9_.\$]*).*/\1/p" "$work/calls" | sort -u
}
{
    functions_of --version
    functions_of stun list
    functions_of stun move 1 5
    functions_of probe 127.0.0.1:9
} | sed -E 's/17h[0-9a-f]{16}E.*$/E/; s/\.(llvm|part|constprop|isra)\..*$//; s/Cs[0-9A-Za-z]+_/Cs_/g' |
    awk '!seen[$0]++' >"$work/functions"
grep -q 'cowork_calls.*probe' "$work/functions" # nothing is written of commands that did not run
mv "$work/functions" dist/startup-functions.txt
wc -l dist/startup-functions.txt
