// A cluster in memory: it applies by the same pure functions as the sandbox, counts requests, and fails where it is
// told to.

import KubernetesClient
import Manifest
import Synchronization

@testable import SyncEngine

final class FakeCluster: KubernetesAPI {
    struct Request: Hashable, Sendable, CustomStringConvertible {
        var verb: String
        var target: String
        var isWrite: Bool { ["apply", "create", "replace", "patch", "delete"].contains(verb) }
        var description: String { "\(verb) \(target)" }
    }

    struct State {
        var objects: [ObjectIdentity: Value] = [:]
        var version = 0
        var requests: [Request] = []
        var discovered: Set<GroupVersionKind> = []
        /// What is known of the kinds until somebody asks anew; nil when it is always what is served.
        var remembered: Discovery?
        /// Groups whose API does not answer.
        var failures: [Discovery.Failure] = []
        /// Built-in kinds that this server does without.
        var unserved: Set<GroupKind> = []
        var time = 0
        /// Fails a request, or lets it pass with nil.
        var fault: @Sendable (Request) -> KubernetesError? = { _ in nil }
        /// What admission and defaulting make of an object on its way in.
        var admission: @Sendable (Value) -> Value = { $0 }
        /// What controllers make of an object each time somebody looks.
        var controllers: @Sendable (Value) -> Value = { $0 }
        /// What pods have written, by `pod/container`.
        var logs: [String: String] = [:]
        /// Patches of a spec, in order.
        var patches: [Value] = []
        var generated = 0
        /// Refuses what would become of an object, with the object as it is and as it would be.
        var refusal: @Sendable (Value, Value) -> KubernetesError? = { _, _ in nil }
        /// Whether it records who owns what.
        var tracksOwners = true
        /// How each object was deleted, by its name.
        var propagations: [String: DeleteOptions.Propagation] = [:]
    }

    let state = Mutex(State())

    // MARK: What tests do to it

    /// Lets so many writes through from now on, and fails every one after them.
    func cut(afterWrites limit: Int, reason: String, message: String) {
        let writes = Mutex(0)
        state.withLock { state in
            state.fault = { request in
                guard request.isWrite else { return nil }
                let count = writes.withLock { count in
                    count += 1
                    return count
                }
                return count > limit ? KubernetesError(code: 0, reason: reason, message: message, request: "") : nil
            }
        }
    }

    func edit(_ kind: String, _ name: String, by manager: String = "kubectl-edit", _ change: (inout Value) -> Void) {
        state.withLock { state in
            guard let (identity, live) = state.objects.first(where: { $0.key.kind == kind && $0.key.name == name })
            else { return }
            var edited = live
            change(&edited)
            state.time += 1
            let writer = ServerSideApply.Writer(manager: manager, time: state.timestamp)
            let updated = ServerSideApply(type: state.type(of: live)).update(edited, from: live, by: writer)
            state.store(updated, at: identity)
        }
    }

    func object(_ kind: String, _ name: String) -> Value? {
        state.withLock { state in state.objects.first { $0.key.kind == kind && $0.key.name == name }?.value }
    }

    var names: Set<String> { state.withLock { Set($0.objects.keys.map { "\($0.kind)/\($0.name)" }) } }

    /// The requests since the last call.
    func takeRequests() -> [Request] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    func takeWrites() -> [String] { takeRequests().filter(\.isWrite).map(\.description) }

    func put(_ value: Value, by manager: String) {
        state.withLock { state in
            state.time += 1
            let writer = ServerSideApply.Writer(manager: manager, time: state.timestamp)
            let created = ServerSideApply(type: state.type(of: value)).update(value, from: nil, by: writer)
            state.store(created, at: KubernetesObject(value).identity)
        }
    }

    // MARK: KubernetesAPI

