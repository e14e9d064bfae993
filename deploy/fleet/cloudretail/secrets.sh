#!/usr/bin/env bash
# Makes an environment's secrets and seals them for the cluster of the current context:
#
#     ./secrets.sh production-eu-west-1 && git commit -am 'Seal the secrets of production-eu-west-1'
#
# Once for a new cluster, or to change every value at the same time. What only the platform has to know is made here, at
# random. What somebody else gave out comes from the environment, and is a stand-in where it is not set:
# BACKUP_STORAGE, PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, REGISTRY_PASSWORD, STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET.
#
# No value is shown, written to a file or among a program's arguments: each goes through a pipe into its seal. Further
# arguments go to `gitopsctl seal`: with --cert it needs no right to read the cluster's keys.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case ${1:-} in
    production-eu-west-1 | production-us-east-1) namespace=cloudretail ;;
    staging) namespace=cloudretail-staging ;;
    *)
        echo "usage: ${BASH_SOURCE[0]} production-eu-west-1|production-us-east-1|staging [option of gitopsctl seal…]" >&2
        exit 64
        ;;
esac
environment=$1 registry=registry.cloudretail.com
shift
options=("$@")
for program in gitopsctl openssl; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done

random() { openssl rand -hex "${1:-24}"; }
given() { printf '%s' "${!1:-stand-in-for-$1}"; }

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

# A robot account that may pull and not push.
registry_secret() {
    secret "$1" .dockerconfigjson \
        "{\"auths\": {\"$registry\": {\"username\": \"robot\", \"password\": \"$(given REGISTRY_PASSWORD)\"}}}"
    echo 'type: kubernetes.io/dockerconfigjson'
}

# Seals the Secrets from standard input into a file of the environment.
seal() {
    gitopsctl seal --namespace "$namespace" -w "overlays/$environment/$1" "${options[@]}"
    printf '  %s\n' "overlays/$environment/$1"
}

{
    # Each database has an owner of its own.
    for database in users products orders inventory payments; do
        secret "postgres-$database" POSTGRES_USER "$database" POSTGRES_PASSWORD "$(random)"
    done
    secret redis REDIS_PASSWORD "$(random)"
    # User Service signs, the gateway verifies.
    secret tokens JWT_SECRET "$(random 32)" JWT_REFRESH_SECRET "$(random 32)"
    secret payment-gateways STRIPE_API_KEY "$(given STRIPE_API_KEY)" STRIPE_WEBHOOK_SECRET "$(given STRIPE_WEBHOOK_SECRET)" \
        PAYPAL_CLIENT_ID "$(given PAYPAL_CLIENT_ID)" PAYPAL_CLIENT_SECRET "$(given PAYPAL_CLIENT_SECRET)" \
        ENCRYPTION_KEY "$(random 32)"
    registry_secret registry
    # Object storage of the region as mc wants it, https://KEY:SECRET@HOST. Staging has no backups.
    if [[ $environment != staging ]]; then
        secret backup-storage MC_HOST_storage "$(given BACKUP_STORAGE)"
    fi
} | seal sealed-secrets.yaml
