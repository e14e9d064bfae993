#!/usr/bin/env bash
# Makes an environment's secrets and seals them for the cluster of the current context:
#
#     ./secrets.sh production && git commit -am 'Seal the secrets of production'
#
# Once for a new cluster, or to change every value at the same time. What only the platform has to know is made here, at
# random. What somebody else gave out comes from the environment, and is a stand-in where it is not set:
# EMAIL_HOST_PASSWORD, PAYMENT_API_KEY, REGISTRY_PASSWORD, SLACK_URL, SMTP_PASSWORD.
#
# No value is shown, written to a file or among a program's arguments: each goes through a pipe into its seal. Further
# arguments go to `gitopsctl seal`: with --cert it needs no right to read the cluster's keys.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case ${1:-} in
    production) namespace=thebot registry=registry.the-bot.ru ;;
    staging) namespace=thebot-staging registry=gcr.io ;;
    dev) namespace=thebot-dev registry=localhost:5000 ;;
    *)
        echo "usage: ${BASH_SOURCE[0]} production|staging|dev [option of gitopsctl seal…]" >&2
        exit 64
        ;;
esac
environment=$1
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
    # Handed to every pod of Django under these names.
    secret django-secrets SECRET_KEY "$(random 32)" JWT_SECRET_KEY "$(random 32)" \
        EMAIL_HOST_PASSWORD "$(given EMAIL_HOST_PASSWORD)" PAYMENT_API_KEY "$(given PAYMENT_API_KEY)"
    secret postgres-credentials username thebot password "$(random)" replication-password "$(random)"
    secret redis-credentials password "$(random)"
    registry_secret docker-registry-credentials
    # Where alerts go.
    secret alert-receivers slack-url "$(given SLACK_URL)" smtp-password "$(given SMTP_PASSWORD)"
} | seal sealed-secrets.yaml