    func discovery(refresh: Bool) async throws(KubernetesError) -> Discovery {
        state.withLock { state in
            if !refresh, let remembered = state.remembered { return remembered }
            state.requests.append(Request(verb: "discovery", target: ""))
            var resources = BuiltInResource.all.flatMap { resource in
                Schema.kubernetes.allKinds.filter {
                    $0.groupKind == GroupKind(group: resource.group, kind: resource.kind)
                }
                .sorted { $0.version > $1.version }
                .map { gvk in
                    APIResource(
                        group: gvk.group, version: gvk.version, kind: gvk.kind, name: resource.plural,
                        isNamespaced: resource.isNamespaced)
                }
            }
            for definition in state.objects.values where definition.condition("Established")?.status == "True" {
                guard let spec = definition["spec"] else { continue }
                for gvk in Schema.types(definedBy: definition).keys {
                    resources.append(
                        APIResource(
                            group: gvk.group, version: gvk.version, kind: gvk.kind,
                            name: spec[path: "names", "plural"]?.string ?? "",
                            isNamespaced: spec["scope"]?.string != "Cluster"))
                }
            }
            resources.removeAll { state.unserved.contains($0.gvk.groupKind) }
            state.discovered = Set(resources.map(\.gvk))
            if refresh { state.remembered = nil }
            return Discovery(resources: resources, failures: state.failures)
        }
    }

    private func enter(_ verb: String, _ target: String, dryRun: Bool = false) throws(KubernetesError) {
        let request = Request(verb: dryRun ? "\(verb) --dry-run" : verb, target: target)
        let fault = state.withLock { state in
            state.requests.append(request)
            return state.fault
        }
        if let error = fault(request) { throw error }
        if Task.isCancelled {
            throw KubernetesError(
                code: 0, reason: KubernetesError.Reason.cancelled, message: "cancelled", request: request.description)
        }
    }

    private func serve(_ kind: GroupKind) throws(KubernetesError) {
        guard state.withLock({ $0.unserved.contains(kind) }) else { return }
        throw KubernetesError(
            code: 404, reason: KubernetesError.Reason.unknownKind, message: "the server answered 404",
            request: "\(kind)")
    }

    func get(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        try enter("get", "\(reference)")
        try serve(reference.gvk.groupKind)
        return state.withLock { state in
            guard let live = state.objects[reference.identity] else { return nil }
            let now = state.controllers(live)
            if now != live { state.store(now, at: reference.identity) }
            return state.objects[reference.identity]
        }
    }

