// Answers that are remembered for a few seconds, and no more of them than there is room for. A value: the clock is the
// caller's.

import DequeModule

struct BriefMemory<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
    private struct Known: Sendable {
        var answer: Answer
        var moment: Duration
    }

    private let lifetime: Duration
    private let limit: Int
    private var known: [Question: Known] = [:]
    /// In the order in which they were answered. A question that was answered again stands in it once more.
    private var order = Deque<(question: Question, moment: Duration)>()

    /// - Parameter limit: how many answers are remembered; the oldest go first.
    init(lifetime: Duration, limit: Int) {
        self.lifetime = lifetime
        self.limit = limit
    }

    func answer(to question: Question, at now: Duration) -> Answer? {
        guard let found = known[question], now - found.moment < lifetime else { return nil }
        return found.answer
    }

    mutating func note(_ answer: Answer, to question: Question, at now: Duration) {
        known[question] = Known(answer: answer, moment: now)
        order.append((question, now))
        while let oldest = order.first, order.count > limit || now - oldest.moment >= lifetime {
            order.removeFirst()
            if known[oldest.question]?.moment == oldest.moment { known[oldest.question] = nil }
        }
    }

    var count: Int { known.count }
}
