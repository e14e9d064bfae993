// The vectors that vectors.py makes, once a run.

import Foundation
import Manifest
import SealedSecrets

struct Vectors: Sendable {
    struct Key: Sendable {
        var name: String
        var key: String
        var encrypted: String
        var certificate: String
    }

    struct Case: Sendable, CustomStringConvertible {
        var scope: SealingScope
        var key: String
        var name: String
        var value: [UInt8]
        var sealed: [UInt8]

        var description: String { "\(name), \(scope.rawValue), sealed for the \(key) key" }
    }

    var keys: [Key]
    var cases: [Case]

    static let shared: Vectors = {
        guard let value = try? JSON.read(Peer.run(["make"], input: [])) else {
            fatalError("vectors.py printed no JSON: is python3-cryptography installed?")
        }
        func text(_ value: Value, _ key: String) -> String { value[key]?.string ?? "" }
        return Vectors(
            keys: (value["keys"]?.array ?? []).map {
                Key(
                    name: text($0, "name"), key: text($0, "key"), encrypted: text($0, "encrypted"),
                    certificate: text($0, "certificate"))
            },
            cases: (value["cases"]?.array ?? []).compactMap {
                guard let scope = SealingScope(rawValue: text($0, "scope")),
                    let plain = Base64.decode(text($0, "value")),
                    let sealed = Base64.decode(text($0, "sealed"))
                else { return nil }
                return Case(scope: scope, key: text($0, "key"), name: text($0, "name"), value: plain, sealed: sealed)
            })
    }()

    /// Both keys, as the Sealed Secrets controller keeps them.
    var secrets: [Value] {
        keys.map { key in
            [
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                "metadata": [
                    "name": .string(key.name), "namespace": "kube-system", "labels": .object([KeyRing.label: "active"]),
                ],
                "data": [
                    "tls.crt": .string(Base64.encode(Array(key.certificate.utf8))),
                    "tls.key": .string(Base64.encode(Array(key.key.utf8))),
                ],
            ]
        }
    }

    var ring: KeyRing {
        var diagnostics: [Diagnostic] = []
        return KeyRing(secrets: secrets, diagnostics: &diagnostics)
    }

    func find(_ name: String, _ scope: SealingScope, key: String = "newer") -> Case {
        cases.first { $0.name == name && $0.scope == scope && $0.key == key }
            ?? Case(scope: scope, key: key, name: name, value: [], sealed: [])
    }
}

/// Independent implementations: programs of their own.
enum Peer {
    /// Runs vectors.py with Debian's Python, which has Debian's python3-cryptography.
    static func run(_ arguments: [String], input: [UInt8]) -> [UInt8] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors.py").path
        return run(program: "/usr/bin/python3", [script] + arguments, input: input)
    }

    /// What a program prints about some input.
    static func run(program: String, _ arguments: [String], input: [UInt8]) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        guard (try? process.run()) != nil else { return [] }
        try? stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try? stdin.fileHandleForWriting.close()
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return [UInt8](output)
    }
}

/// A SealedSecret as kubeseal writes it.
func sealedSecret(
    _ items: [(String, [UInt8])], scope: SealingScope = .strict, name: String = "database", namespace: String? = "shop",
    template: Value = [:]
) -> Value {
    var metadata: Object = ["creationTimestamp": .null, "name": .string(name)]
    metadata["namespace"] = namespace.map(Value.string)
    switch scope {
    case .strict: break
    case .namespaceWide: metadata["annotations"] = ["sealedsecrets.bitnami.com/namespace-wide": "true"]
    case .clusterWide: metadata["annotations"] = ["sealedsecrets.bitnami.com/cluster-wide": "true"]
    }
    let data = Object(entries: items.map { Object.Entry(key: $0.0, value: .string(Base64.encode($0.1))) })
    return [
        "apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": .object(metadata),
        "spec": ["encryptedData": .object(data), "template": template],
    ]
}

/// The value behind a key of a Secret, as text.
func plain(_ secret: Value, _ key: String) -> String? {
    secret[path: "data", key]?.string.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
}
