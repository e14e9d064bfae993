#!/usr/bin/env bash
# Builds a real kube-apiserver from Debian's source package and keeps it in the user's cache folder.
# Prints the path of the binary on standard output; everything else goes to standard error.
#
# Debian ships etcd but no API server. Its source package `kubernetes` builds one in about eight minutes. The
# `deb-src` line that this takes lives in an apt configuration of the script's own: the user's is left alone.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/gitopsctl/kube-apiserver"
binary="$cache/kube-apiserver"
# Raised when the build changes, so that what an older one left is built anew.
recipe=2

reuse() {
    [ "$(cat "$cache/recipe" 2>/dev/null)" = "$recipe" ] && "$binary" --version >/dev/null 2>&1 || return 1
    echo "kube-apiserver: reused from $cache ($("$binary" --version))" >&2
    echo "$binary"
}

if reuse; then exit 0; fi
mkdir -p "$cache"
# One build at a time; who waited for another's finds it done.
exec 9>"$cache/lock"
flock 9
if reuse; then exit 0; fi

work="$(mktemp -d "$cache/build.XXXXXX")"
trap 'rm -rf "$work"' EXIT

echo "kube-apiserver: building from Debian's source package, about eight minutes, once" >&2
"$(dirname "${BASH_SOURCE[0]}")/../../deploy/packages.sh" \
    golang-go golang-github-modern-go-reflect2-dev rsync jq make gcc libc6-dev dpkg-dev >&2

# An apt of our own: one source line, its lists in the work folder.
mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/parts"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$keyring] http://deb.debian.org/debian bookworm main" >"$work/apt/sources.list"
apt_options=(
    -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o "Dir::Etc::sourceparts=$work/apt/parts"
    -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o "APT::Sandbox::User=root"
)
(
    cd "$work"
    apt-get "${apt_options[@]}" update -qq
    apt-get "${apt_options[@]}" source -qq kubernetes
) >"$work/source.log" 2>&1 || { cat "$work/source.log" >&2; exit 1; }

source_folder="$(find "$work" -maxdepth 1 -type d -name 'kubernetes-*' | head -n 1)"
[ -n "$source_folder" ] || { echo "kube-apiserver: the source package did not unpack" >&2; exit 1; }

# The reflect2 1.0.1 that the package carries does not know Go 1.18 and later: every JSON body with a map in it would bring the
# request down. Debian's own is the fixed one.
reflect2="$source_folder/vendor/github.com/modern-go/reflect2"
rm -rf "$reflect2"
cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 "$reflect2"

# GOPATH mode: the package carries its dependencies, nothing is downloaded.
(
    cd "$source_folder"
    env GO111MODULE=off GOPATH="$work/go" GOCACHE="$work/go-cache" GOFLAGS="" KUBE_GIT_VERSION_FILE="" \
        make WHAT=cmd/kube-apiserver
) >"$work/build.log" 2>&1 || { tail -n 60 "$work/build.log" >&2; exit 1; }

built="$(find "$source_folder/_output" -type f -name kube-apiserver -perm -u+x | head -n 1)"
[ -n "$built" ] || { tail -n 60 "$work/build.log" >&2; exit 1; }
install -m 0755 "$built" "$binary.new"
mv "$binary.new" "$binary"
echo "$recipe" >"$cache/recipe"
echo "kube-apiserver: built $("$binary" --version) into $cache" >&2
echo "$binary"