    func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?
    ) async throws(KubernetesError) -> ObjectList {
        try enter("list", "\(resource.kind) \(namespace ?? "*")")
        try serve(resource.gvk.groupKind)
        return state.withLock { state in
            let items = state.objects.filter { identity, value in
                identity.groupKind == resource.gvk.groupKind && (namespace == nil || identity.namespace == namespace)
                    && (labelSelector ?? "").split(separator: ",").allSatisfy { part in
                        let pair = part.split(separator: "=").map(String.init)
                        return KubernetesObject(value).label(pair[0]) == pair[1]
                    }
            }
            return ObjectList(
                items: items.sorted { $0.key.description < $1.key.description }.map(\.value),
                resourceVersion: "\(state.version)")
        }
    }

    func apply(_ object: Value, options: ApplyOptions) async throws(KubernetesError) -> WriteResult {
        let reference = KubernetesObject(object).reference
        try enter("apply", "\(reference)", dryRun: options.dryRun)
        let result = state.withLock { state in state.apply(object, options) }
        return try result.get()
    }

    func create(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        var object = object
        let reference = KubernetesObject(object).reference
        let prefix = object[path: "metadata", "generateName"]?.string ?? ""
        try enter("create", "\(reference)\(prefix)", dryRun: options.dryRun)
        return state.withLock { state in
            state.generated += 1
            if reference.name.isEmpty { object["metadata"]?["name"] = .string("\(prefix)\(state.generated)") }
            let identity = KubernetesObject(object).identity
            let created = state.updated(object, from: nil, by: options.fieldManager)
            if options.dryRun { return WriteResult(object: created, wasCreated: true) }
            state.store(created, at: identity)
            return WriteResult(object: state.objects[identity] ?? object, wasCreated: true)
        }
    }

    func replace(_ object: Value, options: WriteOptions) async throws(KubernetesError) -> WriteResult {
        let reference = KubernetesObject(object).reference
        try enter("replace", "\(reference)", dryRun: options.dryRun)
        let result: Result<WriteResult, KubernetesError> = state.withLock { state in
            guard let live = state.objects[reference.identity] else {
                return .failure(
                    KubernetesError(code: 404, reason: "NotFound", message: "not found", request: "replace"))
            }
            if let version = KubernetesObject(object).resourceVersion, version != KubernetesObject(live).resourceVersion
            {
                return .failure(KubernetesError(code: 409, reason: "Conflict", message: "modified", request: "replace"))
            }
            var body = object
            body["metadata"]?["uid"] = live["metadata"]?["uid"]
            let updated = state.updated(body, from: live, by: options.fieldManager)
            if let refusal = state.refusal(live, updated) { return .failure(refusal) }
            if options.dryRun { return .success(WriteResult(object: updated)) }
            state.store(updated, at: reference.identity)
            return .success(WriteResult(object: state.objects[reference.identity] ?? updated))
        }
        return try result.get()
    }

    /// RFC 7386, whatever the type.
    func patch(
        _ reference: ObjectReference, type: PatchType, body: Value, options: WriteOptions
    ) async throws(KubernetesError) -> WriteResult {
        try enter("patch", "\(reference)", dryRun: options.dryRun)
        let result: Result<WriteResult, KubernetesError> = state.withLock { state in
            guard let live = state.objects[reference.identity] else {
                return .failure(KubernetesError(code: 404, reason: "NotFound", message: "not found", request: "patch"))
            }
            if let version = KubernetesObject(body).resourceVersion, version != KubernetesObject(live).resourceVersion {
                return .failure(KubernetesError(code: 409, reason: "Conflict", message: "modified", request: "patch"))
            }
            let updated = state.updated(Self.merged(body, into: live), from: live, by: options.fieldManager)
            if let refusal = state.refusal(live, updated) { return .failure(refusal) }
            if options.dryRun { return .success(WriteResult(object: updated)) }
            if body["spec"] != nil { state.patches.append(body) }
            state.store(updated, at: reference.identity)
            return .success(WriteResult(object: state.objects[reference.identity] ?? updated))
        }
        return try result.get()
    }

    private static func merged(_ patch: Value, into value: Value) -> Value {
        guard let changes = patch.object else { return patch }
        var result = value.object ?? Object()
        for change in changes.entries {
            result[change.key] = change.value.isNull ? nil : merged(change.value, into: result[change.key] ?? [:])
        }
        return .object(result)
    }

    func delete(_ reference: ObjectReference, options: DeleteOptions) async throws(KubernetesError) -> DeleteResult {
        try enter("delete", "\(reference)", dryRun: options.dryRun)
        let result: Result<DeleteResult, KubernetesError> = state.withLock { state in
            guard let live = state.objects[reference.identity] else { return .success(.gone) }
            let object = KubernetesObject(live)
            if options.uid ?? object.uid != object.uid
                || options.resourceVersion ?? object.resourceVersion != object.resourceVersion
            {
                return .failure(
                    KubernetesError(
                        code: 409, reason: "Conflict", message: "the precondition failed",
                        request: "delete \(reference)"))
            }
            if options.dryRun { return .success(.deleted) }
            state.propagations[reference.name] = options.propagation
            if object.value[path: "metadata", "finalizers"]?.isEmpty == false {
                var marked = live
                marked["metadata"]?["deletionTimestamp"] = .string(state.timestamp)
                state.store(marked, at: reference.identity)
                return .success(.terminating(marked))
            }
            state.objects[reference.identity] = nil
            return .success(.deleted)
        }
        return try result.get()
    }

    func log(
        of pod: ObjectReference, container: String, lines: Int, previous: Bool
    ) async throws(KubernetesError) -> String {
        try enter("log", "\(pod)")
        return state.withLock { $0.logs["\(pod.name)/\(container)"] } ?? ""
    }

    func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, fieldSelector: String?,
        from resourceVersion: String?
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        AsyncThrowingStream { $0.finish() }
    }
}

