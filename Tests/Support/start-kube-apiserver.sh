#!/usr/bin/env bash
# Starts etcd and a real kube-apiserver on free loopback ports, in a temporary folder of their own.
#
#   eval "$(Tests/Support/start-kube-apiserver.sh [--owner PID])"
#
# sets GITOPSCTL_TEST_KUBECONFIG (its context `test` is an administrator by client certificate, `token` the same by a
# bearer token) and GITOPSCTL_TEST_STOP, the command that stops both and removes the folder. With --owner they also stop
# when that process is gone. Progress and failures go to standard error.
#
# A supervisor holds the two processes: when it is told to end, or one of them dies, both end and the folder goes. SIGUSR1
# has it kill the API server and start it again three seconds later, as a test of restarts wants it.
# KUBE_APISERVER names another binary than the one that build-kube-apiserver.sh keeps.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
owner=""
if [ "${1:-}" = "--owner" ]; then owner="$2"; fi

# MARK: The supervisor, which runs as a child of its own session

supervise() {
    local folder="$1" owner="$2" etcd_port="$3" peer_port="$4" api_port="$5" etcd_pid="" api_pid=""
    end() {
        trap '' TERM INT HUP
        [ -z "$api_pid" ] || kill "$api_pid" 2>/dev/null || true
        [ -z "$api_pid" ] || wait "$api_pid" 2>/dev/null || true
        [ -z "$etcd_pid" ] || kill "$etcd_pid" 2>/dev/null || true
        [ -z "$etcd_pid" ] || wait "$etcd_pid" 2>/dev/null || true
        # A folder whose server never came up keeps its logs for the one who started it.
        [ ! -e "$folder/ready" ] || rm -rf "$folder"
        exit 0
    }
    trap end TERM INT HUP

    # Should the supervisor be killed outright, the kernel tells its children (--pdeathsig).
    setpriv --pdeathsig TERM etcd --name test --data-dir "$folder/etcd" --logger zap --log-level error --quota-backend-bytes 4294967296 \
        --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
        --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
        --initial-cluster "test=http://127.0.0.1:$peer_port" >"$folder/etcd.log" 2>&1 &
    etcd_pid=$!

    # No controller makes the service accounts' tokens that the ServiceAccount admission would ask for.
    serve() {
        setpriv --pdeathsig TERM "$apiserver" --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$api_port" \
            --etcd-servers "http://127.0.0.1:$etcd_port" --service-cluster-ip-range 10.96.0.0/16 \
            --tls-cert-file "$folder/server.crt" --tls-private-key-file "$folder/server.key" \
            --client-ca-file "$folder/ca.crt" --token-auth-file "$folder/tokens.csv" \
            --service-account-key-file "$folder/service-account.pub" \
            --service-account-signing-key-file "$folder/service-account.key" \
            --service-account-issuer https://kubernetes.default.svc --api-audiences https://kubernetes.default.svc \
            --authorization-mode RBAC --allow-privileged=true --disable-admission-plugins ServiceAccount \
            --max-requests-inflight 1000 --max-mutating-requests-inflight 500 >>"$folder/kube-apiserver.log" 2>&1 &
        api_pid=$!
    }
    restart() {
        kill -KILL "$api_pid"
        wait "$api_pid" 2>/dev/null || true
        sleep 3
        serve
    }
    serve
    trap restart USR1

    while kill -0 "$etcd_pid" 2>/dev/null && kill -0 "$api_pid" 2>/dev/null; do
        [ -z "$owner" ] || kill -0 "$owner" 2>/dev/null || break
        # In the background, so that a signal is heeded at once.
        sleep 1 &
        wait $! || true
    done
    end
}

if [ "${1:-}" = "--supervise" ]; then
    apiserver="$2"
    shift 2
    supervise "$@"
fi

# MARK: Its parts

for tool in etcd openssl curl setsid setpriv; do
    command -v "$tool" >/dev/null || { echo "start-kube-apiserver: $tool is not installed" >&2; exit 1; }
done
apiserver="${KUBE_APISERVER:-$("$here/build-kube-apiserver.sh")}"

