#!/bin/sh
# Two of three sentinels must agree. Five seconds of silence and a failover of at most ten keep it under fifteen.
set -eu
. /etc/redis/find-master.sh
cat > /run/redis/sentinel.conf <<CONF
port 26379
dir /run/redis
requirepass "$REDIS_PASSWORD"
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $self
sentinel monitor glucosync $master 6379 2
sentinel auth-pass glucosync $REDIS_PASSWORD
sentinel down-after-milliseconds glucosync 5000
sentinel failover-timeout glucosync 10000
sentinel parallel-syncs glucosync 1
CONF
exec redis-sentinel /run/redis/sentinel.conf
