// Brings the kustomizations of a build to today's spelling, without changing what they build: every rewritten field is
// built and compared before it counts. `patches` act before the namespace and the prefix and `patchesJson6902` after
// them, so that not every field can move.

package import Manifest

/// What a fix comes to.
package struct KustomizationFix: Sendable {
    /// The new texts, by path in the tree.
    package var files: [String: [UInt8]] = [:]
    /// What was rewritten, as notes, and what was left, as warnings with the reason.
    package var diagnostics: [Diagnostic] = []
}

extension KustomizeBuild {
    /// Rewrites the deprecated fields of every kustomization that a build reads from its own tree.
    ///
    /// - Throws: what is wrong with the build; what does not build cannot be compared.
    package func fix(path: String) throws(DiagnosticsError) -> KustomizationFix {
        let before = try build(path: path)
        let expected = before.yaml()
        var fix = KustomizationFix()
        for file in before.kustomizations {
            guard let bytes = try? tree.read(file), let original = KustomizationText(bytes) else { continue }
            var text = original
            for key in ModernSpelling.fields where text.field(key) != nil || text.repeatedKeys.contains(key) {
                let line = (original.fields.first { $0.key == key }?.lines.lowerBound ?? 0) + 1
                let location = SourceLocation(file: tree.display(file), position: SourcePosition(line: line, column: 1))
                if text.repeatedKeys.contains(key) {
                    fix.diagnostics.append(
                        .warning(
                            "`\(key)` stands several times and was left as it is", at: location,
                            cure: "join them first", rule: "not-fixed"))
                    continue
                }
                guard let changed = ModernSpelling.rewrite(key, in: text) else {
                    fix.diagnostics.append(
                        .warning(
                            "`\(key)` was left as it is: it is written in a way that cannot be edited safely",
                            at: location, rule: "not-fixed"))
                    continue
                }
                let trial = EditedTree(tree: tree, texts: fix.files.merging([file: changed.bytes]) { $1 })
                let after = (try? KustomizeBuild(tree: trial, options: options).build(path: path))?.yaml()
                guard after == expected else {
                    fix.diagnostics.append(
                        .warning(
                            "`\(key)` was left as it is: in today's spelling it acts at another moment, and the output would change",
                            at: location, cure: "write it by hand, and compare the output", rule: "not-fixed"))
                    continue
                }
                text = changed
                fix.files[file] = changed.bytes
                fix.diagnostics.append(
                    Diagnostic(.note, "`\(key)` is written in today's spelling", at: location, rule: "fixed"))
            }
            if let field = original.field("vars") {
                let position = SourcePosition(line: field.lines.lowerBound + 1, column: 1)
                fix.diagnostics.append(
                    .warning(
                        "`vars` was left as it is: which fields it reaches cannot be said field by field",
                        at: SourceLocation(file: tree.display(file), position: position),
                        cure: "write a replacement for each place of `$(NAME)`", rule: "not-fixed"))
            }
        }
        return fix
    }
}

/// A tree in which some files have other texts.
private struct EditedTree: FileTree {
    let tree: any FileTree
    let texts: [String: [UInt8]]

    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        try tree.resolve(path, below: directory)
    }

    func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        if let text = texts[path] { return text }
        return try tree.read(path)
    }

    func names(in path: String) throws(FileTreeError) -> [String] { try tree.names(in: path) }
    func objectID(of path: String) throws(FileTreeError) -> String { try tree.objectID(of: path) }
    func display(_ path: String) -> String { tree.display(path) }
}
