// The commands of `gitopsctl sandbox` as a user runs them: what they bring about, what they say, and how they end.

import Foundation
import Testing

/// A sandbox of a test's own, by its commands.
private struct OwnSandbox {
    let folder: String
    let gitopsctl: Command
    let kubectl: Command

    /// Starts one, hands it to a test, and ends it.
    static func with(_ options: String..., body: (OwnSandbox) throws -> Void) throws {
        let sandbox = try OwnSandbox()
        defer { sandbox.end() }
        #expect(try sandbox.run(["start"] + options).status == 0)
        try body(sandbox)
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "e2e-own-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var environment = Workplace.environment
        environment["XDG_STATE_HOME"] = folder + "/state"
        environment["XDG_CONFIG_HOME"] = folder + "/config"
        environment["HOME"] = folder
        environment["KUBECONFIG"] = folder + "/state/gitopsctl/sandbox/kubeconfig.yaml"
        gitopsctl = Command(program: Workplace.gitopsctl, environment: environment, folder: folder)
        kubectl = Command(program: "kubectl", environment: environment, folder: folder)
    }

    func run(_ words: [String]) throws -> CommandResult { try gitopsctl.run(["sandbox"] + words) }

    func callAsFunction(_ words: String...) throws -> CommandResult { try run(words) }

