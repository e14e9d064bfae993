// A set of field paths as a tree, the model of structured-merge-diff: what managedFields says a manager owns.

/// A set of field paths.
///
/// Nodes are sorted by their element at every level, so that equal sets are equal trees and print alike. A path is a
/// member in its own right: `spec.template` may be one, or only lie on the way to one.
package struct FieldSet: Sendable, Hashable {
    package struct Node: Sendable, Hashable {
        package var element: PathElement
        /// Whether the path that ends here belongs to the set.
        package var isMember: Bool
        package var children: FieldSet
    }

    package private(set) var nodes: [Node]

    package init() {
        nodes = []
    }

    package init(_ paths: some Sequence<FieldPath>) {
        nodes = []
        for path in paths { insert(path) }
    }

    /// Nodes that the caller made in order, without repetition.
    init(sorted nodes: [Node]) {
        self.nodes = nodes
    }

    package var isEmpty: Bool { nodes.isEmpty }

    // MARK: Asking

    private func index(of element: PathElement) -> (found: Bool, at: Int) {
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle].element == element { return (true, middle) }
            if nodes[middle].element < element { low = middle + 1 } else { high = middle }
        }
        return (false, low)
    }

    package func node(_ element: PathElement) -> Node? {
        let place = index(of: element)
        return place.found ? nodes[place.at] : nil
    }

    /// What lies below an element; empty where nothing does.
    package func children(of element: PathElement) -> FieldSet { node(element)?.children ?? FieldSet() }

    /// Whether the path of one element is a member.
    package func hasMember(_ element: PathElement) -> Bool { node(element)?.isMember ?? false }

    package func contains(_ path: FieldPath) -> Bool {
        var set = self
        for (depth, element) in path.elements.enumerated() {
            guard let node = set.node(element) else { return false }
            if depth == path.elements.count - 1 { return node.isMember }
            set = node.children
        }
        return false
    }

    /// Whether the path, or a path below it, is a member.
    package func reaches(_ path: FieldPath) -> Bool {
        var set = self
        for element in path.elements {
            guard let node = set.node(element) else { return false }
            set = node.children
        }
        return true
    }

    /// Every member, in order.
    package var paths: [FieldPath] {
        var found: [FieldPath] = []
        collect(below: [], leavesOnly: false, into: &found)
        return found
    }

    /// The members that have no member below them, in order.
    package var leaves: [FieldPath] {
        var found: [FieldPath] = []
        collect(below: [], leavesOnly: true, into: &found)
        return found
    }

    private func collect(below prefix: [PathElement], leavesOnly: Bool, into found: inout [FieldPath]) {
        for node in nodes {
            let path = prefix + [node.element]
            if node.isMember, !leavesOnly || node.children.isEmpty { found.append(FieldPath(path)) }
            node.children.collect(below: path, leavesOnly: leavesOnly, into: &found)
        }
    }

    // MARK: Changing

    package mutating func insert(_ path: FieldPath) {
        insert(path.elements[...])
    }

    private mutating func insert(_ path: ArraySlice<PathElement>) {
        guard let first = path.first else { return }
        let place = index(of: first)
        if !place.found { nodes.insert(Node(element: first, isMember: false, children: FieldSet()), at: place.at) }
        if path.count == 1 {
            nodes[place.at].isMember = true
        } else {
            nodes[place.at].children.insert(path.dropFirst())
        }
    }

    // MARK: Combining

    package func union(_ other: FieldSet) -> FieldSet {
        combined(with: other, keepsLeft: true, keepsRight: true) { $0 || $1 }
    }

    package func intersection(_ other: FieldSet) -> FieldSet {
        combined(with: other, keepsLeft: false, keepsRight: false) { $0 && $1 }
    }

    /// The members that the other set does not have. A member of the other takes nothing below it away.
    package func difference(_ other: FieldSet) -> FieldSet {
        combined(with: other, keepsLeft: true, keepsRight: false) { $0 && !$1 }
    }

    /// The members that neither are in the other set nor lie below a member of it.
    package func recursiveDifference(_ other: FieldSet) -> FieldSet {
        FieldSet(
            sorted: nodes.compactMap { node in
                guard let twin = other.node(node.element) else { return node }
                if twin.isMember { return nil }
                var kept = node
                kept.children = node.children.recursiveDifference(twin.children)
                return kept.isMember || !kept.children.isEmpty ? kept : nil
            })
    }

    private func combined(
        with other: FieldSet, keepsLeft: Bool, keepsRight: Bool, membership: (Bool, Bool) -> Bool
    ) -> FieldSet {
        var result: [Node] = []
        result.reserveCapacity(max(nodes.count, other.nodes.count))
        var left = 0
        var right = 0
        while left < nodes.count || right < other.nodes.count {
            if right == other.nodes.count || left < nodes.count && nodes[left].element < other.nodes[right].element {
                if keepsLeft { result.append(nodes[left]) }
                left += 1
            } else if left == nodes.count || nodes[left].element != other.nodes[right].element {
                if keepsRight { result.append(other.nodes[right]) }
                right += 1
            } else {
                let node = Node(
                    element: nodes[left].element,
                    isMember: membership(nodes[left].isMember, other.nodes[right].isMember),
                    children: nodes[left].children.combined(
                        with: other.nodes[right].children, keepsLeft: keepsLeft, keepsRight: keepsRight,
                        membership: membership))
                if node.isMember || !node.children.isEmpty { result.append(node) }
                left += 1
                right += 1
            }
        }
        return FieldSet(sorted: result)
    }
}

extension FieldSet: CustomStringConvertible {
    package var description: String { "{" + paths.map(\.description).joined(separator: ", ") + "}" }
}

extension FieldSet: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: FieldPath...) { self.init(elements) }
}
