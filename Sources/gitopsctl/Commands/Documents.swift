// Results as JSON or YAML, for programs.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

extension OutputStream {
    /// Prints a value in a machine's format; does nothing for text.
    func print(_ value: Value, as format: OutputFormat) {
        switch format {
        case .text: break
        case .json: write(JSON.write(value, pretty: true))
        case .yaml: write(YAML.write(value))
        }
    }
}

/// The documents that commands print. Fields keep their names and meanings from version to version; new ones may come.
enum Documents {
    static func revision(_ revision: SyncRevision) -> Value {
        object([
            ("requested", .string(revision.requested)), ("commit", revision.commit.map(Value.string)),
            ("subject", revision.subject.map(Value.string)), ("author", revision.author.map(Value.string)),
        ])
    }

    static func revision(_ commit: SourceCommit) -> Value {
        revision(
            SyncRevision(requested: commit.requested, commit: commit.id, subject: commit.subject, author: commit.author)
        )
    }

    static func counts(_ counts: SyncCounts) -> Value {
        [
            "created": .int(counts.created), "configured": .int(counts.configured),
            "recreated": .int(counts.recreated), "pruned": .int(counts.pruned),
            "unchanged": .int(counts.unchanged), "skipped": .int(counts.skipped), "failed": .int(counts.failed),
        ]
    }

    static func diagnostic(_ diagnostic: Diagnostic) -> Value {
        let location = diagnostic.location
        let position = location?.position ?? .unknown
        return object([
            ("severity", .string(diagnostic.severity.rawValue)), ("message", .string(diagnostic.message)),
            ("file", location.map { .string($0.file) }), ("line", position.isKnown ? .int(position.line) : nil),
            ("column", position.isKnown ? .int(position.column) : nil), ("commit", location?.commit.map(Value.string)),
            ("cure", diagnostic.cure.map(Value.string)), ("rule", diagnostic.rule.map(Value.string)),
        ])
    }

    static func reference(_ reference: ObjectReference) -> [(String, Value?)] {
        [
            ("apiVersion", .string(reference.gvk.apiVersion)), ("kind", .string(reference.kind)),
            ("namespace", reference.namespace.map(Value.string)), ("name", .string(reference.name)),
        ]
    }

    static func sync(_ record: SyncRecord, objects: [ObjectRecord]?) -> Value {
        object([
            ("id", .int(Int(record.id))), ("application", .string(record.application.name)),
            ("namespace", .string(record.application.namespace)), ("cluster", .string(record.application.cluster)),
            ("result", .string(record.result.rawValue)), ("revision", revision(record.revision)),
            ("trigger", .string(record.trigger.kind.rawValue)), ("by", .string(record.trigger.actor)),
            ("started", .string(record.started.description)),
            ("finished", record.finished.map { .string($0.description) }),
            ("counts", counts(record.counts)), ("manifestDigest", record.manifestDigest.map(Value.string)),
            ("objects", objects.map { .array($0.map(self.record)) }),
            ("diagnostics", .array(record.diagnostics.map(diagnostic))),
        ])
    }

    private static func record(_ record: ObjectRecord) -> Value {
        object(
            reference(record.reference) + [
                ("action", .string(record.action)), ("result", .string(record.result)),
                ("fields", .array(record.fields.map(Value.string))), ("error", record.error.map(Value.string)),
                ("milliseconds", .int(Int(record.duration / .milliseconds(1)))),
            ])
    }

    /// The planned changes but for those that change nothing.
    static func changes(_ plan: Plan) -> Value {
        .array(
            DiffEntry.entries(of: plan).filter { $0.action != .unchanged }.map { entry in
                object(
                    reference(entry.reference) + [
                        ("action", .string(entry.action.rawValue)), ("note", entry.note.map(Value.string)),
                        ("fields", entry.fields.isEmpty ? nil : .array(entry.fields.map(field))),
                    ])
            })
    }

    /// What became of the objects that were not right already.
    static func objects(_ outcome: Outcome) -> Value {
        .array(
            outcome.objects.filter { $0.result != .unchanged }.map { outcome in
                object(
                    reference(outcome.reference) + [
                        ("result", .string(outcome.result.rawValue)),
                        ("health", outcome.health.map { .string($0.status.rawValue) }),
                        ("error", outcome.error.map { .string($0.message) }),
                        ("milliseconds", .int(Int(outcome.duration / .milliseconds(1)))),
                    ])
            })
    }

    private static func field(_ field: DiffEntry.Field) -> Value {
        let cause: Value =
            switch field.cause {
            case .git: ["origin": "git"]
            case .cluster(let manager, let time):
                object([
                    ("origin", "cluster"), ("manager", .string(manager)),
                    ("time", time.map { .string($0.description) }),
                ])
            }
        return object([
            ("path", .string(field.path)), ("live", field.live.map(Value.string)),
            ("desired", field.desired.map(Value.string)),
            ("cause", cause),
        ])
    }

    /// An object of the members that are there.
    static func object(_ members: [(String, Value?)]) -> Value {
        .object(Object(entries: members.compactMap { name, value in value.map { Object.Entry(key: name, value: $0) } }))
    }
}
