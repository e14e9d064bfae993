// The fields that a value has, by its type: what a manager owns who applies it.

extension SchemaType {
    /// The field set of a value: leaves, items of keyed lists and sets, keys of maps, and what is null or empty.
    package func fieldSet(of value: Value) -> FieldSet {
        below(value).children
    }

    /// What a value adds below the path it stands at, and whether that path itself is a leaf.
    private func below(_ value: Value) -> (isLeaf: Bool, children: FieldSet) {
        switch shape(of: value) {
        case .leaf:
            return (true, FieldSet())
        case .granular:
            var nodes: [FieldSet.Node] = []
            for entry in value.object?.entries ?? [] {
                let (isLeaf, children) = memberOrAny(entry.key).below(entry.value)
                let isMember =
                    isLeaf || entry.value.isNull || entry.value.object?.isEmpty ?? false || !namesField(entry.key)
                if isMember || !children.isEmpty {
                    nodes.append(FieldSet.Node(element: .field(entry.key), isMember: isMember, children: children))
                }
            }
            return (false, FieldSet(unsorted: nodes))
        case .associative(let list):
            let type = of(list.element)
            var nodes: [FieldSet.Node] = []
            for item in value.array ?? [] {
                guard let element = pathElement(of: item, in: list) else { continue }
                nodes.append(FieldSet.Node(element: element, isMember: true, children: type.below(item).children))
            }
            return (false, FieldSet(unsorted: nodes))
        }
    }
}

extension FieldSet {
    /// Nodes in any order. Of two with one element the first stays, without what lies below it: a repeated item is
    /// owned whole.
    fileprivate init(unsorted: [Node]) {
        let sorted = unsorted.sorted { $0.element < $1.element }
        var unique: [Node] = []
        unique.reserveCapacity(sorted.count)
        for node in sorted {
            if let last = unique.last, last.element == node.element {
                unique[unique.count - 1].children = FieldSet()
            } else {
                unique.append(node)
            }
        }
        self.init(sorted: unique)
    }
}
