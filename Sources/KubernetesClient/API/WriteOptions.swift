// How an object is written or deleted, and what comes back.

package import Manifest

/// What the server does with fields that it does not know, or finds twice.
package enum FieldValidation: String, Sendable, Hashable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
}

/// Options of server-side apply.
package struct ApplyOptions: Sendable, Hashable {
    package var fieldManager: String
    /// Takes over fields that other managers own, instead of failing with a conflict.
    package var force: Bool
    /// Asks what would come out, and changes nothing.
    package var dryRun: Bool
    /// nil leaves it to the server.
    package var fieldValidation: FieldValidation?
    /// "status", for instance; nil for the object itself.
    package var subresource: String?

    package init(
        fieldManager: String = "gitopsctl", force: Bool = false, dryRun: Bool = false,
        fieldValidation: FieldValidation? = nil, subresource: String? = nil
    ) {
        self.fieldManager = fieldManager
        self.force = force
        self.dryRun = dryRun
        self.fieldValidation = fieldValidation
        self.subresource = subresource
    }
}

/// Options of create, replace and patch.
package struct WriteOptions: Sendable, Hashable {
    package var fieldManager: String
    package var dryRun: Bool
    package var fieldValidation: FieldValidation?
    package var subresource: String?

    package init(
        fieldManager: String = "gitopsctl", dryRun: Bool = false, fieldValidation: FieldValidation? = nil,
        subresource: String? = nil
    ) {
        self.fieldManager = fieldManager
        self.dryRun = dryRun
        self.fieldValidation = fieldValidation
        self.subresource = subresource
    }
}

package enum PatchType: String, Sendable, Hashable {
    /// RFC 6902.
    case json = "application/json-patch+json"
    /// RFC 7386.
    case merge = "application/merge-patch+json"
    /// Kubernetes' own; built-in kinds only.
    case strategicMerge = "application/strategic-merge-patch+json"
}

/// What a write made of the object.
package struct WriteResult: Sendable, Hashable {
    /// The object as it stands in the cluster now, or would with `dryRun`.
    package var object: Value
    package var wasCreated: Bool
    /// What the server warned of (deprecated versions, unknown fields), in order.
    package var warnings: [String]

    package init(object: Value, wasCreated: Bool = false, warnings: [String] = []) {
        self.object = object
        self.wasCreated = wasCreated
        self.warnings = warnings
    }
}

package struct DeleteOptions: Sendable, Hashable {
    /// What becomes of the objects that this one owns.
    package enum Propagation: String, Sendable, Hashable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    package var propagation: Propagation
    /// Seconds; nil leaves it to the kind.
    package var gracePeriod: Int?
    /// Deletes only the object with this uid.
    package var uid: String?
    /// Deletes only this version of the object.
    package var resourceVersion: String?
    package var dryRun: Bool

    package init(
        propagation: Propagation = .background, gracePeriod: Int? = nil, uid: String? = nil,
        resourceVersion: String? = nil,
        dryRun: Bool = false
    ) {
        self.propagation = propagation
        self.gracePeriod = gracePeriod
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.dryRun = dryRun
    }
}

package enum DeleteResult: Sendable, Hashable {
    /// There was no such object.
    case gone
    /// It is deleted.
    case deleted
    /// It is marked for deletion and waits for its finalizers or its grace period; the object as it stands.
    case terminating(Value)
}
