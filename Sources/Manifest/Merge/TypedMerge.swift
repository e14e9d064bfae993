// Merges an applied configuration into a live object: what server-side apply does before it looks at owners.

extension SchemaType {
    /// The live value with everything that the configuration says put into it. Leaves are replaced, granular objects
    /// and associative lists merge, what only the live value has stays.
    package func merging(_ config: Value, into live: Value?) -> Value {
        guard let live else { return config }
        switch (shape(of: live), shape(of: config)) {
        case (.granular, .granular):
            return mergingObjects(config, into: live)
        case (.associative(let list), .associative):
            return mergingLists(config, into: live, list)
        default:
            return config
        }
    }

    private func mergingObjects(_ config: Value, into live: Value) -> Value {
        let configured = config.object ?? Object()
        guard var result = live.object, !result.isEmpty else { return config }
        for entry in configured.entries {
            result[entry.key] = memberOrAny(entry.key).merging(entry.value, into: result[entry.key])
        }
        return .object(result)
    }

    /// Items of both sides, one for each element: the shared ones in the order of the configuration, the live ones
    /// where they stood between them.
    private func mergingLists(_ config: Value, into live: Value, _ list: Schema.List) -> Value {
        let configured = config.array ?? []
        let existing = live.array ?? []
        if configured.isEmpty, existing.isEmpty { return config }
        let type = of(list.element)

        let left = existing.map { pathElement(of: $0, in: list) }
        let right = configured.map { pathElement(of: $0, in: list) }
        let leftIndex = Dictionary(
            left.enumerated().compactMap { entry in entry.element.map { ($0, entry.offset) } },
            uniquingKeysWith: { a, _ in a })
        let rightElements = Set(right.compactMap(\.self))
        var shared = right.compactMap { element in element.flatMap { leftIndex[$0] != nil ? $0 : nil } }[...]
        var merged: Set<PathElement> = []
        var result: [Value] = []

        func take(_ index: Int) {
            guard let element = right[index] else {
                result.append(configured[index])
                return
            }
            let twin = leftIndex[element].map { existing[$0] }
            result.append(type.merging(configured[index], into: twin))
            merged.insert(element)
            if shared.first == element { shared = shared.dropFirst() }
        }

        var l = 0
        var r = 0
        while l < left.count || r < right.count {
            if l < left.count {
                guard let element = left[l], rightElements.contains(element) else {
                    result.append(existing[l])
                    l += 1
                    continue
                }
                // Taken already, or to be taken later in the configuration's order.
                if merged.contains(element) || element != shared.first {
                    l += 1
                    continue
                }
                if r < right.count, right[r] == element { l += 1 }
            }
            if r < right.count {
                take(r)
                r += 1
            }
        }
        return .array(result)
    }
}
