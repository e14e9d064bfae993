// What a replica asks of the leases, and what it is answered: the words between the protocol, which is a value, and the
// cluster, which is not.

/// The durations of a lease, from the one that everybody may read in it.
struct LeaseTiming: Sendable, Hashable {
    /// How long a replica that is not heard of counts as alive.
    var duration: Duration

    /// How often a lease is renewed.
    var period: Duration { duration / 3 }
    /// How long a replica trusts its own lease, from the moment it began to renew it. What is left of the duration is
    /// for writes that are under way, and for clocks that run unevenly.
    var validity: Duration { duration * 2 / 3 }
}

/// A lease of a replica as it was read.
struct LeaseSight: Sendable, Hashable {
    var name: String
    /// The resourceVersion.
    var version: String
    /// Another one after each renewal. What it says of a time is of no consequence: clocks differ.
    var renewal: String
    var duration: Duration
    /// Whether its holder has let it go.
    var isReleased: Bool
}

enum LeaseRequest: Sendable, Hashable {
    case create
    /// Renews the replica's own lease if it is still at this version.
    case renew(version: String)
    /// Lets the own lease go.
    case release
    case list
    /// Writes into another's lease that somebody has joined, so that its holder cannot renew it without looking.
    case touch(String)
    /// Deletes a lease that nobody holds, if it is still at this version.
    case delete(String, version: String)
}

enum LeaseAnswer: Sendable, Hashable {
    /// Done; the version of the own lease from then on, where it was that one.
    case done(version: String)
    /// There is one of that name, or it is at another version.
    case conflict
    /// There is none of that name.
    case missing
    case leases([LeaseSight])
    /// Nobody knows whether it was done.
    case failed
}
