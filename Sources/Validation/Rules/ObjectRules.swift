// What single objects get wrong that no type tells: duplicates, plain Secrets, quotas, annotations of yesterday.

import Manifest

extension Rule {
    static let duplicateObject: Rule = .init(
        "duplicate-object", .error, "An object that is declared twice",
        cure: "remove one of the two, or tell them apart by name or namespace"
    ) { inventory, report in
        var seen: [ObjectIdentity: Subject] = [:]
        for subject in inventory.subjects {
            if let first = seen[subject.identity] {
                let place = first.object.origin.map { ", first at \($0)" } ?? ""
                report.add(.duplicateObject, "\(subject.title) is declared twice\(place)", of: subject)
            } else {
                seen[subject.identity] = subject
            }
        }
    }

    static let plainSecret: Rule = .init(
        "plain-secret", .warning, "A Secret in plain text: whoever reads the repository knows it",
        cure:
            "seal it (`gitopsctl seal`), or have it brought by an ExternalSecret; then change the secret, for Git remembers"
    ) { inventory, report in
        for secret in inventory.own("", "Secret") where !secret.isEncryptedWhole {
            let values = ["data", "stringData"].flatMap { secret.root[$0]?.members ?? [] }
            guard values.contains(where: { $0.field.string?.isEmpty == false }) else { continue }
            report.add(.plainSecret, "\(secret.title) stands in plain text", of: secret)
        }
    }

    static let tlsSecret: Rule = .init(
        "tls-secret", .error, "A TLS Secret whose certificate or key is not PEM",
        cure: "let cert-manager make it, or seal the certificate and the key as PEM"
    ) { inventory, report in
        for secret in inventory.own("", "Secret")
        where secret.root["type"]?.string == "kubernetes.io/tls" && !secret.isEncryptedWhole {
            for key in ["tls.crt", "tls.key"] {
                if let field = secret.root["stringData"]?[key] {
                    if field.string.map(PEM.isSound) != true {
                        report.add(.tlsSecret, "`\(key)` of \(secret.title) holds no PEM", at: field, of: secret)
                    }
                } else if let field = secret.root["data"]?[key] {
                    let text = field.string.flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
                    // Text that is no base64 is another rule's.
                    if let text, !PEM.isSound(text) {
                        report.add(.tlsSecret, "`\(key)` of \(secret.title) holds no PEM", at: field, of: secret)
                    }
                } else {
                    report.add(.tlsSecret, "\(secret.title) has no `\(key)`", of: secret)
                }
            }
        }
    }

    static let quotaResource: Rule = .init(
        "quota-resource", .error, "A quota of something that the API server does not count",
        cure: "objects are counted as `count/deployments.apps`"
    ) { inventory, report in
        for quota in inventory.own("", "ResourceQuota") {
            for (name, field) in quota.root[path: "spec", "hard"]?.members ?? [] where !QuotaNames.isKnown(name) {
                let cure =
                    name.contains(".") && !name.hasPrefix("requests.") && !name.hasPrefix("limits.")
                    ? "write `count/\(name)`" : nil
                report.add(.quotaResource, "`\(name)` is no quota resource", at: field.key, of: quota, cure: cure)
            }
        }
    }

    static let deprecatedAnnotation: Rule = .init(
        "deprecated-annotation", .warning, "An annotation that a field has replaced", cure: "write the field"
    ) { inventory, report in
        for subject in inventory.subjects {
            let holders = [
                subject.root[path: "metadata", "annotations"],
                subject.kind.kind == "Pod" ? nil : subject.pod?.template[path: "metadata", "annotations"],
            ]
            for (key, field) in holders.compactMap(\.self).flatMap(\.members) {
                guard
                    let replacement = replacedAnnotations.first(where: {
                        key == $0.key || ($0.key.hasSuffix("/") && key.hasPrefix($0.key))
                    })
                else { continue }
                report.add(
                    .deprecatedAnnotation, "the annotation \(key) is deprecated", at: field.key, of: subject,
                    cure: "write `\(replacement.field)` instead")
            }
        }
    }

    private static let replacedAnnotations: [(key: String, field: String)] = [
        ("kubernetes.io/ingress.class", "spec.ingressClassName"),
        ("volume.beta.kubernetes.io/storage-class", "spec.storageClassName"),
        ("seccomp.security.alpha.kubernetes.io/pod", "securityContext.seccompProfile"),
        ("container.seccomp.security.alpha.kubernetes.io/", "securityContext.seccompProfile"),
        ("container.apparmor.security.beta.kubernetes.io/", "securityContext.appArmorProfile"),
        ("scheduler.alpha.kubernetes.io/critical-pod", "spec.priorityClassName"),
        ("service.alpha.kubernetes.io/tolerate-unready-endpoints", "spec.publishNotReadyAddresses"),
    ]
}

/// Texts in the form of RFC 7468.
private enum PEM {
    /// Whether a text holds blocks, each with base64 between its two lines.
    static func isSound(_ text: String) -> Bool {
        var body: String?
        var blocks = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("-----BEGIN ") {
                body = ""
            } else if line.hasPrefix("-----END ") {
                guard let block = body, !block.isEmpty, Base64.decode(block) != nil else { return false }
                body = nil
                blocks += 1
            } else if body != nil, !line.contains(": ") {
                // Old keys have headers such as `Proc-Type: 4,ENCRYPTED`.
                body?.append(contentsOf: line.filter { !$0.isWhitespace })
            }
        }
        return blocks > 0 && body == nil
    }
}

/// The names that a ResourceQuota may have (k8s.io/kubernetes/pkg/apis/core/validation,
/// ValidateResourceQuotaResourceName).
private enum QuotaNames {
    private static let standard: Set<String> = [
        "cpu", "memory", "ephemeral-storage", "storage", "requests.cpu", "requests.memory", "requests.storage",
        "requests.ephemeral-storage",
        "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "services", "services.loadbalancers",
        "services.nodeports",
        "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
    ]

    static func isKnown(_ name: String) -> Bool {
        if standard.contains(name) || name.hasPrefix("hugepages-") || name.hasPrefix("requests.hugepages-") {
            return true
        }
        // A qualified name counts objects, a class's storage or an extended resource.
        return name.contains("/")
    }
}
