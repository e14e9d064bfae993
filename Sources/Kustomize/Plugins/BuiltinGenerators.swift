// The builtin generators as configuration objects.

import Manifest

extension BuildRun {
    /// What a generator configuration makes; nil as long as a program that it names has not run.
    func generator(
        _ configuration: Resource, _ kustomization: Kustomization, _ root: Root
    ) throws(TransformFailure) -> [Resource]? {
        guard isBuiltin(configuration) else { return try runGenerator(configuration, root) }
        let found = DiagnosticCollector()
        let decoder = FieldDecoder(
            configuration.value.object ?? Object(), name: "", file: configuration.origin?.file ?? "",
            position: configuration.origin?.position ?? .unknown, known: BuiltinTransformers.fields, isStrict: false,
            collector: found)
        switch configuration.id.kind {
        case "ConfigMapGenerator", "SecretGenerator":
            let kind = configuration.id.kind == "SecretGenerator" ? GeneratedObject.Kind.secret : .configMap
            var entry = KustomizationDecoder.generator(decoder)
            if entry.name.isEmpty { entry.name = configuration.id.name }
            if entry.namespace.isEmpty { entry.namespace = configuration.namespace }
            if found.hasErrors { throw TransformFailure(found.diagnostics) }
            let data = try KeyValueSources(loader: loader, root: root).load(entry)
            return [try GeneratedObject.make(kind, entry, data: data, options: entry.options, scopes: scopes)]
        case "IAMPolicyGenerator":
            return [try iamPolicy(decoder)]
        case "HelmChartInflationGenerator":
            var chart = ChartEntry(decoder, home: decoder.string("chartHome"))
            if chart.name.isEmpty { chart.name = configuration.id.name }
            return try inflate(chart, kustomization, root)
        default:
            throw wrongRole(configuration, "generator", BuiltinTransformers.kinds)
        }
    }

    func wrongRole(_ configuration: Resource, _ role: String, _ others: Set<String>) -> TransformFailure {
        let kind = configuration.id.kind
        if others.contains(kind) {
            return TransformFailure(
                "`\(kind)` is no \(role)",
                cure: "list it under `\(role == "generator" ? "transformers" : "generators")`")
        }
        let known = BuiltinTransformers.kinds.union(BuiltinTransformers.generators).sorted()
        return TransformFailure(
            "there is no builtin plugin `\(kind)`", cure: NearestName.find(kind, among: known).map { "write `\($0)`" })
    }

    /// A service account tied to one of Google's.
    private func iamPolicy(_ decoder: FieldDecoder) throws(TransformFailure) -> Resource {
        guard decoder.string("cloud") == "gke" else { throw TransformFailure("`cloud` must be gke") }
        let account = decoder.object("serviceAccount", known: ["name", "projectId"])
        let service = decoder.object("kubernetesService", known: ["name", "namespace"])
        let email = "\(account?.string("name") ?? "")@\(account?.string("projectId") ?? "").iam.gserviceaccount.com"
        var metadata: Object = [
            "annotations": ["iam.gke.io/gcp-service-account": .string(email)],
            "name": .string(service?.string("name") ?? ""),
        ]
        if let namespace = service?.string("namespace"), !namespace.isEmpty {
            metadata["namespace"] = .string(namespace)
        }
        return Resource(
            ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": .object(metadata)], origin: decoder.location,
            scopes: scopes)
    }
}
