#!/bin/sh
# Prints what dist/Dockerfile needs, as a tar archive, for
#   dist/image.sh [PROGRAM] | docker build --tag cowork-calls -
# PROGRAM is one that dist/build.sh has built; without it, dist/build.sh builds it.
#   CA_CERTIFICATES   the certificates of authorities [/etc/ssl/certs/ca-certificates.crt]
set -eu
[ $# -eq 0 ] || set -- "$(realpath -m "$1")"
certificates=$(realpath -m "${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}")
cd "$(dirname "$0")/.."
. dist/common.sh

[ -r "$certificates" ] || {
    echo "$certificates is missing; install the package ca-certificates, or set CA_CERTIFICATES to a file in PEM format" >&2
    exit 2
}
program=$(static_program "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install -m 644 dist/Dockerfile "$work"
install -m 755 "$program" "$work/cowork-calls"
install -m 644 "$certificates" "$work/ca-certificates.crt"
mkdir "$work/settings"
pack "$work"
