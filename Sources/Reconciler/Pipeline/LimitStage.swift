// Holds the objects of a render to the application's Project, before anything of them is looked up or written.

import KubernetesClient
import Manifest

extension Reconciler {
    /// - Throws: what the application's Project does not allow among its objects.
    func requireLimits(_ objects: [KubernetesObject], of application: Application) async throws(DiagnosticsError) {
        guard let limits = application.limits else { return }
        func findings(_ served: Discovery) -> [Diagnostic] {
            let scopes = KindScopes(served: served, objects: objects)
            return limits.findings(
                on: objects, namespace: application.destination.namespace, cluster: application.destination.cluster,
                isNamespaced: scopes.isNamespaced)
        }
        var served = try await discovery(refresh: false)
        if findings(served).isEmpty { return }
        // What is known of the cluster's kinds may be older than the kinds of these objects.
        if !objects.allSatisfy({ served.resource(for: $0.gvk.groupKind) != nil }) {
            served = try await discovery(refresh: true)
        }
        let findings = findings(served)
        if !findings.isEmpty { throw DiagnosticsError(findings) }
    }

    private func discovery(refresh: Bool) async throws(DiagnosticsError) -> Discovery {
        do throws(KubernetesError) {
            return try await surroundings.cluster.discovery(refresh: refresh)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }
}

/// Which kinds live in namespaces, by what a cluster serves and by the definitions that come along with objects.
private struct KindScopes {
    private let served: Discovery
    private let definitions: [KubernetesObject]

    init(served: Discovery, objects: [KubernetesObject]) {
        self.served = served
        definitions = objects.filter {
            $0.gvk.groupKind == GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition")
        }
    }

    func isNamespaced(_ kind: GroupVersionKind) -> Bool? {
        if let resource = served.resource(for: kind.groupKind) { return resource.isNamespaced }
        let definition = definitions.first {
            $0.value[path: "spec", "group"]?.string == kind.group
                && $0.value[path: "spec", "names", "kind"]?.string == kind.kind
        }
        return definition.map { $0.value[path: "spec", "scope"]?.string == "Namespaced" }
    }
}
