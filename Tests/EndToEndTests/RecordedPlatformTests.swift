// A platform of a real company, as it was published, delivered whole to the sandbox.

import Foundation
import Testing

@Suite(.ownThread, .enabled(if: Workplace.shared != nil, "the recorded cases stand beside the repository"))
struct RecordedPlatformTests {
    /// What no API server takes of it, with or without the operators' definitions: ../shared/cases/real/broken/expected.md says why.
    private static let refused = """
        - target: {kind: ConstraintTemplate}
          patch: "{apiVersion: templates.gatekeeper.sh/v1beta1, kind: ConstraintTemplate, metadata: {name: any}, $patch: delete}"
        - target: {kind: AlertmanagerConfig}
          patch: "{apiVersion: monitoring.coreos.com/v1alpha1, kind: AlertmanagerConfig, metadata: {name: any}, $patch: delete}"
        - target: {kind: Role}
          patch: "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: any}, $patch: delete}"

        """

    @Test func isSyncedOnceAndThenLeftAlone() throws {
        let shared = try #require(Workplace.shared)
        let delivery = try Delivery(on: .sandbox)
        for file in ["bitnami.com_sealedsecrets", "monitoring.coreos.com_servicemonitors", "monitoring.coreos.com_podmonitors",
            "monitoring.coreos.com_prometheusrules", "cert-manager.io_clusterissuers", "cert-manager.io_certificates"] {
            let applied = try delivery.kubectl("apply", "--server-side", "-f", "\(shared)/crds/\(file).yaml")
            try #require(applied.status == 0, "\(applied.all)")
        }
        try FileManager.default.copyItem(atPath: shared + "/cases/real/thebot", toPath: delivery.repository + "/thebot")
        try delivery.write(
            "app/kustomization.yaml", "resources:\n- ../thebot/overlays/production\npatches:\n" + Self.refused)
        try delivery.commit("Take over what was published")

        let first = try delivery.sync("--no-wait")
        try #require(first.status == 0, "\(first.all)")
        let second = try delivery.sync("--no-wait")
        #expect(second.status == 0 && second.all.contains("nothing to do"), "\(second.all)")
        #expect(try delivery.differences().isEmpty)
    }
}
