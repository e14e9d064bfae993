// Kubeconfigs: which file counts, what a context means, and what is said about those that are wrong.

import HTTPClient
import KubernetesClient
import Manifest
import Testing

struct KubeconfigTests {
    /// A world of files and variables that exist nowhere else.
    private func world(_ files: [String: String], _ environment: [String: String] = [:]) -> Kubeconfig.Surroundings {
        Kubeconfig.Surroundings(environment: environment) { files[$0].map { Array($0.utf8) } }
    }

    private func config(cluster: String = "server: https://h:6443", user: String = "token: t", context: String = "")
        -> String
    {
        """
        apiVersion: v1
        kind: Config
        current-context: c
        clusters: [{name: k, cluster: {\(cluster)}}]
        users: [{name: u, user: {\(user)}}]
        contexts: [{name: c, context: {cluster: k, user: u\(context)}}]
        """
    }

    private func load(
        _ text: String, files: [String: String] = [:], context: String? = nil
    ) throws(DiagnosticsError) -> ClusterConnection {
        var files = files
        files["/d/config"] = text
        return try Kubeconfig.load(path: "/d/config", context: context, surroundings: world(files))
    }

    @Test func aTokenAndTheDefaults() throws {
        let connection = try load(config())
        #expect(connection.server == "https://h:6443")
        #expect(connection.credentials == .token(Secret("t")))
        #expect(connection.namespace == "default")
        #expect(connection.context == "c")
        #expect(connection.tls == TLSOptions())
        #expect(connection.proxy == nil)
        #expect(connection.impersonation == nil)
        #expect(connection.acceptsCompression)
    }

    @Test func everythingAClusterSays() throws {
        let connection = try load(
            config(
                cluster: """
                    server: "https://h:6443/k8s/", insecure-skip-tls-verify: true, tls-server-name: other,
                    proxy-url: "http://p:3128", disable-compression: true, certificate-authority-data: Y2E=
                    """, context: ", namespace: shop"))
        #expect(connection.server == "https://h:6443/k8s")
        #expect(connection.tls.insecureSkipVerify)
        #expect(connection.tls.serverName == "other")
        #expect(connection.tls.caPEM == Array("ca".utf8))
        #expect(connection.proxy == "http://p:3128")
        #expect(!connection.acceptsCompression)
        #expect(connection.namespace == "shop")
    }

    @Test func filesAreFoundBesideTheKubeconfig() throws {
        let connection = try load(
            config(
                cluster: "server: https://h, certificate-authority: pki/ca.crt",
                user: "client-certificate: a.crt, client-key: /keys/a.key"),
            files: ["/d/pki/ca.crt": "CA", "/d/a.crt": "CERT", "/keys/a.key": "KEY"])
        #expect(connection.tls.caPEM == Array("CA".utf8))
        #expect(connection.tls.clientCertificatePEM == Array("CERT".utf8))
        #expect(connection.tls.clientKeyPEM == Array("KEY".utf8))
        #expect(connection.credentials == .none)
    }

    @Test func dataWinsOverFiles() throws {
        let connection = try load(
            config(cluster: "server: https://h, certificate-authority: no-such-file, certificate-authority-data: Y2E="))
        #expect(connection.tls.caPEM == Array("ca".utf8))
    }

    @Test(
        arguments: [
            ("token: 12345", .token(Secret("12345"))),
            ("tokenFile: tok, token: t", .tokenFile(path: "/d/tok", fallback: Secret("t"))),
            ("username: a, password: b", .basic(user: "a", password: Secret("b"))),
            ("", .none),
            (
                "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/login, args: [get, '1'], env: [{name: A, value: b}]}",
                .plugin(
                    ExecPlugin(
                        command: "/d/./bin/login", arguments: ["get", "1"], environment: ["A": Secret("b")],
                        apiVersion: "client.authentication.k8s.io/v1beta1"))
            ),
            (
                "exec: {command: aws, installHint: install it, provideClusterInfo: true}",
                .plugin(ExecPlugin(command: "aws", installHint: "install it", providesClusterInfo: true))
            ),
        ] as [(String, Credentials)])
    func waysToProveWhoOneIs(user: String, expected: Credentials) throws {
        #expect(try load(config(user: user)).credentials == expected)
    }