extension FakeCluster.State {
    var timestamp: String {
        let text = String(time)
        return "2026-01-01T00:00:" + String(repeating: "0", count: max(0, 6 - text.count)) + text + "Z"
    }

    func type(of object: Value) -> SchemaType {
        let gvk = KubernetesObject(object).gvk
        for definition in objects.values where definition["kind"]?.string == "CustomResourceDefinition" {
            if let type = Schema.types(definedBy: definition)[gvk] { return type }
        }
        return Schema.builtIn(gvk)
    }

    mutating func store(_ object: Value, at identity: ObjectIdentity) {
        version += 1
        var object = object
        if !tracksOwners { object["metadata"]?["managedFields"] = nil }
        if object[path: "metadata", "uid"] == nil { object["metadata"]?["uid"] = .string("uid-\(version)") }
        object["metadata"]?["resourceVersion"] = .string("\(version)")
        objects[identity] = object
    }

    /// What an update, or a creation, makes of an object.
    mutating func updated(_ object: Value, from live: Value?, by manager: String) -> Value {
        time += 1
        let writer = ServerSideApply.Writer(manager: manager, time: timestamp)
        return ServerSideApply(type: type(of: object)).update(admission(object), from: live, by: writer)
    }

    mutating func apply(_ object: Value, _ options: ApplyOptions) -> Result<WriteResult, KubernetesError> {
        let reference = KubernetesObject(object).reference
        func failure(_ code: Int, _ reason: String, _ message: String, _ causes: [KubernetesError.Cause] = [])
            -> Result<WriteResult, KubernetesError>
        {
            .failure(
                KubernetesError(
                    code: code, reason: reason, message: message, causes: causes, request: "apply \(reference)"))
        }
        if !discovered.isEmpty, !discovered.contains(reference.gvk) {
            return failure(404, KubernetesError.Reason.unknownKind, "the server does not serve \(reference.gvk)")
        }
        if let namespace = reference.namespace, objects[ObjectReference.namespace(namespace).identity] == nil {
            return failure(404, "NotFound", "namespaces \"\(namespace)\" not found")
        }
        let live = objects[reference.identity]
        time += 1
        let writer = ServerSideApply.Writer(manager: options.fieldManager, time: timestamp)
        do throws(ApplyConflictError) {
            var applied = try ServerSideApply(type: type(of: object), resetFields: [["status"]])
                .apply(object, to: live, by: writer, force: options.force)
            applied = admission(applied)
            if let live, let refusal = refusal(live, applied) { return .failure(refusal) }
            if applied == live || options.dryRun {
                return .success(WriteResult(object: applied, wasCreated: live == nil))
            }
            store(applied, at: reference.identity)
            return .success(WriteResult(object: objects[reference.identity] ?? applied, wasCreated: live == nil))
        } catch {
            let causes = error.conflicts.flatMap { conflict in
                conflict.fields.leaves.map {
                    KubernetesError.Cause(
                        field: ".\($0)", message: "conflict with \"\(conflict.manager.manager)\" using v1",
                        reason: "FieldManagerConflict")
                }
            }
            return failure(409, "Conflict", "Apply failed with conflicts", causes)
        }
    }
}

extension PathElement: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .field(value) }
}

/// A clock that jumps to where it is told to sleep until.
final class JumpingClock: SyncClock {
    private let time = Mutex(Duration.zero)

    func now() -> Duration { time.withLock { $0 } }

    func sleep(for duration: Duration) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        time.withLock { $0 += duration }
        await Task.yield()
    }
}

/// The objects of a YAML text.
func manifests(_ text: String) -> [KubernetesObject] {
    do {
        let documents = try YAML.read(Array(text.utf8), file: "test.yaml")
        return documents.map { KubernetesObject($0, origin: SourceLocation(file: "test.yaml", position: $0.position)) }
    } catch {
        preconditionFailure("\(error)")
    }
}

func manifest(_ text: String) -> Value { manifests(text)[0].value }
