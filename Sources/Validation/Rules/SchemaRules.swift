// Objects held to the types of their kinds, and kinds to the versions that a cluster serves.

import Manifest

extension Rule {
    static let schemaUnknownField: Rule = .init(
        "schema-unknown-field", .error, "A field that the kind does not have",
        cure: "correct its name, or move it to where it belongs")

    static let schemaRequired: Rule = .init(
        "schema-required", .error, "A required field is missing", cure: "add it")

    static let schemaEnum: Rule = .init(
        "schema-enum", .error, "A value that the field does not take", cure: "write one that it takes")

    static let schemaFormat: Rule = .init(
        "schema-format", .error, "A quantity, number or base64 text that cannot be read", cure: "correct it")

    static let schemaDuplicateItem: Rule = .init(
        "schema-duplicate-item", .error, "Two items of a list with one key: names of containers, ports, variables",
        cure: "remove one of them, or join the two")

    /// Walks every object for all rules of this file's first part.
    static let schemaType: Rule = .init(
        "schema-type", .error, "A value of the wrong type: a number for a string, a list for an object",
        cure: "write what the field takes"
    ) { inventory, report in
        for subject in inventory.subjects {
            guard !subject.isEncryptedWhole, case .known(let type) = inventory.catalogue.standing(of: subject.kind)
            else { continue }
            for violation in SchemaWalk.violations(of: subject.object.value, type: type) {
                let field = Field(.null, path: violation.path, position: violation.position)
                report.add(violation.rule, violation.message, at: field, of: subject, cure: violation.cure)
            }
        }
    }

    static let deprecatedAPI: Rule = .init(
        "deprecated-api", .warning, "A version of an API that a later Kubernetes or operator will not serve",
        cure: "write the version that replaces it")

    static let removedAPI: Rule = .init(
        "removed-api", .error, "A version of an API that the cluster no longer serves, or a kind that it never had",
        cure: "write the version that is served"
    ) { inventory, report in
        for subject in inventory.subjects {
            let field = subject.root["apiVersion"] ?? subject.root
            let written = subject.kind.apiVersion
            if let lifetime = APILifetime.of(subject.kind) {
                let cure =
                    lifetime.replacement.map { "write `apiVersion: \($0)`" } ?? "nothing replaces it: remove the object"
                if let removed = lifetime.removed, removed <= inventory.target {
                    report.add(
                        .removedAPI, "\(subject.kind.kind) of \(written) is not served since Kubernetes \(removed)",
                        at: field,
                        of: subject, cure: cure)
                } else if lifetime.deprecated <= inventory.target {
                    let end = lifetime.removed.map { ", and gone in \($0)" } ?? ""
                    report.add(
                        .deprecatedAPI,
                        "\(subject.kind.kind) of \(written) is deprecated since Kubernetes \(lifetime.deprecated)\(end)",
                        at: field, of: subject, cure: cure)
                }
                continue
            }
            switch inventory.catalogue.standing(of: subject.kind) {
            case .known:
                guard let warning = inventory.catalogue.deprecation(of: subject.kind) else { continue }
                report.add(.deprecatedAPI, warning, at: field, of: subject)
            case .unknown: break
            case .otherVersions(let versions):
                let group = subject.kind.group.isEmpty ? "" : subject.kind.group + "/"
                // A beta of a built-in group may be served by a cluster that was told to.
                if Schema.kubernetes.allKinds.contains(where: { $0.groupKind == subject.kind.groupKind }),
                    subject.kind.version.contains("alpha") || subject.kind.version.contains("beta")
                {
                    continue
                }
                let served = versions.map { "\(group)\($0)" }.joined(separator: " and ")
                report.add(
                    .removedAPI,
                    "\(subject.kind.kind) is not served as \(written)\(versions.isEmpty ? "" : ", but as \(served)")",
                    at: field, of: subject, cure: versions.last.map { "write `apiVersion: \(group)\($0)`" })
            case .noSuchKind(let nearest):
                report.add(
                    .removedAPI, "\(written) has no kind \(subject.kind.kind)", at: subject.root["kind"] ?? field,
                    of: subject,
                    cure: nearest.map { "did you mean `\($0)`?" })
            }
        }
    }

    /// Told once for each kind, and no more than told: a kind that nobody described may be right.
    static let unknownKind: Rule = .init(
        "unknown-kind", .note, "A kind that neither Kubernetes nor a definition in the tree describes",
        cure: "give its CustomResourceDefinition with --crds, or keep it in the tree"
    ) { inventory, report in
        var told: Set<GroupVersionKind> = []
        for subject in inventory.subjects {
            guard case .unknown = inventory.catalogue.standing(of: subject.kind), APILifetime.of(subject.kind) == nil,
                told.insert(subject.kind).inserted
            else { continue }
            report.add(
                .unknownKind, "nothing describes \(subject.kind), so that its objects are not checked",
                at: subject.root["apiVersion"] ?? subject.root, of: subject)
        }
    }
}
