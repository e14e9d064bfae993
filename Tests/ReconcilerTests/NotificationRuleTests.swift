// Notification rules as people write them, and what is told of mistakes.

import Manifest
import Testing

@testable import Reconciler

@Suite struct NotificationRuleTests {
    private func findings(_ rule: Value) -> [String] {
        do {
            _ = try Application(
                [
                    "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "metadata": ["name": "shop"],
                    "spec": ["source": ["repository": "https://git.example.com/shop"], "notifications": [rule]],
                ], source: nil)
            return []
        } catch {
            return error.diagnostics.map { $0.message + ($0.cure.map { " → \($0)" } ?? "") }
        }
    }

    @Test(
        arguments: [
            (
                [
                    "type": "slack", "secretName": "chat", "reasons": ["Synced"],
                    "template": "{{application}} {{ message }} } {",
                ] as Value, nil
            ),
            (["type": "slak", "secretName": "chat"], "Did you mean slack?"),
            (["secretName": "chat"], "spec.notifications[0].type is missing"),
            (["type": "slack"], "spec.notifications[0].secretName is missing"),
            (["type": "slack", "secretName": "chat", "reasons": ["SyncFaild"]], "Did you mean SyncFailed?"),
            (
                ["type": "slack", "secretName": "chat", "template": "{{aplication}}"],
                "{{aplication}}, which there is not"
            ),
            (["type": "slack", "secretName": "chat", "template": "{{message"], "{{ without }}"),
            (
                ["type": "slack", "secretName": "chat", "template": .string(String(repeating: "x", count: 5000))],
                "at most 4096 bytes"
            ),
            (["type": "cloudevents", "secretName": "chat", "template": "x"], "has no place in a CloudEvent"),
        ] as [(Value, String?)])
    func mistakesAreToldAtTheirPlace(rule: Value, expected: String?) {
        let found = findings(rule)
        if let expected { #expect(found.contains { $0.contains(expected) }, "\(found)") } else { #expect(found == []) }
    }

    @Test func aTemplateIsFilledAndNothingInItIsReadAgain() throws {
        let template = try NotificationTemplate("<{{ message }}> {{application}} {not} }}")
        #expect(
            template.filled { $0 == .message ? "{{application}}" : $0.rawValue }
                == "<{{application}}> application {not} }}")
    }

    @Test func aProjectTellsOfAllItsApplications() throws {
        let project = try Project(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Project", "metadata": ["name": "shop"],
                "spec": ["notifications": [["type": "gitlab", "secretName": "git"]]],
            ], source: nil)
        #expect(
            project.notifications == [
                NotificationRule(receiver: .gitlab, secretName: "git", reasons: nil, template: nil)
            ])
    }
}
