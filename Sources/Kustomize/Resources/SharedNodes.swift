// One node at several places. The reference writes a label into all fields of an object as one node of its tree, and
// whoever overwrites the label at one of these places later (a patch of the pod template, say) changes it at all of
// them: selectors, metadata, templates. Here every such scalar bears the number of its node, and after a step that
// overwrote one, the others follow.

import Manifest

extension Scalar {
    private static let changedMark: UInt16 = 1 << 15
    static let highestNode = changedMark - 1

    /// The number of the node, 0 for a scalar that stands at one place only.
    fileprivate var node: UInt16 { sharedNode & ~Self.changedMark }
    fileprivate var isChanged: Bool { sharedNode & Self.changedMark != 0 }

    /// This scalar written over another one: it is the same node, which the node's other places have yet to learn of.
    func inPlace(of old: Scalar) -> Scalar {
        guard old.sharedNode != 0 else { return self }
        var new = self
        new.sharedNode = old.text == text && old.kind == kind ? old.sharedNode : old.sharedNode | Self.changedMark
        return new
    }
}

extension Value {
    /// Brings every place of a node that was overwritten at one of them to its new text.
    mutating func settleSharedNodes() {
        var changed: [UInt16: Scalar] = [:]
        collectChanged(&changed)
        if !changed.isEmpty { settle(changed) }
    }

    private func collectChanged(_ changed: inout [UInt16: Scalar]) {
        switch self {
        case .scalar(let scalar):
            if scalar.isChanged { changed[scalar.node] = scalar }
        case .array(let items): for item in items { item.collectChanged(&changed) }
        case .object(let object):
            // Who writes last wins, and the reference walks keys in order.
            for entry in object.entries.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                entry.value.collectChanged(&changed)
            }
        }
    }

    private mutating func settle(_ changed: [UInt16: Scalar]) {
        editScalars { scalar in
            guard scalar.sharedNode != 0, let new = changed[scalar.node] else { return }
            scalar = Scalar(new.text, kind: new.kind, style: new.style, position: scalar.position)
            scalar.sharedNode = new.node
        }
    }

    /// Makes every scalar a node of its own.
    mutating func separateNodes() {
        editScalars { $0.sharedNode = 0 }
    }

    private mutating func editScalars(_ body: (inout Scalar) -> Void) {
        switch self {
        case .scalar(var scalar):
            body(&scalar)
            self = .scalar(scalar)
        case .array: _ = editArray { for index in $0.indices { $0[index].editScalars(body) } }
        case .object: _ = editObject { for index in $0.entries.indices { $0.entries[index].value.editScalars(body) } }
        }
    }
}
