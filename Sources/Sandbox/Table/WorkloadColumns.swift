// The columns of pods and of what makes pods.

import Manifest

enum WorkloadColumns {
    private static let containers = TableColumn("Containers", priority: 1) { row in
        .string(templateContainers(row).compactMap { $0["name"]?.string }.joined(separator: ","))
    }
    private static let images = TableColumn("Images", priority: 1) { row in
        .string(templateContainers(row).compactMap { $0["image"]?.string }.joined(separator: ","))
    }
    private static let selector = TableColumn("Selector", priority: 1) { row in
        .string(BuiltinColumns.orNone(PodSelector(row["spec", "selector"]).text))
    }

    private static func templateContainers(_ row: TableRow) -> [Value] {
        (row["spec", "template", "spec"] ?? row["spec", "jobTemplate", "spec", "template", "spec"])?["containers"]?
            .array ?? []
    }

    private static func ready(_ row: TableRow) -> Value {
        .string("\(row.int("status", "readyReplicas"))/\(row["spec", "replicas"]?.int ?? 1)")
    }

    static let deployment: [TableColumn] = [
        .name, TableColumn("Ready", cell: ready), .number("Up-to-date", "status", "updatedReplicas"),
        .number("Available", "status", "availableReplicas"), .age, containers, images, selector,
    ]

    static let replicaSet: [TableColumn] = [
        .name, .number("Desired", "spec", "replicas"), .number("Current", "status", "replicas"),
        .number("Ready", "status", "readyReplicas"), .age, containers, images, selector,
    ]

    static let statefulSet: [TableColumn] = [.name, TableColumn("Ready", cell: ready), .age, containers, images]

    static let daemonSet: [TableColumn] = [
        .name, .number("Desired", "status", "desiredNumberScheduled"),
        .number("Current", "status", "currentNumberScheduled"),
        .number("Ready", "status", "numberReady"), .number("Up-to-date", "status", "updatedNumberScheduled"),
        .number("Available", "status", "numberAvailable"),
        TableColumn("Node Selector") { row in
            .string(BuiltinColumns.orNone(PodSelector(row["spec", "template", "spec", "nodeSelector"]).text))
        }, .age, containers, images, selector,
    ]

    static let controllerRevision: [TableColumn] = [
        .name,
        TableColumn("Controller") { row in
            let owner = row.items("metadata", "ownerReferences").first
            return .string(
                owner.map { "\($0["kind"]?.string?.lowercased() ?? "")/\($0["name"]?.string ?? "")" } ?? "<none>")
        }, .number("Revision", "revision"), .age,
    ]

    static let job: [TableColumn] = [
        .name,
        TableColumn("Status") { row in
            let holding = row.items("status", "conditions").filter { $0["status"]?.string == "True" }.compactMap {
                $0["type"]?.string
            }
            return .string(
                holding.contains("Complete")
                    ? "Complete"
                    : holding.contains("Failed")
                        ? "Failed"
                        : holding.contains("Suspended") ? "Suspended" : "Running")
        },
        TableColumn("Completions") { row in
            .string("\(row.int("status", "succeeded"))/\(row["spec", "completions"]?.int ?? 1)")
        },
        TableColumn("Duration") { row in
            guard let start = Timestamp(row.text("status", "startTime")) else { return "" }
            let end = Timestamp(row.text("status", "completionTime")) ?? row.now
            return .string(humanDuration((end.microseconds - start.microseconds) / 1_000_000))
        }, .age, containers, images, selector,
    ]

    static let cronJob: [TableColumn] = [
        .name, .text("Schedule", "spec", "schedule"), .text("Timezone", none: "<none>", "spec", "timeZone"),
        .text("Suspend", "spec", "suspend"),
        TableColumn("Active", type: "integer") { .int($0.items("status", "active").count) },
        TableColumn("Last Schedule") { row in
            .string(row["status", "lastScheduleTime"].map { row.age($0) } ?? "<none>")
        }, .age, containers, images, selector,
    ]

    static let pod: [TableColumn] = [
        .name,
        TableColumn("Ready") { row in
            let ready = row.items("status", "containerStatuses").count { $0["ready"]?.bool ?? false }
            return .string("\(ready)/\(row.items("spec", "containers").count)")
        }, TableColumn("Status") { .string(podStatus($0)) },
        TableColumn("Restarts") { row in
            .string(String(row.items("status", "containerStatuses").reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }))
        }, .age, .text("IP", priority: 1, none: "<none>", "status", "podIP"),
        .text("Node", priority: 1, none: "<none>", "spec", "nodeName"),
        .text("Nominated Node", priority: 1, none: "<none>", "status", "nominatedNodeName"),
        TableColumn("Readiness Gates", priority: 1) { _ in "<none>" },
    ]

    private static func podStatus(_ row: TableRow) -> String {
        if row["metadata", "deletionTimestamp"] != nil { return "Terminating" }
        for status in row.items("status", "containerStatuses") {
            if let reason =
                (status[path: "state", "waiting", "reason"] ?? status[path: "state", "terminated", "reason"])?.string
            {
                return reason
            }
        }
        let reason = row.text("status", "reason")
        return reason.isEmpty ? row.text("status", "phase") : reason
    }
}
