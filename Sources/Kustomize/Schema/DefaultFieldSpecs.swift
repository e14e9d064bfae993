// The reference's default field specifications: where labels, annotations, namespaces, images, replica counts and
// variables go. Facts of kustomize 5.8.1 (`api/internal/konfig/builtinpluginconsts`), one a line: path, group, version,
// kind (`*` matches anything), and `create` where a missing field is made.

extension BuiltInTables {
    static let namePrefix = """
        metadata/name * * *
        """

    static let nameSuffix = """
        metadata/name * * *
        """

    static let namespace = """
        metadata/name * * Namespace create
        spec/service/namespace apiregistration.k8s.io * APIService create
        spec/conversion/webhook/clientConfig/service/namespace apiextensions.k8s.io * CustomResourceDefinition
        """

    static let images = """
        spec/containers[]/image * * * create
        spec/initContainers[]/image * * * create
        spec/volumes[]/image/reference * * * create
        spec/template/spec/containers[]/image * * * create
        spec/template/spec/initContainers[]/image * * * create
        spec/template/spec/volumes[]/image/reference * * * create
        """

    static let replicas = """
        spec/replicas * * Deployment create
        spec/replicas * * ReplicationController create
        spec/replicas * * ReplicaSet create
        spec/replicas * * StatefulSet create
        """

    static let templateLabels = """
        metadata/labels * * * create
        spec/template/metadata/labels * v1 ReplicationController create
        spec/template/metadata/labels * * Deployment create
        spec/template/metadata/labels * * ReplicaSet create
        spec/template/metadata/labels * * DaemonSet create
        spec/template/metadata/labels apps * StatefulSet create
        spec/volumeClaimTemplates[]/metadata/labels apps * StatefulSet create
        spec/template/metadata/labels batch * Job create
        spec/jobTemplate/metadata/labels batch * CronJob create
        spec/jobTemplate/spec/template/metadata/labels batch * CronJob create
        """

    static let commonLabels = """
        spec/selector * v1 Service create
        spec/selector * v1 ReplicationController create
        spec/selector/matchLabels * * Deployment create
        spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels apps * Deployment
        spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels apps * Deployment
        spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels apps * Deployment
        spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels apps * Deployment
        spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels apps * Deployment
        spec/selector/matchLabels * * ReplicaSet create
        spec/selector/matchLabels * * DaemonSet create
        spec/selector/matchLabels apps * StatefulSet create
        spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels apps * StatefulSet
        spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels apps * StatefulSet
        spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels apps * StatefulSet
        spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels apps * StatefulSet
        spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels apps * StatefulSet
        spec/selector/matchLabels batch * Job
        spec/jobTemplate/spec/selector/matchLabels batch * CronJob
        spec/selector/matchLabels policy * PodDisruptionBudget
        spec/podSelector/matchLabels networking.k8s.io * NetworkPolicy
        spec/ingress/from/podSelector/matchLabels networking.k8s.io * NetworkPolicy
        spec/egress/to/podSelector/matchLabels networking.k8s.io * NetworkPolicy
        metadata/labels * * * create
        spec/template/metadata/labels * v1 ReplicationController create
        spec/template/metadata/labels * * Deployment create
        spec/template/metadata/labels * * ReplicaSet create
        spec/template/metadata/labels * * DaemonSet create
        spec/template/metadata/labels apps * StatefulSet create
        spec/volumeClaimTemplates[]/metadata/labels apps * StatefulSet create
        spec/template/metadata/labels batch * Job create
        spec/jobTemplate/metadata/labels batch * CronJob create
        spec/jobTemplate/spec/template/metadata/labels batch * CronJob create
        """

    static let commonAnnotations = """
        metadata/annotations * * * create
        spec/template/metadata/annotations * v1 ReplicationController create
        spec/template/metadata/annotations * * Deployment create
        spec/template/metadata/annotations * * ReplicaSet create
        spec/template/metadata/annotations * * DaemonSet create
        spec/template/metadata/annotations * * StatefulSet create
        spec/template/metadata/annotations batch * Job create
        spec/jobTemplate/metadata/annotations batch * CronJob create
        spec/jobTemplate/spec/template/metadata/annotations batch * CronJob create
        """

