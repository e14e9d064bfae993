// Runs one piece of work for each of many items, some at a time.

/// The results in the order of the items. At most `limit` run at once; the first error cancels the others and is
/// thrown.
func concurrently<Item: Sendable, Answer: Sendable, Failure: Error>(
    _ items: [Item], limit: Int, _ work: @escaping @Sendable (Item) async throws(Failure) -> Answer
) async throws(Failure) -> [Answer] {
    let outcome = await withTaskGroup(of: (Int, Result<Answer, Failure>).self) { group in
        var answers = [Answer?](repeating: nil, count: items.count)
        var failure: Failure?
        var next = 0
        func start() {
            let index = next
            next += 1
            group.addTask {
                do throws(Failure) {
                    return (index, .success(try await work(items[index])))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        while next < min(max(limit, 1), items.count) { start() }
        while let (index, result) = await group.next() {
            switch result {
            case .success(let answer):
                answers[index] = answer
                if failure == nil, next < items.count { start() }
            case .failure(let error):
                if failure == nil {
                    failure = error
                    group.cancelAll()
                }
            }
        }
        return failure.map { Result<[Answer?], Failure>.failure($0) } ?? .success(answers)
    }
    return try outcome.get().compactMap { $0 }
}
