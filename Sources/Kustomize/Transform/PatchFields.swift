// The three patch fields of a kustomization, in the order in which they act.

import Manifest

extension BuildRun {
    func applyPatches(_ kustomization: Kustomization, _ root: Root, _ accumulation: inout Accumulation)
        throws(TransformFailure)
    {
        let transformer = PatchTransformer(schema: schema, collector: collector, isComplete: accumulation.isComplete)
        var problems: [Diagnostic] = []
        var merges = 0
        for entry in kustomization.patchesStrategicMerge {
            do throws(TransformFailure) {
                let patches = try strategicMerges(entry, root)
                merges += patches.count
                try transformer.applyStrategicMerges(patches, entry.location, to: &accumulation.list)
            } catch {
                merges += 1
                problems += error.located(at: entry.location)
            }
        }
        if merges == 0, let first = kustomization.patchesStrategicMerge.first {
            problems.append(.error("`patchesStrategicMerge` names files that hold no patch", at: first.location))
        }
        if !kustomization.patchesStrategicMerge.isEmpty {
            note(kustomization, "PatchStrategicMergeTransformer", &accumulation)
        }
        for entry in kustomization.patches {
            do throws(TransformFailure) {
                try apply(entry, root, transformer, &accumulation.list)
            } catch {
                problems += error.located(at: entry.location)
            }
            note(kustomization, "PatchTransformer", &accumulation)
        }
        if !problems.isEmpty { throw TransformFailure(problems) }
    }

    func apply(
        _ entry: PatchEntry, _ root: Root, _ transformer: PatchTransformer, _ list: inout ResourceList
    ) throws(TransformFailure) {
        var text = try patchText(entry, root)
        if entry.patch != nil { text = trimmed(text) }
        let content = try PatchContent.read(
            text.bytes, file: text.file, lineOffset: text.lineOffset, scopes: scopes, trace: trace)
        try transformer.apply(content, entry, to: &list)
    }

    /// Each string is a patch itself, or else the path of one.
    func strategicMerges(_ entry: Located<String>, _ root: Root) throws(TransformFailure) -> [Resource] {
        let reader = ResourceReader(scopes: scopes, trace: trace)
        let looksInline = entry.value.utf8.contains(UInt8(ascii: "\n")) || entry.value.utf8.contains(UInt8(ascii: "{"))
        do throws(DiagnosticsError) {
            return try reader.read(Array(entry.value.utf8), file: entry.location.file, lineOffset: entry.lineOffset)
        } catch {
            if looksInline { throw TransformFailure(error.diagnostics) }
        }
        let file: (path: String, bytes: [UInt8])
        do throws(LoadFailure) {
            file = try loader.file(entry.value, from: root)
        } catch {
            throw TransformFailure(error.reason, at: entry.location, cure: error.cure)
        }
        do throws(DiagnosticsError) {
            return try reader.read(file.bytes, file: root.tree.display(file.path))
        } catch {
            throw TransformFailure(error.diagnostics)
        }
    }

    func patchText(
        _ entry: PatchEntry, _ root: Root
    ) throws(TransformFailure) -> (bytes: [UInt8], file: String, lineOffset: Int) {
        switch (entry.path, entry.patch) {
        case (nil, nil):
            throw TransformFailure("a patch needs `path` or `patch`", at: entry.location)
        case (.some, .some):
            throw TransformFailure(
                "a patch has `path` or `patch`, not both", at: entry.location, cure: "remove one of the two")
        case (let path?, nil):
            do throws(LoadFailure) {
                let file = try loader.file(path.value, from: root)
                return (file.bytes, root.tree.display(file.path), 0)
            } catch {
                throw TransformFailure(error.reason, at: path.location, cure: error.cure)
            }
        case (nil, let patch?):
            return (Array(patch.value.utf8), patch.location.file, patch.lineOffset)
        }
    }

    /// The reference trims the texts of `patches` that are written in place, so that a block at their end loses its
    /// last line break. Those of `patchesJson6902` it leaves as they are.
    private func trimmed(
        _ text: (bytes: [UInt8], file: String, lineOffset: Int)
    ) -> (bytes: [UInt8], file: String, lineOffset: Int) {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }
        let head = text.bytes.prefix(while: isBlank)
        let end = text.bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? head.endIndex
        let lines = head.count { $0 == UInt8(ascii: "\n") }
        return (Array(text.bytes[head.endIndex..<end]), text.file, text.lineOffset + lines)
    }

    func applyJSON6902(_ entry: PatchEntry, _ root: Root, _ accumulation: inout Accumulation) throws(TransformFailure) {
        guard let target = entry.target, !target.name.isEmpty else {
            throw TransformFailure(
                "a JSON patch needs a `target` with kind and name", at: entry.location,
                cure: "add `target:` with kind and name")
        }
        let text = try patchText(entry, root)
        let patch = try PatchContent.operations(text.bytes, file: text.file, lineOffset: text.lineOffset, trace: trace)
        if patch.operations.isEmpty { throw TransformFailure("the JSON patch is empty", at: entry.location) }
        let transformer = PatchTransformer(schema: schema, collector: collector, isComplete: accumulation.isComplete)
        let selected = try transformer.select(target, accumulation.list, entry.location)
        let location = SourceLocation(file: text.file, position: entry.location.position)
        try transformer.apply(patch, to: selected, of: &accumulation.list, remembersID: false, location)
    }
}

extension Located<String> {
    /// How many lines of the file stand before a text that was written inside of it.
    var lineOffset: Int { isBlock ? location.position.line : max(location.position.line - 1, 0) }
}
