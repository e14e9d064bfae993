// `gitopsctl sandbox fault`: has requests fail, so that it can be seen what a tool does then.

import ArgumentParser
import Manifest

struct SandboxFault: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault", abstract: "Have the sandbox's API fail, to rehearse it.",
        subcommands: [FaultAdd.self, FaultList.self, FaultClear.self])
}

/// What goes wrong.
enum FaultEffect: String, ExpressibleByArgument, CaseIterable {
    case latency, conflict, throttle, error, unavailable
    case cutBefore = "cut-before"
    case cutAfter = "cut-after"
    case silentWatches = "silent-watches"
    case expiredVersions = "expired-versions"
    case missingGroup = "missing-group"
    case unavailableGroup = "unavailable-group"
    case webhookDown = "webhook-down"
}

extension FaultEffect {
    /// Whether it strikes a whole group of the API.
    var isAboutAGroup: Bool { self == .missingGroup || self == .unavailableGroup }
}

struct FaultAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Ask for a fault, and print its number.",
        discussion: """
            latency delays answers; conflict, throttle, error and unavailable refuse with 409, 429, 500 and 503; cut-before and cut-after cut \
            the connection before and after the request is done; silent-watches bring nothing; expired-versions are too old; missing-group is not served, \
            unavailable-group does not answer; webhook-down refuses creates and changes as where an admission webhook cannot be reached.
            """)

    @Argument(help: "What goes wrong.")
    var effect: FaultEffect

    @Option(help: ArgumentHelp("Only requests with this verb; may be given again.", valueName: "verb"))
    var verb: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only requests for this resource, for example deployments or deployments/scale.", valueName: "plural"))
    var resource: String?

    @Option(
        help: ArgumentHelp(
            "Only this group of the API; for missing-group and unavailable-group, the group.", valueName: "name"))
    var group: String?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only this namespace.", valueName: "name"))
    var namespace: String?

    @Option(help: ArgumentHelp("Only the object of this name.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("How many requests it strikes; all until it is cleared otherwise.", valueName: "count"))
    var times: Int?

    @Option(help: ArgumentHelp("How late answers come.", valueName: "milliseconds"))
    var milliseconds: Int?

    @Option(help: ArgumentHelp("When to come again, said with a refusal.", valueName: "seconds"))
    var retryAfter: Int?

    func validate() throws {
        if let times, times < 1 { throw ValidationError("--times is 1 or more.") }
        if let milliseconds, milliseconds < 0 { throw ValidationError("--milliseconds is 0 or more.") }
        if let retryAfter, retryAfter < 0 { throw ValidationError("--retry-after is 0 or more.") }
        if effect.isAboutAGroup, (group ?? "").isEmpty {
            throw ValidationError("\(effect.rawValue) needs --group, for example --group apps.")
        }
    }

    func run() async throws {
        let console = Console()
        var body: Object = ["effect": .string(effect.rawValue)]
        if !verb.isEmpty { body["verbs"] = .array(verb.map { .string($0) }) }
        if let resource { body["resource"] = .string(resource) }
        if let group { body["group"] = .string(group) }
        if let namespace { body["namespace"] = .string(namespace) }
        if let name { body["name"] = .string(name) }
        if let times { body["times"] = .int(times) }
        if let milliseconds { body["milliseconds"] = .int(milliseconds) }
        if let retryAfter { body["retryAfterSeconds"] = .int(retryAfter) }
        let answer = try await SandboxControl(console).send("POST", "faults", .object(body))
        console.output.print(InkedLine(answer["id"]?.scalar?.text ?? ""))
    }
}

struct FaultList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the faults that are asked for.")

    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let answer = try await SandboxControl(console).send("GET", "faults")
        guard format.output == .text else { return console.output.print(answer, as: format.output) }
        let faults = answer["faults"]?.array ?? []
        guard !faults.isEmpty else { return console.error.print(InkedLine("no fault is asked for", .quiet)) }
        var table = Table(columns: [
            .init(title: "FAULT"), .init(title: "EFFECT"), .init(title: "REQUESTS", shrinks: true, minimum: 12),
            .init(title: "STRUCK"),
        ])
        table.rows = faults.map { fault in
            let struck = fault["hits"]?.scalar?.text ?? "0"
            return [
                Table.Cell(fault["id"]?.scalar?.text ?? "", .quiet), Table.Cell(Self.effect(fault)),
                Table.Cell(Self.requests(fault)),
                Table.Cell(fault["times"]?.int.map { "\(struck) of \($0)" } ?? struck),
            ]
        }
        console.output.print(table.lines(width: console.width))
    }

    private static func effect(_ fault: Value) -> String {
        let effect = fault["effect"]?.string ?? ""
        if let milliseconds = fault["milliseconds"]?.int { return "\(effect) \(milliseconds) ms" }
        if let seconds = fault["retryAfterSeconds"]?.int { return "\(effect) \(seconds) s" }
        return effect
    }

    /// What a fault strikes, in words: `list deployments in shop`.
    private static func requests(_ fault: Value) -> String {
        if fault["effect"]?.string.flatMap(FaultEffect.init(rawValue:))?.isAboutAGroup ?? false {
            return "the group \(fault["group"]?.string ?? "")"
        }
        var words = (fault["verbs"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        if let resource = fault["resource"]?.string { words += words.isEmpty ? resource : " \(resource)" }
        if words.isEmpty { words = "all" }
        if let group = fault["group"]?.string { words += " of \(group)" }
        if let namespace = fault["namespace"]?.string { words += " in \(namespace)" }
        if let name = fault["name"]?.string { words += " named \(name)" }
        return words
    }
}

struct FaultClear: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "clear", abstract: "Clear a fault, or all.")

    @Argument(help: ArgumentHelp("The fault's number; all otherwise.", valueName: "number"))
    var id: Int?

    func run() async throws {
        let console = Console()
        try await SandboxControl(console).send("DELETE", id.map { "faults/\($0)" } ?? "faults")
        console.error.print(InkedLine(id.map { "fault \($0) is cleared" } ?? "no fault is asked for any more", .quiet))
    }
}
