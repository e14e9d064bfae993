#!/bin/sh
set -eu
. /etc/redis/find-master.sh
{
    cat /etc/redis/redis.conf
    printf 'requirepass "%s"\nmasterauth "%s"\nreplica-announce-ip %s\n' "$REDIS_PASSWORD" "$REDIS_PASSWORD" "$self"
    if [ "$master" != "$self" ]; then echo "replicaof $master 6379"; fi
} > /run/redis/redis.conf
exec redis-server /run/redis/redis.conf