    static let varReference = """
        spec/jobTemplate/spec/template/spec/containers/args * * CronJob
        spec/jobTemplate/spec/template/spec/containers/command * * CronJob
        spec/jobTemplate/spec/template/spec/containers/env/value * * CronJob
        spec/jobTemplate/spec/template/spec/containers/volumeMounts/mountPath * * CronJob
        spec/jobTemplate/spec/template/spec/initContainers/args * * CronJob
        spec/jobTemplate/spec/template/spec/initContainers/command * * CronJob
        spec/jobTemplate/spec/template/spec/initContainers/env/value * * CronJob
        spec/jobTemplate/spec/template/spec/initContainers/volumeMounts/mountPath * * CronJob
        spec/jobTemplate/spec/template/volumes/nfs/server * * CronJob
        spec/template/spec/containers/args * * DaemonSet
        spec/template/spec/containers/command * * DaemonSet
        spec/template/spec/containers/env/value * * DaemonSet
        spec/template/spec/containers/volumeMounts/mountPath * * DaemonSet
        spec/template/spec/initContainers/args * * DaemonSet
        spec/template/spec/initContainers/command * * DaemonSet
        spec/template/spec/initContainers/env/value * * DaemonSet
        spec/template/spec/initContainers/volumeMounts/mountPath * * DaemonSet
        spec/template/spec/volumes/nfs/server * * DaemonSet
        spec/template/spec/containers/args * * Deployment
        spec/template/spec/containers/command * * Deployment
        spec/template/spec/containers/env/value * * Deployment
        spec/template/spec/containers/volumeMounts/mountPath * * Deployment
        spec/template/spec/initContainers/args * * Deployment
        spec/template/spec/initContainers/command * * Deployment
        spec/template/spec/initContainers/env/value * * Deployment
        spec/template/spec/initContainers/volumeMounts/mountPath * * Deployment
        spec/template/spec/volumes/nfs/server * * Deployment
        spec/template/metadata/annotations * * Deployment
        spec/rules/host * * Ingress
        spec/tls/hosts * * Ingress
        spec/tls/secretName * * Ingress
        spec/template/spec/containers/args * * Job
        spec/template/spec/containers/command * * Job
        spec/template/spec/containers/env/value * * Job
        spec/template/spec/containers/volumeMounts/mountPath * * Job
        spec/template/spec/initContainers/args * * Job
        spec/template/spec/initContainers/command * * Job
        spec/template/spec/initContainers/env/value * * Job
        spec/template/spec/initContainers/volumeMounts/mountPath * * Job
        spec/template/spec/volumes/nfs/server * * Job
        spec/containers/args * * Pod
        spec/containers/command * * Pod
        spec/containers/env/value * * Pod
        spec/containers/volumeMounts/mountPath * * Pod
        spec/initContainers/args * * Pod
        spec/initContainers/command * * Pod
        spec/initContainers/env/value * * Pod
        spec/initContainers/volumeMounts/mountPath * * Pod
        spec/volumes/nfs/server * * Pod
        spec/template/spec/containers/args * * ReplicaSet
        spec/template/spec/containers/command * * ReplicaSet
        spec/template/spec/containers/env/value * * ReplicaSet
        spec/template/spec/containers/volumeMounts/mountPath * * ReplicaSet
        spec/template/spec/initContainers/args * * ReplicaSet
        spec/template/spec/initContainers/command * * ReplicaSet
        spec/template/spec/initContainers/env/value * * ReplicaSet
        spec/template/spec/initContainers/volumeMounts/mountPath * * ReplicaSet
        spec/template/spec/volumes/nfs/server * * ReplicaSet
        spec/ports/port * * Service
        spec/ports/targetPort * * Service
        spec/template/spec/containers/args * * StatefulSet
        spec/template/spec/containers/command * * StatefulSet
        spec/template/spec/containers/env/value * * StatefulSet
        spec/template/spec/containers/volumeMounts/mountPath * * StatefulSet
        spec/template/spec/initContainers/args * * StatefulSet
        spec/template/spec/initContainers/command * * StatefulSet
        spec/template/spec/initContainers/env/value * * StatefulSet
        spec/template/spec/initContainers/volumeMounts/mountPath * * StatefulSet
        spec/volumeClaimTemplates/spec/nfs/server * * StatefulSet
        spec/nfs/server * * PersistentVolume
        metadata/labels * * *
        metadata/annotations * * *
        """
}