    func end() {
        _ = try? self("stop")
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A deployment of two pods that are ready.
    func deploy(_ name: String) throws {
        #expect(try kubectl("create", "deployment", name, "--image=nginx:1", "--replicas=2").status == 0)
        #expect(try kubectl("rollout", "status", "deployment/\(name)", "--timeout=20s").status == 0)
    }
}

@Suite(.ownThread, .timeLimit(.minutes(4))) struct SandboxCommandTests {
    @Test(arguments: [
        ("--image-pull", "ImagePullBackOff"), ("--crash-loop", "CrashLoopBackOff"), ("--unschedulable", "Pending"),
    ])
    func aBrokenDeploymentFailsUntilItIsMended(how: String, shown: String) throws {
        try OwnSandbox.with { sandbox in
            try sandbox.deploy("web")
            let broken = try sandbox("break", "deployment/web", how)
            #expect(broken.status == 0 && broken.output.isEmpty, "\(broken.all)")
            #expect(broken.errors.contains("gitopsctl sandbox mend deployment/web"))
            #expect(
                try sandbox.kubectl(
                    "wait", "--for=jsonpath={.status.unavailableReplicas}=2", "deployment/web", "--timeout=20s"
                ).status == 0)
            var pods = ""
            for _ in 0..<100 where !pods.contains(shown) {
                pods = try sandbox.kubectl("get", "pods", "--no-headers").output
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect(pods.contains(shown), "\(pods)")
            #expect(try sandbox("mend", "deployment/web").status == 0)
            #expect(try sandbox.kubectl("rollout", "status", "deployment/web", "--timeout=20s").status == 0)
        }
    }

    @Test func whatCannotBeBrokenIsSaid() throws {
        try OwnSandbox.with { sandbox in
            let cases: [(words: [String], status: Int32, says: String)] = [
                (["break", "deployment/none", "--crash-loop"], 1, #"deployment "none" not found"#),
                (["break", "web", "--crash-loop"], 1, "Write it as kind/name"),
                (["break", "configmap/kube-root-ca.crt", "--crash-loop"], 1, "have no pods that could fail"),
                (["break", "deployment/web"], 64, "--image-pull, --crash-loop or --unschedulable"),
                (["load", "none", "3"], 1, #""none" not found"#),
                (["load", "none", "--", "-3"], 64, "no fewer than 0"),
                (["pace", "--", "-1"], 64, "0 milliseconds or more"),
                (["fault", "clear", "9"], 1, "no fault has the number 9"),
                (["fault", "add", "throttle", "--times", "0"], 64, "--times is 1 or more"),
                (["fault", "add", "missing-group"], 64, "needs --group"),
                (["restart", "--new-authority", "--lose"], 64, "without a restart"),
                (["restore", "missing.json"], 1, "cannot read the snapshot"),
            ]
            for (words, status, says) in cases {
                let result = try sandbox.run(words)
                #expect(
                    result.status == status && result.errors.contains(says), "\(words): \(result.status) \(result.all)")
            }
        }
    }

    @Test func withoutASandboxEveryCommandSaysSo() throws {
        let sandbox = try OwnSandbox()
        defer { sandbox.end() }
        for words in [
            ["mend", "pod/a"], ["load", "a", "1"], ["pace", "1"], ["fault", "list"], ["restart"], ["snapshot", "f"],
        ] {
            let result = try sandbox.run(words)
            #expect(result.status == 1 && result.errors.contains("gitopsctl sandbox start"), "\(words): \(result.all)")
        }
        #expect(try sandbox("status").status == 1)
        #expect(try sandbox("stop").errors.contains("no sandbox runs"))
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let text = try String(contentsOfFile: TestCluster.sandbox.kubeconfig, encoding: .utf8)
        let number = text.split(separator: "https://127.0.0.1:").last?.prefix { $0.isNumber } ?? ""
        let sandbox = try OwnSandbox()
        defer { sandbox.end() }
        let result = try sandbox("start", "--port", String(number))
        #expect(result.status == 1 && result.errors.contains("port \(number) of 127.0.0.1 is taken"), "\(result.all)")
    }

    @Test func anAutoscalerFollowsItsLoad() throws {
        try OwnSandbox.with { sandbox in
            try sandbox.deploy("web")
            #expect(try sandbox.kubectl("autoscale", "deployment", "web", "--min=1", "--max=4").status == 0)
            #expect(try sandbox("load", "web", "9").errors.contains("wants 9 replicas"))
            #expect(
                try sandbox.kubectl(
                    "wait", "--for=jsonpath={.status.readyReplicas}=4", "deployment/web", "--timeout=20s"
                ).status == 0)
            #expect(try sandbox("load", "web").errors.contains("is left to itself"))
        }
    }

    @Test func faultsAreAddedListedAndCleared() throws {
        try OwnSandbox.with { sandbox in
            #expect(try sandbox("fault", "list").errors.contains("no fault is asked for"))
            let added = try sandbox(
                "fault", "add", "unavailable", "--verb", "create", "--resource", "configmaps", "--times", "1")
            #expect(added.output == "1\n", "\(added.all)")
            #expect(try sandbox("fault", "add", "missing-group", "--group", "apps").output == "2\n")
            let refused = try sandbox.kubectl("create", "configmap", "a")
            #expect(
                refused.status != 0 && refused.errors.contains("currently unable to handle the request"),
                "\(refused.all)")
            #expect(try sandbox.kubectl("create", "configmap", "a").status == 0)
            #expect(
                try sandbox.kubectl("get", "--raw", "/apis/apps/v1/deployments").errors.contains(
                    "could not find the requested resource"))
            let listed = try sandbox("fault", "list").output
            #expect(
                listed.contains("unavailable") && listed.contains("create configmaps") && listed.contains("1 of 1"),
                "\(listed)")
            #expect(listed.contains("the group apps"))
            #expect(try sandbox("fault", "list", "-o", "json").output.contains(#""effect": "unavailable""#))
            #expect(try sandbox("fault", "clear", "2").status == 0)
            #expect(try sandbox.kubectl("get", "deployments").status == 0)
            #expect(try sandbox("fault", "clear").status == 0)
            #expect(try sandbox("fault", "list").output.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func aRestartKeepsOrLoses(loses: Bool) throws {
        try OwnSandbox.with { sandbox in
            #expect(try sandbox.kubectl("create", "configmap", "a").status == 0)
            #expect(
                try sandbox.run(["restart"] + (loses ? ["--lose"] : [])).errors.contains(
                    loses ? "fresh cluster" : "with what it holds"))
            var found = CommandResult(status: 1, output: "", errors: "")
            // It answers the command first, and is away for a moment then.
            Thread.sleep(forTimeInterval: 0.1)
            for _ in 0..<100 {
                found = try sandbox.kubectl("get", "configmap", "a", "--request-timeout=5s")
                if found.status == 0 || found.errors.contains("NotFound") { break }
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect((found.status == 0) != loses, "\(found.all)")
        }
    }

    @Test func aNewAuthorityNeedsTheNewKubeconfig() throws {
        try OwnSandbox.with { sandbox in
            let kubeconfig = sandbox.folder + "/state/gitopsctl/sandbox/kubeconfig.yaml"
            let old = sandbox.folder + "/old.yaml"
            try FileManager.default.copyItem(atPath: kubeconfig, toPath: old)
            #expect(try sandbox("restart", "--new-authority").errors.contains("the kubeconfig is new"))
            var refused = CommandResult(status: 0, output: "", errors: "")
            for _ in 0..<100 where refused.status == 0 {
                refused = try sandbox.kubectl("--kubeconfig", old, "get", "namespaces")
            }
            #expect(refused.errors.contains("certificate"), "\(refused.all)")
            #expect(try sandbox.kubectl("get", "namespaces").status == 0)
        }
    }

    @Test(arguments: [false, true])
    func aSnapshotBringsEverythingBackAndSecretsOnRequest(withSecrets: Bool) throws {
        try OwnSandbox.with { sandbox in
            #expect(try sandbox.kubectl("create", "configmap", "a", "--from-literal=k=v").status == 0)
            #expect(try sandbox.kubectl("create", "secret", "generic", "s", "--from-literal=word=hush").status == 0)
            let file = sandbox.folder + "/snapshot.json"
            let written = try sandbox.run(["snapshot", file] + (withSecrets ? ["--with-secrets"] : []))
            #expect(
                written.errors.contains(withSecrets ? "1 Secret are in it" : "1 Secret are left out"), "\(written.all)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("aHVzaA==") == withSecrets)
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try sandbox.kubectl("delete", "configmap/a", "secret/s").status == 0)
            #expect(try sandbox("restore", file).status == 0)
            #expect(try sandbox.kubectl("get", "configmap", "a", "-o", "jsonpath={.data.k}").output == "v")
            #expect(
                try sandbox.kubectl("get", "secret", "s", "-o", "jsonpath={.data.word}").output
                    == (withSecrets ? "aHVzaA==" : ""))
        }
    }

    @Test func whatIsKeptComesBackAndIsSealed() throws {
        try OwnSandbox.with("--keep") { sandbox in
            #expect(
                try sandbox.kubectl("create", "secret", "generic", "s", "--from-literal=word=hush-hush").status == 0)
            #expect(try sandbox("stop").status == 0)
            let state = try Data(contentsOf: URL(filePath: sandbox.folder + "/state/gitopsctl/sandbox/state.sqlite"))
            #expect(state.range(of: Data("secrets".utf8)) != nil)
            #expect(state.range(of: Data("aHVzaC1odXNo".utf8)) == nil)
            #expect(try sandbox("start", "--keep").status == 0)
            #expect(try sandbox.kubectl("get", "secret", "s", "-o", "jsonpath={.data.word}").output == "aHVzaC1odXNo")
            #expect(try sandbox("stop").status == 0)
            try FileManager.default.removeItem(atPath: sandbox.folder + "/config/gitopsctl/sandbox.key")
            let refused = try sandbox("start", "--keep")
            #expect(refused.status == 1 && refused.errors.contains("sandbox.key is missing"), "\(refused.all)")
        }
    }

    @Test func aClusterIsCopiedWithoutItsSecrets() throws {
        try OwnSandbox.with { sandbox in
            let source = ["--kubeconfig", TestCluster.sandbox.kubeconfig]
            let namespace = "copied-\(UUID().uuidString.prefix(8).lowercased())"
            func inSource(_ words: String...) throws { #expect(try sandbox.kubectl.run(source + words).status == 0) }
            try inSource("create", "namespace", namespace)
            try inSource("-n", namespace, "create", "secret", "generic", "s", "--from-literal=word=hush")
            try inSource("-n", namespace, "create", "configmap", "managed")
            try inSource("-n", namespace, "label", "configmap", "managed", "applyset.kubernetes.io/part-of=x")
            #expect(try sandbox.run(["from-cluster", "-n", namespace] + source).status == 0)
            #expect(try sandbox.kubectl("-n", namespace, "get", "configmap", "managed").status == 0)
            #expect(try sandbox.kubectl("-n", namespace, "get", "secret", "s").status != 0)
            let all = try sandbox.run(["from-cluster", "--all", "-n", namespace] + source)
            #expect(all.status == 0 && all.errors.contains("the values of Secrets are left blank"), "\(all.all)")
            let copy = try sandbox.kubectl("-n", namespace, "get", "secret", "s", "-o", "jsonpath={.data}").output
            #expect(copy == #"{"word":""}"#)
        }
    }
}
