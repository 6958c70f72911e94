#!/bin/sh
# Packs the static release with manual pages, completions and documentation, laid out for /usr/local, and prints the path of
# the tarball; its SHA-256 is in a file beside it. The same program gives the same bytes.
#   dist/tarball.sh [PROGRAM]
# PROGRAM is one that dist/build.sh has built; without it, dist/build.sh builds it.
set -eu
[ $# -eq 0 ] || set -- "$(realpath -m "$1")"
cd "$(dirname "$0")/.."
. dist/common.sh

program=$(static_program "$@")
name=cowork-calls-$("$program" --version | cut -d ' ' -f 2)-$(triple)
mkdir -p "$target/dist"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tree=$work/$name
install -D -m 755 "$program" "$tree/bin/cowork-calls"
write_manual "$program" "$tree/share/man/man1"
install -D -m 644 completions/cowork-calls.bash "$tree/share/bash-completion/completions/cowork-calls"
install -D -m 644 completions/_cowork-calls "$tree/share/zsh/site-functions/_cowork-calls"
install -D -m 644 completions/cowork-calls.fish "$tree/share/fish/vendor_completions.d/cowork-calls.fish"
documents=$tree/share/doc/cowork-calls
mkdir -p "$documents/docs"
cp README.md CHANGELOG.md SECURITY.md LICENSE-APACHE LICENSE-MIT "$documents"
cp docs/*.md docs/tour.svg "$documents/docs"

pack "$work" | gzip --best --no-name >"$target/dist/$name.tar.gz"
cd "$target/dist"
sha256sum "$name.tar.gz" >"$name.tar.gz.sha256"
echo "$PWD/$name.tar.gz"
