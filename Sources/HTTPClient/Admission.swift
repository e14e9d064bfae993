// The bound on requests in flight: so many a host, the others in order of arrival.

/// Who runs and who waits, by host.
struct Admission {
    private struct Host {
        var running = 0
        var waiting: [Transfer] = []
        var nextWaiting = 0
    }

    private let limit: Int
    private var hosts: [String: Host] = [:]

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the transfer may begin now; if not, `leave` answers it when its turn has come.
    mutating func admit(_ transfer: Transfer) -> Bool {
        guard let key = transfer.hostKey else { return true }
        var host = hosts.removeValue(forKey: key) ?? Host()
        defer { hosts[key] = host }
        guard host.running < limit else {
            host.waiting.append(transfer)
            return false
        }
        host.running += 1
        return true
    }

    /// A running transfer ended. Answers the one that takes its place; those that ended while they waited are passed
    /// over.
    mutating func leave(_ transfer: Transfer) -> Transfer? {
        guard let key = transfer.hostKey, var host = hosts.removeValue(forKey: key) else { return nil }
        while host.nextWaiting < host.waiting.count {
            let next = host.waiting[host.nextWaiting]
            host.nextWaiting += 1
            guard next.phase == .waiting else { continue }
            if host.nextWaiting > 64, host.nextWaiting * 2 > host.waiting.count {
                host.waiting.removeFirst(host.nextWaiting)
                host.nextWaiting = 0
            }
            hosts[key] = host
            return next
        }
        host.waiting = []
        host.nextWaiting = 0
        host.running -= 1
        if host.running > 0 { hosts[key] = host }
        return nil
    }
}
