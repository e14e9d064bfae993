// What replicas tell one another of pushes. A delivery of a webhook reaches one of them; it says so in its lease, which
// the others watch. A value: the clock is the caller's.

import Manifest

struct PushNotices: Sendable {
    private struct Notice: Sendable {
        /// One more than that of the notice before: a replica's name is never used again, nor is a number of it.
        var number: Int
        var repositories: [String]
        var since: Duration
    }

    /// How many notices stand in a lease, how long, and in how many bytes. What is lost so is found by the next look.
    private static let limit = 64
    private static let memory = Duration.seconds(30)
    private static let size = 32 << 10

    private var notices: [Notice] = []
    /// The number of the newest notice, and of the newest one that is in the lease.
    private var newest = 0
    private var told = 0
    /// The number of the last notice of each other replica.
    private var heard: [String: Int] = [:]

    /// Whether something is to be told.
    var hasNews: Bool { newest > told }

    mutating func add(_ repositories: Set<RepositoryAddress>, at now: Duration) {
        newest += 1
        notices.append(Notice(number: newest, repositories: repositories.map(\.text).sorted(), since: now))
        if notices.count > Self.limit { notices.removeFirst(notices.count - Self.limit) }
    }

    /// What the lease has to say, and the number of its newest notice.
    mutating func text(at now: Duration) -> (text: String?, newest: Int) {
        notices.removeAll { now - $0.since >= Self.memory }
        while true {
            if notices.isEmpty { return (nil, newest) }
            let rows = notices.map { notice -> Value in
                ["number": .int(notice.number), "repositories": .array(notice.repositories.map(Value.string))]
            }
            let text = JSON.write(.array(rows))
            if text.count <= Self.size { return (String(decoding: text, as: UTF8.self), newest) }
            notices.removeFirst()
        }
    }

    /// Takes note that everything up to a notice is in the lease.
    mutating func noteTold(_ number: Int) { told = max(told, number) }

    /// - Parameter text: what stands in another's lease.
    /// - Returns: the repositories that were not told of before.
    mutating func hear(_ text: String, of replica: String) -> Set<RepositoryAddress> {
        guard let rows = (try? JSON.read(Array(text.utf8), maximumDepth: 8))?.array else { return [] }
        var found: Set<RepositoryAddress> = []
        let last = heard[replica] ?? 0
        for row in rows {
            guard let number = row["number"]?.int, number > last else { continue }
            heard[replica] = max(heard[replica] ?? 0, number)
            found.formUnion((row["repositories"]?.array ?? []).compactMap { $0.string.flatMap(RepositoryAddress.read) })
        }
        return found
    }

    /// Forgets a replica that is no more.
    mutating func forget(_ replica: String) { heard[replica] = nil }
}
