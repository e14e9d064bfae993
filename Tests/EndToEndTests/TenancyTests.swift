// What a tenant who may write Applications, and what stands in their repositories, can reach: what the service account
// may, and nothing of anybody else's. Each test is an attack.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct TenancyTests {
    @Test(arguments: TestCluster.all)
    func deliversUnderTheRightsOfTheServiceAccount(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let (tenant, other) = (try Tenant(controller), try Tenant(controller))
        defer {
            tenant.remove()
            other.remove()
        }
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        try tenant.describe()
        try tenant.until("what is allowed is synced") { try tenant.condition("Ready").hasPrefix("True") }
        #expect(try tenant.value() == "one")

        try tenant.commit(
            Tenant.configMap("settings", in: tenant.name, value: "two") + "---\n"
                + Tenant.configMap("intruder", in: other.name, value: "x"))
        try tenant.until("another's namespace is refused") { try tenant.condition("Ready").contains("forbidden") }
        #expect(try tenant.value(of: "intruder", in: other.name) == "")

        // What a service account may not even read is not taken away by pruning, either.
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "three"))
        try tenant.until("and the rest goes on") { try tenant.value() == "three" }
    }

    @Test(arguments: TestCluster.all)
    func neitherTakesNorReadsTheMembersOfAnother(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let (tenant, victim) = (try Tenant(controller), try Tenant(controller))
        defer {
            tenant.remove()
            victim.remove()
        }
        try victim.commit(Tenant.configMap("settings", in: victim.name, value: "confidential"))
        try victim.describe(serviceAccount: nil)
        try victim.until("the victim's is there, and watched") { try victim.condition("Ready").hasPrefix("True") }

        try tenant.commit(Tenant.configMap("settings", in: victim.name, value: "stolen"))
        try tenant.describe()
        try tenant.until("it is refused by the server") { try tenant.condition("Ready").contains("forbidden") }
        #expect(try victim.value() == "confidential")
        #expect(try !tenant.status().contains("confidential"))
    }

    @Test(arguments: TestCluster.all)
    func readsCredentialsUnderTheRightsOfTheServiceAccount(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let tenant = try Tenant(controller)
        defer { tenant.remove() }
        try tenant.apply(
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: git, namespace: \(tenant.name)}
            stringData: {username: git, password: confidential}
            """)
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        try tenant.describe(credentials: "git")
        try tenant.until("the Secret is not read") {
            let told = try tenant.condition("Ready")
            return told.contains("forbidden") && told.contains("secrets")
        }
        #expect(try tenant.value() == "")
        try tenant.describe(serviceAccount: nil, credentials: "git")
        try tenant.until("the controller itself may") { try tenant.value() == "one" }
    }

    @Test(arguments: TestCluster.all)
    func doesNotLetARepositoryChangeItsOwnApplication(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let tenant = try Tenant(controller)
        defer { tenant.remove() }
        try tenant.commit(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: \(tenant.name), namespace: \(tenant.name)}
            spec:
              source: {repository: "\(controller.delivery.repository)", revision: main, path: \(tenant.name)}
              serviceAccountName: cluster-admin
            """)
        try tenant.describe()
        try tenant.until("it is refused") { try tenant.condition("Ready").contains("forbidden") }
        let named = try controller.delivery.kubectl(
            "get", "application", tenant.name, "-n", tenant.name, "-o", "jsonpath={.spec.serviceAccountName}")
        #expect(named.output == "deployer")
    }

    @Test(arguments: TestCluster.all)
    func aProjectSaysWhomApplicationsActAs(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let tenant = try Tenant(controller)
        defer { tenant.remove() }
        try tenant.apply(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Project
            metadata: {name: default, namespace: \(tenant.name)}
            spec:
              sources: ["*"]
              destinations: [{namespace: "*"}]
              kinds: ["*", Namespace]
              defaultServiceAccount: deployer
            """)
        try tenant.commit(
            Tenant.configMap("settings", in: tenant.name, value: "one")
                + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: made, namespace: \(tenant.name)}\n")
        try tenant.describe(serviceAccount: nil)
        try tenant.until("what the account may not is refused") { try tenant.condition("Ready").contains("forbidden") }
        let made = try controller.delivery.kubectl("get", "secret", "made", "-n", tenant.name)
        #expect(made.status != 0)
    }

    @Test(arguments: TestCluster.all)
    func aControllerSaysWhomApplicationsActAs(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, options: ["--default-service-account", "nobody"])
        let tenant = try Tenant(controller)
        defer { tenant.remove() }
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        try tenant.describe(serviceAccount: nil)
        try tenant.until("it is refused") {
            try tenant.condition("Ready").contains("system:serviceaccount:\(tenant.name):nobody")
        }
        try tenant.describe()
        try tenant.until("an account of its own may") { try tenant.value() == "one" }
    }

    @Test(arguments: TestCluster.all)
    func callsNoPrivateAddressThatAnApplicationNames(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, allowsPrivateAddresses: false)
        let (tenant, proxied) = (try Tenant(controller), try Tenant(controller))
        defer {
            tenant.remove()
            proxied.remove()
        }
        let listener = try SilentListener()
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        let addresses = [
            controller.delivery.repository, "file://\(controller.delivery.repository)",
            "http://127.0.0.1:\(listener.port)/x.git",
            "http://localhost:\(listener.port)/x.git", "http://[::ffff:127.0.0.1]:\(listener.port)/x.git",
            "http://2130706433:\(listener.port)/x.git", "http://169.254.169.254/latest",
            "ssh://git@127.0.0.1:\(listener.port)/x.git",
        ]
        for address in addresses {
            try tenant.describe(repository: "\"\(address)\"")
            try tenant.until("\(address) is refused") {
                let told = try tenant.condition("Ready")
                return told.contains("is not fetched")
                    && told.contains(address.hasPrefix("/") ? "on this machine" : address.prefix(12))
            }
        }
        #expect(listener.connections == 0)

        // A proxy of the tenant's choice is an address, too.
        try proxied.apply(
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: git, namespace: \(proxied.name)}
            stringData: {username: git, password: x, proxy: "http://127.0.0.1:\(listener.port)"}
            """)
        try proxied.describe(repository: "https://git.example.com/x.git", serviceAccount: nil, credentials: "git")
        try proxied.until("a proxy is refused") { try proxied.condition("Ready").contains("its proxy") }
        #expect(listener.connections == 0)
        #expect(try tenant.value() == "")

        // Whoever keeps the Project may know better; a pattern that any host fits is no such word.
        func project(_ sources: String) throws {
            try tenant.apply(
                """
                apiVersion: gitopsctl.dev/v1alpha1
                kind: Project
                metadata: {name: default, namespace: \(tenant.name)}
                spec: {sources: [\(sources)], destinations: [{namespace: "*"}], kinds: ["*"]}
                """)
        }
        try project("\"*\"")
        try tenant.describe()
        try tenant.until("any host is no particular one") { try tenant.condition("Ready").contains("on this machine") }
        try project("\"\(controller.delivery.folder)/**\"")
        try tenant.until("a folder that is named is read") { try tenant.value() == "one" }
    }
}

/// A port of this machine that takes connections, and counts them.
private final class SilentListener {
    let port: UInt16
    private let socket: Int32

    init() throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        try #require(isBound)
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }

    /// How many have connected since it was last asked.
    var connections: Int {
        var count = 0
        while case let connection = accept(socket, nil, nil), connection >= 0 {
            close(connection)
            count += 1
        }
        return count
    }
}
