// What the cluster has of the objects that a sync is about, read with few requests: the members of the set by their
// label, one list a kind, and a GET for each desired object that the label did not find.

import KubernetesClient
package import Manifest

/// The live side of a plan.
package struct LiveState: Sendable {
    /// The desired objects that exist, by identity.
    package var found: [ObjectIdentity: Value] = [:]
    /// The members of the set, among them those no longer desired.
    package var members: [ObjectIdentity: Value] = [:]
    /// What the parent says, nil where there is none.
    package var recordedScope: ApplySetScope?
    /// The digest of the hooks that the last successful sync ran.
    package var recordedHooks = ""
    /// Kinds of members that nobody could look for: the API that serves them does not answer, or is not there. Its
    /// objects may be.
    package var unlisted: Set<GroupKind> = []
    package var diagnostics: [Diagnostic] = []
}

/// Reads the live state of a plan.
struct LiveStateReader {
    let cluster: any KubernetesAPI
    /// nil where the parents are kept beside their members.
    let parents: (any ApplySetParents)?
    let discovery: Discovery
    /// Whether the discovery was asked for just now, so that what it lacks is not served.
    let isDiscoveryFresh: Bool
    let applySet: ApplySet
    let options: SyncOptions

    /// - Throws: an unknown kind too, where the discovery is not fresh and lacks one that the set has had.
    func read(_ desired: DesiredState) async throws(KubernetesError) -> LiveState {
        var state = LiveState()
        let parent = try await readParent()
        state.recordedScope = parent.map(ApplySetScope.init(of:))
        state.recordedHooks = parent.flatMap { KubernetesObject($0).annotation(Vocabulary.hooks) } ?? ""
        if let scope = state.recordedScope { try await readMembers(desired, scope, into: &state) }
        try await readUnlabelled(desired, into: &state)
        return state
    }

    private func readParent() async throws(KubernetesError) -> Value? {
        let found: Value?
        if let parents {
            found = try await parents.parent(applySet.parent)
        } else {
            found = try isServed(applySet.parent.gvk.groupKind) ? await cluster.get(applySet.parent) : nil
        }
        guard let parent = found else { return nil }
        return KubernetesObject(parent).label(Vocabulary.applySetID) == applySet.id ? parent : nil
    }

    private func isServed(_ kind: GroupKind) throws(KubernetesError) -> Bool {
        if discovery.resource(for: kind) != nil { return true }
        guard isDiscoveryFresh else {
            throw KubernetesError(
                code: 404, reason: KubernetesError.Reason.unknownKind, message: "the server did not serve \(kind)",
                request: "discover \(kind)")
        }
        return false
    }

    // MARK: Members

    private func readMembers(
        _ desired: DesiredState, _ scope: ApplySetScope, into state: inout LiveState
    ) async throws(KubernetesError) {
        let versions = Set(desired.objects.map(\.reference.gvk))
        var resources = versions.compactMap { discovery.resource(for: $0) }
        let desiredKinds = Set(versions.map(\.groupKind))
        for kind in scope.groupKinds where !desiredKinds.contains(kind) {
            guard try isServed(kind), let resource = discovery.resource(for: kind) else {
                state.unlisted.insert(kind)
                state.diagnostics.append(unlisted(kind, discovery.failure(for: kind)))
                continue
            }
            resources.append(resource)
        }
        let namespaces = scope.namespaces
            .union(desired.objects.compactMap(\.reference.namespace))
            .union(applySet.parent.namespace.map { [$0] } ?? [])
        let lists = try await concurrently(resources.filter { $0.verbs.contains("list") }, limit: options.concurrency) {
            (resource) async throws(KubernetesError) in try await self.members(of: resource, namespaces: namespaces)
        }
        for value in lists.flatMap(\.self) {
            state.members[KubernetesObject(value).identity] = value
        }
        for object in desired.objects {
            state.found[object.reference.identity] = state.members[object.reference.identity]
        }
    }

