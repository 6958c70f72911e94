#!/bin/sh
# Builds the Debian package, installs it on this machine, checks what was installed, and purges it: nothing may be left.
# Needs root, cargo-deb and a machine without cowork-calls. --debug packages the debug build, in less than a minute.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "FAILED: $*" >&2; exit 1; }
count=0
check() { # a sentence, then the command that checks it
    what=$1; shift
    "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "$what"; }
    count=$((count + 1))
}
prints() { # the expected output, then the command
    expected=$1; shift
    "$@" | grep -F -e "$expected"
}
absent() { for path; do [ ! -e "$path" ] || { echo "$path is there"; return 1; }; done; }
is_unknown() { ! getent passwd "$1"; }

[ "$(id -u)" -eq 0 ] || fail "installing a package needs root"
! dpkg -s cowork-calls >/dev/null 2>&1 || fail "cowork-calls is installed already"
absent /etc/cowork-calls || fail "this machine has settings of CoWork Calls"

log=$(mktemp)
purge() { dpkg --purge cowork-calls >/dev/null 2>&1 || true; rm -f "$log"; }
trap purge EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

command -v adduser >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq adduser >/dev/null
package=$(dist/package.sh "$@" | tail -n 1)
[ -f "$package" ] || fail "there is no package at '$package'"
before=$(mktemp)
find /usr /etc /var/lib -xdev \( -iname '*cowork*calls*' -o -path '*cowork-calls/*' \) ! -path "$PWD/*" | sort >"$before"

check "it installs" dpkg -i "$package"
check "the program runs" prints "cowork-calls " cowork-calls --version
check "it installs no settings, so the defaults are in effect" absent /etc/cowork-calls/config.toml
check "the settings of the machine are shown" prints "(not there yet: all settings are defaults)" cowork-calls show --system
check "the settings folder belongs to root, and the group of the services may read it" \
    prints "root:cowork-calls 750" stat -c '%U:%G %a' /etc/cowork-calls
for page in $(cd target/package/man && ls); do
    # Slim images leave documents and manuals out of every package.
    check "$page is in the package" prints "/usr/share/man/man1/$page" dpkg -L cowork-calls
done
check "the documentation is in the package" prints "/usr/share/doc/cowork-calls/docs/commands.md" dpkg -L cowork-calls
for file in bash-completion/completions/cowork-calls zsh/vendor-completions/_cowork-calls \
    fish/vendor_completions.d/cowork-calls.fish; do
    check "the completions are installed: $file" test -s "/usr/share/$file"
done
for unit in cowork-calls.service cowork-calls-probe.service cowork-calls-probe.timer; do
    check "$unit is installed" test -s "/usr/lib/systemd/system/$unit"
    if command -v systemd-analyze >/dev/null; then
        check "systemd accepts $unit" systemd-analyze verify --man=no "/usr/lib/systemd/system/$unit"
    fi
done
check "no unit starts by itself" sh -c '! ls /etc/systemd/system/*/cowork-calls*'
check "root edits the settings" cowork-calls --system stun add stun.example.de
check "the user of the services reads them" \
    prints "stun:stun.example.de:3478" runuser -u cowork-calls -- cowork-calls --system stun list
echo "alice:0123456789abcdef" | install -m 0600 /dev/stdin /etc/cowork-calls/tokens
check "it is installed over itself" dpkg -i "$package"
check "that user reads the tokens" runuser -u cowork-calls -- test -r /etc/cowork-calls/tokens
check "other users do not" sh -c '! runuser -u nobody -- test -r /etc/cowork-calls/tokens'
check "that user does not edit them" \
    sh -c '! runuser -u cowork-calls -- cowork-calls --system stun add stun.example.org'

check "it is removed" dpkg -r cowork-calls
check "the settings are kept" test -s /etc/cowork-calls/config.toml
check "it is installed again" dpkg -i "$package"
check "the settings are in effect again" prints "stun:stun.example.de:3478" cowork-calls --system stun list
check "it is purged" dpkg --purge cowork-calls
check "what the administrator wrote is kept" test -s /etc/cowork-calls/config.toml

rm -r /etc/cowork-calls
check "it is installed a third time" dpkg -i "$package"
check "and purged" dpkg --purge cowork-calls
check "no folder is left" absent /etc/cowork-calls /var/lib/cowork-calls
check "no user is left" is_unknown cowork-calls
after=$(mktemp)
find /usr /etc /var/lib -xdev \( -iname '*cowork*calls*' -o -path '*cowork-calls/*' \) ! -path "$PWD/*" | sort >"$after"
check "no file is left" diff "$before" "$after"
rm -f "$before" "$after"
echo "$count checks passed: $(basename "$package"), $(stat -c %s "$package") bytes"
