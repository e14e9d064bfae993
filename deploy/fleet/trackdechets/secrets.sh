#!/usr/bin/env bash
# Makes an environment's secrets and seals them for the cluster of the current context:
#
#     ./secrets.sh production && git commit -am 'Seal the secrets of production'
#
# Once for a new cluster, or to change every value at the same time. What only the platform has to know is made here, at
# random. What somebody else gave out comes from the environment, and is a stand-in where it is not set:
# BACKUP_ACCESS_KEY_ID, BACKUP_SECRET_ACCESS_KEY, GERICO_API_TOKEN, INSEE_API_KEY, MAIL_API_KEY, REGISTRY_PASSWORD,
# S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, SENTRY_DSN.
#
# No value is shown, written to a file or among a program's arguments: each goes through a pipe into its seal. Further
# arguments go to `gitopsctl seal`: with --cert it needs no right to read the cluster's keys.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case ${1:-} in
    production) namespace=trackdechets ;;
    staging) namespace=trackdechets-staging ;;
    dev) namespace=trackdechets-dev ;;
    *)
        echo "usage: ${BASH_SOURCE[0]} production|staging|dev [option of gitopsctl seal…]" >&2
        exit 64
        ;;
esac
environment=$1 registry=ghcr.io
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
    secret redis-auth password "$(random)"
    # The application's user; the operator makes its own.
    secret mongodb-application password "$(random)"
    # Scaleway Object Storage, for PostgreSQL's and MongoDB's backups.
    secret backup-storage AWS_ACCESS_KEY_ID "$(given BACKUP_ACCESS_KEY_ID)" AWS_SECRET_ACCESS_KEY "$(given BACKUP_SECRET_ACCESS_KEY)"
    # It comes with the databases, for the migration pulls before there is any application.
    registry_secret registry
} | seal databases/sealed-secrets.yaml

# Handed to every pod of the backend under these names.
secret trackdechets SESSION_SECRET "$(random 32)" API_TOKEN_SECRET "$(random 32)" SENTRY_DSN "$(given SENTRY_DSN)" \
    MAIL_API_KEY "$(given MAIL_API_KEY)" INSEE_API_KEY "$(given INSEE_API_KEY)" GERICO_API_TOKEN "$(given GERICO_API_TOKEN)" \
    S3_ACCESS_KEY_ID "$(given S3_ACCESS_KEY_ID)" S3_SECRET_ACCESS_KEY "$(given S3_SECRET_ACCESS_KEY)" \
    | seal applications/sealed-secrets.yaml
