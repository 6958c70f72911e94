#!/usr/bin/env bash
# Builds the release so that the same sources and the same toolchain give the same bytes, in any folder, and prints
# their SHA-256. docs/trust.md says how to verify a release with it.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src

# The time of the last commit, for build steps that write a time.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC CARGO_INCREMENTAL=0

# Panics name source files, here without the folders of this machine.
separator=$'\x1f'
CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$target=/target"
CARGO_ENCODED_RUSTFLAGS+="$separator--remap-path-prefix=$PWD=/cowork-calls"
CARGO_ENCODED_RUSTFLAGS+="$separator--remap-path-prefix=$registry=/registry"
export CARGO_ENCODED_RUSTFLAGS
unset RUSTFLAGS

cargo build --release --locked
rustc --version
sha256sum "$target/release/cowork-calls"
