// What is to be looked at, and when: each item once, the earliest first.

/// A queue of items by time. An item that is added again keeps the earlier of its times.
struct DueQueue {
    private var times: [WorkItem: Timestamp] = [:]
    /// A binary heap. Entries whose time is no longer their item's are passed over.
    private var heap: [(time: Timestamp, item: WorkItem)] = []

    /// The earliest time; nil when nothing waits.
    var next: Timestamp? { heap.first?.time }

    mutating func add(_ item: WorkItem, at time: Timestamp) {
        if let known = times[item], known <= time { return }
        times[item] = time
        heap.append((time, item))
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func remove(_ item: WorkItem) {
        times[item] = nil
        dropStale()
    }

    /// Takes everything that is due, in order of time.
    mutating func take(until now: Timestamp) -> [WorkItem] {
        var due: [WorkItem] = []
        while let first = heap.first, first.time <= now {
            due.append(first.item)
            times[first.item] = nil
            removeFirst()
            dropStale()
        }
        return due
    }

    private mutating func dropStale() {
        while let first = heap.first, times[first.item] != first.time { removeFirst() }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
