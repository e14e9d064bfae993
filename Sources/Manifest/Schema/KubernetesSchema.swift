// The types of a Kubernetes API server 1.36, written by generate-schema.py from its OpenAPI v3 documents.
// Do not edit; SchemaText.swift says how to read it.

let kubernetesSchemaText: StaticString = #"""
    APIService <apiregistration.k8s.io/v1/APIService> apiVersion:s kind:s metadata:ObjectMeta={} spec:APIServiceSpec={}
     status:APIServiceStatus={}
    APIServiceCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    APIServiceSpec caBundle:y group:s groupPriorityMinimum!:i=0 insecureSkipTLSVerify:b
     service:apiregistration.v1.ServiceReference version:s versionPriority!:i=0
    APIServiceStatus conditions:[APIServiceCondition]@type^type%merge
    AWSElasticBlockStoreVolumeSource fsType:s partition:i readOnly:b volumeID!:s=""
    Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
    AggregationRule clusterRoleSelectors:[LabelSelector]
    AllocatedDeviceStatus conditions:[Condition]@type data:{*}= device!:s="" driver!:s="" networkData:NetworkDeviceData
     pool!:s="" shareID:s
    AllocationResult allocationTimestamp:t devices:DeviceAllocationResult={} nodeSelector:NodeSelector
    AppArmorProfile localhostProfile:s type!:s(Localhost|RuntimeDefault|Unconfined)=""
    ApplyConfiguration expression:s
    AttachedVolume devicePath!:s="" name!:s=""
    AuditAnnotation key!:s="" valueExpression!:s=""
    AzureDiskVolumeSource cachingMode:s(None|ReadOnly|ReadWrite)="ReadWrite" diskName!:s="" diskURI!:s="" fsType:s="ext4"
     kind:s(Dedicated|Managed|Shared)="Shared" readOnly:b=false
    AzureFilePersistentVolumeSource readOnly:b secretName!:s="" secretNamespace:s shareName!:s=""
    AzureFileVolumeSource readOnly:b secretName!:s="" shareName!:s=""
    Binding </v1/Binding> apiVersion:s kind:s metadata:ObjectMeta={} target!:ObjectReference={}
    BoundObjectReference apiVersion:s kind:s name:s uid:s
    CELDeviceSelector expression!:s=""
    CSIDriver <storage.k8s.io/v1/CSIDriver> apiVersion:s kind:s metadata:ObjectMeta={} spec!:CSIDriverSpec={}
    CSIDriverSpec attachRequired:b fsGroupPolicy:s nodeAllocatableUpdatePeriodSeconds:l podInfoOnMount:b
     preventPodSchedulingIfMissing:b requiresRepublish:b seLinuxMount:b serviceAccountTokenInSecrets:b storageCapacity:b
     tokenRequests:[storage.v1.TokenRequest] volumeLifecycleModes:[s]~
    CSINode <storage.k8s.io/v1/CSINode> apiVersion:s kind:s metadata:ObjectMeta={} spec!:CSINodeSpec={}
    CSINodeDriver allocatable:VolumeNodeResources name!:s="" nodeID!:s="" topologyKeys:[s]
    CSINodeSpec drivers!:[CSINodeDriver]@name^name%merge
    CSIPersistentVolumeSource controllerExpandSecretRef:SecretReference controllerPublishSecretRef:SecretReference
     driver!:s="" fsType:s nodeExpandSecretRef:SecretReference nodePublishSecretRef:SecretReference
     nodeStageSecretRef:SecretReference readOnly:b volumeAttributes:{s} volumeHandle!:s=""
    CSIStorageCapacity <storage.k8s.io/v1/CSIStorageCapacity> apiVersion:s capacity:q kind:s maximumVolumeSize:q
     metadata:ObjectMeta={} nodeTopology:LabelSelector storageClassName!:s=""
    CSIVolumeSource driver!:s="" fsType:s nodePublishSecretRef:LocalObjectReference readOnly:b volumeAttributes:{s}
    Capabilities add:[s] drop:[s]
    CapacityRequestPolicy default:q validRange:CapacityRequestPolicyRange validValues:[q]
    CapacityRequestPolicyRange max:q min!:q step:q
    CapacityRequirements requests:{q}
    CephFSPersistentVolumeSource monitors!:[s] path:s readOnly:b secretFile:s secretRef:SecretReference user:s
    CephFSVolumeSource monitors!:[s] path:s readOnly:b secretFile:s secretRef:LocalObjectReference user:s
    CertificateSigningRequest <certificates.k8s.io/v1/CertificateSigningRequest> apiVersion:s kind:s
     metadata:ObjectMeta={} spec!:CertificateSigningRequestSpec={} status:CertificateSigningRequestStatus={}
    CertificateSigningRequestCondition lastTransitionTime:t lastUpdateTime:t message:s reason:s status!:s="" type!:s=""
    CertificateSigningRequestSpec expirationSeconds:i extra:{[s]} groups:[s] request!:y signerName!:s="" uid:s
     usages:[s(any|cert`sign|client`auth|code`signing|content`commitment|crl`sign|data`encipherment|decipher`only|digital`signature|email`protection|encipher`only|ipsec`end`system|ipsec`tunnel|ipsec`user|key`agreement|key`encipherment|microsoft`sgc|netscape`sgc|ocsp`signing|s/mime|server`auth|signing|timestamping)]
     username:s
    CertificateSigningRequestStatus certificate:y conditions:[CertificateSigningRequestCondition]@type
    CinderPersistentVolumeSource fsType:s readOnly:b secretRef:SecretReference volumeID!:s=""
    CinderVolumeSource fsType:s readOnly:b secretRef:LocalObjectReference volumeID!:s=""
    ClientIPConfig timeoutSeconds:i
    ClusterRole <rbac.authorization.k8s.io/v1/ClusterRole> aggregationRule:AggregationRule apiVersion:s kind:s
     metadata:ObjectMeta={} rules:[PolicyRule]
    ClusterRoleBinding <rbac.authorization.k8s.io/v1/ClusterRoleBinding> apiVersion:s kind:s metadata:ObjectMeta={}
     roleRef!:RoleRef={} subjects:[rbac.v1.Subject]
    ClusterTrustBundleProjection labelSelector:LabelSelector name:s optional:b path!:s="" signerName:s
    ComponentCondition error:s message:s status!:s="" type!:s=""
    ComponentStatus </v1/ComponentStatus> apiVersion:s conditions:[ComponentCondition]@type^type%merge kind:s
     metadata:ObjectMeta={}
    Condition lastTransitionTime!:t message!:s="" observedGeneration:l reason!:s="" status!:s="" type!:s=""
    ConfigMap </v1/ConfigMap> apiVersion:s binaryData:{y} data:{s} immutable:b kind:s metadata:ObjectMeta={}
    ConfigMapEnvSource name:s="" optional:b
    ConfigMapKeySelector = key!:s="" name:s="" optional:b
    ConfigMapNodeConfigSource kubeletConfigKey!:s="" name!:s="" namespace!:s="" resourceVersion:s uid:s
    ConfigMapProjection items:[KeyToPath] name:s="" optional:b
    ConfigMapVolumeSource defaultMode:i items:[KeyToPath] name:s="" optional:b
    Container args:[s] command:[s] env:[EnvVar]@name^name%merge envFrom:[EnvFromSource] image:s
     imagePullPolicy:s(Always|IfNotPresent|Never) lifecycle:Lifecycle livenessProbe:Probe name!:s=""
     ports:[ContainerPort]@containerPort,protocol^containerPort%merge readinessProbe:Probe
     resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements={} restartPolicy:s
     restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin:b stdinOnce:b
     terminationMessagePath:s terminationMessagePolicy:s(FallbackToLogsOnError|File) tty:b
     volumeDevices:[VolumeDevice]@devicePath^devicePath%merge volumeMounts:[VolumeMount]@mountPath^mountPath%merge
     workingDir:s
    ContainerExtendedResourceRequest containerName!:s="" requestName!:s="" resourceName!:s=""
    ContainerImage names:[s] sizeBytes:l
    ContainerPort containerPort!:i=0 hostIP:s hostPort:i name:s protocol:s(SCTP|TCP|UDP)="TCP"
    ContainerResizePolicy resourceName!:s="" restartPolicy!:s=""
    ContainerResourceMetricSource container!:s="" name!:s="" target!:MetricTarget={}
    ContainerResourceMetricStatus container!:s="" current!:MetricValueStatus={} name!:s=""
    ContainerRestartRule action!:s exitCodes:ContainerRestartRuleOnExitCodes
    ContainerRestartRuleOnExitCodes operator!:s values:[i]~
    ContainerState running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting
    ContainerStateRunning startedAt:t
    ContainerStateTerminated containerID:s exitCode!:i=0 finishedAt:t message:s reason:s signal:i startedAt:t
    ContainerStateWaiting message:s reason:s
    ContainerStatus allocatedResources:{q} allocatedResourcesStatus:[ResourceStatus]@name^name%merge containerID:s
     image!:s="" imageID!:s="" lastState:ContainerState={} name!:s="" ready!:b=false resources:ResourceRequirements
     restartCount!:i=0 started:b state:ContainerState={}
     stopSignal:s(SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ)
     user:ContainerUser volumeMounts:[VolumeMountStatus]@mountPath^mountPath%merge
    ContainerUser linux:LinuxContainerUser
    ControllerRevision <apps/v1/ControllerRevision> apiVersion:s data:{*}= kind:s metadata:ObjectMeta={} revision!:l=0
    Counter value!:q
    CounterSet counters!:{Counter} name!:s=""
    CronJob <batch/v1/CronJob> apiVersion:s kind:s metadata:ObjectMeta={} spec!:CronJobSpec={} status:CronJobStatus={}
    CronJobSpec concurrencyPolicy:s(Allow|Forbid|Replace) failedJobsHistoryLimit:i jobTemplate!:JobTemplateSpec={}
     schedule!:s="" startingDeadlineSeconds:l successfulJobsHistoryLimit:i suspend:b timeZone:s
    CronJobStatus active:[ObjectReference] lastScheduleTime:t lastSuccessfulTime:t
    CustomResourceColumnDefinition description:s format:s jsonPath!:s="" name!:s="" priority:i type!:s=""
    CustomResourceConversion strategy!:s="" webhook:WebhookConversion
    CustomResourceDefinition <apiextensions.k8s.io/v1/CustomResourceDefinition> apiVersion:s kind:s metadata:ObjectMeta={}
     spec!:CustomResourceDefinitionSpec={} status:CustomResourceDefinitionStatus={}
    CustomResourceDefinitionCondition lastTransitionTime:t message:s observedGeneration:l reason:s status!:s="" type!:s=""
    CustomResourceDefinitionNames categories:[s] kind!:s="" listKind:s plural!:s="" shortNames:[s] singular:s
    CustomResourceDefinitionSpec conversion:CustomResourceConversion group!:s="" names!:CustomResourceDefinitionNames={}
     preserveUnknownFields:b scope!:s="" versions!:[CustomResourceDefinitionVersion]
    CustomResourceDefinitionStatus acceptedNames:CustomResourceDefinitionNames={}
     conditions:[CustomResourceDefinitionCondition]@type observedGeneration:l storedVersions:[s]
    CustomResourceDefinitionVersion additionalPrinterColumns:[CustomResourceColumnDefinition] deprecated:b
     deprecationWarning:s name!:s="" schema:CustomResourceValidation selectableFields:[SelectableField] served!:b=false
     storage!:b=false subresources:CustomResourceSubresources
    CustomResourceSubresourceScale labelSelectorPath:s specReplicasPath!:s="" statusReplicasPath!:s=""
    CustomResourceSubresources scale:CustomResourceSubresourceScale status:*
    CustomResourceValidation openAPIV3Schema:JSONSchemaProps
    DaemonEndpoint Port!:i=0
    DaemonSet <apps/v1/DaemonSet> apiVersion:s kind:s metadata:ObjectMeta={} spec:DaemonSetSpec={}
     status:DaemonSetStatus={}
    DaemonSetCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    DaemonSetSpec minReadySeconds:i revisionHistoryLimit:i selector!:LabelSelector template!:PodTemplateSpec={}
     updateStrategy:DaemonSetUpdateStrategy={}
    DaemonSetStatus collisionCount:i conditions:[DaemonSetCondition]@type^type%merge currentNumberScheduled!:i=0
     desiredNumberScheduled!:i=0 numberAvailable:i numberMisscheduled!:i=0 numberReady!:i=0 numberUnavailable:i
     observedGeneration:l updatedNumberScheduled:i
    DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type:s(OnDelete|RollingUpdate)
    DeleteOptions apiVersion:s dryRun:[s] gracePeriodSeconds:l ignoreStoreReadErrorWithClusterBreakingPotential:b kind:s
     orphanDependents:b preconditions:Preconditions propagationPolicy:s
    Deployment <apps/v1/Deployment> apiVersion:s kind:s metadata:ObjectMeta={} spec:DeploymentSpec={}
     status:DeploymentStatus={}
    DeploymentCondition lastTransitionTime:t lastUpdateTime:t message:s reason:s status!:s="" type!:s=""
    DeploymentSpec minReadySeconds:i paused:b progressDeadlineSeconds:i replicas:i revisionHistoryLimit:i
     selector!:LabelSelector strategy:DeploymentStrategy={} template!:PodTemplateSpec={}
    DeploymentStatus availableReplicas:i collisionCount:i conditions:[DeploymentCondition]@type^type%merge
     observedGeneration:l readyReplicas:i replicas:i terminatingReplicas:i unavailableReplicas:i updatedReplicas:i
    DeploymentStrategy rollingUpdate:RollingUpdateDeployment type:s(Recreate|RollingUpdate)
    Device allNodes:b allowMultipleAllocations:b attributes:{DeviceAttribute} bindingConditions:[s]
     bindingFailureConditions:[s] bindsToNode:b capacity:{DeviceCapacity} consumesCounters:[DeviceCounterConsumption]
     name!:s="" nodeAllocatableResourceMappings:{NodeAllocatableResourceMapping} nodeName:s nodeSelector:NodeSelector
     taints:[DeviceTaint]
    DeviceAllocationConfiguration opaque:OpaqueDeviceConfiguration requests:[s] source!:s(FromClaim|FromClass)=""
    DeviceAllocationResult config:[DeviceAllocationConfiguration] results:[DeviceRequestAllocationResult]
    DeviceAttribute bool:b bools:[b] int:l ints:[l] string:s strings:[s] version:s versions:[s]
    DeviceCapacity requestPolicy:CapacityRequestPolicy value!:q
    DeviceClaim config:[DeviceClaimConfiguration] constraints:[DeviceConstraint] requests:[DeviceRequest]
    DeviceClaimConfiguration opaque:OpaqueDeviceConfiguration requests:[s]
    DeviceClass <resource.k8s.io/v1/DeviceClass> apiVersion:s kind:s metadata:ObjectMeta={} spec!:DeviceClassSpec={}
    DeviceClassConfiguration opaque:OpaqueDeviceConfiguration
    DeviceClassSpec config:[DeviceClassConfiguration] extendedResourceName:s selectors:[DeviceSelector]
    DeviceConstraint distinctAttribute:s matchAttribute:s requests:[s]
    DeviceCounterConsumption counterSet!:s="" counters!:{Counter}
    DeviceRequest exactly:ExactDeviceRequest firstAvailable:[DeviceSubRequest] name!:s=""
    DeviceRequestAllocationResult adminAccess:b bindingConditions:[s] bindingFailureConditions:[s] consumedCapacity:{q}
     device!:s="" driver!:s="" pool!:s="" request!:s="" shareID:s tolerations:[DeviceToleration]
    DeviceSelector cel:CELDeviceSelector
    DeviceSubRequest allocationMode:s(All|ExactCount) capacity:CapacityRequirements count:l deviceClassName!:s=""
     name!:s="" selectors:[DeviceSelector] tolerations:[DeviceToleration]
    DeviceTaint effect!:s(NoExecute|NoSchedule|None)="" key!:s="" timeAdded:t value:s
    DeviceToleration effect:s(NoExecute|NoSchedule|None) key:s operator:s(Equal|Exists)="Equal" tolerationSeconds:l
     value:s
    DownwardAPIProjection items:[DownwardAPIVolumeFile]
    DownwardAPIVolumeFile fieldRef:ObjectFieldSelector mode:i path!:s="" resourceFieldRef:ResourceFieldSelector
    DownwardAPIVolumeSource defaultMode:i items:[DownwardAPIVolumeFile]
    EmptyDirVolumeSource medium:s sizeLimit:q
    Endpoint addresses!:[s]~ conditions:EndpointConditions={} deprecatedTopology:{s} hints:EndpointHints hostname:s
     nodeName:s targetRef:ObjectReference zone:s
    EndpointAddress = hostname:s ip!:s="" nodeName:s targetRef:ObjectReference
    EndpointConditions ready:b serving:b terminating:b
    EndpointHints forNodes:[ForNode] forZones:[ForZone]
    EndpointSlice <discovery.k8s.io/v1/EndpointSlice> addressType!:s(FQDN|IPv4|IPv6)="" apiVersion:s endpoints:[Endpoint]
     kind:s metadata:ObjectMeta={} ports:[discovery.v1.EndpointPort]
    EndpointSubset addresses:[EndpointAddress] notReadyAddresses:[EndpointAddress] ports:[core.v1.EndpointPort]
    Endpoints </v1/Endpoints> apiVersion:s kind:s metadata:ObjectMeta={} subsets:[EndpointSubset]
    EnvFromSource configMapRef:ConfigMapEnvSource prefix:s secretRef:SecretEnvSource
    EnvVar name!:s="" value:s valueFrom:EnvVarSource
    EnvVarSource configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector
     resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
    EphemeralContainer args:[s] command:[s] env:[EnvVar]@name^name%merge envFrom:[EnvFromSource] image:s
     imagePullPolicy:s(Always|IfNotPresent|Never) lifecycle:Lifecycle livenessProbe:Probe name!:s=""
     ports:[ContainerPort]@containerPort,protocol^containerPort%merge readinessProbe:Probe
     resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements={} restartPolicy:s
     restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe stdin:b stdinOnce:b
     targetContainerName:s terminationMessagePath:s terminationMessagePolicy:s(FallbackToLogsOnError|File) tty:b
     volumeDevices:[VolumeDevice]@devicePath^devicePath%merge volumeMounts:[VolumeMount]@mountPath^mountPath%merge
     workingDir:s
    EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
    EventSource component:s host:s
    Eviction <policy/v1/Eviction> apiVersion:s deleteOptions:DeleteOptions kind:s metadata:ObjectMeta={}
    ExactDeviceRequest adminAccess:b allocationMode:s(All|ExactCount) capacity:CapacityRequirements count:l
     deviceClassName!:s="" selectors:[DeviceSelector] tolerations:[DeviceToleration]
    ExecAction command:[s]
    ExemptPriorityLevelConfiguration lendablePercent:i nominalConcurrencyShares:i
    ExpressionWarning fieldRef!:s="" warning!:s=""
    ExternalDocumentation description:s url:s
    ExternalMetricSource metric!:MetricIdentifier={} target!:MetricTarget={}
    ExternalMetricStatus current!:MetricValueStatus={} metric!:MetricIdentifier={}
    FCVolumeSource fsType:s lun:i readOnly:b targetWWNs:[s] wwids:[s]
    FileKeySelector = key!:s="" optional:b=false path!:s="" volumeName!:s=""
    FlexPersistentVolumeSource driver!:s="" fsType:s options:{s} readOnly:b secretRef:SecretReference
    FlexVolumeSource driver!:s="" fsType:s options:{s} readOnly:b secretRef:LocalObjectReference
    FlockerVolumeSource datasetName:s datasetUUID:s
    FlowDistinguisherMethod type!:s=""
    FlowSchema <flowcontrol.apiserver.k8s.io/v1/FlowSchema> apiVersion:s kind:s metadata:ObjectMeta={}
     spec:FlowSchemaSpec={} status:FlowSchemaStatus={}
    FlowSchemaCondition lastTransitionTime:t message:s reason:s status:s type:s
    FlowSchemaSpec distinguisherMethod:FlowDistinguisherMethod matchingPrecedence:i=0
     priorityLevelConfiguration!:PriorityLevelConfigurationReference={} rules:[PolicyRulesWithSubjects]
    FlowSchemaStatus conditions:[FlowSchemaCondition]@type^type%merge
    ForNode name!:s=""
    ForZone name!:s=""
    GCEPersistentDiskVolumeSource fsType:s partition:i pdName!:s="" readOnly:b
    GRPCAction port!:i=0 service:s=""
    GitRepoVolumeSource directory:s repository!:s="" revision:s
    GlusterfsPersistentVolumeSource endpoints!:s="" endpointsNamespace:s path!:s="" readOnly:b
    GlusterfsVolumeSource endpoints!:s="" path!:s="" readOnly:b
    GroupSubject name!:s=""
    HPAScalingPolicy periodSeconds!:i=0 type!:s="" value!:i=0
    HPAScalingRules policies:[HPAScalingPolicy] selectPolicy:s stabilizationWindowSeconds:i tolerance:q
    HTTPGetAction host:s httpHeaders:[HTTPHeader] path:s port!:x scheme:s(HTTP|HTTPS)
    HTTPHeader name!:s="" value!:s=""
    HTTPIngressPath backend!:IngressBackend={} path:s pathType!:s(Exact|ImplementationSpecific|Prefix)
    HTTPIngressRuleValue paths!:[HTTPIngressPath]
    HorizontalPodAutoscalerBehavior scaleDown:HPAScalingRules scaleUp:HPAScalingRules
    HorizontalPodAutoscalerCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    HostAlias hostnames:[s] ip!:s=""
    HostIP ip!:s=""
    HostPathVolumeSource path!:s="" type:s(|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket)
    IPAddress <networking.k8s.io/v1/IPAddress> apiVersion:s kind:s metadata:ObjectMeta={} spec!:IPAddressSpec={}
    IPAddressSpec parentRef!:ParentReference
    IPBlock cidr!:s="" except:[s]
    ISCSIPersistentVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn!:s=""
     iscsiInterface:s="default" lun!:i=0 portals:[s] readOnly:b secretRef:SecretReference targetPortal!:s=""
    ISCSIVolumeSource chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn!:s="" iscsiInterface:s="default"
     lun!:i=0 portals:[s] readOnly:b secretRef:LocalObjectReference targetPortal!:s=""
    ImageVolumeSource pullPolicy:s(Always|IfNotPresent|Never) reference:s
    ImageVolumeStatus imageRef!:s
    Ingress <networking.k8s.io/v1/Ingress> apiVersion:s kind:s metadata:ObjectMeta={} spec:IngressSpec={}
     status:IngressStatus={}
    IngressBackend resource:TypedLocalObjectReference service:IngressServiceBackend
    IngressClass <networking.k8s.io/v1/IngressClass> apiVersion:s kind:s metadata:ObjectMeta={} spec:IngressClassSpec={}
    IngressClassParametersReference apiGroup:s kind!:s="" name!:s="" namespace:s scope:s
    IngressClassSpec controller:s parameters:IngressClassParametersReference
    IngressLoadBalancerIngress hostname:s ip:s ports:[IngressPortStatus]
    IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress]
    IngressPortStatus error:s port!:i=0 protocol!:s(SCTP|TCP|UDP)=""
    IngressRule host:s http:HTTPIngressRuleValue
    IngressServiceBackend name!:s="" port:ServiceBackendPort={}
    IngressSpec defaultBackend:IngressBackend ingressClassName:s rules:[IngressRule] tls:[IngressTLS]
    IngressStatus loadBalancer:IngressLoadBalancerStatus={}
    IngressTLS hosts:[s] secretName:s
    JSONPatch expression:s
    JSONSchemaProps $ref:s $schema:s additionalItems:* additionalProperties:* allOf:[JSONSchemaProps]
     anyOf:[JSONSchemaProps] default:* definitions:{JSONSchemaProps} dependencies:{*} description:s enum:[*] example:*
     exclusiveMaximum:b exclusiveMinimum:b externalDocs:ExternalDocumentation format:s id:s items:* maxItems:l maxLength:l
     maxProperties:l maximum:d minItems:l minLength:l minProperties:l minimum:d multipleOf:d not:JSONSchemaProps
     nullable:b oneOf:[JSONSchemaProps] pattern:s patternProperties:{JSONSchemaProps} properties:{JSONSchemaProps}
     required:[s] title:s type:s uniqueItems:b x-kubernetes-embedded-resource:b x-kubernetes-int-or-string:b
     x-kubernetes-list-map-keys:[s] x-kubernetes-list-type:s x-kubernetes-map-type:s
     x-kubernetes-preserve-unknown-fields:b x-kubernetes-validations:[ValidationRule]@rule^rule%merge
    Job <batch/v1/Job> apiVersion:s kind:s metadata:ObjectMeta={} spec:JobSpec={} status:JobStatus={}
    JobCondition lastProbeTime:t lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    JobSpec activeDeadlineSeconds:l backoffLimit:i backoffLimitPerIndex:i completionMode:s(Indexed|NonIndexed)
     completions:i managedBy:s manualSelector:b maxFailedIndexes:i parallelism:i podFailurePolicy:PodFailurePolicy
     podReplacementPolicy:s(Failed|TerminatingOrFailed) selector:LabelSelector successPolicy:SuccessPolicy suspend:b
     template!:PodTemplateSpec={} ttlSecondsAfterFinished:i
    JobStatus active:i completedIndexes:s completionTime:t conditions:[JobCondition]^type%merge failed:i failedIndexes:s
     ready:i startTime:t succeeded:i terminating:i uncountedTerminatedPods:UncountedTerminatedPods
    JobTemplateSpec metadata:ObjectMeta={} spec:JobSpec={}
    KeyToPath key!:s="" mode:i path!:s=""
    LabelSelector = matchExpressions:[LabelSelectorRequirement] matchLabels:{s}
    LabelSelectorRequirement key!:s="" operator!:s="" values:[s]
    Lease <coordination.k8s.io/v1/Lease> apiVersion:s kind:s metadata:ObjectMeta={} spec:LeaseSpec={}
    LeaseSpec acquireTime:t holderIdentity:s leaseDurationSeconds:i leaseTransitions:i preferredHolder:s renewTime:t
     strategy:s
    Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler
     stopSignal:s(SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ)
    LifecycleHandler exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
    LimitRange </v1/LimitRange> apiVersion:s kind:s metadata:ObjectMeta={} spec:LimitRangeSpec={}
    LimitRangeItem default:{q} defaultRequest:{q} max:{q} maxLimitRequestRatio:{q} min:{q} type!:s=""
    LimitRangeSpec limits!:[LimitRangeItem]
    LimitResponse queuing:QueuingConfiguration type!:s=""
    LimitedPriorityLevelConfiguration borrowingLimitPercent:i lendablePercent:i limitResponse:LimitResponse={}
     nominalConcurrencyShares:i
    LinuxContainerUser gid!:l=0 supplementalGroups:[l] uid!:l=0
    LoadBalancerIngress hostname:s ip:s ipMode:s ports:[PortStatus]
    LoadBalancerStatus ingress:[LoadBalancerIngress]
    LocalObjectReference = name:s=""
    LocalVolumeSource fsType:s path!:s=""
    ManagedFieldsEntry apiVersion:s fieldsType:s fieldsV1:* manager:s operation:s subresource:s time:t
    MatchCondition expression!:s="" name!:s=""
    MatchResources = excludeResourceRules:[NamedRuleWithOperations] matchPolicy:s(Equivalent|Exact)
     namespaceSelector:LabelSelector objectSelector:LabelSelector resourceRules:[NamedRuleWithOperations]
    MetricIdentifier name!:s="" selector:LabelSelector
    MetricSpec containerResource:ContainerResourceMetricSource external:ExternalMetricSource object:ObjectMetricSource
     pods:PodsMetricSource resource:ResourceMetricSource type!:s=""
    MetricStatus containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus object:ObjectMetricStatus
     pods:PodsMetricStatus resource:ResourceMetricStatus type!:s=""
    MetricTarget averageUtilization:i averageValue:q type!:s="" value:q
    MetricValueStatus averageUtilization:i averageValue:q value:q
    ModifyVolumeStatus status!:s(InProgress|Infeasible|Pending)="" targetVolumeAttributesClassName:s
    MutatingAdmissionPolicy <admissionregistration.k8s.io/v1/MutatingAdmissionPolicy> apiVersion:s kind:s
     metadata:ObjectMeta={} spec:MutatingAdmissionPolicySpec={}
    MutatingAdmissionPolicyBinding <admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding> apiVersion:s kind:s
     metadata:ObjectMeta={} spec:MutatingAdmissionPolicyBindingSpec={}
    MutatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName:s
    MutatingAdmissionPolicySpec failurePolicy:s(Fail|Ignore) matchConditions:[MatchCondition]@name^name%merge
     matchConstraints:MatchResources mutations:[Mutation] paramKind:ParamKind reinvocationPolicy:s(IfNeeded|Never)
     variables:[Variable]
    MutatingWebhook admissionReviewVersions!:[s] clientConfig!:admissionregistration.v1.WebhookClientConfig={}
     failurePolicy:s(Fail|Ignore) matchConditions:[MatchCondition]@name^name%merge matchPolicy:s(Equivalent|Exact)
     name!:s="" namespaceSelector:LabelSelector objectSelector:LabelSelector reinvocationPolicy:s(IfNeeded|Never)
     rules:[RuleWithOperations] sideEffects!:s(None|NoneOnDryRun|Some|Unknown) timeoutSeconds:i
    MutatingWebhookConfiguration <admissionregistration.k8s.io/v1/MutatingWebhookConfiguration> apiVersion:s kind:s
     metadata:ObjectMeta={} webhooks:[MutatingWebhook]@name^name%merge
    Mutation applyConfiguration:ApplyConfiguration jsonPatch:JSONPatch patchType!:s(ApplyConfiguration|JSONPatch)=""
    NFSVolumeSource path!:s="" readOnly:b server!:s=""
    NamedRuleWithOperations = apiGroups:[s] apiVersions:[s] operations:[s(*|CONNECT|CREATE|DELETE|UPDATE)]
     resourceNames:[s] resources:[s] scope:s(*|Cluster|Namespaced)
    Namespace </v1/Namespace> apiVersion:s kind:s metadata:ObjectMeta={} spec:NamespaceSpec={} status:NamespaceStatus={}
    NamespaceCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    NamespaceSpec finalizers:[s]
    NamespaceStatus conditions:[NamespaceCondition]@type^type%merge phase:s(Active|Terminating)
    NetworkDeviceData hardwareAddress:s interfaceName:s ips:[s]
    NetworkPolicy <networking.k8s.io/v1/NetworkPolicy> apiVersion:s kind:s metadata:ObjectMeta={}
     spec:NetworkPolicySpec={}
    NetworkPolicyEgressRule ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]
    NetworkPolicyIngressRule from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]
    NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
    NetworkPolicyPort endPort:i port:x protocol:s(SCTP|TCP|UDP)
    NetworkPolicySpec egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector:LabelSelector={}
     policyTypes:[s(Egress|Ingress)]
    Node </v1/Node> apiVersion:s kind:s metadata:ObjectMeta={} spec:NodeSpec={} status:NodeStatus={}
    NodeAddress address!:s="" type!:s=""
    NodeAffinity preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
     requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
    NodeAllocatableResourceClaimStatus containers:[s]~ resourceClaimName!:s="" resources!:{q}
    NodeAllocatableResourceMapping allocationMultiplier:q capacityKey:s
    NodeCondition lastHeartbeatTime:t lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    NodeConfigSource configMap:ConfigMapNodeConfigSource
    NodeConfigStatus active:NodeConfigSource assigned:NodeConfigSource error:s lastKnownGood:NodeConfigSource
    NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint={}
    NodeFeatures supplementalGroupsPolicy:b
    NodeRuntimeHandler features:NodeRuntimeHandlerFeatures name:s=""
    NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:b userNamespaces:b
    NodeSelector = nodeSelectorTerms!:[NodeSelectorTerm]
    NodeSelectorRequirement key!:s="" operator!:s(DoesNotExist|Exists|Gt|In|Lt|NotIn)="" values:[s]
    NodeSelectorTerm = matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
    NodeSpec configSource:NodeConfigSource externalID:s podCIDR:s podCIDRs:[s]~%merge providerID:s taints:[Taint]
     unschedulable:b
    NodeStatus addresses:[NodeAddress]@type^type%merge allocatable:{q} capacity:{q}
     conditions:[NodeCondition]@type^type%merge config:NodeConfigStatus daemonEndpoints:NodeDaemonEndpoints={}
     declaredFeatures:[s] features:NodeFeatures images:[ContainerImage] nodeInfo:NodeSystemInfo={}
     phase:s(Pending|Running|Terminated) runtimeHandlers:[NodeRuntimeHandler] volumesAttached:[AttachedVolume]
     volumesInUse:[s]
    NodeSwapStatus capacity:l
    NodeSystemInfo architecture!:s="" bootID!:s="" containerRuntimeVersion!:s="" kernelVersion!:s=""
     kubeProxyVersion!:s="" kubeletVersion!:s="" machineID!:s="" operatingSystem!:s="" osImage!:s="" swap:NodeSwapStatus
     systemUUID!:s=""
    NonResourcePolicyRule nonResourceURLs!:[s]~ verbs!:[s]~
    ObjectFieldSelector = apiVersion:s fieldPath!:s=""
    ObjectMeta annotations:{s} creationTimestamp:t deletionGracePeriodSeconds:l deletionTimestamp:t finalizers:[s]~%merge
     generateName:s generation:l labels:{s} managedFields:[ManagedFieldsEntry] name:s namespace:s
     ownerReferences:[OwnerReference]@uid^uid%merge resourceVersion:s selfLink:s uid:s
    ObjectMetricSource describedObject!:autoscaling.v2.CrossVersionObjectReference={} metric!:MetricIdentifier={}
     target!:MetricTarget={}
    ObjectMetricStatus current!:MetricValueStatus={} describedObject!:autoscaling.v2.CrossVersionObjectReference={}
     metric!:MetricIdentifier={}
    ObjectReference = apiVersion:s fieldPath:s kind:s name:s namespace:s resourceVersion:s uid:s
    OpaqueDeviceConfiguration driver!:s="" parameters!:{*}=
    Overhead podFixed:{q}
    OwnerReference = apiVersion!:s="" blockOwnerDeletion:b controller:b kind!:s="" name!:s="" uid!:s=""
    ParamKind = apiVersion:s kind:s
    ParamRef = name:s namespace:s parameterNotFoundAction:s selector:LabelSelector
    ParentReference group:s name!:s namespace:s resource!:s
    PersistentVolume </v1/PersistentVolume> apiVersion:s kind:s metadata:ObjectMeta={} spec:PersistentVolumeSpec={}
     status:PersistentVolumeStatus={}
    PersistentVolumeClaim </v1/PersistentVolumeClaim> apiVersion:s kind:s metadata:ObjectMeta={}
     spec:PersistentVolumeClaimSpec={} status:PersistentVolumeClaimStatus={}
    PersistentVolumeClaimCondition lastProbeTime:t lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    PersistentVolumeClaimSpec accessModes:[s(ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod)]
     dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements={}
     selector:LabelSelector storageClassName:s volumeAttributesClassName:s volumeMode:s(Block|Filesystem) volumeName:s
    PersistentVolumeClaimStatus accessModes:[s(ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod)]
     allocatedResourceStatuses:{s(ControllerResizeInProgress|ControllerResizeInfeasible|NodeResizeInProgress|NodeResizeInfeasible|NodeResizePending)}
     allocatedResources:{q} capacity:{q} conditions:[PersistentVolumeClaimCondition]@type^type%merge
     currentVolumeAttributesClassName:s modifyVolumeStatus:ModifyVolumeStatus phase:s(Bound|Lost|Pending)
    PersistentVolumeClaimTemplate metadata:ObjectMeta={} spec!:PersistentVolumeClaimSpec={}
    PersistentVolumeClaimVolumeSource claimName!:s="" readOnly:b
    PersistentVolumeSpec accessModes:[s(ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod)]
     awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource
     azureFile:AzureFilePersistentVolumeSource capacity:{q} cephfs:CephFSPersistentVolumeSource
     cinder:CinderPersistentVolumeSource claimRef:+ObjectReference csi:CSIPersistentVolumeSource fc:FCVolumeSource
     flexVolume:FlexPersistentVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource
     glusterfs:GlusterfsPersistentVolumeSource hostPath:HostPathVolumeSource iscsi:ISCSIPersistentVolumeSource
     local:LocalVolumeSource mountOptions:[s] nfs:NFSVolumeSource nodeAffinity:VolumeNodeAffinity
     persistentVolumeReclaimPolicy:s(Delete|Recycle|Retain) photonPersistentDisk:PhotonPersistentDiskVolumeSource
     portworxVolume:PortworxVolumeSource quobyte:QuobyteVolumeSource rbd:RBDPersistentVolumeSource
     scaleIO:ScaleIOPersistentVolumeSource storageClassName:s storageos:StorageOSPersistentVolumeSource
     volumeAttributesClassName:s volumeMode:s(Block|Filesystem) vsphereVolume:VsphereVirtualDiskVolumeSource
    PersistentVolumeStatus lastPhaseTransitionTime:t message:s phase:s(Available|Bound|Failed|Pending|Released) reason:s
    PhotonPersistentDiskVolumeSource fsType:s pdID!:s=""
    Pod </v1/Pod> apiVersion:s kind:s metadata:ObjectMeta={} spec:PodSpec={} status:PodStatus={}
    PodAffinity preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
     requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
    PodAffinityTerm labelSelector:LabelSelector matchLabelKeys:[s] mismatchLabelKeys:[s] namespaceSelector:LabelSelector
     namespaces:[s] topologyKey!:s=""
    PodAntiAffinity preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
     requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
    PodCertificateProjection certificateChainPath:s credentialBundlePath:s keyPath:s keyType!:s maxExpirationSeconds:i
     signerName!:s userAnnotations:{s}
    PodCondition lastProbeTime:t lastTransitionTime:t message:s observedGeneration:l reason:s status!:s="" type!:s=""
    PodDNSConfig nameservers:[s] options:[PodDNSConfigOption] searches:[s]
    PodDNSConfigOption name:s value:s
    PodDisruptionBudget <policy/v1/PodDisruptionBudget> apiVersion:s kind:s metadata:ObjectMeta={}
     spec:PodDisruptionBudgetSpec={} status:PodDisruptionBudgetStatus={}
    PodDisruptionBudgetSpec maxUnavailable:x minAvailable:x selector:LabelSelector
     unhealthyPodEvictionPolicy:s(AlwaysAllow|IfHealthyBudget)
    PodDisruptionBudgetStatus conditions:[Condition]@type^type%merge currentHealthy:i=0 desiredHealthy:i=0
     disruptedPods:{t} disruptionsAllowed:i=0 expectedPods:i=0 observedGeneration:l
    PodExtendedResourceClaimStatus requestMappings!:[ContainerExtendedResourceRequest] resourceClaimName!:s=""
    PodFailurePolicy rules!:[PodFailurePolicyRule]
    PodFailurePolicyOnExitCodesRequirement containerName:s operator!:s(In|NotIn)="" values!:[i]~
    PodFailurePolicyOnPodConditionsPattern status:s="" type!:s=""
    PodFailurePolicyRule action!:s(Count|FailIndex|FailJob|Ignore)="" onExitCodes:PodFailurePolicyOnExitCodesRequirement
     onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
    PodIP ip!:s=""
    PodOS name!:s=""
    PodReadinessGate conditionType!:s=""
    PodResourceClaim name!:s="" resourceClaimName:s resourceClaimTemplateName:s
    PodResourceClaimStatus name!:s="" resourceClaimName:s
    PodSchedulingGate name!:s=""
    PodSchedulingGroup podGroupName:s
    PodSecurityContext appArmorProfile:AppArmorProfile fsGroup:l fsGroupChangePolicy:s(Always|OnRootMismatch) runAsGroup:l
     runAsNonRoot:b runAsUser:l seLinuxChangePolicy:s seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile
     supplementalGroups:[l] supplementalGroupsPolicy:s(Merge|Strict) sysctls:[Sysctl]
     windowsOptions:WindowsSecurityContextOptions
    PodSpec activeDeadlineSeconds:l affinity:Affinity automountServiceAccountToken:b
     containers!:[Container]@name^name%merge dnsConfig:PodDNSConfig
     dnsPolicy:s(ClusterFirst|ClusterFirstWithHostNet|Default|None) enableServiceLinks:b
     ephemeralContainers:[EphemeralContainer]@name^name%merge hostAliases:[HostAlias]@ip^ip%merge hostIPC:b hostNetwork:b
     hostPID:b hostUsers:b hostname:s hostnameOverride:s imagePullSecrets:[LocalObjectReference]@name^name%merge
     initContainers:[Container]@name^name%merge nodeName:s nodeSelector:{s}= os:PodOS overhead:{q}
     preemptionPolicy:s(Never|PreemptLowerPriority) priority:i priorityClassName:s readinessGates:[PodReadinessGate]
     resourceClaims:[PodResourceClaim]@name^name%merge,retainKeys resources:ResourceRequirements
     restartPolicy:s(Always|Never|OnFailure) runtimeClassName:s schedulerName:s
     schedulingGates:[PodSchedulingGate]@name^name%merge schedulingGroup:PodSchedulingGroup
     securityContext:PodSecurityContext serviceAccount:s serviceAccountName:s setHostnameAsFQDN:b shareProcessNamespace:b
     subdomain:s terminationGracePeriodSeconds:l tolerations:[Toleration]
     topologySpreadConstraints:[TopologySpreadConstraint]@topologyKey,whenUnsatisfiable^topologyKey%merge
     volumes:[Volume]@name^name%merge,retainKeys
    PodStatus allocatedResources:{q} conditions:[PodCondition]@type^type%merge containerStatuses:[ContainerStatus]
     ephemeralContainerStatuses:[ContainerStatus] extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP:s
     hostIPs:[HostIP]^ip%merge initContainerStatuses:[ContainerStatus] message:s
     nodeAllocatableResourceClaimStatuses:[NodeAllocatableResourceClaimStatus] nominatedNodeName:s observedGeneration:l
     phase:s(Failed|Pending|Running|Succeeded|Unknown) podIP:s podIPs:[PodIP]@ip^ip%merge
     qosClass:s(BestEffort|Burstable|Guaranteed) reason:s resize:s
     resourceClaimStatuses:[PodResourceClaimStatus]@name^name%merge,retainKeys resources:ResourceRequirements startTime:t
    PodTemplate </v1/PodTemplate> apiVersion:s kind:s metadata:ObjectMeta={} template:PodTemplateSpec={}
    PodTemplateSpec metadata:ObjectMeta={} spec:PodSpec={}
    PodsMetricSource metric!:MetricIdentifier={} target!:MetricTarget={}
    PodsMetricStatus current!:MetricValueStatus={} metric!:MetricIdentifier={}
    PolicyRule apiGroups:[s] nonResourceURLs:[s] resourceNames:[s] resources:[s] verbs!:[s]
    PolicyRulesWithSubjects nonResourceRules:[NonResourcePolicyRule] resourceRules:[ResourcePolicyRule]
     subjects!:[flowcontrol.v1.Subject]
    PortStatus error:s port!:i=0 protocol!:s(SCTP|TCP|UDP)=""
    PortworxVolumeSource fsType:s readOnly:b volumeID!:s=""
    Preconditions resourceVersion:s uid:s
    PreferredSchedulingTerm preference!:NodeSelectorTerm={} weight!:i=0
    PriorityClass <scheduling.k8s.io/v1/PriorityClass> apiVersion:s description:s globalDefault:b kind:s
     metadata:ObjectMeta={} preemptionPolicy:s(Never|PreemptLowerPriority) value:i=0
    PriorityLevelConfiguration <flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration> apiVersion:s kind:s
     metadata:ObjectMeta={} spec:PriorityLevelConfigurationSpec={} status:PriorityLevelConfigurationStatus={}
    PriorityLevelConfigurationCondition lastTransitionTime:t message:s reason:s status:s type:s
    PriorityLevelConfigurationReference name!:s=""
    PriorityLevelConfigurationSpec exempt:ExemptPriorityLevelConfiguration limited:LimitedPriorityLevelConfiguration
     type!:s=""
    PriorityLevelConfigurationStatus conditions:[PriorityLevelConfigurationCondition]@type^type%merge
    Probe exec:ExecAction failureThreshold:i grpc:GRPCAction httpGet:HTTPGetAction initialDelaySeconds:i periodSeconds:i
     successThreshold:i tcpSocket:TCPSocketAction terminationGracePeriodSeconds:l timeoutSeconds:i
    ProjectedVolumeSource defaultMode:i sources:[VolumeProjection]
    QueuingConfiguration handSize:i=0 queueLengthLimit:i=0 queues:i=0
    QuobyteVolumeSource group:s readOnly:b registry!:s="" tenant:s user:s volume!:s=""
    RBDPersistentVolumeSource fsType:s image!:s="" keyring:s="/etc/ceph/keyring" monitors!:[s] pool:s="rbd" readOnly:b
     secretRef:SecretReference user:s="admin"
    RBDVolumeSource fsType:s image!:s="" keyring:s="/etc/ceph/keyring" monitors!:[s] pool:s="rbd" readOnly:b
     secretRef:LocalObjectReference user:s="admin"
    ReplicaSet <apps/v1/ReplicaSet> apiVersion:s kind:s metadata:ObjectMeta={} spec:ReplicaSetSpec={}
     status:ReplicaSetStatus={}
    ReplicaSetCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    ReplicaSetSpec minReadySeconds:i replicas:i selector!:LabelSelector template:PodTemplateSpec={}
    ReplicaSetStatus availableReplicas:i conditions:[ReplicaSetCondition]@type^type%merge fullyLabeledReplicas:i
     observedGeneration:l readyReplicas:i replicas!:i=0 terminatingReplicas:i
    ReplicationController </v1/ReplicationController> apiVersion:s kind:s metadata:ObjectMeta={}
     spec:ReplicationControllerSpec={} status:ReplicationControllerStatus={}
    ReplicationControllerCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    ReplicationControllerSpec minReadySeconds:i=0 replicas:i=1 selector:{s}= template:PodTemplateSpec
    ReplicationControllerStatus availableReplicas:i conditions:[ReplicationControllerCondition]@type^type%merge
     fullyLabeledReplicas:i observedGeneration:l readyReplicas:i replicas!:i=0
    ResourceClaimConsumerReference apiGroup:s name!:s="" resource!:s="" uid!:s=""
    ResourceClaimSpec devices:DeviceClaim={}
    ResourceClaimStatus allocation:AllocationResult devices:[AllocatedDeviceStatus]@driver,device,pool,shareID
     reservedFor:[ResourceClaimConsumerReference]@uid^uid%merge
    ResourceClaimTemplate <resource.k8s.io/v1/ResourceClaimTemplate> apiVersion:s kind:s metadata:ObjectMeta={}
     spec!:ResourceClaimTemplateSpec={}
    ResourceClaimTemplateSpec metadata:ObjectMeta={} spec!:ResourceClaimSpec={}
    ResourceFieldSelector = containerName:s divisor:q resource!:s=""
    ResourceHealth health:s message:s resourceID!:s=""
    ResourceMetricSource name!:s="" target!:MetricTarget={}
    ResourceMetricStatus current!:MetricValueStatus={} name!:s=""
    ResourcePolicyRule apiGroups!:[s]~ clusterScope:b namespaces:[s]~ resources!:[s]~ verbs!:[s]~
    ResourcePool generation!:l=0 name!:s="" resourceSliceCount!:l=0
    ResourceQuota </v1/ResourceQuota> apiVersion:s kind:s metadata:ObjectMeta={} spec:ResourceQuotaSpec={}
     status:ResourceQuotaStatus={}
    ResourceQuotaSpec hard:{q} scopeSelector:ScopeSelector
     scopes:[s(BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass)]
    ResourceQuotaStatus hard:{q} used:{q}
    ResourceRequirements claims:[core.v1.ResourceClaim]@name limits:{q} requests:{q}
    ResourceSlice <resource.k8s.io/v1/ResourceSlice> apiVersion:s kind:s metadata:ObjectMeta={} spec!:ResourceSliceSpec={}
    ResourceSliceSpec allNodes:b devices:[Device] driver!:s="" nodeName:s nodeSelector:NodeSelector
     perDeviceNodeSelection:b pool!:ResourcePool={} sharedCounters:[CounterSet]
    ResourceStatus name!:s="" resources:[ResourceHealth]@resourceID
    Role <rbac.authorization.k8s.io/v1/Role> apiVersion:s kind:s metadata:ObjectMeta={} rules:[PolicyRule]
    RoleBinding <rbac.authorization.k8s.io/v1/RoleBinding> apiVersion:s kind:s metadata:ObjectMeta={} roleRef!:RoleRef={}
     subjects:[rbac.v1.Subject]
    RoleRef = apiGroup:s="" kind!:s="" name!:s=""
    RollingUpdateDaemonSet maxSurge:x maxUnavailable:x
    RollingUpdateDeployment maxSurge:x maxUnavailable:x
    RollingUpdateStatefulSetStrategy maxUnavailable:x partition:i
    RuleWithOperations apiGroups:[s] apiVersions:[s] operations:[s(*|CONNECT|CREATE|DELETE|UPDATE)] resources:[s]
     scope:s(*|Cluster|Namespaced)
    RuntimeClass <node.k8s.io/v1/RuntimeClass> apiVersion:s handler!:s="" kind:s metadata:ObjectMeta={} overhead:Overhead
     scheduling:Scheduling
    SELinuxOptions level:s role:s type:s user:s
    Scale <autoscaling/v1/Scale> apiVersion:s kind:s metadata:ObjectMeta={} spec:ScaleSpec={} status:ScaleStatus={}
    ScaleIOPersistentVolumeSource fsType:s="xfs" gateway!:s="" protectionDomain:s readOnly:b secretRef!:SecretReference
     sslEnabled:b storageMode:s="ThinProvisioned" storagePool:s system!:s="" volumeName:s
    ScaleIOVolumeSource fsType:s="xfs" gateway!:s="" protectionDomain:s readOnly:b secretRef!:LocalObjectReference
     sslEnabled:b storageMode:s="ThinProvisioned" storagePool:s system!:s="" volumeName:s
    ScaleSpec replicas:i=0
    ScaleStatus replicas!:i=0 selector:s
    Scheduling nodeSelector:{s}= tolerations:[Toleration]
    ScopeSelector = matchExpressions:[ScopedResourceSelectorRequirement]
    ScopedResourceSelectorRequirement operator!:s(DoesNotExist|Exists|In|NotIn)=""
     scopeName!:s(BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass)=""
     values:[s]
    SeccompProfile localhostProfile:s type!:s(Localhost|RuntimeDefault|Unconfined)=""
    Secret </v1/Secret> apiVersion:s data:{y} immutable:b kind:s metadata:ObjectMeta={} stringData:{s} type:s
    SecretEnvSource name:s="" optional:b
    SecretKeySelector = key!:s="" name:s="" optional:b
    SecretProjection items:[KeyToPath] name:s="" optional:b
    SecretReference = name:s namespace:s
    SecretVolumeSource defaultMode:i items:[KeyToPath] optional:b secretName:s
    SecurityContext allowPrivilegeEscalation:b appArmorProfile:AppArmorProfile capabilities:Capabilities privileged:b
     procMount:s(Default|Unmasked) readOnlyRootFilesystem:b runAsGroup:l runAsNonRoot:b runAsUser:l
     seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
    SelectableField jsonPath!:s=""
    Service </v1/Service> apiVersion:s kind:s metadata:ObjectMeta={} spec:ServiceSpec={} status:ServiceStatus={}
    ServiceAccount </v1/ServiceAccount> apiVersion:s automountServiceAccountToken:b
     imagePullSecrets:[LocalObjectReference] kind:s metadata:ObjectMeta={} secrets:[ObjectReference]@name^name%merge
    ServiceAccountSubject name!:s="" namespace!:s=""
    ServiceAccountTokenProjection audience:s expirationSeconds:l path!:s=""
    ServiceBackendPort = name:s number:i
    ServiceCIDR <networking.k8s.io/v1/ServiceCIDR> apiVersion:s kind:s metadata:ObjectMeta={} spec:ServiceCIDRSpec={}
     status:ServiceCIDRStatus={}
    ServiceCIDRSpec cidrs:[s]
    ServiceCIDRStatus conditions:[Condition]@type^type%merge
    ServicePort appProtocol:s name:s nodePort:i port!:i=0 protocol:s(SCTP|TCP|UDP)="TCP" targetPort:x
    ServiceSpec allocateLoadBalancerNodePorts:b clusterIP:s clusterIPs:[s] externalIPs:[s] externalName:s
     externalTrafficPolicy:s(Cluster|Local) healthCheckNodePort:i internalTrafficPolicy:s(Cluster|Local)
     ipFamilies:[s(|IPv4|IPv6)] ipFamilyPolicy:s(PreferDualStack|RequireDualStack|SingleStack) loadBalancerClass:s
     loadBalancerIP:s loadBalancerSourceRanges:[s] ports:[ServicePort]@port,protocol^port%merge publishNotReadyAddresses:b
     selector:{s}= sessionAffinity:s(ClientIP|None) sessionAffinityConfig:SessionAffinityConfig trafficDistribution:s
     type:s(ClusterIP|ExternalName|LoadBalancer|NodePort)
    ServiceStatus conditions:[Condition]@type^type%merge loadBalancer:LoadBalancerStatus={}
    SessionAffinityConfig clientIP:ClientIPConfig
    SleepAction seconds!:l=0
    StatefulSet <apps/v1/StatefulSet> apiVersion:s kind:s metadata:ObjectMeta={} spec:StatefulSetSpec={}
     status:StatefulSetStatus={}
    StatefulSetCondition lastTransitionTime:t message:s reason:s status!:s="" type!:s=""
    StatefulSetOrdinals start:i=0
    StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:s whenScaled:s
    StatefulSetSpec minReadySeconds:i ordinals:StatefulSetOrdinals
     persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy
     podManagementPolicy:s(OrderedReady|Parallel) replicas:i revisionHistoryLimit:i selector!:LabelSelector
     serviceName:s="" template!:PodTemplateSpec={} updateStrategy:StatefulSetUpdateStrategy={}
     volumeClaimTemplates:[PersistentVolumeClaim]
    StatefulSetStatus availableReplicas:i=0 collisionCount:i conditions:[StatefulSetCondition]@type^type%merge
     currentReplicas:i currentRevision:s observedGeneration:l readyReplicas:i replicas!:i=0 updateRevision:s
     updatedReplicas:i
    StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type:s(OnDelete|RollingUpdate)
    StorageClass <storage.k8s.io/v1/StorageClass> allowVolumeExpansion:b allowedTopologies:[TopologySelectorTerm]
     apiVersion:s kind:s metadata:ObjectMeta={} mountOptions:[s] parameters:{s} provisioner!:s=""
     reclaimPolicy:s(Delete|Recycle|Retain) volumeBindingMode:s(Immediate|WaitForFirstConsumer)
    StorageOSPersistentVolumeSource fsType:s readOnly:b secretRef:ObjectReference volumeName:s volumeNamespace:s
    StorageOSVolumeSource fsType:s readOnly:b secretRef:LocalObjectReference volumeName:s volumeNamespace:s
    SuccessPolicy rules!:[SuccessPolicyRule]
    SuccessPolicyRule succeededCount:i succeededIndexes:s
    Sysctl name!:s="" value!:s=""
    TCPSocketAction host:s port!:x
    Taint effect!:s(NoExecute|NoSchedule|PreferNoSchedule)="" key!:s="" timeAdded:t value:s
    TokenRequestSpec audiences:[s] boundObjectRef:BoundObjectReference expirationSeconds:l
    TokenRequestStatus expirationTimestamp:t token:s=""
    Toleration effect:s(NoExecute|NoSchedule|PreferNoSchedule) key:s operator:s(Equal|Exists|Gt|Lt) tolerationSeconds:l
     value:s
    TopologySelectorLabelRequirement key!:s="" values!:[s]
    TopologySelectorTerm = matchLabelExpressions:[TopologySelectorLabelRequirement]
    TopologySpreadConstraint labelSelector:LabelSelector matchLabelKeys:[s] maxSkew!:i=0 minDomains:i
     nodeAffinityPolicy:s(Honor|Ignore) nodeTaintsPolicy:s(Honor|Ignore) topologyKey!:s=""
     whenUnsatisfiable!:s(DoNotSchedule|ScheduleAnyway)=""
    TypeChecking expressionWarnings:[ExpressionWarning]
    TypedLocalObjectReference = apiGroup:s kind!:s="" name!:s=""
    TypedObjectReference apiGroup:s kind!:s="" name!:s="" namespace:s
    UncountedTerminatedPods failed:[s]~ succeeded:[s]~
    UserSubject name!:s=""
    ValidatingAdmissionPolicy <admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy> apiVersion:s kind:s
     metadata:ObjectMeta={} spec:ValidatingAdmissionPolicySpec={} status:ValidatingAdmissionPolicyStatus={}
    ValidatingAdmissionPolicyBinding <admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding> apiVersion:s
     kind:s metadata:ObjectMeta={} spec!:ValidatingAdmissionPolicyBindingSpec={}
    ValidatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName!:s
     validationActions!:[s(Audit|Deny|Warn)]~
    ValidatingAdmissionPolicySpec auditAnnotations:[AuditAnnotation] failurePolicy:s(Fail|Ignore)
     matchConditions:[MatchCondition]@name^name%merge matchConstraints:MatchResources paramKind:ParamKind
     validations:[Validation] variables:[Variable]@name^name%merge
    ValidatingAdmissionPolicyStatus conditions:[Condition]@type observedGeneration:l typeChecking:TypeChecking
    ValidatingWebhook admissionReviewVersions!:[s] clientConfig!:admissionregistration.v1.WebhookClientConfig={}
     failurePolicy:s(Fail|Ignore) matchConditions:[MatchCondition]@name^name%merge matchPolicy:s(Equivalent|Exact)
     name!:s="" namespaceSelector:LabelSelector objectSelector:LabelSelector rules:[RuleWithOperations]
     sideEffects!:s(None|NoneOnDryRun|Some|Unknown) timeoutSeconds:i
    ValidatingWebhookConfiguration <admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration> apiVersion:s kind:s
     metadata:ObjectMeta={} webhooks:[ValidatingWebhook]@name^name%merge
    Validation expression!:s="" message:s messageExpression:s reason:s
    ValidationRule fieldPath:s message:s messageExpression:s optionalOldSelf:b
     reason:s(FieldValueDuplicate|FieldValueForbidden|FieldValueInvalid|FieldValueRequired) rule!:s=""
    Variable = expression!:s="" name!:s=""
    Volume awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource
     azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource configMap:ConfigMapVolumeSource
     csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource
     fc:FCVolumeSource flexVolume:FlexVolumeSource flocker:FlockerVolumeSource
     gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource
     hostPath:HostPathVolumeSource image:ImageVolumeSource iscsi:ISCSIVolumeSource name!:s="" nfs:NFSVolumeSource
     persistentVolumeClaim:PersistentVolumeClaimVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource
     portworxVolume:PortworxVolumeSource projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource
     scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource
     vsphereVolume:VsphereVirtualDiskVolumeSource
    VolumeAttachment <storage.k8s.io/v1/VolumeAttachment> apiVersion:s kind:s metadata:ObjectMeta={}
     spec!:VolumeAttachmentSpec={} status:VolumeAttachmentStatus={}
    VolumeAttachmentSource inlineVolumeSpec:PersistentVolumeSpec persistentVolumeName:s
    VolumeAttachmentSpec attacher!:s="" nodeName!:s="" source!:VolumeAttachmentSource={}
    VolumeAttachmentStatus attachError:VolumeError attached!:b=false attachmentMetadata:{s} detachError:VolumeError
    VolumeAttributesClass <storage.k8s.io/v1/VolumeAttributesClass> apiVersion:s driverName!:s="" kind:s
     metadata:ObjectMeta={} parameters:{s}
    VolumeDevice devicePath!:s="" name!:s=""
    VolumeError errorCode:i message:s time:t
    VolumeMount mountPath!:s="" mountPropagation:s(Bidirectional|HostToContainer|None) name!:s="" readOnly:b
     recursiveReadOnly:s subPath:s subPathExpr:s
    VolumeMountStatus mountPath!:s="" name!:s="" readOnly:b recursiveReadOnly:s volumeStatus:VolumeStatus
    VolumeNodeAffinity required:NodeSelector
    VolumeNodeResources count:i
    VolumeProjection clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection
     downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection
     serviceAccountToken:ServiceAccountTokenProjection
    VolumeResourceRequirements limits:{q} requests:{q}
    VolumeStatus image:ImageVolumeStatus
    VsphereVirtualDiskVolumeSource fsType:s storagePolicyID:s storagePolicyName:s volumePath!:s=""
    WebhookConversion clientConfig:apiextensions.v1.WebhookClientConfig conversionReviewVersions!:[s]
    WeightedPodAffinityTerm podAffinityTerm!:PodAffinityTerm={} weight!:i=0
    WindowsSecurityContextOptions gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s
    admissionregistration.v1.ServiceReference name!:s="" namespace!:s="" path:s port:i
    admissionregistration.v1.WebhookClientConfig caBundle:y service:admissionregistration.v1.ServiceReference url:s
    apiextensions.v1.ServiceReference name!:s="" namespace!:s="" path:s port:i
    apiextensions.v1.WebhookClientConfig caBundle:y service:apiextensions.v1.ServiceReference url:s
    apiregistration.v1.ServiceReference name:s namespace:s port:i
    authentication.v1.TokenRequest <authentication.k8s.io/v1/TokenRequest> apiVersion:s kind:s metadata:ObjectMeta={}
     spec:TokenRequestSpec={} status:TokenRequestStatus={}
    autoscaling.v1.CrossVersionObjectReference = apiVersion:s kind!:s="" name!:s=""
    autoscaling.v1.HorizontalPodAutoscaler <autoscaling/v1/HorizontalPodAutoscaler> apiVersion:s kind:s
     metadata:ObjectMeta={} spec!:autoscaling.v1.HorizontalPodAutoscalerSpec={}
     status:autoscaling.v1.HorizontalPodAutoscalerStatus={}
    autoscaling.v1.HorizontalPodAutoscalerSpec maxReplicas!:i=0 minReplicas:i
     scaleTargetRef!:autoscaling.v1.CrossVersionObjectReference={} targetCPUUtilizationPercentage:i
    autoscaling.v1.HorizontalPodAutoscalerStatus currentCPUUtilizationPercentage:i currentReplicas!:i=0
     desiredReplicas!:i=0 lastScaleTime:t observedGeneration:l
    autoscaling.v2.CrossVersionObjectReference apiVersion:s kind!:s="" name!:s=""
    autoscaling.v2.HorizontalPodAutoscaler <autoscaling/v2/HorizontalPodAutoscaler> apiVersion:s kind:s
     metadata:ObjectMeta={} spec!:autoscaling.v2.HorizontalPodAutoscalerSpec={}
     status:autoscaling.v2.HorizontalPodAutoscalerStatus={}
    autoscaling.v2.HorizontalPodAutoscalerSpec behavior:HorizontalPodAutoscalerBehavior maxReplicas!:i=0
     metrics:[MetricSpec] minReplicas:i scaleTargetRef!:autoscaling.v2.CrossVersionObjectReference={}
    autoscaling.v2.HorizontalPodAutoscalerStatus conditions:[HorizontalPodAutoscalerCondition]@type^type%merge
     currentMetrics:[MetricStatus] currentReplicas:i desiredReplicas!:i=0 lastScaleTime:t observedGeneration:l
    core.v1.EndpointPort = appProtocol:s name:s port!:i=0 protocol:s(SCTP|TCP|UDP)
    core.v1.Event </v1/Event> action:s apiVersion:s count:i eventTime:t firstTimestamp:t
     involvedObject!:ObjectReference={} kind:s lastTimestamp:t message:s metadata!:ObjectMeta={} reason:s
     related:ObjectReference reportingComponent:s="" reportingInstance:s="" series:core.v1.EventSeries
     source:EventSource={} type:s
    core.v1.EventSeries count:i lastObservedTime:t
    core.v1.ResourceClaim name!:s="" request:s
    discovery.v1.EndpointPort = appProtocol:s name:s port:i protocol:s(SCTP|TCP|UDP)
    events.v1.Event <events.k8s.io/v1/Event> action:s apiVersion:s deprecatedCount:i deprecatedFirstTimestamp:t
     deprecatedLastTimestamp:t deprecatedSource:EventSource={} eventTime!:t kind:s metadata:ObjectMeta={} note:s reason:s
     regarding:ObjectReference={} related:ObjectReference reportingController:s reportingInstance:s
     series:events.v1.EventSeries type:s
    events.v1.EventSeries count!:i=0 lastObservedTime!:t
    flowcontrol.v1.Subject group:GroupSubject kind!:s="" serviceAccount:ServiceAccountSubject user:UserSubject
    rbac.v1.Subject = apiGroup:s kind!:s="" name!:s="" namespace:s
    resource.v1.ResourceClaim <resource.k8s.io/v1/ResourceClaim> apiVersion:s kind:s metadata:ObjectMeta={}
     spec!:ResourceClaimSpec={} status:ResourceClaimStatus={}
    storage.v1.TokenRequest audience!:s="" expirationSeconds:l
    """#
