// Whose deliveries a labelled Secret may sign: everybody's in the controller's namespace, a Project's elsewhere.

import Manifest
import Reconciler
import Testing

@testable import Controller

@Suite struct WebhookSecretsTests {
    private func secret(_ namespace: String, _ name: String, _ data: [String: String]) -> Value {
        var encoded = Object()
        for (key, text) in data { encoded[key] = .string(Base64.encode(Array(text.utf8))) }
        return [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["namespace": .string(namespace), "name": .string(name)],
            "data": .object(encoded),
        ]
    }

    private func projects() -> ProjectShelf {
        let shelf = ProjectShelf()
        func project(_ namespace: String, _ name: String, _ sources: Value...) -> Value {
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Project",
                "metadata": ["namespace": .string(namespace), "name": .string(name)],
                "spec": ["sources": .array(sources)],
            ]
        }
        _ = shelf.take(
            .all([
                project("shop", "default", "https://git.example.com/shop/*"),
                project("shop", "wide", "git@git.example.com:team/**", "https://dev.azure.com/shop/*/_git/*"),
                project("gitops-system", "platform", "*"),
            ]))
        return shelf
    }

    private func covered(_ isElsewhere: Bool, _ secret: Value) -> [String] {
        let projects = projects()
        let secrets = WebhookSecrets(of: "gitops-system", isElsewhere: isElsewhere) { projects[$0, $1] }
        secrets.take(.all([secret]))
        let addresses = [
            "https://git.example.com/shop/fleet", "https://git.example.com/Shop/Fleet.git",
            "ssh://git@git.example.com:2222/shop/fleet.git", "https://git.example.com/shop/a/b",
            "https://git.example.com/team/a/b", "git@ssh.dev.azure.com:v3/shop/web/site",
            "https://git.example.com/bank/x",
        ]
        return addresses.enumerated().filter { _, address in
            secrets.all.contains { secret in RepositoryAddress(address).map(secret.covers) ?? false }
        }.map { "\($0.offset)" }
    }

    @Test(arguments: [
        // The controller's own.
        (false, "gitops-system", ["token": "t"], "0123456"),
        (false, "gitops-system", ["token": "t", "repository": "https://git.example.com/shop"], "0123"),
        (false, "gitops-system", ["token": "t", "project": "platform\n"], "0123456"),
        (false, "gitops-system", ["token": "t", "project": "absent"], ""),
        (false, "gitops-system", ["repository": "https://git.example.com/shop"], ""),
        (false, "gitops-system", ["token": "\n"], ""),
        (false, "shop", ["token": "t"], ""),
        // Projects': of the one that applications are held to which name none, or of the one that is named.
        (true, "shop", ["token": "t"], "012"),
        (true, "shop", ["token": "t", "project": "wide"], "45"),
        (true, "shop", ["token": "t", "project": "wide", "repository": "git@git.example.com:team"], "4"),
        (true, "shop", ["token": "t", "project": "platform"], ""),
        (true, "bank", ["token": "t"], ""),
        (true, "gitops-system", ["token": "t"], ""),
    ])
    func aSecretSignsForThoseOfItsPlace(
        _ isElsewhere: Bool, _ namespace: String, _ data: [String: String], _ expected: String
    ) {
        #expect(covered(isElsewhere, secret(namespace, "hook", data)).joined() == expected)
    }

    @Test func whatAProjectAllowsIsAskedWhenADeliveryComes() throws {
        let projects = projects()
        let secrets = WebhookSecrets(of: "gitops-system", isElsewhere: true) { projects[$0, $1] }
        secrets.take(.changed(secret("shop", "hook", ["token": "t"])))
        let address = try #require(RepositoryAddress("https://git.example.com/shop/fleet"))
        #expect(secrets.all.contains { $0.covers(address) })
        _ = projects.take(.all([]))
        #expect(secrets.all.isEmpty)
        _ = projects.take(
            .changed([
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Project",
                "metadata": ["namespace": "shop", "name": "default"], "spec": ["sources": 3],
            ]))
        #expect(secrets.all.isEmpty, "what cannot be read allows nothing")
        _ = projects.take(
            .changed([
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Project",
                "metadata": ["namespace": "shop", "name": "default"], "spec": ["sources": ["**"]],
            ]))
        #expect(secrets.all.contains { $0.covers(address) })
        secrets.take(.deleted(secret("shop", "hook", ["token": "t"])))
        #expect(secrets.all.isEmpty)
    }
}
