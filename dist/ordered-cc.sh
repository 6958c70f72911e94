#!/usr/bin/env bash
# Links as cc does, and puts the functions that short commands run next to each other, so that a start maps fewer pages.
#   dist/ordered-cc.sh ARGUMENT...     those of cc; dist/build.sh names this script to cargo as the linker
# The functions are those in dist/startup-functions.txt. One that is missing there costs time, and nothing else.
set -euo pipefail
functions=$(dirname "$0")/startup-functions.txt
order=$(mktemp)
trap 'rm -f "$order"' EXIT

objects=() ordered=()
for argument; do
    case $argument in
        *.o) objects+=("$argument") ;;
        # Other linkers have no such option.
        -fuse-ld=lld) ordered=("-Wl,--symbol-ordering-file=$order" -Wl,--no-warn-symbol-ordering) ;;
    esac
done
# The names in the objects after their number in the list, which has them without the hashes that differ between builds.
nm --defined-only --format=just-symbols "${objects[@]}" | awk '
    NR == FNR { number[$1] = NR; print NR, $1; next }
    {
        name = $1
        sub(/17h[0-9a-f]+E.*$/, "E", name)
        sub(/\.llvm\..*$/, "", name)
        gsub(/Cs[0-9A-Za-z]+_/, "Cs_", name)
        if (name in number) print number[name], $1
    }' "$functions" - | sort --stable --numeric-sort --key=1,1 | cut -d ' ' -f 2 >"$order"
cc "$@" "${ordered[@]}"
