// Patches in their three forms: read from a file or a string, aimed by a selector or by the object that they name, and
// applied.

import Manifest

/// What the text of a patch turned out to be.
enum PatchContent {
    case strategicMerge([Resource])
    case operations(JSONPatch)

    /// Reads a text that may be either form.
    static func read(
        _ text: [UInt8], file: String, lineOffset: Int, scopes: KindScopes, trace: LineTrace?
    ) throws(TransformFailure) -> PatchContent {
        var objects: [Resource]?
        var objectFailure: DiagnosticsError?
        do {
            objects = try ResourceReader(scopes: scopes, trace: trace).read(text, file: file, lineOffset: lineOffset)
        } catch {
            objectFailure = error
        }
        var operations: JSONPatch?
        var operationsFailure: TransformFailure?
        do throws(TransformFailure) {
            operations = try Self.operations(text, file: file, lineOffset: lineOffset, trace: trace)
        } catch {
            operationsFailure = error
        }
        let hasOperations = operations.map { !$0.operations.isEmpty } ?? false
        if let objects {
            if !objects.isEmpty, hasOperations {
                throw TransformFailure(
                    "the patch is both an object and a list of operations",
                    at: SourceLocation(file: file, position: .unknown))
            }
            return .strategicMerge(objects)
        }
        if let operations, hasOperations { return .operations(operations) }
        // The shape says which of the two it was meant to be.
        let isList = text.first { !Set(" \t\r\n".utf8).contains($0) }.map { Set("-[".utf8).contains($0) } ?? false
        if isList, let operationsFailure { throw operationsFailure }
        throw TransformFailure(objectFailure?.diagnostics ?? operationsFailure?.diagnostics ?? [])
    }

    static func operations(
        _ text: [UInt8], file: String, lineOffset: Int, trace: LineTrace?
    ) throws(TransformFailure) -> JSONPatch {
        var value: Value?
        do throws(DiagnosticsError) {
            if text.first(where: { !Set(" \t\r\n".utf8).contains($0) }) == UInt8(ascii: "[") {
                do throws(JSONError) {
                    value = try JSON.read(text)
                } catch {
                    throw DiagnosticsError(
                        error.message,
                        at: SourceLocation(
                            file: file, position: SourcePosition(line: error.line + lineOffset, column: error.column)))
                }
            } else {
                var options = YAMLReader.Options.yaml11
                options.firstLine = lineOffset + 1
                value = try YAML.read(text, file: file, options: options).first
                value?.moveLines(by: trace?.shift(of: text, file: file, firstLine: lineOffset + 1) ?? 0)
            }
        } catch {
            throw TransformFailure(error.diagnostics)
        }
        do throws(JSONPatch.Failure) {
            return try JSONPatch(value ?? .null)
        } catch {
            throw TransformFailure(error.reason, at: SourceLocation(file: file, position: error.position))
        }
    }
}

struct PatchTransformer {
    let schema: MergeSchema
    let collector: DiagnosticCollector
    /// Whether every resource of the kustomization could be read. Where one could not, a patch without a target is no
    /// news.
    let isComplete: Bool

    // MARK: - patches

    func apply(_ content: PatchContent, _ entry: PatchEntry, to list: inout ResourceList) throws(TransformFailure) {
        switch content {
        case .operations(let patch):
            guard let target = entry.target else {
                throw TransformFailure(
                    "a list of operations needs a `target` that says which objects it is for", at: entry.location,
                    cure: "add `target:` with kind and name")
            }
            let selected = try select(target, list, entry.location)
            try apply(patch, to: selected, of: &list, remembersID: true, entry.location)
        case .strategicMerge(let patches):
            if let target = entry.target {
                if patches.isEmpty { return }
                guard patches.count == 1 else {
                    throw TransformFailure(
                        "a patch with a `target` may hold one document, and this holds \(patches.count)",
                        at: entry.location,
                        cure: "write one entry for each document")
                }
                let patch = Self.withTextMetadata(patches[0].value)
                for index in try select(target, list, entry.location) {
                    try merge(patch, patches[0], into: index, of: &list, entry)
                }
                list.dropEmpty()
                try checkConflicts(list, entry.location)
            } else {
                for patch in patches {
                    guard let index = try uniqueTarget(of: patch, in: list) else { continue }
                    try merge(patch.value, patch, into: index, of: &list, entry)
                }
            }
        }
        list.dropEmpty()
    }

