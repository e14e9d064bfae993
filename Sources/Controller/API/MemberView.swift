// The objects of an application and what they own, for somebody who asks: the members as the watches show them, which
// are the application's own; what they own as far as whoever asks may list it.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

struct MemberView: Sendable {
    struct Answer: Sendable {
        var trees: [ObjectTree]
        /// The resources that are left out, since whoever asks may not list them.
        var omitted: [String] = []
    }

    /// The cluster that the objects of an application are in, and whether that is the Applications' own; nil for one
    /// that is not connected.
    typealias Places = @Sendable (Application) -> (cluster: any KubernetesAPI, isHome: Bool)?

    private static let workloads: Set<String> = [
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob",
    ]

    let place: Places
    /// Whether somebody may list a resource in a namespace.
    let allows: @Sendable (AccessQuestion) async throws(APIFailure) -> Bool

    /// - Parameter value: the Application with the record of its kinds.
    func trees(of application: Application, _ value: Value) async throws(APIFailure) -> Answer {
        guard let place = place(application) else {
            throw .unavailable("this replica is not connected to the cluster \(application.destination.cluster ?? "")")
        }
        do {
            let members = try await members(of: application, ApplySetScope(of: value), place.cluster)
            var answer = Answer(trees: [])
            // What somebody may do in another cluster cannot be asked here.
            let others = place.isHome ? try await owned(by: members, place.cluster, &answer) : []
            answer.trees = ObjectTree.of(members, others: others, rules: application.health)
            return answer
        } catch let error as APIFailure {
            throw error
        } catch {
            throw .unavailable("the cluster cannot be read: \(error)")
        }
    }

    private func members(
        of application: Application, _ scope: ApplySetScope, _ cluster: any KubernetesAPI
    ) async throws(KubernetesError) -> [Value] {
        let discovery = try await cluster.discovery()
        var members: [Value] = []
        for kind in scope.groupKinds.sorted(by: { "\($0)" < "\($1)" }) {
            guard let resource = discovery.resource(for: kind) else { continue }
            members += try await cluster.list(
                resource, labelSelector: "\(Vocabulary.partOf)=\(application.applySet.id)"
            ).items
        }
        return members
    }

    private func owned(by members: [Value], _ cluster: any KubernetesAPI, _ answer: inout Answer) async throws
        -> [Value]
    {
        let namespaces = Set(
            members.map { KubernetesObject($0) }.filter { Self.workloads.contains($0.kind) }.compactMap(\.namespace))
        let discovery = try await cluster.discovery()
        var found: [Value] = []
        for resource in ObjectTree.madeKinds.compactMap({ discovery.resource(for: $0) }) {
            for namespace in namespaces.sorted() {
                let question = AccessQuestion(
                    verb: "list", group: resource.group, resource: resource.name, namespace: namespace)
                if try await allows(question) {
                    found += try await cluster.list(resource, namespace: namespace).items
                } else if !answer.omitted.contains(resource.name) {
                    answer.omitted.append(resource.name)
                }
            }
        }
        return found
    }
}
