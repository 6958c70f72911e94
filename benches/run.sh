#!/usr/bin/env bash
# Measures whole processes of the release against the least that such work costs, and prints the tables of docs/speed.md,
# which says what each row compares. Fails if a limit does not hold for the static build.
#   benches/run.sh [RUNS [STATIC DYNAMIC]]     RUNS of each command (200), of programs that are built already
# Needs coturn, git and a C compiler.
set -euo pipefail
programs=()
for program in "${@:2}"; do programs+=("$(realpath "$program")"); done
cd "$(dirname "$0")/.."
. dist/common.sh
export PATH="$PATH:/usr/sbin:/sbin"
runs=${1:-200}
static=$(realpath "$(static_program "${programs[@]:0:1}")")
# The dynamic one as its users build it, not as dist/ builds what it ships.
[ $# -ge 3 ] || (unset "${!CARGO_PROFILE_RELEASE_@}" && cargo build --release --locked --quiet)
dynamic=$(realpath "${programs[1]:-$target/release/cowork-calls}")
coturn=127.17.0.1 # not where another one listens

work=$(mktemp -d -p "${TMPDIR:-/var/tmp}") # on a disk: /tmp may be in memory, where fsync costs nothing
pids=()
finish() {
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Static, so that they are smaller than what they measure.
for name in turns bulk; do cc -O2 -Wall -static -o "$work/$name" "benches/$name.c" -lm; done
cc -O2 -static -o "$work/save-static" benches/save.c
cc -O2 -o "$work/save-dynamic" benches/save.c
# The profile of the release.
empty=(rustc --crate-name empty -C opt-level=3 -C lto=fat -C codegen-units=1 -C strip=symbols -C panic=abort -)
"${empty[@]}" $static_flags -o "$work/empty-static" <<<'fn main() {}'
"${empty[@]}" -o "$work/empty-dynamic" <<<'fn main() {}'

cd "$work"
export HOME=$work
# As cp and package managers install programs. From the pages of 4 KiB that a linker writes, processes start up to a quarter
# slower, the more the larger the program is, and count less memory.
cp "$static" static
cp "$dynamic" dynamic
cp "$(command -v git)" "$(command -v turnutils_stunclient)" .
for name in empty-static empty-dynamic; do cp "$name" installed && mv installed "$name"; done
turnserver -n --no-cli --no-stdout-log --log-file log --simple-log --pidfile pid --userdb db -L "$coturn" -E "$coturn" \
    --no-tls --no-dtls --no-auth --allow-loopback-peers >/dev/null 2>&1 &
pids+=($!)
./bulk servers servers.txt &
pids+=($!)
respond() { [ -s servers.txt ] && timeout 1 turnutils_stunclient "$coturn" >/dev/null 2>&1; }
for _ in $(seq 50); do
    respond && break
    sleep 0.1
done
# turnutils_stunclient sends once and waits forever.
if ! respond; then
    echo "coturn does not respond at $coturn, or there is no list of servers:" >&2
    cat log >&2 || true
    exit 2
fi

# settings FILE ENTRIES
settings() {
    mkdir -p "${1%/*}"
    { echo '[stun]' && echo 'servers = [' && seq -f '    "stun:server%g.example:3478",' "$2" && echo ']'; } >"$1"
    chmod 600 "$1"
}
printf '[stun]\n\tserver = a\n\tserver = b\n\tserver = c\n\tserver = d\n\tname = e\n' >git.ini
settings new/config.toml 5
settings full/config.toml 5
settings long/config.toml 10000
for _ in $(seq 100); do ./static --config full/config.toml --quiet stun move 1 5; done

# compare WORK LIMIT OURS... [-- THEIRS...]...
compare() {
    ./turns "$runs" "$@" && return
    [ $? = 1 ] || exit 2
    [ $build = dynamic ] || status=1
}

status=0
read -r load _ </proc/loadavg
awk -v load="$load" -v cores="$(nproc)" 'BEGIN { exit load > cores / 2 }' ||
    echo "warning: this machine is busy (load $load): these figures are not to be trusted" >&2
disk=$(df --output=source . | tail -1)
[ "$(df --output=fstype . | tail -1)" != ext4 ] || compgen -G "/proc/fs/jbd2/${disk##*/}-*" >/dev/null ||
    echo "note: without a journal, ext4 creates files slowly when many were deleted in the last minutes (docs/speed.md)" >&2
echo "Medians of $runs runs, $(date -u +%Y-%m-%d), load $load on $(nproc) cores, $(uname -r), $(df --output=fstype . | tail -1)"
for build in static dynamic; do
    program=./$build save=./save-$build
    list=("$program" --config full/config.toml stun list)
    # Each run edits in folders of its own, where no edit was before.
    for n in $(seq 0 $((runs + 9))); do cp -a new "ours-$build-$n" && cp -a new "theirs-$build-$n"; done
    sync -f .

    printf '\n| %-25s | %9s | %9s | %5s | %6s | %-5s |\n' "$build" ours theirs ratio limit holds
    echo '| ------------------------- | --------: | --------: | ----: | -----: | ----- |'
    compare '`--version`' 1.1 "$program" --version -- "./empty-$build"
    compare '`stun list`' 1.0 "${list[@]}" -- ./git config --file git.ini --get stun.name
    compare '`stun list`, memory' '5 MiB' "${list[@]}"
    compare '`stun move`, no history' 1.1 "$program" --config "ours-$build-%/config.toml" stun move 1 5 \
        -- "${list[@]}" -- $save "theirs-$build-%/config.toml"
    compare '`stun move`, full history' 1.1 "$program" --config full/config.toml stun move 1 5 \
        -- "${list[@]}" -- $save full/config.toml
    compare 'edit of 10,000 entries' '10 ms' "$program" --config long/config.toml stun move 1 10000 -- $save long/config.toml
    compare '`probe SERVER`' 0.35 "$program" probe "$coturn" -- ./turnutils_stunclient "$coturn"
    compare '`probe`, 10,000 servers' 1.5 "$program" probe --input servers.txt --json -- ./bulk loop servers.txt
    runs=$((runs < 20 ? runs : 20)) compare '`probe`, 10,000, memory' '16 MiB' "$program" probe --input servers.txt --json
    printf '| %-25s | %5.2f MiB | %9s | %5s | %6s | %-5s |\n' 'size' \
        "$(stat -c %s "$program" | awk '{ print $1 / 1048576 }')" '' '' '' ''
done
exit $status
