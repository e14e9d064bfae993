// The account that keeps a text from asking for more than it wrote: a few nested aliases can stand for billions of
// nodes.

/// Counts nodes and bytes as they are read and as aliases repeat them, and says when a limit is passed.
struct AliasBudget {
    /// What a node costs wherever it is repeated.
    struct Weight {
        var nodes = 0
        var bytes = 0

        static func - (left: Weight, right: Weight) -> Weight {
            Weight(nodes: left.nodes - right.nodes, bytes: left.bytes - right.bytes)
        }
    }

    /// A limit that was passed, in a user's words.
    struct Excess {
        var message: String
        var cure: String
    }

    private let limits: YAMLReader.Limits
    /// Everything so far, aliases expanded.
    private(set) var total = Weight()
    private var fromAliases = Weight()

    init(_ limits: YAMLReader.Limits) {
        self.limits = limits
    }

    mutating func addNode() -> Excess? {
        total.nodes += 1
        guard total.nodes > limits.nodes else { return nil }
        return Excess(message: "the text has more than \(limits.nodes) values", cure: "Split it into several files")
    }

    mutating func addText(_ bytes: Int) -> Excess? {
        total.bytes += bytes
        return nil
    }

    mutating func addAlias(_ weight: Weight) -> Excess? {
        total.nodes += weight.nodes
        total.bytes += weight.bytes
        fromAliases.nodes += weight.nodes
        fromAliases.bytes += weight.bytes
        let written = total.nodes - fromAliases.nodes
        let allowed = max(limits.aliasFloor, written * limits.aliasRatio)
        let cure = "Write the values out, or generate them; aliases within anchored values multiply"
        if fromAliases.nodes > allowed || total.nodes > limits.nodes {
            return Excess(
                message: "aliases repeat more than \(min(allowed, limits.nodes)) values in this text", cure: cure)
        }
        if fromAliases.bytes > limits.aliasBytes {
            return Excess(message: "aliases repeat more than \(limits.aliasBytes) bytes in this text", cure: cure)
        }
        return nil
    }
}
