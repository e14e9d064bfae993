// Amounts of resources by name: what an object asks for, what a quota counts.

import Manifest

/// Quantities by resource name.
struct ResourceAmounts: Sendable {
    private(set) var amounts: [String: Quantity] = [:]

    init() {}

    /// Reads a `ResourceList`.
    init(_ value: Value?) {
        for entry in value?.object?.entries ?? [] {
            amounts[entry.key] = entry.value.scalar.flatMap { Quantity($0) }
        }
    }

    subscript(name: String) -> Quantity? {
        get { amounts[name] }
        set { amounts[name] = newValue }
    }

    var names: [String] { amounts.keys.sorted() }

    mutating func add(_ amount: Quantity?, to name: String) {
        guard let amount else { return }
        let before = amounts[name]
        amounts[name] = Quantity(nanos: (before?.nanos ?? 0) + amount.nanos, format: before?.format ?? amount.format)
    }

    mutating func add(_ count: Int, to name: String) {
        add(Quantity(String(count)), to: name)
    }

    mutating func add(_ other: ResourceAmounts) {
        for (name, amount) in other.amounts { add(amount, to: name) }
    }

    var value: Value {
        .object(Object(entries: names.map { .init(key: $0, value: .string(amounts[$0]?.description ?? "0")) }))
    }

    /// The amounts as messages list them: `cpu=1,pods=2`.
    var text: String { names.map { "\($0)=\(amounts[$0]?.description ?? "0")" }.joined(separator: ",") }
}
