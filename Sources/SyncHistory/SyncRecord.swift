// What the history knows of one sync: who asked for it, from which commit, when, and how it ended.

package import Manifest

/// Which application, in which cluster.
package struct ApplicationID: Sendable, Hashable {
    /// The URL of the cluster's API server.
    package var cluster: String
    package var namespace: String
    package var name: String

    package init(cluster: String, namespace: String, name: String) {
        self.cluster = cluster
        self.namespace = namespace
        self.name = name
    }
}

/// What set a sync off.
package struct SyncTrigger: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case commandLine = "cli"
        case controller, webhook
    }

    package var kind: Kind
    /// Who: `user@host` at a terminal, the replica for a controller, the sender for a webhook.
    package var actor: String

    package init(_ kind: Kind, by actor: String) {
        self.kind = kind
        self.actor = actor
    }
}

/// What was synced: the text of the revision that was asked for, and the commit that it resolved to.
package struct SyncRevision: Sendable, Hashable {
    /// As the application spells it: `main`, `v1.2.x`, a commit.
    package var requested: String
    /// In full; nil when the sync failed before it was known.
    package var commit: String?
    package var subject: String?
    package var author: String?

    package init(requested: String, commit: String? = nil, subject: String? = nil, author: String? = nil) {
        self.requested = requested
        self.commit = commit
        self.subject = subject
        self.author = author
    }
}

package enum SyncResult: String, Sendable {
    case running, succeeded, failed
    /// The process that ran it ended, or was told to, before the sync did.
    case interrupted
}

/// How many objects a sync left in which way.
package struct SyncCounts: Sendable, Hashable {
    package var created = 0
    package var configured = 0
    /// Deleted and created again.
    package var recreated = 0
    package var pruned = 0
    package var unchanged = 0
    package var skipped = 0
    package var failed = 0

    package init(
        created: Int = 0, configured: Int = 0, recreated: Int = 0, pruned: Int = 0, unchanged: Int = 0,
        skipped: Int = 0,
        failed: Int = 0
    ) {
        self.created = created
        self.configured = configured
        self.recreated = recreated
        self.pruned = pruned
        self.unchanged = unchanged
        self.skipped = skipped
        self.failed = failed
    }

    /// The objects that the sync wrote to.
    package var changed: Int { created + configured + recreated + pruned }
    package var total: Int { changed + unchanged + skipped + failed }
}

/// What is known of a sync before its first write to the cluster.
package struct SyncStart: Sendable {
    package var application: ApplicationID
    package var trigger: SyncTrigger
    package var revision: SyncRevision
    package var started: Timestamp
    /// The process that runs the sync.
    package var owner: ProcessIdentity
    /// The rendered manifests, in their order, as they were before any secret was opened; nil when the render failed.
    package var manifests: [KubernetesObject]?

    package init(
        application: ApplicationID, trigger: SyncTrigger, revision: SyncRevision, started: Timestamp,
        owner: ProcessIdentity,
        manifests: [KubernetesObject]?
    ) {
        self.application = application
        self.trigger = trigger
        self.revision = revision
        self.started = started
        self.owner = owner
        self.manifests = manifests
    }
}

/// How a sync ended.
package struct SyncEnd: Sendable {
    package var result: SyncResult
    package var finished: Timestamp
    package var counts: SyncCounts
    /// The findings of all stages, free of secret values.
    package var diagnostics: [Diagnostic]
    /// How many syncs of the application are kept from here on: see `HistoryStore`; nil for all.
    package var historyLimit: Int?

    package init(result: SyncResult, finished: Timestamp, counts: SyncCounts, diagnostics: [Diagnostic] = []) {
        self.result = result
        self.finished = finished
        self.counts = counts
        self.diagnostics = diagnostics
    }
}

/// One sync, as the history tells it.
package struct SyncRecord: Sendable, Identifiable {
    package var id: Int64
    package var application: ApplicationID
    package var trigger: SyncTrigger
    package var revision: SyncRevision
    package var started: Timestamp
    package var finished: Timestamp?
    package var result: SyncResult
    package var counts: SyncCounts
    package var diagnostics: [Diagnostic]
    package var owner: ProcessIdentity
    /// What `HistoryStore.manifests` finds the rendered manifests by; nil when nothing was rendered.
    package var manifestDigest: String?

    package init(
        id: Int64, application: ApplicationID, trigger: SyncTrigger, revision: SyncRevision, started: Timestamp,
        finished: Timestamp?, result: SyncResult, counts: SyncCounts, diagnostics: [Diagnostic] = [],
        owner: ProcessIdentity,
        manifestDigest: String? = nil
    ) {
        self.id = id
        self.application = application
        self.trigger = trigger
        self.revision = revision
        self.started = started
        self.finished = finished
        self.result = result
        self.counts = counts
        self.diagnostics = diagnostics
        self.owner = owner
        self.manifestDigest = manifestDigest
    }
}

extension SyncRecord {
    static let deletion = "application-deleted"

    /// What the record of an application's deletion says, by which it is told from a sync.
    package static func deletionRemark(of name: String) -> Diagnostic {
        Diagnostic(.note, "\(name) was deleted", rule: deletion)
    }

    /// Whether this was the deletion of the application.
    package var isDeletion: Bool { diagnostics.contains { $0.rule == Self.deletion } }
}

/// What a sync did to one object.
package struct ObjectRecord: Sendable, Hashable {
    package var reference: ObjectReference
    /// What the plan wanted: create, update, recreate, prune, skip.
    package var action: String
    /// What came of it: created, configured, recreated, pruned, unchanged, skipped, failed.
    package var result: String
    /// The paths of the fields that changed; never their values.
    package var fields: [String]
    package var error: String?
    package var duration: Duration

    package init(
        reference: ObjectReference, action: String, result: String, fields: [String] = [], error: String? = nil,
        duration: Duration = .zero
    ) {
        self.reference = reference
        self.action = action
        self.result = result
        self.fields = fields
        self.error = error
        self.duration = duration
    }
}
