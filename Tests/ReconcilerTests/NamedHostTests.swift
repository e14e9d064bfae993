// Which private addresses a Project knows by name, and which not.

import Manifest
import Testing

@testable import Reconciler

@Suite struct NamedHostTests {
    private func project(source: String = "", cluster: String? = nil, server: String? = nil) -> Project {
        var project = Project(name: "shop")
        project.sources = [NamePattern(source, separator: "/")]
        var destination = DestinationPattern(namespace: NamePattern("*"))
        destination.cluster = cluster.map { NamePattern($0) }
        destination.server = server.map { NamePattern($0, separator: "/") }
        project.destinations = [destination]
        return project
    }

    @Test(arguments: [
        ("https://git.internal/shop/*", "https://git.internal/shop/fleet.git", true),
        ("https://git.internal/**", "https://GIT.internal/shop/fleet", false),
        ("https://git.internal:3000/shop/*", "https://git.internal:3000/shop/fleet", true),
        ("git@git.internal:shop/*", "git@git.internal:shop/fleet.git", true),
        ("ssh://git@git.internal/shop/*", "ssh://git@git.internal/shop/fleet.git", true),
        ("/srv/git/*", "/srv/git/shop", true), ("file:///srv/**", "file:///srv/git/shop", true),
        // A pattern that any host fits names none.
        ("*", "https://169.254.169.254/latest", false), ("**", "/var/lib/gitopsctl/cache", false),
        ("https://*/shop/*", "https://169.254.169.254/shop/x", false), ("https://**", "https://10.0.0.1/x", false),
        ("https://*.internal/*", "https://git.internal/x", false), ("/**", "/var/lib/gitopsctl/cache/x", false),
        // Nor does one that the address does not fit, or fits by a trick.
        ("https://git.internal/shop/*", "https://git.internal/bank/vault", false),
        ("https://git.internal/**", "https://git.internal@10.0.0.1/x", false),
        ("https://git.internal/**", "https://git.internal?@10.0.0.1/x", false),
        ("/srv/git/**", "/srv/git/../../var/lib/gitopsctl/cache/x", false),
        ("/srv/git/**", "/srv/git/%2e%2e/%2e%2e/var/x", false),
    ])
    func aSourceIsNamedByItsHostWrittenOut(_ pattern: String, _ repository: String, _ isNamed: Bool) {
        #expect(project(source: pattern).namesHost(of: repository) == isNamed)
    }

    @Test(arguments: [
        ("production", "https://10.0.0.7:6443", true), ("staging", "https://10.0.0.7:6443", false),
        ("production", "https://10.0.0.8:6443", false),
    ])
    func anAPIServerIsNamedByItsAddress(_ cluster: String, _ server: String, _ isNamed: Bool) {
        let project = project(cluster: "prod*", server: "https://10.0.0.7:6443")
        #expect(project.namesHost(ofServer: server, cluster: cluster) == isNamed)
        #expect(project.allows(server: server, cluster: cluster) == isNamed)
    }

    @Test func withoutAServerAnyPublicAddressIsAllowedAndNoneIsNamed() {
        let project = project(cluster: "*")
        #expect(project.allows(server: "https://203.0.113.7", cluster: "production"))
        #expect(!project.namesHost(ofServer: "https://203.0.113.7", cluster: "production"))
    }

    @Test func aDestinationWithoutAClusterIsTheProjectsOwn() {
        let (here, there) = (project(), project(cluster: "production"))
        #expect(here.destinations[0].allows(cluster: nil) && !here.destinations[0].allows(cluster: "production"))
        #expect(!there.destinations[0].allows(cluster: nil) && there.destinations[0].allows(cluster: "production"))
    }
}
