// Whether a live value means what a desired one says.

import Manifest

/// How a live value stands to a desired one.
enum Likeness {
    case same
    /// The live value says all that the desired one does, and more: a server's default may be what it says more.
    case covers
    case different

    func and(_ other: Likeness) -> Likeness {
        switch (self, other) {
        case (.different, _), (_, .different): .different
        case (.covers, _), (_, .covers): .covers
        default: .same
        }
    }
}

extension SchemaType {
    /// Compares two pieces that merge as one: scalars, atomic lists, atomic objects.
    func likeness(of live: Value?, to desired: Value?) -> Likeness {
        switch (live, desired) {
        case (nil, nil): return .same
        case (let present?, nil): return present.isNull ? .same : .different
        case (nil, let wanted?): return absenceMeans(wanted)
        case (let live?, let desired?):
            if live == desired { return .same }
            switch (live, desired) {
            case (.scalar(let live), .scalar(let desired)):
                return live.means(desired, as: scalar?.format) ? .same : .different
            case (.array(let live), .array(let desired)):
                return likeness(ofItems: live, to: desired)
            case (.object(let live), .object(let desired)):
                return likeness(ofMembers: live, to: desired)
            default:
                return live.isEmpty && desired.isEmpty ? .same : .different
            }
        }
    }

    /// What it means that a desired value is not there.
    private func absenceMeans(_ desired: Value) -> Likeness {
        switch desired {
        case .scalar(let scalar):
            if scalar.isNull { return .same }
            // A Go server leaves the zero value of most fields out; whether of this one only it knows.
            let isZero = scalar.text.isEmpty || scalar.text == "0" || scalar.bool == false
            return isZero && !isAny ? .covers : .different
        case .array(let items):
            return items.isEmpty ? .same : .different
        case .object(let object):
            if object.isEmpty { return structure.map { $0.fields.isEmpty } ?? false ? .same : .different }
            let saysNothing = object.entries.allSatisfy { entry in
                (member(entry.key) ?? Schema.anything).absenceMeans(entry.value) == .same
            }
            return saysNothing ? .same : .different
        }
    }

    private func likeness(ofItems live: [Value], to desired: [Value]) -> Likeness {
        guard live.count == desired.count else { return .different }
        let type = element ?? Schema.anything
        var result = Likeness.same
        for (left, right) in zip(live, desired) {
            result = result.and(type.likeness(of: left, to: right))
            if result == .different { return isReordering(live, of: desired, type) ? .covers : .different }
        }
        return result
    }

    /// Whether two lists of objects differ in their order only: some servers sort what they store (the metrics of an
    /// autoscaler).
    private func isReordering(_ live: [Value], of desired: [Value], _ type: SchemaType) -> Bool {
        var left = live
        for item in desired {
            guard item.object != nil,
                let index = left.firstIndex(where: { type.likeness(of: $0, to: item) != .different })
            else { return false }
            left.remove(at: index)
        }
        return true
    }

    private func likeness(ofMembers live: Object, to desired: Object) -> Likeness {
        var result = Likeness.same
        for entry in desired.entries {
            let type = member(entry.key) ?? Schema.anything
            result = result.and(type.likeness(of: live[entry.key], to: entry.value))
            if result == .different { return result }
        }
        for entry in live.entries where !desired.contains(entry.key) && !entry.value.isNull {
            if !ServerDefaults.explains(entry.key, entry.value, in: self) { result = .covers }
        }
        return result
    }
}