    @Test func actingAsAnother() throws {
        let connection = try load(
            config(user: "token: t, as: jane, as-uid: '7', as-groups: [a, b], as-user-extra: {reason: [x, y]}"))
        #expect(
            connection.impersonation
                == Impersonation(user: "jane", uid: "7", groups: ["a", "b"], extra: ["reason": ["x", "y"]]))
    }

    @Test func theFirstOfSeveralFilesWins() throws {
        let files = [
            "/one":
                "current-context: c\nclusters: [{name: k, cluster: {server: https://one}}]\nusers: [{name: u, user: {token: one}}]",
            "/two": config(cluster: "server: https://two", user: "token: two"),
            "/three": """
            current-context: d
            users: [{name: v, user: {token: three}}]
            contexts: [{name: c, context: {cluster: nix}}, {name: d, context: {cluster: k, user: v}}]
            """,
        ]
        let surroundings = world(files, ["KUBECONFIG": "/one:/none:/two:/three"])
        let current = try Kubeconfig.load(surroundings: surroundings)
        #expect(current.server == "https://one")
        #expect(current.credentials == .token(Secret("one")))
        let other = try Kubeconfig.load(context: "d", surroundings: surroundings)
        #expect(other.credentials == .token(Secret("three")))
    }

    @Test func theHomeFolderIsTheFallback() throws {
        let connection = try Kubeconfig.load(surroundings: world(["/h/.kube/config": config()], ["HOME": "/h"]))
        #expect(connection.context == "c")
    }

    @Test func aPodsServiceAccountIsTheLastResort() throws {
        let folder = "/var/run/secrets/kubernetes.io/serviceaccount"
        let files = ["\(folder)/token": "t", "\(folder)/ca.crt": "CA", "\(folder)/namespace": "gitops"]
        let environment = ["HOME": "/h", "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let connection = try Kubeconfig.load(surroundings: world(files, environment))
        #expect(connection.server == "https://[fd00::1]:443")
        #expect(connection.credentials == .tokenFile(path: "\(folder)/token", fallback: nil))
        #expect(connection.tls.caPEM == Array("CA".utf8))
        #expect(connection.namespace == "gitops")
        #expect(connection.context == nil)
        let named = try Kubeconfig.load(
            surroundings: world(files.merging(["/h/.kube/config": config()]) { $1 }, environment))
        #expect(named.context == "c")
    }

    @Test(arguments: [
        ("clusters: [", "/d/config:2:1: error: "),
        ("clusters: {}", "`clusters` is not a list"),
        ("clusters: [{cluster: {server: x}}]", "has no name"),
        ("clusters:\n- name: k\n  cluster: {}", "/d/config:2:3: error: cluster k has no server"),
        ("users:\n- name: u\n  user: {client-key-data: '%'}", "`client-key-data` is not base64"),
        ("users:\n- name: u\n  user: {exec: {args: []}}", "the exec plugin of user u has no command"),
        ("{}", "no kubeconfig: nothing found in /d/config"),
        ("contexts: [{name: c, context: {cluster: k}}]", "has no current context"),
        ("current-context: x\ncontexts: [{name: c, context: {cluster: k}}]", "there is no context x in /d/config"),
        ("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]", "names the cluster k, which is not there"),
    ])
    func problemsAreReportedAtTheirPlace(text: String, expected: String) {
        do {
            _ = try load(text)
            Issue.record("no error")
        } catch {
            #expect(error.description.contains(expected), "\(error)")
        }
    }

    @Test(arguments: [
        ("auth-provider: {name: gcp}", "auth-provider gcp"), ("client-key-data: YQ==", "key without its certificate"),
        ("client-certificate-data: YQ==", "certificate without its key"), ("client-key: nix", "cannot read /d/nix"),
    ])
    func usersThatCannotBeServed(user: String, expected: String) {
        do {
            _ = try load(config(user: user))
            Issue.record("no error")
        } catch {
            #expect(error.description.contains(expected), "\(error)")
            #expect(error.diagnostics.first?.location?.file == "/d/config")
        }
    }

    @Test func aFileThatIsNotThereIsNamed() {
        do {
            _ = try Kubeconfig.load(path: "/nix", surroundings: world([:]))
            Issue.record("no error")
        } catch {
            #expect(error.description.contains("cannot read the kubeconfig /nix"))
        }
    }
}
