# Sets `self` and `master`. The sentinels know who is master now; on the very first start nobody does, and
# redis-0 begins.
domain="redis.$POD_NAMESPACE.svc.cluster.local"
self="$POD_NAME.$domain"
master=$(timeout 5 redis-cli -h "redis-sentinel" -p 26379 --no-auth-warning -a "$REDIS_PASSWORD" \
    sentinel get-master-addr-by-name glucosync 2>/dev/null | head -n 1) || master=
case "$master" in
    redis-[0-9]*) ;;
    *) master="redis-0.$domain" ;;
esac
