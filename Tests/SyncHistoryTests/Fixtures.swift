import FoundationEssentials
import Manifest
import SyncHistory
import Testing

/// A state folder of its own for one test; removed with the value's last owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/gitopsctl-history-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

let shop = ApplicationID(cluster: "https://127.0.0.1:6443", namespace: "gitops", name: "shop")
let billing = ApplicationID(cluster: "https://127.0.0.1:6443", namespace: "gitops", name: "billing")

func start(
    _ application: ApplicationID = shop, manifests: [KubernetesObject]? = nil, at milliseconds: Int64 = 1_000
) -> SyncStart {
    SyncStart(
        application: application, trigger: SyncTrigger(.commandLine, by: "ada@engine"),
        revision: SyncRevision(
            requested: "main", commit: String(repeating: "a1", count: 20), subject: "Raise the replicas", author: "Ada"),
        started: Timestamp(milliseconds: milliseconds), owner: .current(), manifests: manifests)
}

func end(_ result: SyncResult = .succeeded, counts: SyncCounts = SyncCounts(), at milliseconds: Int64 = 2_000)
    -> SyncEnd
{
    SyncEnd(result: result, finished: Timestamp(milliseconds: milliseconds), counts: counts)
}

func configMap(_ name: String, _ text: String) -> KubernetesObject {
    KubernetesObject([
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)], "data": ["text": .string(text)],
    ])
}

let deployment = ObjectReference(
    gvk: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"), namespace: "shop", name: "web")
