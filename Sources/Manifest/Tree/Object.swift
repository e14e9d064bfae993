// A mapping of the value tree: an array of pairs in the order in which they were written.

/// A YAML mapping or JSON object.
///
/// Lookup is a scan: Kubernetes objects have few keys a level, and a scan over contiguous pairs beats hashing there.
/// Whoever looks up many keys, of a map that may have many, asks for its `positions` first. Readers share the storage
/// of equal keys.
package struct Object: Sendable {
    package struct Entry: Sendable {
        package var key: String
        package var value: Value
        /// Where the key stands.
        package var position: SourcePosition

        package init(key: String, value: Value, position: SourcePosition = .unknown) {
            self.key = key
            self.value = value
            self.position = position
        }
    }

    /// The pairs, in document order. A reader that was told to keep duplicate keys may leave two of one key here; the
    /// last one counts.
    package var entries: [Entry]

    package init(entries: [Entry] = []) {
        self.entries = entries
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }
    package var keys: some Sequence<String> { entries.lazy.map(\.key) }

    package func index(of key: String) -> Int? {
        entries.lastIndex { $0.key == key }
    }

    package func contains(_ key: String) -> Bool { index(of: key) != nil }

    /// The value at a key. Setting nil removes every entry of that key; a new key goes to the end.
    package subscript(key: String) -> Value? {
        get { index(of: key).map { entries[$0].value } }
        set {
            if let newValue {
                if let index = index(of: key) {
                    entries[index].value = newValue
                } else {
                    entries.append(Entry(key: key, value: newValue))
                }
            } else {
                entries.removeAll { $0.key == key }
            }
        }
        _modify {
            var value: Value?
            let found = index(of: key)
            // Taken out while it is changed, so that the change is made in place rather than to a copy.
            if let found { value = exchange(&entries[found].value, with: .null) }
            defer {
                switch (found, value) {
                case (let index?, let value?): entries[index].value = value
                case (_?, nil): entries.removeAll { $0.key == key }
                case (nil, let value?): entries.append(Entry(key: key, value: value))
                case (nil, nil): break
                }
            }
            yield &value
        }
    }

    /// Where a key stands, `unknown` when it is absent or was not read from a text.
    package func position(of key: String) -> SourcePosition {
        index(of: key).map { entries[$0].position } ?? .unknown
    }

    @discardableResult
    package mutating func removeValue(forKey key: String) -> Value? {
        guard let index = index(of: key) else { return nil }
        let value = entries[index].value
        entries.removeAll { $0.key == key }
        return value
    }
}

private func exchange(_ place: inout Value, with replacement: Value) -> Value {
    let taken = place
    place = replacement
    return taken
}

extension Object: Hashable {
    /// Data equality: the same keys with equal values, in any order.
    package static func == (left: Object, right: Object) -> Bool {
        guard left.entries.count == right.entries.count else { return false }
        lazy var positions = right.positions
        for (index, entry) in left.entries.enumerated() {
            // Two renderings of one object nearly always agree in order, so the same place is tried first.
            let twin = right.entries[index]
            if twin.key == entry.key {
                if twin.value != entry.value { return false }
            } else {
                guard let place = positions.index(of: entry.key, in: right) else { return false }
                if right.entries[place].value != entry.value { return false }
            }
        }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(entries.count)
        var sum = 0
        for entry in entries {
            var pair = Hasher()
            pair.combine(entry.key)
            pair.combine(entry.value)
            sum &+= pair.finalize()
        }
        hasher.combine(sum)
    }
}

extension Object: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) {
        entries = elements.map { Entry(key: $0.0, value: $0.1) }
    }
}
