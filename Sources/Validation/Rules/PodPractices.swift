// How pods are run: images, resources, rights.

import Manifest

extension Rule {
    static let latestTag: Rule = .init(
        "latest-tag", .warning, "An image that tomorrow may be another: tagged `latest`, or not at all",
        cure: "pin the image to a version or a digest"
    ) { inventory, report in
        for subject in inventory.subjects {
            for container in subject.pod?.allContainers ?? [] {
                guard let field = container["image"], let image = field.string, !image.isEmpty, !image.contains("@")
                else { continue }
                let tag = image.split(separator: "/").last?.split(separator: ":", maxSplits: 1).dropFirst().first
                if tag == "latest" {
                    report.add(.latestTag, "the image \(image) is tagged `latest`", at: field, of: subject)
                } else if tag == nil {
                    report.add(
                        .latestTag, "the image \(image) has no tag, which means `latest`", at: field, of: subject)
                }
            }
            if subject.pod == nil, subject.isCustom { subject.root["spec"]?.reportLatestImages(of: subject, &report) }
        }
    }

    static let unsetRequests: Rule = .init(
        "unset-requests", .warning, "A container that does not say what it needs, so that nodes are overfilled",
        cure: "set resources.requests.cpu and .memory"
    ) { inventory, report in
        inventory.checkResources("requests", ["cpu", "memory"], .unsetRequests, &report)
    }

    static let unsetMemoryLimit: Rule = .init(
        "unset-memory-limit", .warning, "A container that may take all memory of its node",
        cure: "set resources.limits.memory"
    ) { inventory, report in
        inventory.checkResources("limits", ["memory"], .unsetMemoryLimit, &report)
    }

    static let limitBelowRequest: Rule = .init(
        "limit-below-request", .error, "A container that requests more than its limit, which the API server refuses",
        cure: "raise the limit, or lower the request"
    ) { inventory, report in
        for subject in inventory.subjects {
            for container in subject.pod?.allContainers ?? [] {
                for (name, request) in container[path: "resources", "requests"]?.members ?? [] {
                    guard let limit = container[path: "resources", "limits", name],
                        let least = request.value.scalar.flatMap({ Quantity($0) }),
                        let most = limit.value.scalar.flatMap({ Quantity($0) }), most < least
                    else { continue }
                    report.add(
                        .limitBelowRequest,
                        "\(subject.title) requests \(request.value.scalar?.text ?? "") of \(name), and may have \(limit.value.scalar?.text ?? "")",
                        at: request, of: subject)
                }
            }
        }
    }

    static let privilegedContainer: Rule = .init(
        "privileged-container", .error, "A container that is root on its node",
        cure: "remove `privileged: true`, and add the capability that it needs"
    ) { inventory, report in
        for subject in inventory.subjects {
            for container in subject.pod?.allContainers ?? [] {
                guard let field = container[path: "securityContext", "privileged"], field.bool == true else { continue }
                report.add(
                    .privilegedContainer,
                    "the container \(container["name"]?.string ?? "") of \(subject.title) is privileged", at: field,
                    of: subject)
            }
        }
    }

    static let runAsNonRoot: Rule = .init(
        "run-as-non-root", .warning, "A container that may run as root",
        cure: "set `runAsNonRoot: true` in the securityContext of the pod, and a runAsUser if the image's user is root"
    ) { inventory, report in
        for subject in inventory.subjects {
            guard let pod = subject.pod else { continue }
            let ofPod = pod.spec["securityContext"]
            for container in pod.allContainers {
                let own = container["securityContext"]
                let user = own?["runAsUser"] ?? ofPod?["runAsUser"]
                let name = container["name"]?.string ?? ""
                if let user, user.int == 0 {
                    report.add(
                        .runAsNonRoot, "the container \(name) of \(subject.title) runs as root", at: user, of: subject)
                } else if (own?["runAsNonRoot"] ?? ofPod?["runAsNonRoot"])?.bool != true, (user?.int ?? 0) == 0 {
                    report.add(
                        .runAsNonRoot, "nothing keeps the container \(name) of \(subject.title) from running as root",
                        at: container, of: subject)
                }
            }
        }
    }

    static let privilegeEscalation: Rule = .init(
        "privilege-escalation", .warning, "A container that asks to gain more rights than it was started with",
        cure: "set `allowPrivilegeEscalation: false`"
    ) { inventory, report in
        for subject in inventory.subjects {
            for container in subject.pod?.allContainers ?? [] {
                guard let field = container[path: "securityContext", "allowPrivilegeEscalation"], field.bool == true
                else { continue }
                report.add(
                    .privilegeEscalation,
                    "the container \(container["name"]?.string ?? "") of \(subject.title) may gain rights", at: field,
                    of: subject)
            }
        }
    }

    static let hostNamespaces: Rule = .init(
        "host-namespaces", .warning,
        "A pod in the node's own network, process or IPC namespace, or with a part of its disk",
        cure: "remove it; give the pod a Service, or a volume of its own"
    ) { inventory, report in
        for subject in inventory.subjects {
            guard let pod = subject.pod else { continue }
            for name in ["hostNetwork", "hostPID", "hostIPC"] {
                guard let field = pod.spec[name], field.bool == true else { continue }
                report.add(.hostNamespaces, "\(subject.title) has `\(name)`", at: field, of: subject)
            }
            for volume in pod.spec["volumes"]?.items ?? [] {
                guard let field = volume["hostPath"] else { continue }
                report.add(
                    .hostNamespaces, "\(subject.title) mounts \(field["path"]?.string ?? "a folder") of its node",
                    at: field, of: subject)
            }
        }
    }
}

extension Field {
    /// Images inside of custom resources, by the names that operators give such fields.
    fileprivate func reportLatestImages(of subject: Subject, _ report: inout Report) {
        for (key, field) in members {
            if ["image", "imageName"].contains(key), let image = field.string {
                guard image.hasSuffix(":latest") else { continue }
                report.add(.latestTag, "the image \(image) is tagged `latest`", at: field, of: subject)
            } else {
                field.reportLatestImages(of: subject, &report)
            }
        }
        for item in items { item.reportLatestImages(of: subject, &report) }
    }
}

extension Inventory {
    /// Whether a LimitRange of the namespace gives containers what they do not say.
    func hasDefault(_ resource: String, of part: String = "requests", in namespace: String) -> Bool {
        every("", "LimitRange").contains { range in
            range.namespace == namespace
                && (range.root[path: "spec", "limits"]?.items ?? []).contains { limit in
                    limit["type"]?.string == "Container"
                        && (limit["default"]?[resource] != nil
                            || (part == "requests" && limit["defaultRequest"]?[resource] != nil))
                }
        }
    }

    fileprivate func checkResources(_ part: String, _ names: [String], _ rule: Rule, _ report: inout Report) {
        for subject in subjects {
            for container in subject.pod?.allContainers ?? [] {
                let resources = container["resources"]
                let missing = names.filter { name in
                    // A limit is the request of whoever names none.
                    resources?[part]?[name] == nil && !(part == "requests" && resources?["limits"]?[name] != nil)
                        && !hasDefault(name, of: part, in: subject.namespace)
                }
                if missing.isEmpty { continue }
                let word = part == "requests" ? "request" : "limit"
                report.add(
                    rule,
                    "the container \(container["name"]?.string ?? "") of \(subject.title) has no \(word) of \(missing.joined(separator: " and "))",
                    at: resources?[part] ?? resources ?? container, of: subject)
            }
        }
    }
}
