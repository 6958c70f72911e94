#!/usr/bin/env bash
# Installs what the tests need (Debian packages, so as root or with sudo), builds the static release, and runs all tests.
#   tests/run.sh [--long] [PART OF A TEST'S PATH]...
# --long kills 3,000 processes instead of 550, interrupts 1,000 probes instead of 60, lets each system call fail with six
# errors instead of one, and lets the power fail on four file systems instead of one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1-}" = --long ]; then
    shift
    export COWORK_CALLS_KILL_RUNS=2000 COWORK_CALLS_INTERRUPTED_RUNS=1000 COWORK_CALLS_ALL_FAULTS=1
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
need mkfs.ext4 e2fsprogs
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

# The tests in tests/portable run the static release.
parts=()
for argument in "$@"; do [[ $argument == -* ]] || parts+=("$argument"); done
if [ ${#parts[@]} -eq 0 ] || [[ ${parts[*]} == *portable* ]]; then
    COWORK_CALLS_STATIC=$(dist/build.sh | sed -n 's/^[0-9a-f]*  //p')
    export COWORK_CALLS_STATIC
fi

# Debian starts coturn's service when it is installed on a machine that runs systemd; the tests start their own.
export PATH="$PATH:/usr/sbin:/sbin"
run() { echo "tests/run.sh: $*"; exec "$@"; }
# The tests that need more than 'cargo test' may expect are marked as ignored; most tests wait more than they compute.
if command -v cargo-nextest >/dev/null; then
    run cargo nextest run --no-fail-fast --run-ignored all --test-threads $((2 * $(nproc))) "$@"
fi
run cargo test -- --include-ignored "$@"
