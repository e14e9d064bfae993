// Two texts, line by line, in hunks as `diff -u` cuts them.

/// A stretch of lines around changes.
struct Hunk: Sendable, Hashable {
    enum Line: Sendable, Hashable {
        /// The index of the line in the first text, from 0, as of every line that both have.
        case same(Int)
        case removed(Int)
        /// The index of the line in the second text.
        case added(Int)
    }

    /// Where it begins in either text, from 0.
    var before: Int
    var after: Int
    var lines: [Line]

    /// `@@ -12,7 +12,7 @@`, with lines counted from 1 and a place before the first for what is empty.
    var heading: String {
        var (removed, added) = (0, 0)
        for line in lines {
            if case .added = line {} else { removed += 1 }
            if case .removed = line {} else { added += 1 }
        }
        return "@@ -\(removed == 0 ? before : before + 1),\(removed) +\(added == 0 ? after : after + 1),\(added) @@"
    }
}

enum LineDiff {
    /// The shortest edit from one text to another, with up to `context` equal lines around it.
    static func hunks(from before: [String], to after: [String], context: Int = 3) -> [Hunk] {
        let script = script(from: before, to: after)
        var hunks: [Hunk] = []
        // The equal lines since the last change, and where both texts stand at the first of them.
        var equal: [Hunk.Line] = []
        var (old, new) = (0, 0)
        for line in script {
            if case .same = line {
                equal.append(line)
                (old, new) = (old + 1, new + 1)
                continue
            }
            if !hunks.isEmpty, equal.count <= 2 * context {
                hunks[hunks.count - 1].lines += equal
            } else {
                if !hunks.isEmpty { hunks[hunks.count - 1].lines += equal.prefix(context) }
                let lead = equal.suffix(context)
                hunks.append(Hunk(before: old - lead.count, after: new - lead.count, lines: Array(lead)))
            }
            equal = []
            hunks[hunks.count - 1].lines.append(line)
            if case .removed = line { old += 1 } else { new += 1 }
        }
        if !hunks.isEmpty { hunks[hunks.count - 1].lines += equal.prefix(context) }
        return hunks
    }

    /// Every line of both texts in order, what goes before what comes.
    private static func script(from before: [String], to after: [String]) -> [Hunk.Line] {
        var (removed, added): (Set<Int>, Set<Int>) = ([], [])
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var script: [Hunk.Line] = []
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if removed.contains(old) {
                script.append(.removed(old))
                old += 1
            } else if added.contains(new) {
                script.append(.added(new))
                new += 1
            } else {
                script.append(.same(old))
                (old, new) = (old + 1, new + 1)
            }
        }
        return script
    }
}
