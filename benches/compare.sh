#!/usr/bin/env bash
# Compares whole processes with the tools that admins know, in one run: git config for the settings file,
# turnutils_stunclient for the probe. Needs hyperfine, git and coturn; medians and ratios are printed.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"
runs=${1:-300}

cargo build --release --quiet
program=$PWD/target/release/cowork-calls
work=$(mktemp -d)
turnserver_pid=
finish() {
    [ -z "$turnserver_pid" ] || kill "$turnserver_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

servers='"stun:a.example:3478", "stun:b.example:3478", "stun:c.example:3478", "stun:d.example:3478", "stun:e.example:3478"'
printf '[stun]\nservers = [%s]\n' "$servers" >"$work/config.toml"
printf '[stun]\n\tserver = a\n\tserver = b\n\tserver = c\n\tserver = d\n\tname = e\n' >"$work/git.ini"
ours="$program --quiet --config $work/config.toml"
git="git config --file $work/git.ini"
$ours stun add f.example # the history exists, as it does from the first edit on

turnserver -n --no-cli --no-stdout-log --log-file "$work/log" --simple-log --pidfile "$work/pid" \
    --userdb "$work/db" -L 127.0.0.1 -E 127.0.0.1 -p 3478 --no-tls --no-dtls --no-auth \
    --allow-loopback-peers >/dev/null 2>&1 &
turnserver_pid=$!
for _ in $(seq 50); do
    timeout 1 turnutils_stunclient 127.0.0.1 >/dev/null 2>&1 && break # it sends once and waits for ever
    sleep 0.1
done

# compare NAME LIMIT OURS OUR_PREPARATION THEIRS THEIR_PREPARATION
compare() {
    local measure=(hyperfine -N --warmup 20 --runs "$runs" --export-json "$work/result.json")
    "${measure[@]}" --prepare "$4" "$3" >/dev/null 2>&1
    local a b
    a=$(median)
    "${measure[@]}" --prepare "$6" "$5" >/dev/null 2>&1
    b=$(median)
    awk -v name="$1" -v limit="$2" -v a="$a" -v b="$b" \
        'BEGIN { printf "%-10s %6.2f ms   %6.2f ms   %5.2f x   (at most %s x)\n", name, a * 1000, b * 1000, a / b, limit }'
}
median() { sed -n 's/.*"median": \([0-9.e-]*\),.*/\1/p' "$work/result.json" | head -1; }

printf '%-10s %9s   %9s   %7s\n' '' ours theirs ratio
for _ in 1 2; do
    compare 'stun list' 1.5 "$ours stun list" true "$git --get stun.name" true
    compare 'stun add' 1.5 "$ours stun add f.example" "$ours stun remove f.example" \
        "$git stun.name f" "$git stun.name e"
    compare probe 1.2 "$program probe 127.0.0.1" true 'turnutils_stunclient 127.0.0.1' true
done
