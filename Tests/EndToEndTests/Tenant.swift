// A team with a namespace of its own: a service account that may do some things in it and nothing elsewhere, and an
// Application that acts as this account.

import Foundation
import Testing

struct Tenant {
    let controller: RunningController
    /// Of the namespace, of the Application in it, and of what stands in its repository.
    let name: String

    private var delivery: Delivery { controller.delivery }

    /// - Parameter rules: what its service account `deployer` may do in its namespace, as a Role has them.
    init(
        _ controller: RunningController,
        rules: String = #"[{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch, delete]}]"#
    ) throws {
        self.controller = controller
        name = controller.delivery.name + "-" + UUID().uuidString.prefix(4).lowercased()
        try apply(
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: \(name)}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: deployer, namespace: \(name)}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: deployer, namespace: \(name)}
            rules: \(rules)
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: deployer, namespace: \(name)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
            subjects: [{kind: ServiceAccount, name: deployer, namespace: \(name)}]
            """)
    }

    func apply(_ text: String) throws {
        let file = delivery.folder + "/\(UUID().uuidString).yaml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let applied = try delivery.kubectl("apply", "--server-side", "--force-conflicts", "-f", file)
        try #require(applied.status == 0, "\(applied.all)")
    }

    /// Writes the Application. Its objects stand in a folder of the delivery's repository that is named like it.
    ///
    /// - Parameters:
    ///   - repository: another address than the delivery's repository.
    ///   - extra: more of its spec, in flow style.
    func describe(
        repository: String? = nil, serviceAccount: String? = "deployer", credentials: String? = nil, extra: String = ""
    ) throws {
        try apply(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: \(name), namespace: \(name)}
            spec:
              source:
                repository: \(repository ?? delivery.repository)
                revision: main
                path: \(name)
                \(credentials.map { "credentials: {secretName: \($0)}" } ?? "")
              destination: {namespace: \(name)}
              sync: {automated: true, interval: 1s, retry: {limit: 0}}
              \(serviceAccount.map { "serviceAccountName: \($0)" } ?? "")
              \(extra)
            """)
    }

    /// Commits its objects.
    func commit(_ objects: String) throws {
        try delivery.write("\(name)/kustomization.yaml", "resources: [all.yaml]\n")
        try delivery.write("\(name)/all.yaml", objects)
        try delivery.commit("Change \(name)")
    }

    static func configMap(_ name: String, in namespace: String, value: String) -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), namespace: \(namespace)}
        data: {value: "\(value)"}

        """
    }

    func value(of name: String = "settings", in namespace: String? = nil) throws -> String {
        try delivery.kubectl(
            "get", "configmap", name, "-n", namespace ?? self.name, "-o", "jsonpath={.data.value}", "--ignore-not-found"
        ).output
    }

    func condition(_ type: String) throws -> String {
        try delivery.kubectl(
            "get", "application", name, "-n", name, "-o",
            "jsonpath={.status.conditions[?(@.type==\"\(type)\")].status} {.status.conditions[?(@.type==\"\(type)\")].message}"
        ).output
    }

    func status() throws -> String {
        try delivery.kubectl("get", "application", name, "-n", name, "-o", "jsonpath={.status}").output
    }

    /// Waits until something is so, and tells the state of the Application where it never is.
    func until(_ what: String, seconds: Double = 60, _ isSo: () throws -> Bool) throws {
        do {
            try controller.until(what, seconds: seconds, isSo)
        } catch {
            Issue.record("\(try condition("Ready"))")
            throw error
        }
    }

    func remove() {
        _ = try? delivery.kubectl("delete", "application", name, "-n", name, "--ignore-not-found", "--wait=false")
        _ = try? delivery.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
    }
}
