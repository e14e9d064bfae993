#!/bin/sh
# Puts every file of /backup into the bucket, under the name of what it belongs to. An empty file is a failed dump.
set -eu
mc alias set local "http://minio:9000" backups "$BACKUPS_KEY" >/dev/null
for file in /backup/*; do
    test -s "$file"
    mc cp "$file" "local/backups/$BACKUP_NAME/$(date -u +%Y-%m-%dT%H-%M)-$(basename "$file")"
done
