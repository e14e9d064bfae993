import Crypto
import DriftDetector
import Manifest
import SealedSecrets
import Testing

@testable import gitopsctl

@Suite struct PluginPresentationTests {
    @Test func driftIsBrokenAtTheWidthOfATerminalOnly() {
        let object = ObjectReference(
            gvk: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"), namespace: "shop", name: "web")
        let image = FieldPath(fields: "spec", "image")
        let drift = [
            Drift(
                object: object, change: .field(image, expected: "web:1", actual: "web:evil"), manager: "kubectl-edit",
                time: "2026-11-21T02:00:00Z", severity: .critical, policy: .report),
            Drift(
                object: object, change: .field(FieldPath(fields: "x"), expected: 1, actual: nil), severity: .minor,
                policy: .report),
        ]
        #expect(
            DriftReport.lines(drift, width: 50).map(\.text) == [
                "Deployment shop/web", "  critical  spec.image is web:evil and should be",
                "            web:1, changed by kubectl-edit at",
                "            2026-11-21T02:00:00Z", "  minor  x is gone and should be 1",
            ])
        #expect(
            DriftReport.lines(drift, width: nil)[1].text
                == "  critical  spec.image is web:evil and should be web:1, changed by kubectl-edit at 2026-11-21T02:00:00Z"
        )
    }

    @Test func valuesThatHangOnTheSameKeyAreOneLine() {
        func use(_ name: String, _ item: String, _ finding: KeyUse.Finding, file: String = "app/a.yaml") -> (
            file: String, use: KeyUse
        ) {
            let object = ObjectReference(gvk: SealedSecret.gvk, namespace: "shop", name: name)
            return (file, KeyUse(object: object, item: item, finding: finding))
        }
        let newest = KeyUse.Finding.opened(by: "key-2", isCurrent: true)
        let uses = [
            use("db", "user", newest), use("db", "password", newest), use("api", "one", newest),
            use("api", "two", .opened(by: "key-1", isCurrent: false)), use("api", "three", .failed(.damaged)),
            use("tls", "key", newest, file: "app/b.yaml"),
        ]
        #expect(
            SealReport.lines(uses, width: 80).map(\.text) == [
                "app/a.yaml", "  shop/db   2 values  newest key", "  shop/api  one       newest key",
                "  shop/api  two       older key key-1",
                "  shop/api  three     not opened: it was changed after it was sealed", "app/b.yaml",
                "  shop/tls  key  newest key",
            ])
    }
}
