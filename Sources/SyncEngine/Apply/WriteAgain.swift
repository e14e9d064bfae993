// A write of an object as it was seen: where somebody has changed it since, it is looked at and written again.

import KubernetesClient

/// What a look at an object after a conflict says of the next try.
enum SecondLook<Seen, Answer> {
    /// It is to be written as it is now.
    case again(Seen)
    /// There is nothing left to write.
    case done(Answer)
    /// It is not the object that was seen: the conflict stands.
    case conflict
}

/// Writes, and looks and writes again after a conflict, five times at most.
func writeAgain<Seen, Answer>(
    _ seen: Seen, write: (Seen) async throws(KubernetesError) -> Answer,
    look: () async throws(KubernetesError) -> SecondLook<Seen, Answer>
) async throws(KubernetesError) -> Answer {
    var seen = seen
    for _ in 0..<5 {
        do throws(KubernetesError) {
            return try await write(seen)
        } catch {
            guard error.isConflict else { throw error }
            switch try await look() {
            case .again(let now): seen = now
            case .done(let answer): return answer
            case .conflict: throw error
            }
        }
    }
    return try await write(seen)
}
