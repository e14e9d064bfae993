#!/usr/bin/env bash
# Stops what start-kube-apiserver.sh started, given its folder, and waits until it is gone. Doing it twice is no error.
set -euo pipefail

folder="${1:?usage: stop-kube-apiserver.sh FOLDER}"
[ -f "$folder/pid" ] || exit 0
supervisor="$(cat "$folder/pid")"
kill "$supervisor" 2>/dev/null || true
for _ in $(seq 300); do
    kill -0 "$supervisor" 2>/dev/null || exit 0
    sleep 0.1
done
echo "stop-kube-apiserver: process $supervisor does not end" >&2
exit 1
