#!/usr/bin/env bash
# Installs the Debian packages named as arguments that are not there yet; silent when nothing is missing.
# With no argument: what gitopsctl itself is built against.
set -euo pipefail

[ $# -gt 0 ] || set -- libgit2-dev libcurl4-openssl-dev libyaml-dev libssl-dev libsqlite3-dev git ca-certificates

missing=()
for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
echo "installing Debian packages: ${missing[*]}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1
}
# A machine that has never fetched the package lists, or has old ones, needs them first.
if ! install; then
    { $sudo apt-get update -qq >>"$log" 2>&1 && install; } || {
        cat "$log" >&2
        echo "could not install ${missing[*]}; the lines above say why" >&2
        exit 1
    }
fi
