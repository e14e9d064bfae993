#!/bin/sh
# What Git does not hold: the objects as the cluster has them now, Secrets excepted.
set -eu
kinds=configmaps,services,serviceaccounts,persistentvolumeclaims,deployments,statefulsets,daemonsets,cronjobs,jobs
kinds=$kinds,horizontalpodautoscalers,poddisruptionbudgets,ingresses,networkpolicies,resourcequotas,limitranges
for namespace in $(echo "$NAMESPACES" | tr ',' ' '); do
    kubectl get "$kinds" --namespace "$namespace" --output yaml | gzip > "/backup/$namespace.yaml.gz"
done
