#!/bin/sh
# Draws docs/tour.svg from the program's output about a real coturn on loopback.
# Needs turnserver (Debian package coturn), python3 and a build: docs/picture.sh [PROGRAM [PICTURE]]
set -eu
cd "$(dirname "$0")/.."

# A network namespace, in which no other program uses port 3478.
if [ -z "${IN_OWN_NETWORK-}" ]; then
    IN_OWN_NETWORK=1 exec unshare --map-root-user --net docs/picture.sh "$@"
fi
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up

program=$(realpath "${1:-target/debug/cowork-calls}")
folder=$(mktemp -d)
server=
end() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"; }
trap end EXIT
trap 'exit 130' INT TERM

turnserver -n --no-cli --no-tls --no-dtls --simple-log --log-file stdout --pidfile "$folder/pid" \
    --userdb "$folder/db" -L 127.0.0.1 -L 127.0.0.2 -E 127.0.0.1 -p 3478 --allow-loopback-peers \
    --lt-cred-mech -r example.de -u cowork:hunter2 >"$folder/log" 2>&1 &
server=$!

export HOME="$folder" COWORK_CALLS_CONFIG="$folder/config.toml"
calls() { "$program" --color always --no-input "$@"; }
tries=0
until calls probe stun:127.0.0.1:3478 --timeout 500ms >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || { cat "$folder/log" >&2; exit 1; }
done

calls --quiet stun set 127.0.0.1 127.0.0.1:20009
echo hunter2 | calls --quiet turn add 127.0.0.1 --username cowork --password-stdin
echo hunter3 | calls --quiet turn add 127.0.0.2 --username cowork --password-stdin
calls --quiet reactions set 👍 🎉 :wave_tone3: 🚀
{
    for command in "show" "probe"; do
        printf '\033[32m$\033[0m \033[1mcowork-calls %s\033[0m\n' "$command"
        calls "$command" || true
        echo
    done
} | sed "s|$folder/config.toml|/etc/cowork-calls/config.toml|" | python3 docs/picture.py >"$folder/tour.svg"
mv "$folder/tour.svg" "${2:-docs/tour.svg}"
