// `gitopsctl sandbox break` and `mend`: what a failed rollout looks like, and how it ends; `load` moves an autoscaler,
// `pace` sets how long things take.

import ArgumentParser
import Manifest

struct SandboxBreak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break", abstract: "Have a workload's pods fail.",
        discussion: "For example: gitopsctl sandbox break deployment/web --crash-loop")

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
    var breakage: Breakage?

    func validate() throws {
        guard breakage == nil else { return }
        throw ValidationError("Say how it is to fail: --image-pull, --crash-loop or --unschedulable.")
    }

    func run() async throws {
        guard let breakage else { return }
        let console = Console()
        let named = try NamedObject(object)
        try await SandboxControl(console).send(
            "POST", "break",
            [
                "kind": .string(named.kind), "name": .string(named.name), "namespace": .string(namespace),
                "breakage": .string(breakage.rawValue),
            ])
        let end = namespace == "default" ? object : "\(object) -n \(namespace)"
        console.error.print(InkedLine("\(object) fails until `gitopsctl sandbox mend \(end)`", .quiet))
    }
}

struct SandboxMend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mend", abstract: "End what `break` began: the pods are made anew.")

    @Argument(help: ArgumentHelp("The workload or pod.", valueName: "kind/name"))
    var object: String

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Its namespace.", valueName: "name"))
    var namespace = "default"

    func run() async throws {
        let console = Console()
        let named = try NamedObject(object)
        try await SandboxControl(console).send(
            "POST", "break",
            ["kind": .string(named.kind), "name": .string(named.name), "namespace": .string(namespace)])
        console.error.print(InkedLine("the pods of \(object) are made anew", .quiet))
    }
}

struct SandboxLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Have a HorizontalPodAutoscaler want so many replicas.",
        discussion:
            "Nothing is measured in a sandbox: without this an autoscaler leaves its target as it is, within its bounds."
    )

    @Argument(help: ArgumentHelp("The autoscaler.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("How many; nothing gives it back to itself.", valueName: "replicas"))
    var replicas: Int?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Its namespace.", valueName: "name"))
    var namespace = "default"

    func validate() throws {
        if let replicas, replicas < 0 { throw ValidationError("There are no fewer than 0 replicas.") }
    }

    func run() async throws {
        let console = Console()
        var body: Object = ["name": .string(name), "namespace": .string(namespace)]
        if let replicas { body["replicas"] = .int(replicas) }
        try await SandboxControl(console).send("POST", "load", .object(body))
        let wish = replicas.map { "wants \($0) replicas, within its bounds" } ?? "is left to itself"
        console.error.print(InkedLine("\(name) \(wish)", .quiet))
    }
}

struct SandboxPace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace", abstract: "Set how long a pod takes to become ready, and all else that takes a moment.")

    @Argument(help: ArgumentHelp("How long.", valueName: "milliseconds"))
    var milliseconds: Int

    func validate() throws {
        if milliseconds < 0 { throw ValidationError("A pace is 0 milliseconds or more.") }
    }

    func run() async throws {
        let console = Console()
        try await SandboxControl(console).send("POST", "pace", ["milliseconds": .int(milliseconds)])
        console.error.print(InkedLine("pods become ready after \(milliseconds) ms", .quiet))
    }
}
