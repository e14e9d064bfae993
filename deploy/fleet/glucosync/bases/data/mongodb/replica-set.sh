#!/bin/bash
# Runs beside mongod in every member. The first one builds the replica set and its users, and does so again
# at every start: what already stands stays as it is.
set -euo pipefail
trap 'exit 0' TERM
if [[ "$POD_NAME" == mongodb-0 ]]; then
    until mongosh --quiet --eval 'db.adminCommand("ping")' >/dev/null 2>&1; do sleep 2; done
    until mongosh --quiet --file /etc/mongodb/replica-set.js; do sleep 10; done
fi
sleep infinity &
wait
