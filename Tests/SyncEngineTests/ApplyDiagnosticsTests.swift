import KubernetesClient
import Manifest
import Testing

@testable import SyncEngine

@Suite struct ApplyDiagnosticsTests {
    private let reference = ObjectReference(
        gvk: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"), namespace: "shop", name: "web")

    private func message(_ code: Int, _ reason: String, _ message: String, _ causes: [KubernetesError.Cause] = [])
        -> String
    {
        let error = KubernetesError(
            code: code, reason: reason, message: message, causes: causes, request: "apply Deployment shop/web")
        return ApplyDiagnostics.diagnostic(for: error, of: reference, object: nil, origin: nil).message
    }

    @Test func saysWhatIsWrongInTheUsersWords() {
        #expect(
            message(
                409, "Conflict", "Apply failed",
                [
                    .init(
                        field: ".spec.replicas", message: "conflict with \"kubectl-edit\" using apps/v1",
                        reason: "FieldManagerConflict"),
                    .init(
                        field: ".spec.paused", message: "conflict with \"hpa\" using apps/v1",
                        reason: "FieldManagerConflict"),
                ]) == "Deployment shop/web: spec.replicas belongs to kubectl-edit; spec.paused belongs to hpa")
        #expect(
            message(
                422, "Invalid", "x",
                [
                    .init(
                        field: "spec.selector", message: "Invalid value: field is immutable",
                        reason: "FieldValueInvalid")
                ])
                == "Deployment shop/web: spec.selector cannot be changed on an existing object"
        )
        #expect(
            message(404, "NotFound", "namespaces \"shop\" not found")
                == "Deployment shop/web: namespace shop does not exist")
        #expect(
            message(403, "Forbidden", "unable to create: namespace shop is being terminated")
                == "Deployment shop/web: namespace shop is being deleted")
        #expect(
            message(
                500, "InternalError",
                "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema"
            )
                == "Deployment shop/web is refused: spec.foo: field not declared in schema")
        #expect(
            message(
                500, "InternalError",
                "failed to create typed patch object: errors:\n  .a: field not declared in schema\n  .b: expected map, got &{x}"
            )
                == "Deployment shop/web is refused: a: field not declared in schema; b: expected map, got &{x}")
        #expect(message(500, "InternalError", "etcd is gone") == "apply Deployment shop/web: etcd is gone")
    }

    /// A server tells of them as of a fault of its own, which another try would pass.
    @Test func unknownFieldsAreNoReasonToTryAgain() {
        func cause(_ code: Int, _ message: String) -> SyncFailureCause {
            KubernetesError(code: code, reason: "InternalError", message: message, request: "apply Deployment shop/web")
                .failureCause
        }
        #expect(
            cause(500, "failed to create typed patch object (shop/web): .spec.foo: field not declared in schema")
                == .refused)
        #expect(cause(500, "etcd is gone") == .unanswered)
    }
}
