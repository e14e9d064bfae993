#!/bin/sh
# One bucket and one user for each that stores objects, and each user sees its own bucket alone. May run at any time.
set -eu
mc alias set local "http://minio:9000" "$ROOT_USER" "$ROOT_PASSWORD" >/dev/null
for name in backups postgresql loki tempo mlflow harbor; do
    mc mb --ignore-existing "local/$name"
    sed "s/BUCKET/$name/g" /etc/minio/bucket-policy.json > /tmp/policy.json
    mc admin policy create local "$name" /tmp/policy.json
    mc admin user add local "$name" "$(cat "/secrets/$name")"
    mc admin policy attach local "$name" --user "$name" 2>/dev/null || true    # fails when it already is
done
mc ilm rule import local/backups < /etc/minio/expire-after-30-days.json