    /// Strategic merge patches of `patchesStrategicMerge`.
    func applyStrategicMerges(_ patches: [Resource], _ location: SourceLocation, to list: inout ResourceList)
        throws(TransformFailure)
    {
        var problems: [Diagnostic] = []
        for patch in patches {
            do throws(TransformFailure) {
                guard let index = try uniqueTarget(of: patch, in: list) else { continue }
                let entry = PatchEntry(location: location)
                try merge(
                    Self.withTextMetadata(patch.value), patch, into: index, of: &list, entry, isListed: true)
                list.dropEmpty()
                try checkConflicts(list, location)
            } catch {
                problems += error.diagnostics
            }
        }
        list.dropEmpty()
        if !problems.isEmpty { throw TransformFailure(problems) }
    }

    // MARK: - JSON patches

    func apply(
        _ patch: JSONPatch, to selected: [Int], of list: inout ResourceList, remembersID: Bool,
        _ location: SourceLocation
    ) throws(TransformFailure) {
        for index in selected {
            try list.update(index) { (resource) throws(TransformFailure) in
                if remembersID { resource.rememberID() }
                var value = resource.value
                if resource.hasInternalAnnotations, value["metadata"]?.object != nil,
                    value["metadata"]?["annotations"] == nil
                {
                    // The reference keeps its notes there, so for a patch the map exists.
                    value["metadata"]?["annotations"] = .object(Object())
                }
                do throws(JSONPatch.Failure) {
                    try patch.apply(to: &value)
                } catch {
                    let place =
                        error.position.isKnown
                        ? SourceLocation(file: location.file, position: error.position) : location
                    throw TransformFailure("patch of \(resource.id): \(error.reason)", at: place)
                }
                if value.object == nil, !value.isNull {
                    throw TransformFailure("patch of \(resource.id): it leaves \(value.noun), no object", at: location)
                }
                // The object was written out and read again.
                if resource.sharedNodeCount > 0 { value.separateNodes() }
                resource.value = value
            }
        }
    }

    // MARK: - Strategic merge patches

    /// - Parameter isListed: whether the patch stands in `patchesStrategicMerge`.
    private func merge(
        _ patch: Value, _ source: Resource, into index: Int, of list: inout ResourceList, _ entry: PatchEntry,
        isListed: Bool = false
    ) throws(TransformFailure) {
        try list.update(index) { (resource) throws(TransformFailure) in
            let before = resource.id
            let apiVersion = resource.value["apiVersion"]
            let kind = resource.value["kind"]
            let name = resource.value["metadata"]?["name"]
            let namespace = resource.value["metadata"]?["namespace"]
            if entry.allowsNameChange || entry.allowsKindChange { resource.rememberID() }
            var failure: TransformFailure?
            var kept = true
            let losses = MergeLosses()
            defer { report(losses, of: before, source.origin?.file ?? entry.location.file) }
            let strategicMerge = StrategicMerge(
                schema: schema, losses: losses, hints: (resource.schemaHints, source.schemaHints))
            if resource.hasInternalAnnotations, resource.value["metadata"]?["annotations"] == nil,
                let annotations = patch["metadata"]?["annotations"], annotations.object == nil, !annotations.isNull
            {
                // The reference keeps its notes there, so for a patch the map exists.
                throw TransformFailure(
                    "patch of \(before): `metadata.annotations` is a map, and the patch has \(annotations.noun)",
                    at: source.origin ?? entry.location)
            }
            resource.changeKeepingIdentity { value in
                do throws(MergeFailure) {
                    kept = try strategicMerge.apply(patch, to: &value)
                } catch {
                    let place = SourceLocation(
                        file: source.origin?.file ?? entry.location.file, position: error.position)
                    failure = TransformFailure("patch of \(before): \(error.reason)", at: place)
                }
                guard kept, !value.isEmpty else {
                    value = .null
                    return
                }
                // An object without apiVersion gets an empty one from a patch with a target.
                if entry.target != nil || isListed {
                    value["apiVersion"] = apiVersion ?? .scalar(Scalar("", kind: .null))
                }
                if !entry.allowsKindChange { value["kind"] = kind }
                if value["metadata"]?.object == nil { value["metadata"] = .object(Object()) }
                if !entry.allowsNameChange { value["metadata"]?["name"] = name }
                value["metadata"]?["namespace"] = namespace.flatMap { $0.isNull || $0.text == "" ? nil : $0 }
            }
            if let failure { throw failure }
            if patch.removesAllAnnotations {
                if resource.hasNames {
                    let place = patch["metadata"]?["annotations"]?.position ?? .unknown
                    let file = source.origin?.file ?? entry.location.file
                    collector.reportForgottenNames(
                        of: before, at: place.isKnown ? SourceLocation(file: file, position: place) : entry.location)
                }
                resource.forgetNotes()
            }
            resource.settleSharedNodes()
            if !kept || entry.allowsNameChange || entry.allowsKindChange { resource.identityMayHaveChanged() }
        }
    }

