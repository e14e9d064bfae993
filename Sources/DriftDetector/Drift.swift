// What was changed in the cluster behind Git's back: one difference, who made it and when, and how bad it is.

package import Manifest

/// How bad a difference is.
package enum DriftSeverity: String, Sendable, Hashable, Comparable, CaseIterable {
    /// As it should be, though Git says otherwise: replicas under an autoscaler.
    case none
    case minor
    case major
    /// It may let somebody in, or run what nobody reviewed.
    case critical

    package static func < (left: DriftSeverity, right: DriftSeverity) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    package var result: FunctionResult.Severity {
        switch self {
        case .none, .minor: .info
        case .major: .warning
        case .critical: .error
        }
    }
}

/// One difference between what was applied and what is.
package struct Drift: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        /// A field has another value, or none (`actual` is nil).
        case field(FieldPath, expected: Value, actual: Value?)
        /// The object is gone.
        case missing
        /// The object belongs to the application, and nothing in Git asks for it.
        case unexpected
        /// The object is not as it was applied, and nothing shows who changed it: as when somebody applies under our
        /// own name, or a webhook changes what we apply.
        case rewritten
    }

    package var object: ObjectReference
    package var change: Change
    /// Who changed it, as `managedFields` names it; nil where that does not tell.
    package var manager: String?
    /// RFC 3339.
    package var time: String?
    package var severity: DriftSeverity
    package var policy: DriftPolicy

    package init(
        object: ObjectReference, change: Change, manager: String? = nil, time: String? = nil, severity: DriftSeverity,
        policy: DriftPolicy
    ) {
        self.object = object
        self.change = change
        self.manager = manager
        self.time = time
        self.severity = severity
        self.policy = policy
    }

    /// The field, nil where it is the object as a whole.
    package var path: FieldPath? { if case .field(let path, _, _) = change { path } else { nil } }
}

extension Drift {
    /// The difference in words, without the object: `spec.replicas is 5 and should be 3, changed by kubectl-scale at
    /// 2026-…`.
    ///
    /// Values of Secrets are whatever the caller masked them with; a structure is told by its kind, not spelt out.
    package var words: String {
        var words: String
        switch change {
        case .field(let path, let expected, let actual?):
            words = "\(path) is \(Self.spelling(actual)) and should be \(Self.spelling(expected))"
        case .field(let path, let expected, nil): words = "\(path) is gone and should be \(Self.spelling(expected))"
        case .missing: words = "is gone from the cluster"
        case .unexpected: words = "is in the cluster, and nothing in Git asks for it"
        case .rewritten: words = "is not as it was applied, and nothing shows who changed it"
        }
        if let manager {
            words += ", \(change == .unexpected ? "made" : "changed") by \(manager)" + (time.map { " at \($0)" } ?? "")
        }
        return words
    }

    private static func spelling(_ value: Value) -> String {
        switch value {
        case .scalar(let scalar):
            scalar.text.isEmpty ? "empty" : scalar.text.count > 80 ? scalar.text.prefix(80) + "…" : scalar.text
        case .array(let items): items.count == 1 ? "a list of one item" : "a list of \(items.count) items"
        case .object(let object): object.count == 1 ? "a mapping with one key" : "a mapping with \(object.count) keys"
        }
    }

    /// The difference as a finding of a KRM function.
    package var result: FunctionResult {
        var tags: [(name: String, value: String)] = [("severity", severity.rawValue), ("policy", policy.description)]
        if let manager { tags.append(("manager", manager)) }
        if let time { tags.append(("time", time)) }
        var field: FunctionResult.Field?
        if case .field(let path, let expected, let actual) = change {
            field = FunctionResult.Field(path: path.description, currentValue: actual, proposedValue: expected)
        }
        return FunctionResult(
            "\(object) \(words)", severity: severity.result, reference: object, field: field, tags: tags)
    }
}
