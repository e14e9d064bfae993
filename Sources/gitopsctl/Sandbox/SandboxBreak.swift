// `gitopsctl sandbox break` and `mend`: what a failed rollout looks like, and how it ends. `scale` moves an autoscaler.

import ArgumentParser
import Manifest

struct SandboxBreak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break", abstract: "Have a workload's pods fail.", discussion: "For example: gitopsctl sandbox break deployment/web --crash-loop")

    enum Breakage: String, EnumerableFlag {
        case imagePull = "image-pull"
        case crashLoop = "crash-loop"
        case unschedulable

        static func help(for value: Breakage) -> ArgumentHelp? {
            switch value {
            case .imagePull: "Their images cannot be pulled."
            case .crashLoop: "Their containers end as soon as they are started."
            case .unschedulable: "No node takes them."
            }
        }

        static func name(for value: Breakage) -> NameSpecification { .customLong(value.rawValue) }
    }

    @Argument(help: ArgumentHelp("The workload or pod.", valueName: "kind/name"))
    var object: String

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Its namespace.", valueName: "name"))
    var namespace = "default"

    @Flag(help: "How.")
    var breakage: Breakage

    func run() async throws {
        let named = try NamedObject(object)
        try await SandboxControl(Console()).send(
            "POST", "break",
            [
                "kind": .string(named.kind), "name": .string(named.name), "namespace": .string(namespace),
                "breakage": .string(breakage.rawValue),
            ])
    }
}

struct SandboxMend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "mend", abstract: "End what `break` began: the pods are made anew.")

    @Argument(help: ArgumentHelp("The workload or pod.", valueName: "kind/name"))
    var object: String

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Its namespace.", valueName: "name"))
    var namespace = "default"

    func run() async throws {
        let named = try NamedObject(object)
        try await SandboxControl(Console()).send(
            "POST", "break", ["kind": .string(named.kind), "name": .string(named.name), "namespace": .string(namespace)])
    }
}

struct SandboxLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Have a HorizontalPodAutoscaler want so many replicas.",
        discussion: "Nothing is measured in a sandbox: without this an autoscaler leaves its target as it is, within its bounds.")

    @Argument(help: ArgumentHelp("The autoscaler.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("How many; nothing gives it back to itself.", valueName: "replicas"))
    var replicas: Int?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Its namespace.", valueName: "name"))
    var namespace = "default"

    func run() async throws {
        var body: Object = ["name": .string(name), "namespace": .string(namespace)]
        if let replicas { body["replicas"] = .int(replicas) }
        try await SandboxControl(Console()).send("POST", "load", .object(body))
    }
}

struct SandboxPace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace", abstract: "Set how long a pod takes to become ready, and all else that takes a moment.")

    @Argument(help: ArgumentHelp("How long.", valueName: "milliseconds"))
    var milliseconds: Int

    func run() async throws {
        try await SandboxControl(Console()).send("POST", "pace", ["milliseconds": .int(milliseconds)])
    }
}
