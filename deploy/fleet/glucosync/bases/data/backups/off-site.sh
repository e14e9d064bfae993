#!/bin/sh
# A copy that no failure of this cluster can reach. Nothing is ever removed there by us.
set -eu
mc alias set local "http://minio:9000" "$ROOT_USER" "$ROOT_PASSWORD" >/dev/null
mc alias set off-site "$OFF_SITE_URL" "$OFF_SITE_ACCESS_KEY" "$OFF_SITE_SECRET_KEY" >/dev/null
for bucket in backups postgresql mlflow; do
    mc mirror --overwrite "local/$bucket" "off-site/$OFF_SITE_BUCKET/$bucket"
done
