#!/bin/sh
# Builds the Debian package and prints its path. --debug packages the debug build, for tests of the packaging. The program
# in it is the dynamic one: it resolves names as nsswitch.conf says, and Debian updates the C library below it.
# Needs cargo-deb: cargo install cargo-deb --locked --no-default-features
set -eu
cd "$(dirname "$0")/.."
. dist/common.sh

case ${1-} in
    '') profile=release ;;
    --debug) profile=dev ;;
    *) echo "usage: dist/package.sh [--debug]" >&2; exit 2 ;;
esac
cargo deb --version >/dev/null 2>&1 || {
    echo "cargo-deb is missing; install it with: cargo install cargo-deb --locked --no-default-features" >&2
    exit 2
}

if [ "$profile" = dev ]; then built=$target/debug; else built=$target/release; fi
cargo build --locked --profile "$profile" >&2

# Where Cargo.toml expects the manual pages.
rm -rf target/package
write_manual "$built/cowork-calls" target/package/man

if [ "$profile" = release ]; then
    exec cargo deb --locked --no-build
fi
# cargo-deb packages only releases: it gets the debug build as one, in a folder of its own.
mkdir -p target/package/release
strip -o target/package/release/cowork-calls "$built/cowork-calls"
export CARGO_TARGET_DIR=target/package
exec cargo deb --locked --no-build --fast --compress-system
