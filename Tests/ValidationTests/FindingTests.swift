// What becomes of findings: switched off, gathered, reported.

import Manifest
import Testing

@testable import Validation

@Suite struct FindingTests {
    private let web = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          annotations:
            gitopsctl.dev/ignore-rules: "ANNOTATION"
        spec: {containers: [{name: web, image: "web:latest"}]}
        """

    private func judge(_ annotation: String) throws -> (findings: [Finding], ignored: Int) {
        var environment = try Manifests.environment("")
        let text = String(web.split(separator: "ANNOTATION").joined(separator: annotation))
        environment.objects = try Manifests.objects(text)
        let judged = Validator().validate(environment)
        return (judged.findings.filter { ["latest-tag", "ignored-rule"].contains($0.rule) }, judged.ignored)
    }

    @Test func anObjectSwitchesRulesOffWithAReason() throws {
        let judged = try judge("latest-tag=the registry keeps one; run-as-non-root=a toy")
        #expect(judged.findings.isEmpty)
        #expect(judged.ignored == 2)
    }

    @Test(arguments: ["latest-tag", "latest-tag=", "latest-tag= ", "latets-tag=because"])
    func aSwitchWithoutAReasonOrARuleIsAFindingItself(_ annotation: String) throws {
        let judged = try judge(annotation)
        #expect(Set(judged.findings.map(\.rule)) == ["latest-tag", "ignored-rule"])
        #expect(judged.ignored == 0)
    }

    @Test func aTreeSwitchesRulesOffByItsFile() throws {
        let text = """
            ignore:
            - {rule: latest-tag, reason: a demo, files: ["legacy/**"], objects: [Pod/*]}
            - {rule: plain-secret}
            ignored: []
            """
        let value = try #require(try YAML.read(Array(text.utf8), file: "rules").first)
        let (exemptions, findings) = Exemptions.decode(value, file: "rules", folder: "tree")
        #expect(findings.map { $0.location?.position.line } == [4, 3])
        func finding(_ file: String, _ kind: String) -> Finding {
            Finding(
                rule: "latest-tag", severity: .warning, message: "", location: FilePlace(file: file),
                object: ObjectReference(
                    gvk: GroupVersionKind(group: "", version: "v1", kind: kind), namespace: nil, name: "web"))
        }
        let all = [
            finding("tree/legacy/a/b.yaml", "Pod"), finding("tree/legacy/b.yaml", "Job"),
            finding("tree/new/b.yaml", "Pod"),
            finding("legacy/b.yaml", "Pod"),
        ]
        let sifted = exemptions.sifted(all)
        #expect(sifted.standing == Array(all.dropFirst()))
        #expect(sifted.ignored == 1)
    }

    @Test func whatSeveralEnvironmentsShareIsToldOnce() throws {
        func findings(_ name: String, _ label: String) throws -> [Finding] {
            let text = """
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: \(label)}, ports: [{port: 80}]}
                """
            return Validator().validate(try Manifests.environment(text, named: name)).findings
        }
        let gathered = Finding.gathered(
            try findings("staging", "web-staging") + findings("production", "web-production"))
        #expect(gathered.map(\.rule) == ["dangling-service"])
        #expect(gathered.first?.environments == ["staging", "production"])
        #expect(gathered.first?.message.contains("web-staging") == true)
    }

    @Test func twoFindingsOfOnePlaceStayTwo() {
        let place = FilePlace(file: "a.yaml", position: SourcePosition(line: 1, column: 1))
        let object = ObjectReference(
            gvk: GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: nil, name: "web")
        func finding(_ message: String, in environment: String) -> Finding {
            Finding(
                rule: "a", severity: .error, message: message, location: place, object: object,
                environments: [environment])
        }
        let gathered = Finding.gathered([
            finding("one", in: "x"), finding("two", in: "x"), finding("one", in: "y"), finding("two", in: "y"),
            finding("two", in: "y"),
        ])
        #expect(gathered.map(\.message) == ["one", "two"])
        #expect(gathered.map(\.environments) == [["x", "y"], ["x", "y"]])
    }

    @Test func environmentsThatMeetAreNeighboursAndVariantsAreNot() throws {
        func environment(_ name: String, _ objects: [String]) throws -> Environment {
            let text = objects.map { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \($0), namespace: shop}" }
                .joined(separator: "\n---\n")
            return try Manifests.environment(text, named: name)
        }
        var environments = [
            try environment("databases", ["db", "db-settings"]), try environment("applications", ["web", "api"]),
            try environment("applications-small", ["web", "api"]),
        ]
        Environment.introduce(&environments)
        #expect(environments[0].neighbours.map(\.name) == ["web", "api", "web", "api"])
        #expect(environments[1].neighbours.map(\.name) == ["db", "db-settings"])
    }

    // MARK: - Reports

    private var result: ValidationResult {
        get throws {
            let found = Validator().validate(try Manifests.environment(web)).findings
            return ValidationResult(
                findings: found.filter { ["latest-tag", "ignored-rule"].contains($0.rule) }, environments: 1,
                objects: 1, ignored: 0)
        }
    }

    @Test func programsReadThemAsJSON() throws {
        let value = JSONReport.value(try result)
        #expect(value[path: "summary", "warnings"] == 2)
        let finding = try #require(value["findings"]?.array?.last)
        #expect(finding["rule"] == "latest-tag")
        #expect(finding["file"] == "case.yaml")
        #expect(finding["line"] == 7)
        #expect(finding["field"] == "spec.containers[web].image")
        #expect(finding[path: "object", "name"] == "web")
        #expect(finding["environments"] == ["case"])
    }

    @Test func codeHostsReadThemAsSARIF() throws {
        var moved = try result
        try #require(moved.findings.count == 2)
        let value = SARIFReport.value(moved, version: "1.2.3")
        #expect(value["version"] == "2.1.0")
        let run = try #require(value["runs"]?.array?.first)
        let rules = run[path: "tool", "driver", "rules"]?.array?.compactMap { $0["id"]?.string }
        #expect(rules == ["ignored-rule", "latest-tag"])
        let found = try #require(run["results"]?.array?.last)
        #expect(found["ruleId"] == "latest-tag" && found["ruleIndex"] == 1 && found["level"] == "warning")
        let place = try #require(found["locations"]?.array?.first?["physicalLocation"])
        #expect(place[path: "artifactLocation", "uri"] == "case.yaml")
        #expect(place[path: "region", "startLine"] == 7)
        // A line further down it is the same finding.
        for index in moved.findings.indices {
            moved.findings[index].location?.position = SourcePosition(line: 99, column: 1)
        }
        let again = SARIFReport.value(moved, version: "1.2.3")["runs"]?.array?.first?["results"]?.array?.last
        #expect(again?["partialFingerprints"] == found["partialFingerprints"])
        moved.findings[0].location = FilePlace(file: "a b/ü.yaml")
        let uri = SARIFReport.value(moved, version: "")["runs"]?.array?.first?["results"]?.array?.first?["locations"]?
            .array?.first
        #expect(uri?[path: "physicalLocation", "artifactLocation", "uri"] == "a%20b/%C3%BC.yaml")
    }

    @Test func continuousIntegrationReadsThemAsJUnit() throws {
        var found = try result
        try #require(found.findings.count == 2)
        found.findings[1].message = "a < b & \"c\"\u{1}"
        let text = JUnitReport.text(found, threshold: .warning)
        #expect(text.contains("<testsuites name=\"gitopsctl validate\" tests=\"2\" failures=\"2\">"))
        #expect(text.contains("message=\"a &lt; b &amp; &quot;c&quot;\u{FFFD}\""))
        #expect(JUnitReport.text(found, threshold: .error).contains("failures=\"0\""))
        let clean = ValidationResult(findings: [], environments: 2, objects: 3, ignored: 0)
        #expect(JUnitReport.text(clean, threshold: .warning).contains("tests=\"1\" failures=\"0\""))
    }
}
