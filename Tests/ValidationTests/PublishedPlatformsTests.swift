// The platforms as they were published, each of which calls itself production-ready: defect by defect, what a run
// finds, and at which line.

import Manifest
import Testing
import Validation

@Suite(.enabled(if: Trees.shared != nil, "the published platforms stand beside the repository"))
struct PublishedPlatformsTests {
    private func validate(_ platform: String) async throws -> ValidationResult {
        try await PublishedRuns.all.result(platform, shared: try #require(Trees.shared))
    }

    private func expect(
        _ defects: [String], in result: ValidationResult, source: Testing.SourceLocation = #_sourceLocation
    ) {
        let told = Set(result.places())
        for defect in defects { #expect(told.contains(defect), "not found: \(defect)", sourceLocation: source) }
    }

    // MARK: - Cannot be built

    /// The bases of glucosync are folders without a kustomization; one is not there at all.
    @Test(arguments: ["staging", "production"])
    func basesThatAreNone(overlay: String) async throws {
        let result = try await validate("broken/glucosync")
        expect((8...11).map { "k8s/overlays/\(overlay)/kustomization.yaml:\($0) build" }, in: result)
        let newclient = result.findings.first {
            $0.location?.file == "k8s/overlays/\(overlay)/kustomization.yaml" && $0.location?.position.line == 11
        }
        #expect(newclient?.message.contains("newclient") == true)
    }

    /// Everything else below k8s/base is reached by no overlay: once for all at the overlay, and once at each file.
    @Test func manifestsThatNoOverlayReaches() async throws {
        let result = try await validate("broken/glucosync")
        expect(
            [
                "k8s/overlays/staging/kustomization.yaml:8 manifests-unreached",
                "k8s/overlays/production/kustomization.yaml:8 manifests-unreached",
            ], in: result)
        let areas = Set(
            result.findings.filter { $0.rule == "unreached-manifest" }.compactMap { finding in
                finding.location?.file.split(separator: "/").dropFirst(2).first.map(String.init)
            })
        #expect(
            areas == [
                "applications", "cicd", "databases", "monitoring", "namespaces", "networking", "services", "storage",
            ])
    }

    @Test func autoscalersThatAreDeclaredTwice() async throws {
        let result = try await validate("broken/cloudretail")
        let twins = [
            8: "user-service-deployment.yaml:151", 60: "product-service-deployment.yaml:146",
            112: "order-service-deployment.yaml:156",
            164: "inventory-service-deployment.yaml:146", 216: "payment-service-deployment.yaml:166",
            268: "event-bus-deployment.yaml:131",
            320: "api-gateway-deployment.yaml:181",
        ]
        for (line, first) in twins {
            let found = result.findings.first {
                $0.location?.file == "hpa.yaml" && $0.location?.position.line == line && $0.rule == "build"
            }
            #expect(found?.message.contains(first) == true, "hpa.yaml:\(line): \(found?.message ?? "not found")")
        }
    }

    // MARK: - Silently lost or bent by the build

    @Test(arguments: [("dev", 45), ("staging", 45), ("production", 46)])
    func patchesThatNeverArrive(overlay: String, first: Int) async throws {
        let result = try await validate("thebot")
        expect(
            [first, first + 36, first + 54].map { "overlays/\(overlay)/kustomization.yaml:\($0) repeated-key" },
            in: result)
    }

    /// `commonLabels: app` overwrites the label that told pods apart.
    @Test func labelsThatMixAllPods() async throws {
        let result = try await validate("thebot")
        expect(["base/kustomization.yaml:6 selector-overwritten"], in: result)
        #expect(
            result.places("overlapping-selectors").filter { $0.hasPrefix("base/") } == [
                "base/04-postgres-statefulset.yaml:14 overlapping-selectors",
                "base/05-redis-statefulset.yaml:14 overlapping-selectors",
                "base/06-backend-deployment.yaml:18 overlapping-selectors",
                "base/07-frontend-deployment.yaml:18 overlapping-selectors",
                "base/08-celery-deployment.yaml:18 overlapping-selectors",
                "base/08-celery-deployment.yaml:161 overlapping-selectors",
            ])
        let services = Set(
            result.findings.filter {
                $0.rule == "service-selects-several" && $0.location?.file.hasPrefix("base/") == true
            }.compactMap(\.object?.name))
        #expect(services.count == 9, "\(services)")
    }

