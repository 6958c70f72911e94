#!/usr/bin/env bash
# Measures how late `probe --quality` sends its media, at its default rate and at its highest, through a coturn on loopback.
# Fails if a packet in a hundred is more than a millisecond late at the default rate.
#   benches/pace.sh [ROUNDS [SECONDS [PROGRAM]]]     rounds of each rate (3), of so many seconds (10)
# Needs coturn and, for figures to be trusted, an idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. dist/common.sh
export PATH="$PATH:/usr/sbin:/sbin"
rounds=${1:-3} seconds=${2:-10} limit_ms=1
[ $# -ge 3 ] || (unset "${!CARGO_PROFILE_RELEASE_@}" && cargo build --release --locked --quiet)
program=$(realpath "${3:-$target/release/cowork-calls}")
coturn=127.17.0.2 # not where another one listens

work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
cd "$work"
export HOME=$work
turnserver -n --no-cli --log-file stdout --simple-log --pidfile pid --userdb db -L "$coturn" -E "$coturn" --no-tls --no-dtls \
    --no-rfc5780 --allow-loopback-peers -a -u alice:secret -r example.test >log 2>&1 &
server=$!
for _ in $(seq 50); do
    "$program" probe "stun:$coturn" --timeout 200ms --quiet >/dev/null 2>&1 && break
    sleep 0.1
done

status=0
read -r load _ </proc/loadavg
echo "$(date -u +%Y-%m-%d), load $load on $(nproc) cores, $(uname -r)"
echo '| rate each way | p50 | p95 | p99 | grade | processor |'
echo '| ---: | ---: | ---: | ---: | --- | ---: |'
for rate in 1500k 20M; do
    for _ in $(seq "$rounds"); do
        TIMEFORMAT='%U %S'
        { time "$program" probe "turn:$coturn?transport=udp" --username alice --password-stdin --quality --json \
            --duration "${seconds}s" --bitrate "$rate" <<<secret >report 2>errors || true; } 2>times
        if ! pace=$(grep -o '"pace_ms":{[^}]*}' report); then
            cat report errors log >&2
            exit 2
        fi
        percentile() { sed "s/.*\"$1\":\([0-9.]*\).*/\1/" <<<"$pace"; }
        grade=$(sed 's/.*"grade":"\([a-z]*\)".*/\1/' report)
        processor=$(awk -v seconds="$seconds" '{ printf "%.0f %%", 100 * ($1 + $2) / seconds }' times)
        echo "| $rate | $(percentile p50) ms | $(percentile p95) ms | $(percentile p99) ms | $grade | $processor |"
        [ "$rate" = 20M ] || awk -v p99="$(percentile p99)" -v limit="$limit_ms" 'BEGIN { exit p99 > limit }' || status=1
    done
done
[ $status = 0 ] || echo "over the limit of $limit_ms ms at p99 at 1500k" >&2
exit $status
