// What was a replica's own when it last looked, for the difference to what is its own now.

import Synchronization

final class OwnedApplications: Sendable {
    private let known = Mutex<Set<ApplicationKey>>([])

    /// Takes note of one that is worked on already.
    func note(_ key: ApplicationKey) { known.withLock { _ = $0.insert(key) } }

    func update(to owned: Set<ApplicationKey>) -> (gained: [ApplicationKey], lost: [ApplicationKey]) {
        known.withLock { known in
            defer { known = owned }
            return (owned.subtracting(known).sorted(), known.subtracting(owned).sorted())
        }
    }
}
