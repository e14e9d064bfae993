// The members of one kind as a value: what the watch said last, in little memory, and what of it no sync has seen yet.

import Manifest
import SyncEngine

/// What became of an application's members, as far as somebody has to look at it.
struct MemberNews: OptionSet, Sendable {
    let rawValue: UInt8

    /// Another than us changed, deleted or added a member.
    static let drift = MemberNews(rawValue: 1)
    /// A member is the same, and its status is not.
    static let status = MemberNews(rawValue: 2)
}

/// Members by their identities and by their sets. They are kept as JSON text, a third of what they need as values.
struct WatchedMembers: Sendable {
    /// Which sets there is what news of.
    typealias News = [String: MemberNews]

    private struct Member: Sendable {
        var text: [UInt8]
        var set: String
        var version: UInt64
        var meaning: ObjectMeaning
        /// What it meant when a sync last read or wrote it; nil before the first.
        var seen: ObjectMeaning?
    }

    private var members: [ObjectIdentity: Member] = [:]
    private var sets: [String: Set<ObjectIdentity>] = [:]
    /// The sets of which another than us took a member since a sync last read them.
    private var robbed: Set<String> = []
    /// The newest version that the watch has told of, be it of a deletion.
    private var position: UInt64 = 0

    var count: Int { members.count }

    func text(of identity: ObjectIdentity) -> [UInt8]? { members[identity]?.text }

    func look(_ set: String) -> [[UInt8]] { (sets[set] ?? []).compactMap { members[$0]?.text } }

    /// Whether there is something about a set that no sync has read or written. What the watch tells of a write of ours
    /// before its answer is there looks like somebody else's, and is none any more once the answer is there.
    func isDisturbed(_ set: String) -> Bool {
        robbed.contains(set) || (sets[set] ?? []).contains { members[$0].map { $0.seen != $0.meaning } ?? false }
    }

    /// The members of a set as a sync reads them: what they mean now is no news any more.
    mutating func read(_ set: String) -> [[UInt8]] {
        robbed.remove(set)
        return (sets[set] ?? []).compactMap { identity in
            guard var member = members[identity] else { return nil }
            member.seen = member.meaning
            members[identity] = member
            return member.text
        }
    }

    /// Forgets what happened to a set that nobody reads any more.
    mutating func forget(_ set: String) { robbed.remove(set) }

    /// Takes in a list of all that there is.
    ///
    /// - Parameter isFirst: whether nothing was watched before. What is not known yet is no news then: whoever reads the
    ///   set compares it whole.
    mutating func replace(with values: [Value], isFirst: Bool) -> News {
        var news: News = [:]
        let present = Set(values.map { KubernetesObject($0).identity })
        for identity in members.keys where !present.contains(identity) {
            news.merge(remove(identity, isOurs: false)) { $0.union($1) }
        }
        for value in values {
            let isKnown = members[KubernetesObject(value).identity] != nil
            let change = update(value, isOurs: false)
            if isKnown || !isFirst { news.merge(change) { $0.union($1) } }
        }
        return news
    }

    /// Takes in a version of an object, unless a newer one is known. One that has lost its label is a member no more.
    mutating func update(_ value: Value, isOurs: Bool) -> News {
        let object = KubernetesObject(value)
        let identity = object.identity
        let version = Self.version(of: object)
        let before = members[identity]
        if let before, version < before.version { return [:] }
        // The watch was here already, and has told of its end since.
        if isOurs, before == nil, position > 0, version <= position { return [:] }
        if !isOurs { position = max(position, version) }
        guard let set = object.label(Vocabulary.partOf) else { return remove(identity, isOurs: isOurs) }
        let meaning = ObjectMeaning(value)
        if let before, before.set != set {
            leave(before.set, identity)
            if !isOurs { robbed.insert(before.set) }
        }
        members[identity] = Member(
            text: JSON.write(value), set: set, version: version, meaning: meaning, seen: isOurs ? meaning : before?.seen
        )
        sets[set, default: []].insert(identity)
        if isOurs || version == before?.version { return [:] }
        var news = [set: before?.seen == meaning ? MemberNews.status : [.drift, .status]]
        if let before, before.set != set { news[before.set] = .drift }
        return news
    }

    /// Takes in that the watch tells of the end of an object.
    mutating func remove(_ value: Value) -> News {
        let object = KubernetesObject(value)
        position = max(position, Self.version(of: object))
        return remove(object.identity, isOurs: false)
    }

    mutating func remove(_ identity: ObjectIdentity, isOurs: Bool) -> News {
        guard let before = members.removeValue(forKey: identity) else { return [:] }
        leave(before.set, identity)
        if isOurs { return [:] }
        robbed.insert(before.set)
        return [before.set: [.drift, .status]]
    }

    private mutating func leave(_ set: String, _ identity: ObjectIdentity) {
        sets[set]?.remove(identity)
        if sets[set]?.isEmpty == true { sets[set] = nil }
    }

    private static func version(of object: KubernetesObject) -> UInt64 {
        object.resourceVersion.flatMap { UInt64($0) } ?? 0
    }
}
