#!/usr/bin/env bash
# Lets schemathesis (PyPI) generate requests from openapi.json and check the responses. Takes a minute or two.
#   tests/web/schemathesis.sh [EXAMPLES]      requests per operation [default: 50]
set -euo pipefail
cd "$(dirname "$0")/../.."

examples=${1:-50}
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4,<5'
cargo build --quiet
program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/cowork-calls")
# It writes files into its working directory.
cd "$folder"

token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
(umask 077; echo "tester:$token" >"$folder/tokens")
"$program" serve --config "$folder/config.toml" --token-file "$folder/tokens" --listen 127.0.0.1:0 \
    --reactions-per-second 10000 \
    2>"$folder/log" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$folder/log")
    [ -z "$url" ] || break
    sleep 0.1
done
[ -n "$url" ] || { cat "$folder/log" >&2; exit 1; }

# The tester joins a call, so that reactions have a receiver.
address=${url#http://}
exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
printf 'GET /api/cowork/teams/t/channels/c/calls/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n' \
    "$token" >&3

# A stream of events does not end by itself; the tests of this crate cover it.
# A schema cannot say which texts are configured emojis: requests that match it may be rejected.
"$folder/venv/bin/schemathesis" run "$url/openapi.json" --url "$url" --header "Authorization: Bearer $token" \
    --exclude-path-regex '/events$' --max-examples "$examples" --checks all \
    --exclude-checks positive_data_acceptance --request-timeout 10 --no-color --seed 1

kill -TERM "$server"
wait "$server"
server=
! grep -q ' 5[0-9][0-9] ' "$folder/log"