    private func report(_ losses: MergeLosses, of id: ResourceID, _ file: String) {
        for loss in losses.losses {
            let location = SourceLocation(file: file, position: loss.position)
            collector.report(.warning("patch of \(id): \(loss.reason)", at: location, cure: loss.cure, rule: loss.rule))
        }
    }

    /// Labels and annotations as the reference hands them to a merge: every value as a string of what was written,
    /// `null` included.
    static func withTextMetadata(_ patch: Value) -> Value {
        var patch = patch
        for key in ["labels", "annotations"] {
            guard let map = patch["metadata"]?[key] else { continue }
            guard let object = map.object else {
                patch["metadata"]?[key] = nil
                continue
            }
            patch["metadata"]?[key] = .object(
                Object(
                    entries: object.entries.map {
                        let text = $0.value.text ?? ""
                        let scalar = Scalar(text, kind: .string, style: .created(text), position: $0.value.position)
                        return Object.Entry(key: $0.key, value: .scalar(scalar), position: $0.position)
                    }))
        }
        return patch
    }

    /// The one resource that a patch names, by its current or an earlier id.
    private func uniqueTarget(of patch: Resource, in list: ResourceList) throws(TransformFailure) -> Int? {
        let matches = list.indices(withAnyID: patch.id)
        if matches.count == 1 { return matches[0] }
        if matches.count > 1 {
            let names = matches.map { list[$0].id.description }.joined(separator: ", ")
            throw TransformFailure("the patch of \(patch.id) fits several objects: \(names)", at: patch.origin)
        }
        if !isComplete { return nil }
        throw TransformFailure(
            "there is no \(patch.id) to patch", at: patch.origin, cure: nearest(to: patch.id, in: list))
    }

    private func nearest(to id: ResourceID, in list: ResourceList) -> String? {
        if let twin = list.items.first(where: { $0.id.kind == id.kind && $0.id.name == id.name }) {
            if twin.id.namespace != id.namespace, !twin.id.isClusterScoped {
                return
                    "the one there is stands in namespace `\(twin.id.namespace)`: write that in the patch's metadata.namespace"
            }
            return "the one there is has apiVersion `\(twin.apiVersion)`"
        }
        let names = list.items.filter { $0.id.kind == id.kind }.map(\.id.name)
        return NearestName.find(id.name, among: names).map { "did you mean `\($0)`?" }
    }

    // MARK: - Targets

    func select(_ target: SelectorFields, _ list: ResourceList, _ location: SourceLocation) throws(TransformFailure)
        -> [Int]
    {
        let selector: Selector
        do throws(PatternError) {
            selector = try Selector(target)
        } catch {
            throw TransformFailure("target: `\(error.pattern)` is not a valid pattern: \(error.reason)", at: location)
        }
        let selected = list.indices.filter { selector.selects(list[$0]) }
        if selected.isEmpty, isComplete {
            collector.report(
                .warning("the patch changes nothing: no object matches its target", at: location, rule: "idle-patch"))
        }
        return selected
    }

    private func checkConflicts(_ list: ResourceList, _ location: SourceLocation) throws(TransformFailure) {
        guard list.hasConflicts, let conflict = list.conflicts.first else { return }
        throw TransformFailure(
            "\(list[conflict.first].id) stands twice in the build after this patch", at: location)
    }
}
