#!/bin/sh
# Applies the settings of CoWork Calls: from cloud-init (runcmd), at the start of a container, or by hand. Run it as often
# as you like. It prints 'changed' or 'unchanged'.
#
#   COWORK_CALLS_CONFIG   the settings file [/etc/cowork-calls/config.toml]
#   TURN_PASSWORD_FILE    a file with the TURN password, which is copied to a file beside the settings: a Docker secret,
#                         a file of cloud-init's write_files, …; without it, the existing copy is kept
set -eu
umask 077

config=${COWORK_CALLS_CONFIG:-/etc/cowork-calls/config.toml}
folder=$(dirname "$config")
secret=$folder/secrets/turn

answer=unchanged
if [ -n "${TURN_PASSWORD_FILE-}" ] && ! cmp -s "$TURN_PASSWORD_FILE" "$secret"; then
    mkdir -p "$folder/secrets"
    cp "$TURN_PASSWORD_FILE" "$secret.new"
    # The group of the folder may read the secret as well: that of the services, if the Debian package created it.
    chgrp "$(ls -dn "$folder" | awk '{ print $4 }')" "$folder/secrets" "$secret.new"
    chmod g+rX "$folder/secrets" "$secret.new"
    mv "$secret.new" "$secret"
    answer=changed
fi

# All settings: what is left out returns to its defaults. The program compares, and reports whether it changed anything.
applied=$(cowork-calls --config "$config" --json --no-input config apply - <<TOML
[stun]
servers = ["stun:stun.example.de:3478", "stun:stun.nextcloud.com:443"]

[[turn.servers]]
uri = "turn:turn.example.de:3478?transport=udp"
username = "cowork"
password-file = "$secret"

[reactions]
emojis = ["👍", "🎉", "👋"]
TOML
)
case $applied in
    '{"changed":true,'*) answer=changed ;;
esac

# An error, or a secret that cannot be read, stops the setup here instead of the first call.
cowork-calls --config "$config" --quiet --no-input config check --strict >/dev/null
echo "$answer"
