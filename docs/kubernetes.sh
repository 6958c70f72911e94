#!/bin/sh
# Prints the settings in effect on this machine as a Kubernetes Secret, because they may hold passwords.
# Usage: docs/kubernetes.sh [NAME] | kubectl apply -f -
set -eu

name=${1:-cowork-calls}
settings=$(cowork-calls --no-input config export)
settings=$(printf '%s\n' "$settings" | base64 | tr -d '\n')
cat <<YAML
apiVersion: v1
kind: Secret
metadata:
  name: $name
type: Opaque
data:
  config.toml: $settings
YAML
