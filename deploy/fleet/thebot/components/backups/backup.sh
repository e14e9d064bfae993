#!/bin/bash
# Writes beside what it will be called, so that a dump that broke off is never taken for one.
set -euo pipefail
name="/backups/thebot-$(date -u +%Y%m%dT%H%M%SZ).dump"
pg_dump --format=custom --file="$name.part"
pg_restore --list "$name.part" >/dev/null
mv "$name.part" "$name"
find /backups -name 'thebot-*' -mtime +"$RETENTION_DAYS" -delete
