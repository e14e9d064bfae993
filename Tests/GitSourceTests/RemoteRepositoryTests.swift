// Addresses in every form, and that no print shows a secret.

import Testing

@testable import GitSource

@Suite struct RemoteRepositoryTests {
    @Test(
        arguments: [
            ("https://github.com/a/b.git", .http(url: "https://github.com/a/b.git"), "https://github.com/a/b.git"),
            ("HTTP://host:8080/b", .http(url: "http://host:8080/b"), "http://host:8080/b"),
            ("https://ada:s3cret@host/b.git", .http(url: "https://host/b.git"), "https://host/b.git"),
            ("https://[::1]:8443/b.git", .http(url: "https://[::1]:8443/b.git"), "https://[::1]:8443/b.git"),
            (
                "ssh://git@host/a/b.git", .ssh(user: "git", host: "host", port: nil, path: "/a/b.git"),
                "ssh://git@host/a/b.git"
            ),
            (
                "ssh://git:s3cret@host:2222/a", .ssh(user: "git", host: "host", port: 2222, path: "/a"),
                "ssh://git@host:2222/a"
            ),
            (
                "ssh://host/~ada/b%20c", .ssh(user: nil, host: "host", port: nil, path: "~ada/b c"),
                "ssh://host/~ada/b%20c"
            ),
            ("ssh://git@[::1]:22/a", .ssh(user: "git", host: "::1", port: 22, path: "/a"), "ssh://git@[::1]:22/a"),
            ("git@host:a/b.git", .ssh(user: "git", host: "host", port: nil, path: "a/b.git"), "git@host:a/b.git"),
            ("host:b", .ssh(user: nil, host: "host", port: nil, path: "b"), "host:b"),
            ("git@[::1]:b", .ssh(user: "git", host: "::1", port: nil, path: "b"), "git@::1:b"),
            ("/srv/git/b.git", .path("/srv/git/b.git"), "/srv/git/b.git"), ("./a:b", .path("./a:b"), "./a:b"),
            ("..", .path(".."), ".."),
            ("file:///srv/a%20b", .path("/srv/a b"), "file:///srv/a%20b"),
        ] as [(String, RemoteRepository.Location, String)])
    func reads(_ address: String, location: RemoteRepository.Location, url: String) throws {
        let repository = try RemoteRepository(address)
        #expect(repository.location == location)
        #expect(repository.url == url)
        #expect(repository.description == url)
    }

    @Test(arguments: [
        "", "ftp://host/a", "git://host/a", "https:///a", "file://host/a", "ssh://host", "ssh://host/",
        "ssh://-oProxyCommand=x/a",
        "-oProxyCommand=x:a", "git@-x:a", "git@host:-x", "ssh://-l@host/a", "a\nb", "https://host/a\u{0}",
        "ssh://host/a%0", "ssh://host/a%zz",
    ])
    func refuses(_ address: String) {
        #expect(throws: GitError.self) { _ = try RemoteRepository(address) }
    }

    @Test func aLoginInTheAddressBecomesCredentials() throws {
        let both = try RemoteRepository("https://ada:p%40ss@host/a")
        #expect(both.credentials == .password(user: "ada", Secret("p@ss")))
        let given = try RemoteRepository("https://ada:other@host/a", credentials: .token(Secret("t")))
        #expect(given.credentials == .token(Secret("t")))
    }

    @Test(
        arguments: [
            .token(Secret("s3cret")), .bearer(Secret("s3cret")), .password(user: "ada", Secret("s3cret")),
            .ssh(SSHCredentials(key: .data(Secret("s3cret")))),
        ] as [Credentials])
    func noPrintShowsASecret(_ credentials: Credentials) throws {
        let repository = try RemoteRepository("https://ada:s3cret@host/a", credentials: credentials)
        var text = "\(repository) \(credentials) \(String(reflecting: repository)) \(String(describing: credentials))"
        dump(repository, to: &text)
        dump(credentials, to: &text)
        #expect(!text.contains("s3cret"))
    }

    @Test(arguments: ["ssh://host:x/a", "ssh://host:99999999999/a"])
    func aPortIsANumber(_ address: String) {
        #expect(throws: GitError.self) { _ = try RemoteRepository(address) }
    }
}

@Suite struct SSHArgumentTests {
    private func arguments(_ address: SSHAddress, _ credentials: SSHCredentials? = nil) throws -> [String] {
        var files: [MemoryFile] = []
        return try SSHSession.arguments(address, credentials, deadline: Deadline(after: .seconds(600)), files: &files)
    }

    @Test func theUsersConfigurationDecidesWhatIsNotGiven() throws {
        #expect(
            try arguments(SSHAddress(user: nil, host: "host", port: nil, path: "a")) == [
                "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o",
                "SendEnv=GIT_PROTOCOL",
                "-o", "ConnectTimeout=30", "--", "host", "git-upload-pack 'a'",
            ])
    }

    @Test func whatIsGivenIsUsed() throws {
        let credentials = SSHCredentials(user: "other", key: .file("/k"), knownHosts: .file("/a %h b"))
        let arguments = try arguments(SSHAddress(user: "git", host: "host", port: 22, path: "it's; $(x)"), credentials)
        #expect(arguments.suffix(7) == ["-p", "22", "-l", "git", "--", "host", "git-upload-pack 'it'\\''s; $(x)'"])
        #expect(arguments.contains("IdentitiesOnly=yes"))
        #expect(arguments.contains("UserKnownHostsFile=\"/a %%h b\""))
        #expect(arguments.contains("GlobalKnownHostsFile=/dev/null"))
    }
}
