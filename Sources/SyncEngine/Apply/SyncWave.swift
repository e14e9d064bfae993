// Waves: the numbers that manifests carry to say what comes before what, and the stages inside a wave.

package import Manifest

/// The changes of one wave, in the stages of their kinds.
package struct SyncWave: Sendable {
    package struct Stage: Sendable {
        package var stage: KindStage
        package var changes: [PlannedChange]
    }

    package var number: Int
    package var stages: [Stage]
    /// What runs once the objects of the wave are written.
    package var hooks: [Hook] = []

    /// How far waves go to either side: a number that can be turned round, and reckoned with.
    private static let numbers = -Int(Int32.max)...Int(Int32.max)

    /// The wave that a manifest asks for, 0 where it asks for none, the outermost where it asks for one beyond. A weight
    /// is a wave to Helm's hooks only.
    package static func number(of object: KubernetesObject) -> Int {
        let weight = object.annotation(Vocabulary.Helm.hook) == nil ? [] : [Vocabulary.Helm.hookWeight]
        for key in [Vocabulary.syncWave, Vocabulary.ArgoCD.syncWave] + weight {
            if let number = object.annotation(key).flatMap({ Int($0) }) {
                return min(max(number, numbers.lowerBound), numbers.upperBound)
            }
        }
        return 0
    }

    /// Everything that is desired, by wave and stage, with the hooks that run in the waves; prunes are no part of any.
    package static func waves(of changes: [PlannedChange], hooks: [Hook] = []) -> [SyncWave] {
        let desired = Dictionary(grouping: changes.filter { $0.desired != nil }, by: \.wave)
        let hooks = Dictionary(grouping: hooks, by: \.wave)
        return Set(desired.keys).union(hooks.keys).sorted().map { number in
            let stages = Dictionary(grouping: desired[number] ?? []) { KindStage($0.reference.gvk.groupKind) }
            return SyncWave(
                number: number,
                stages: stages.sorted { $0.key < $1.key }.map { Stage(stage: $0.key, changes: $0.value) },
                hooks: hooks[number] ?? [])
        }
    }

    /// The prunes in the reverse of the order in which their objects would be applied.
    package static func prunes(of changes: [PlannedChange]) -> [Stage] {
        let pruned = Dictionary(grouping: changes.filter { $0.action == .prune }) { change in
            [change.wave, KindStage(change.reference.gvk.groupKind).rawValue]
        }
        return pruned.sorted { $1.key.lexicographicallyPrecedes($0.key) }.map { key, changes in
            Stage(stage: KindStage(rawValue: key[1]) ?? .resources, changes: changes)
        }
    }
}
