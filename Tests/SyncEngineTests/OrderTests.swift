import Manifest
import Testing

@testable import SyncEngine

@Suite struct OrderTests {
    private func change(_ apiVersion: String, _ kind: String, wave: Int = 0, _ action: PlannedChange.Action = .create)
        -> PlannedChange
    {
        let reference = ObjectReference(
            gvk: GroupVersionKind(apiVersion: apiVersion, kind: kind), namespace: nil, name: kind.lowercased())
        var change = PlannedChange(reference: reference, action: action)
        if action == .prune { change.live = [:] } else { change.desired = [:] }
        change.wave = wave
        return change
    }

    @Test func ordersKindsByWhatTheyNeed() {
        let kinds: [(String, String)] = [
            ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"), ("example.com/v1", "Widget"),
            ("apps/v1", "Deployment"),
            ("v1", "Service"), ("v1", "Secret"), ("rbac.authorization.k8s.io/v1", "Role"), ("v1", "ServiceAccount"),
            ("v1", "ResourceQuota"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("v1", "Namespace"),
        ]
        let waves = SyncWave.waves(of: kinds.map { change($0.0, $0.1) })
        #expect(waves.count == 1)
        #expect(
            waves[0].stages.map { $0.changes.map(\.reference.kind) } == [
                ["Namespace"], ["CustomResourceDefinition"], ["ResourceQuota"], ["Role", "ServiceAccount"], ["Secret"],
                ["Service"], ["Deployment"],
                ["Widget"], ["ValidatingWebhookConfiguration"],
            ])
    }

    @Test func putsWavesBeforeKinds() {
        let waves = SyncWave.waves(of: [
            change("v1", "Namespace", wave: 1), change("apps/v1", "Deployment", wave: -1), change("v1", "Secret"),
        ])
        #expect(waves.map(\.number) == [-1, 0, 1])
        #expect(
            waves.flatMap(\.stages).flatMap(\.changes).map(\.reference.kind) == ["Deployment", "Secret", "Namespace"])
    }

    @Test func prunesBackwards() {
        let stages = SyncWave.prunes(of: [
            change("v1", "Namespace", .prune), change("v1", "Secret", wave: 2, .prune), change("v1", "Secret", .prune),
            change("apps/v1", "Deployment", .prune), change("v1", "Service"),
        ])
        #expect(
            stages.flatMap(\.changes).map { "\($0.wave) \($0.reference.kind)" } == [
                "2 Secret", "0 Deployment", "0 Secret", "0 Namespace",
            ])
    }

    @Test(arguments: [
        ("gitopsctl.dev/sync-wave: '3'", 3), ("argocd.argoproj.io/sync-wave: '-5'", -5),
        ("gitopsctl.dev/sync-wave: soon", 0), ("a: b", 0),
        ("{gitopsctl.dev/sync-wave: '1', argocd.argoproj.io/sync-wave: '2'}", 1),
        // Beyond what can be turned round.
        ("gitopsctl.dev/sync-wave: '-9223372036854775808'", -2_147_483_647),
        ("gitopsctl.dev/sync-wave: '9223372036854775807'", 2_147_483_647),
    ])
    func readsTheWaveOfAManifest(annotations: String, wave: Int) {
        let object = manifests(
            "{apiVersion: v1, kind: Secret, metadata: {name: a, annotations: \(annotations.hasPrefix("{") ? annotations : "{\(annotations)}")}}"
        )[0]
        #expect(SyncWave.number(of: object) == wave)
    }
}

@Suite struct PruneRulesTests {
    @Test(arguments: [
        // pruned, inventory, desired → held back?
        (0, 10, 10, false), (1, 10, 9, false), (5, 8, 3, false), (6, 11, 5, true), (6, 12, 6, false), (7, 12, 5, true),
        (100, 1000, 900, false),
        (3, 3, 0, true), (1, 1, 1, false),
    ])
    func guardsAgainstLosingTooMuchAtOnce(pruned: Int, inventory: Int, desired: Int, isHeld: Bool) {
        let guards = PruneRules.guards(pruned: pruned, inventory: inventory, desired: desired, options: SyncOptions())
        #expect(!guards.isEmpty == isHeld)
    }

    @Test func letsEverythingGoWhereThatIsAllowed() {
        var options = SyncOptions()
        options.allowEmpty = true
        #expect(PruneRules.guards(pruned: 9, inventory: 9, desired: 0, options: options) == [])
    }

    @Test(
        arguments: [
            ("v1", "ConfigMap", "{}", nil),
            ("v1", "ConfigMap", "{gitopsctl.dev/prune: disabled}", .keptByAnnotation("gitopsctl.dev/prune: disabled")),
            (
                "v1", "ConfigMap", "{kustomize.toolkit.fluxcd.io/prune: Disabled}",
                .keptByAnnotation("kustomize.toolkit.fluxcd.io/prune: disabled")
            ),
            (
                "v1", "ConfigMap", "{argocd.argoproj.io/sync-options: 'Validate=false, Prune=false'}",
                .keptByAnnotation("argocd.argoproj.io/sync-options: Prune=false")
            ),
            ("v1", "ConfigMap", "{helm.sh/resource-policy: keep}", .keptByAnnotation("helm.sh/resource-policy: keep")),
            ("v1", "Namespace", "{}", .protectedKind), ("v1", "PersistentVolumeClaim", "{}", .protectedKind),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "{}", .protectedKind),
            ("v1", "Namespace", "{gitopsctl.dev/prune: enabled}", nil),
        ] as [(String, String, String, PlannedChange.SkipReason?)])
    func keepsWhatIsToBeKept(apiVersion: String, kind: String, annotations: String, expected: PlannedChange.SkipReason?)
    {
        var live = manifest(
            "{apiVersion: \(apiVersion), kind: \(kind), metadata: {name: x, annotations: \(annotations)}}")
        let identity = KubernetesObject(live).identity
        #expect(PruneRules.reasonToKeep(live, identity: identity, options: SyncOptions()) == .notOurs)
        live["metadata"]?["annotations"]?[Vocabulary.appliedIdentity] = .string(identity.annotation)
        #expect(PruneRules.reasonToKeep(live, identity: identity, options: SyncOptions()) == expected)
    }
}