    /// The list of defects names the comment above, line 31; `nameSuffix` itself stands below it.
    @Test func aSuffixThatRenamesNoNamespace() async throws {
        expect(
            ["k8s/overlays/staging/kustomization.yaml:32 namespace-not-renamed"],
            in: try await validate("broken/glucosync"))
    }

    @Test func aVersionInSelectors() async throws {
        expect(["kustomization.yaml:72 version-in-selector"], in: try await validate("broken/cloudretail"))
    }

    // MARK: - Refused by the API server

    @Test func quotasOfWhatIsNotCounted() async throws {
        expect(
            ["resource-quota.yaml:31 quota-resource", "resource-quota.yaml:32 quota-resource"],
            in: try await validate("broken/cloudretail"))
    }

    @Test func fieldsThatAnIssuerDoesNotHave() async throws {
        let file = "k8s/base/networking/cert-manager/cluster-issuer.yaml"
        expect(
            ["\(file):19 schema-unknown-field", "\(file):38 schema-unknown-field"],
            in: try await validate("broken/glucosync"))
    }

    @Test func valuesOfChartsAmongManifests() async throws {
        let result = try await validate("broken/glucosync")
        expect(
            ["cicd/harbor", "networking/nginx-ingress", "storage/longhorn"].map {
                "k8s/base/\($0)/values.yaml:2 not-a-manifest"
            }, in: result)
    }

    @Test func aRoleWithASpec() async throws {
        expect(["base/06-backend-deployment.yaml:276 schema-unknown-field"], in: try await validate("thebot"))
    }

    @Test func receiversOfTheWrongShape() async throws {
        expect(
            [304, 305, 314, 315].map { "base/10-monitoring.yaml:\($0) schema-type" }, in: try await validate("thebot"))
    }

    /// Whether a cluster has Gatekeeper is not to be known here; that nothing describes its kind is told.
    @Test func aKindThatNeedsItsOperator() async throws {
        expect(["base/11-pod-security.yaml:240 unknown-kind"], in: try await validate("thebot"))
    }

    @Test func aVersionThatItsOperatorNoLongerServes() async throws {
        let result = try await validate("thebot")
        let file = "base/12-external-secrets.yaml"
        expect(
            [5, 42, 70, 94, 118, 141].map { "\(file):\($0) removed-api" } + ["\(file):6 unreached-manifest"], in: result
        )
    }

    // MARK: - Accepted, and wrong

    @Test(arguments: ["broken/cloudretail", "broken/glucosync", "thebot"])
    func imagesThatMayChange(platform: String) async throws {
        #expect(!(try await validate(platform)).places("latest-tag").isEmpty)
    }

    /// What the build of glucosync reaches holds no Secret, and neither do its files.
    @Test(arguments: ["broken/cloudretail", "thebot"])
    func secretsInPlainText(platform: String) async throws {
        #expect((try await validate(platform)).places("plain-secret").count >= 3)
    }

    @Test func replicasThatAnAutoscalerSetsToo() async throws {
        let result = try await validate("broken/cloudretail")
        let services = [
            "api-gateway", "event-bus", "inventory-service", "order-service", "payment-service", "product-service",
            "user-service",
        ]
        #expect(
            result.places("replicas-with-autoscaler")
                == services.map { "\($0)-deployment.yaml:11 replicas-with-autoscaler" })
    }

    @Test func anAnnotationForTheIngressClass() async throws {
        expect(
            ["ingress.yaml:13 deprecated-annotation", "ingress.yaml:186 deprecated-annotation"],
            in: try await validate("broken/cloudretail"))
        expect(
            ["base/09-ingress.yaml:11 deprecated-annotation", "base/09-ingress.yaml:102 deprecated-annotation"],
            in: try await validate("thebot"))
    }

    @Test func aCertificateThatIsNone() async throws {
        expect(
            ["base/02-secrets.yaml:125 tls-secret", "base/02-secrets.yaml:131 tls-secret"],
            in: try await validate("thebot"))
    }
}

/// One run for each platform, whatever number of tests looks at it.
private actor PublishedRuns {
    static let all = PublishedRuns()
    private var runs: [String: Task<ValidationResult, any Error>] = [:]

    func result(_ platform: String, shared: String) async throws -> ValidationResult {
        let run =
            runs[platform]
            ?? Task {
                let folder = "\(shared)/cases/real/\(platform)"
                return try await Trees.validate([folder], from: folder, definitions: ["\(shared)/crds"])
            }
        runs[platform] = run
        return try await run.value
    }
}
