#!/usr/bin/env bash
# Makes an environment's secrets and seals them for the cluster of the current context:
#
#     ./secrets.sh production && git commit -am 'Seal the secrets of production'
#
# Once for a new cluster, or to change every value at the same time. What only the platform has to know is made here, at
# random. What somebody else gave out comes from the environment, and is a stand-in where it is not set: OPENAI_API_KEY,
# CLOUDFLARE_API_TOKEN, PAGERDUTY_KEY, SLACK_URL, OFF_SITE_URL, OFF_SITE_BUCKET, OFF_SITE_ACCESS_KEY, OFF_SITE_SECRET_KEY.
#
# No value is shown, written to a file or among a program's arguments: each goes through a pipe into its seal. Further
# arguments go to `gitopsctl seal`: with --cert it needs no right to read the cluster's keys.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case ${1:-} in
    production) prefix=glucosync registry=harbor.glucosync.io ;;
    staging) prefix=glucosync-staging registry=harbor.staging.glucosync.io ;;
    development) prefix=glucosync-development registry=harbor.dev.glucosync.io ;;
    *)
        echo "usage: ${BASH_SOURCE[0]} production|staging|development [option of gitopsctl seal…]" >&2
        exit 64
        ;;
esac
environment=$1
shift
options=("$@")
for program in gitopsctl openssl perl; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done

# ------------------------------------------------------------------------------------------------------------- values

random() { openssl rand -hex "${1:-24}"; }
given() { printf '%s' "${!1:-stand-in-for-$1}"; }

# The password from standard input as the registry reads it. Hexadecimal digits are digits of bcrypt's salts as well.
bcrypt() { perl -e 'print crypt(<STDIN>, $ARGV[0])' "\$2y\$10\$$(random 11)"; }

# A Secret of a name, with keys and values.
secret() {
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData:\n' "$1"
    shift
    while (($#)); do
        [[ -n $2 ]] || { echo "there is no value for $1" >&2; exit 1; }
        printf "  %s: '%s'\n" "$1" "${2//\'/\'\'}"
        shift 2
    done
}

# Seals the Secrets from standard input into the file of an area.
area() {
    gitopsctl seal --namespace "$prefix-$1" -w "overlays/$environment/$1/sealed-secrets.yaml" "${options[@]}"
}

# A Secret does not cross namespaces: what stands in two of them is made once.
mongodb=$(random) redis=$(random) robot=$(random) harbor=$(random)
declare -A bucket
for user in backups harbor loki mlflow postgresql tempo; do bucket[$user]=$(random); done

# ------------------------------------------------------------------------------------------------------------ secrets

{
    secret glucoengine jwt-secret "$(random 32)" mongodb-password "$mongodb" redis-password "$redis" \
        openai-api-key "$(given OPENAI_API_KEY)"
    # A robot account that may pull and not push.
    secret harbor-pull .dockerconfigjson \
        "{\"auths\": {\"$registry\": {\"username\": \"robot\$pull\", \"password\": \"$robot\"}}}"
    echo 'type: kubernetes.io/dockerconfigjson'
} | area apps

{
    secret gitea internal-token "$(random 32)" secret-key "$(random 32)"
    secret woodpecker agent-secret "$(random 32)" metrics-token "$(random)" \
        gitea-client "$(random 16)" gitea-secret "$(random)"
    secret harbor admin-password "$(random)" core-secret "$(random 8)" jobservice-secret "$(random 8)" \
        csrf-key "$(random 16)" encryption-key "$(random 8)" object-storage-key "${bucket[harbor]}" \
        registry-http-secret "$(random 8)" registry-password "$harbor" \
        registry-htpasswd "harbor_registry_user:$(printf '%s' "$harbor" | bcrypt)"
    # Where WAL and base backups go.
    secret postgresql-archive access-key postgresql secret-key "${bucket[postgresql]}"
} | area cicd

{
    # The set's users, and the key its members know each other by.
    secret mongodb root-password "$(random)" application-password "$mongodb" backup-password "$(random)" \
        exporter-password "$(random)" keyfile "$(random 256)"
    secret redis password "$redis"
    secret minio root-user root root-password "$(random)"
    # One user a bucket; each key appears again in the namespace of its user.
    secret minio-users backups "${bucket[backups]}" harbor "${bucket[harbor]}" loki "${bucket[loki]}" \
        mlflow "${bucket[mlflow]}" postgresql "${bucket[postgresql]}" tempo "${bucket[tempo]}"
    # Object storage of another provider.
    secret off-site-storage url "$(given OFF_SITE_URL)" bucket "$(given OFF_SITE_BUCKET)" \
        access-key "$(given OFF_SITE_ACCESS_KEY)" secret-key "$(given OFF_SITE_SECRET_KEY)"
} | area data

# Zone.DNS edit for glucosync.io, and nothing else.
secret cloudflare-api-token api-token "$(given CLOUDFLARE_API_TOKEN)" | area ingress

{
    secret grafana admin-password "$(random)" oauth-client-secret "$(random)"
    secret alertmanager pagerduty-key "$(given PAGERDUTY_KEY)" slack-url "$(given SLACK_URL)"
    secret object-storage loki "${bucket[loki]}" tempo "${bucket[tempo]}"
} | area monitoring

{
    secret authentik bootstrap-password "$(random)" secret-key "$(random 32)"
    secret mlflow object-storage-key "${bucket[mlflow]}"
    secret postgresql-archive access-key postgresql secret-key "${bucket[postgresql]}"
} | area services

echo "sealed: overlays/$environment/*/sealed-secrets.yaml"
