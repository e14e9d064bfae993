#!/usr/bin/env bash
# Installs what the tests need and runs them all. Arguments go to `swift test` (for example --filter ThreeWay).
#
# The tests that need a cluster run twice: against the sandbox, which they start themselves, and against a real API server:
# the one that GITOPSCTL_TEST_KUBECONFIG names, or else a kube-apiserver with etcd that this script builds once
# (about eight minutes, kept in the user's cache folder) and starts on loopback.
set -euo pipefail
cd "$(dirname "$0")/.."

section() { printf '\n== %s\n' "$*"; }

section "packages"
deploy/packages.sh
deploy/packages.sh openssh-server openssh-client openssl curl nghttp2-server procps util-linux python3-cryptography age
command -v kubectl >/dev/null || deploy/packages.sh kubernetes-client
echo "all there"

section "cluster"
if [ -n "${GITOPSCTL_TEST_KUBECONFIG:-}" ]; then
    echo "real cluster: the one of $GITOPSCTL_TEST_KUBECONFIG (GITOPSCTL_TEST_KUBECONFIG)"
else
    deploy/packages.sh etcd-server
    KUBE_APISERVER="$(Tests/Support/build-kube-apiserver.sh)"
    export KUBE_APISERVER
    eval "$(Tests/Support/start-kube-apiserver.sh --owner $$)"
    trap 'eval "$GITOPSCTL_TEST_STOP"' EXIT
    export GITOPSCTL_TEST_KUBECONFIG
    echo "real cluster: kube-apiserver $(kubectl --kubeconfig "$GITOPSCTL_TEST_KUBECONFIG" get --raw /version | sed -n 's/.*"gitVersion": "\([^"]*\)".*/\1/p') with etcd, started for this run"
fi

section "build"
started=$SECONDS
log="$(mktemp)"
swift build --build-tests 2>&1 | tee "$log" | grep -E '^(warning|error|Build complete)|: (error|warning):' || true
grep -q 'Build complete' "$log" || { cat "$log" >&2; exit 1; }
rm -f "$log"
echo "built in $((SECONDS - started)) s"

section "tests"
# Swift Testing begins every test at once; on two cores each would then wait for all, some beyond their deadlines.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$((3 * $(nproc)))
swift test --skip-build --disable-xctest "$@"
