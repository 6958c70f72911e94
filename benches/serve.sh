#!/usr/bin/env bash
# Compares GET …/calls/reaction of `serve` with nginx, which serves the same bytes as a static file: plain HTTP on
# loopback, the same connections, kept alive, in turns; both write an access log to a file. nginx has as many workers as
# the server has threads. Needs the Debian packages nginx-light and wrk; prints medians and their ratio.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
rounds=${1:-5}
seconds=${2:-4}
connections=32
limit=2

cargo build --release --quiet
program=$PWD/target/release/cowork-calls
work=$(mktemp -d)
serve_pid= nginx_pid=
finish() {
    [ -z "$serve_pid" ] || kill "$serve_pid" 2>/dev/null || true
    [ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT
chmod 755 "$work" # nginx drops root's rights

path=/api/cowork/teams/t1/channels/c1/calls/reaction
token=token-of-alice-0123
(umask 077 && echo "alice:$token" >"$work/tokens")
HOME=$work "$program" --config "$work/config.toml" serve --token-file "$work/tokens" --listen 127.0.0.1:0 \
    2>"$work/serve.log" &
serve_pid=$!
for _ in $(seq 100); do
    grep -q 'listening on' "$work/serve.log" && break
    sleep 0.05
done
serve=$(sed -n 's/.*listening on //p' "$work/serve.log")$path

mkdir -p "$work/www/${path%/*}"
printf 'GET %s HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n' "$path" "$token" >"$work/request"
host=${serve#http://} && host=${host%%/*}
exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
cat "$work/request" >&3
sed '1,/^\r$/d' <&3 >"$work/www$path"
exec 3>&-
port=$((20000 + $$ % 10000))
workers=$(nproc)
[ "$workers" -ge 2 ] || workers=2
cat >"$work/nginx.conf" <<END
worker_processes $workers;
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
    default_type application/json;
    access_log $work/access.log;
    sendfile on;
    keepalive_requests 1000000000;
    server {
        listen 127.0.0.1:$port;
        root $work/www;
        add_header X-Content-Type-Options nosniff;
        add_header Referrer-Policy no-referrer;
        add_header Cache-Control no-store;
    }
}
END
nginx -p "$work" -c "$work/nginx.conf" &
nginx_pid=$!
nginx=http://127.0.0.1:$port$path

# measure URL: requests a second; every answer has to be a success.
measure() {
    local result
    result=$(wrk -t1 -c"$connections" -d"${seconds}s" -H "Authorization: Bearer $token" "$1")
    if grep -Eq 'Non-2xx|Socket errors' <<<"$result"; then
        echo "$result" >&2
        return 1
    fi
    sed -n 's/^Requests\/sec: *//p' <<<"$result"
}
# cpu PID: for how many ticks of 10 ms it and its children have had a core.
cpu() {
    cat "/proc/$1/stat" $(pgrep -P "$1" | sed 's|.*|/proc/&/stat|') | sed 's/.*) //' |
        awk '{ sum += $12 + $13 } END { print sum }'
}
# round NAME PID URL
round() {
    local before rate
    before=$(cpu "$2")
    rate=$(measure "$3")
    echo "$rate" >>"$work/$1"
    awk -v rate="$rate" -v seconds="$seconds" -v ticks=$(($(cpu "$2") - before)) \
        'BEGIN { print ticks * 10000 / (rate * seconds) }' >>"$work/$1.cpu"
}
median() { sort -n "$1" | sed -n "$((rounds / 2 + 1))p"; }

sleep 0.5
measure "$serve" >/dev/null
measure "$nginx" >/dev/null
for _ in $(seq "$rounds"); do
    round ours "$serve_pid" "$serve"
    round theirs "$nginx_pid" "$nginx"
done
lost=$(awk '/log lines were dropped/ { sum += $3 } END { print sum + 0 }' "$work/serve.log")
echo "$connections connections, $workers nginx workers, medians of $rounds rounds of $seconds s, $(wc -c <"$work/www$path") bytes an answer"
awk -v a="$(median "$work/ours")" -v b="$(median "$work/theirs")" -v limit=$limit -v lost="$lost" \
    -v own="$(median "$work/ours.cpu")" -v other="$(median "$work/theirs.cpu")" 'BEGIN {
    printf "serve   %7.0f requests/s   %5.1f us of a core each   %d lines of its log lost\n", a, own, lost
    printf "nginx   %7.0f requests/s   %5.1f us of a core each\n", b, other
    printf "ratio   %7.2f              (at most %s)\n", b / a, limit
    exit b / a > limit
}'