    /// What is told of a kind whose members nobody can look for. With the application's end their record ends, so that
    /// this does not come before an API answers that is there. One that is not there any more is let go with it: most
    /// often it has gone with its definition, and with all that was of it.
    private func unlisted(_ kind: GroupKind, _ failure: Discovery.Failure?) -> Diagnostic {
        if let failure {
            let severity: Diagnostic.Severity = options.isDeletion ? .error : .warning
            return Diagnostic(
                severity, "the application may have objects of \(kind), which cannot be looked for: \(failure.message)",
                cure:
                    "Check the API service of \(failure.groupVersion), then \(options.isDeletion ? "delete it" : "sync") again"
            )
        }
        let words = "the application had objects of \(kind), which the cluster no longer serves: "
        return options.isDeletion
            ? .warning(words + "they are left as they are, where they are", cure: nil)
            : .warning(
                words + "they cannot be looked for, and stay in its record",
                cure:
                    "Where they are gone for good, take \(kind) out of the annotation \(Vocabulary.containsGroupKinds) of \(applySet.parent)"
            )
    }

    /// The labelled objects of a kind: everywhere at once, or namespace by namespace where that is all we may.
    private func members(of resource: APIResource, namespaces: Set<String>) async throws(KubernetesError) -> [Value] {
        do {
            return try await cluster.list(resource, namespace: nil, labelSelector: applySet.selector).items
        } catch {
            guard error.isForbidden, resource.isNamespaced else { throw error }
            var items: [Value] = []
            for namespace in namespaces.sorted() {
                items += try await cluster.list(resource, namespace: namespace, labelSelector: applySet.selector).items
            }
            return items
        }
    }

    // MARK: The others

    private func readUnlabelled(_ desired: DesiredState, into state: inout LiveState) async throws(KubernetesError) {
        let missing = desired.objects.filter { !$0.awaitsKind && state.found[$0.reference.identity] == nil }
        let absent = try await absentNamespaces(of: missing, state)
        let candidates = missing.filter { object in object.reference.namespace.map { !absent.contains($0) } ?? true }
        let values = try await concurrently(candidates, limit: options.concurrency) {
            (object) async throws(KubernetesError) in try await self.cluster.get(object.reference)
        }
        for (object, value) in zip(candidates, values) { state.found[object.reference.identity] = value }
        reportAbsent(absent, of: missing, desired, into: &state)
    }

    /// The namespaces that are not there, so that nothing in them need be asked for.
    private func absentNamespaces(
        of objects: [DesiredObject], _ state: LiveState
    ) async throws(KubernetesError) -> Set<String> {
        let inhabited = Set(state.members.keys.compactMap(\.namespace))
        let doubtful = Set(objects.compactMap(\.reference.namespace)).subtracting(inhabited).sorted()
        let answers = try await concurrently(doubtful, limit: options.concurrency) {
            (name) async throws(KubernetesError) -> Bool in
            do throws(KubernetesError) {
                return try await self.cluster.get(.namespace(name)) != nil
            } catch {
                // Who may not see namespaces may still see what is in them.
                guard error.isForbidden else { throw error }
                return true
            }
        }
        return Set(zip(doubtful, answers).compactMap { name, exists in exists ? nil : name })
    }

    private func reportAbsent(
        _ absent: Set<String>, of missing: [DesiredObject], _ desired: DesiredState, into state: inout LiveState
    ) {
        let planned = Set(
            desired.objects.filter { $0.reference.gvk.groupKind == .namespace }
                .map(\.reference.name))
        for name in absent.subtracting(planned).sorted() {
            let first = missing.first { $0.reference.namespace == name }
            state.diagnostics.append(
                .error(
                    "namespace \(name) does not exist", at: first?.origin,
                    cure: "Add a Namespace to the manifests, or create it: kubectl create namespace \(name)"))
        }
    }
}

extension GroupKind {
    static let namespace = GroupKind(group: "", kind: "Namespace")
}

extension ObjectReference {
    static func namespace(_ name: String) -> ObjectReference {
        ObjectReference(gvk: GroupVersionKind(group: "", version: "v1", kind: "Namespace"), namespace: nil, name: name)
    }
}
