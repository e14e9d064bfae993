// The members of an application as they change, whatever kinds they are of: one watch for each.

import KubernetesClient
import Manifest
import SyncEngine

/// Reads and watches the members of one application.
struct MemberWatch: Sendable {
    let cluster: any KubernetesAPI
    let applySet: ApplySet
    /// Where to look for members of which one may not look into all namespaces.
    var namespaces: Set<String>

    /// The members of one kind, and from where to watch on. A kind that is not served, or may not be read, has none.
    struct Listing: Sendable {
        var resource: APIResource
        /// nil for all namespaces.
        var namespace: String?
        var list: ObjectList
    }

    /// What is there of some kinds, side by side.
    func list(_ kinds: Set<GroupKind>) async throws(DiagnosticsError) -> [Listing] {
        do {
            return await list(kinds, in: try await cluster.discovery(refresh: false))
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    func list(_ kinds: Set<GroupKind>, in discovery: Discovery) async -> [Listing] {
        let resources = kinds.compactMap { discovery.resource(for: $0) }.filter { $0.verbs.contains("list") }
        return await withTaskGroup(of: [Listing].self) { group in
            for resource in resources { group.addTask { await list(resource) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func list(_ resource: APIResource) async -> [Listing] {
        do throws(KubernetesError) {
            let list = try await cluster.list(resource, labelSelector: applySet.selector)
            return [Listing(resource: resource, list: list)]
        } catch {
            guard error.isForbidden, resource.isNamespaced else { return [] }
        }
        var listings: [Listing] = []
        for namespace in namespaces.sorted() {
            guard let list = try? await cluster.list(resource, namespace: namespace, labelSelector: applySet.selector)
            else { continue }
            listings.append(Listing(resource: resource, namespace: namespace, list: list))
        }
        return listings
    }

    /// Tells what changes after a listing, until the task is cancelled or the watch cannot go on.
    func follow(_ listing: Listing, _ tell: (WatchEvent) -> Void) async {
        guard listing.resource.verbs.contains("watch") else { return }
        var version: String? = listing.list.resourceVersion
        while !Task.isCancelled {
            let events = cluster.watch(
                listing.resource, namespace: listing.namespace, labelSelector: applySet.selector, fieldSelector: nil,
                from: version)
            do {
                for try await event in events {
                    if case .tooOld = event { break }
                    tell(event)
                }
            } catch {
                return
            }
            // What is there now is told again, which says nothing new of what is known.
            version = nil
        }
    }
}
