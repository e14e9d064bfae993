// Follows the objects of one kind, from a first list through every change and every interruption.

import KubernetesClient
import Manifest
import SyncEngine

/// What a reflector reads, handed on in order.
enum ReflectedChange: Sendable {
    /// All that there is: what was known before and is not among these is gone.
    case all([Value])
    case changed(Value)
    case deleted(Value)
}

/// Lists a kind, watches it from there, and lists again where the server has forgotten.
struct Reflector: Sendable {
    let cluster: any KubernetesAPI
    let resource: APIResource
    let labelSelector: String?
    let clock: any SyncClock
    /// Told why the kind cannot be read at the moment; it is tried again.
    let failed: @Sendable (KubernetesError) -> Void

    private static let longestWait = Duration.seconds(60)

    /// Reflects until the task is cancelled.
    func run(_ take: @Sendable (ReflectedChange) async -> Void) async {
        var wait = Duration.seconds(1)
        while !Task.isCancelled {
            do {
                let list = try await cluster.list(
                    resource, namespace: nil, labelSelector: labelSelector, fieldSelector: nil)
                await take(.all(list.items))
                wait = .seconds(1)
                try await follow(from: list.resourceVersion, take)
            } catch let error as KubernetesError {
                if error.isCancelled { return }
                failed(error)
                // Many reflectors that lost one server do not come back in step.
                guard (try? await clock.sleep(for: wait * Double.random(in: 0.75...1.25))) != nil else { return }
                wait = min(wait * 2, Self.longestWait)
            } catch {
                return
            }
        }
    }

    private func follow(from version: String, _ take: @Sendable (ReflectedChange) async -> Void) async throws {
        let events = cluster.watch(
            resource, namespace: nil, labelSelector: labelSelector, fieldSelector: nil, from: version)
        for try await event in events {
            switch event {
            case .added(let value), .modified(let value): await take(.changed(value))
            case .deleted(let value): await take(.deleted(value))
            case .bookmark: continue
            case .tooOld: return
            }
        }
    }
}