folder="$(mktemp -d "${TMPDIR:-/tmp}/gitopsctl-kube-apiserver.XXXXXX")"
supervisor=""
cleanup() {
    [ -z "$supervisor" ] || kill "$supervisor" 2>/dev/null || true
    [ -z "$supervisor" ] || while kill -0 "$supervisor" 2>/dev/null; do sleep 0.1; done
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# certificate NAME SUBJECT EXTENSIONS: a key and a certificate of the folder's own authority.
certificate() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$folder/$1.key"
    openssl req -new -key "$folder/$1.key" -subj "$2" -out "$folder/$1.csr"
    openssl x509 -req -in "$folder/$1.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial -days 30 -sha256 \
        -extfile <(printf '%s\n' "$3") -out "$folder/$1.crt"
}

make_credentials() {
    umask 077
    openssl ecparam -name prime256v1 -genkey -noout -out "$folder/ca.key"
    openssl req -x509 -new -key "$folder/ca.key" -subj /CN=gitopsctl-test-ca -days 30 -sha256 -out "$folder/ca.crt"
    certificate server /CN=kube-apiserver "subjectAltName=IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc
extendedKeyUsage=serverAuth"
    certificate admin /O=system:masters/CN=admin "extendedKeyUsage=clientAuth"
    openssl ecparam -name prime256v1 -genkey -noout -out "$folder/service-account.key"
    openssl ec -in "$folder/service-account.key" -pubout -out "$folder/service-account.pub"
    openssl rand -hex 24 >"$folder/token"
    echo "$(cat "$folder/token"),token-admin,1,system:masters" >"$folder/tokens.csv"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        # Nobody answers there: free, but for a race that a second try settles.
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

write_kubeconfig() {
    cat >"$folder/kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
current-context: test
clusters:
- name: test
  cluster:
    server: https://127.0.0.1:$1
    certificate-authority-data: $(base64 -w0 <"$folder/ca.crt")
users:
- name: admin
  user:
    client-certificate-data: $(base64 -w0 <"$folder/admin.crt")
    client-key-data: $(base64 -w0 <"$folder/admin.key")
- name: token
  user:
    token: $(cat "$folder/token")
contexts:
- name: test
  context: {cluster: test, user: admin, namespace: default}
- name: token
  context: {cluster: test, user: token, namespace: default}
KUBECONFIG
}

get() {
    curl --silent --fail --max-time 5 --cacert "$folder/ca.crt" --cert "$folder/admin.crt" --key "$folder/admin.key" \
        "https://127.0.0.1:$api_port$1"
}

# Ready, and past its bootstrap: RBAC's roles and the namespace `default` are there.
is_up() {
    get /readyz >/dev/null && get /api/v1/namespaces/default >/dev/null
}

make_credentials >"$folder/credentials.log" 2>&1 || { cat "$folder/credentials.log" >&2; exit 1; }

for attempt in 1 2 3; do
    rm -rf "$folder/etcd"
    etcd_port="$(free_port)" peer_port="$(free_port)" api_port="$(free_port)"
    setsid "${BASH_SOURCE[0]}" --supervise "$apiserver" "$folder" "$owner" "$etcd_port" "$peer_port" "$api_port" \
        </dev/null >/dev/null 2>&1 &
    supervisor=$!
    for _ in $(seq 600); do
        kill -0 "$supervisor" 2>/dev/null || break
        if is_up; then
            write_kubeconfig "$api_port"
            echo "$supervisor" >"$folder/pid"
            touch "$folder/ready"
            trap - EXIT
            printf 'GITOPSCTL_TEST_KUBECONFIG=%q\n' "$folder/kubeconfig"
            printf 'GITOPSCTL_TEST_STOP=%q\n' "$(printf '%q %q' "$here/stop-kube-apiserver.sh" "$folder")"
            exit 0
        fi
        sleep 0.2
    done
    kill "$supervisor" 2>/dev/null || true
    wait "$supervisor" 2>/dev/null || true
    supervisor=""
    # Another port is another chance; anything else is not.
    grep -qs "address already in use" "$folder/etcd.log" "$folder/kube-apiserver.log" || break
done

echo "start-kube-apiserver: the server did not come up (attempt $attempt)" >&2
tail -n 20 "$folder/etcd.log" "$folder/kube-apiserver.log" >&2 || true
exit 1
