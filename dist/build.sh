#!/usr/bin/env bash
# Builds the static release so that the same sources and the same toolchain give the same bytes, in any folder, and prints
# their SHA-256 and the program's path. docs/trust.md says how to verify a release with it.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
# With an explicit target, the flags are not those of macros and build scripts, which cannot be static.
triple=$(rustc -vV | sed -n 's/^host: //p')

# The time of the last commit, for build steps that write a time.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC CARGO_INCREMENTAL=0

flags=(
    -Ctarget-feature=+crt-static
    # A static program does not find the function getrandom by its name, and would need /dev/urandom.
    '--cfg=getrandom_backend="linux_getrandom"'
    # Panics name source files, here without the folders of this machine.
    "--remap-path-prefix=$target=/target"
    "--remap-path-prefix=$PWD=/cowork-calls"
    "--remap-path-prefix=$registry=/registry"
)
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
unset RUSTFLAGS

cargo build --release --locked --target "$triple"
rustc --version
sha256sum "$target/$triple/release/cowork-calls"
