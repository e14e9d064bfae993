// The keys at hand, newest first: every one opens, the newest one seals.

package import Crypto
package import Manifest

/// A private key with the certificate that others seal for it with.
package struct SealingKey: Sendable {
    /// What a person calls it: the name of its Secret or of its file.
    package var name: String
    package var privateKey: PrivateKey
    package var certificate: Certificate
    /// Whether it is out of use: it still opens, and is never sealed with.
    package var isRetired: Bool

    package init(name: String, privateKey: PrivateKey, certificate: Certificate, isRetired: Bool = false) {
        self.name = name
        self.privateKey = privateKey
        self.certificate = certificate
        self.isRetired = isRetired
    }

    /// Makes a new key, as the Sealed Secrets controller makes them.
    ///
    /// - Parameter now: seconds since 1970.
    package static func generate(name: String, now: Int64, bits: Int = 4096) throws(CryptoError) -> SealingKey {
        let key = try PrivateKey.generate(bits: bits)
        return SealingKey(name: name, privateKey: key, certificate: try Certificate(selfSigning: key, now: now))
    }
}

/// Several sealing keys.
package struct KeyRing: Sendable {
    /// The label of Secrets that hold a sealing key: `active`, or `compromised` for one out of use.
    package static let label = "sealedsecrets.bitnami.com/sealed-secrets-key"

    /// Newest first, by the certificates' beginnings; their seconds are full, and of one second the last name is the
    /// newest.
    package private(set) var keys: [SealingKey]

    package init(_ keys: [SealingKey] = []) {
        self.keys = keys.sorted { ($0.certificate.notBefore, $0.name) > ($1.certificate.notBefore, $1.name) }
    }

    /// The keys of the labelled ones among some Secrets. Those that hold none are told, and do not keep the others
    /// from use.
    package init(secrets: [Value], diagnostics: inout [Diagnostic]) {
        var found: [SealingKey] = []
        for secret in secrets {
            let object = KubernetesObject(secret)
            guard let state = object.label(Self.label) else { continue }
            func bytes(_ key: String) -> [UInt8]? {
                secret[path: "data", key]?.string.flatMap(Base64.decode)
                    ?? secret[path: "stringData", key]?.string.map { Array($0.utf8) }
            }
            guard let keyPEM = bytes("tls.key"), let certificatePEM = bytes("tls.crt"),
                let key = PrivateKey(pem: keyPEM),
                let certificate = try? Certificate(pem: certificatePEM)
            else {
                diagnostics.append(
                    .warning(
                        "the Secret \(object.namespace ?? "default")/\(object.name) holds no sealing key, though its label says so"
                    ))
                continue
            }
            found.append(
                SealingKey(name: object.name, privateKey: key, certificate: certificate, isRetired: state != "active"))
        }
        self.init(found)
    }

    package var isEmpty: Bool { keys.isEmpty }
    package var privateKeys: [PrivateKey] { keys.map(\.privateKey) }

    /// The key to seal with: the newest that is in use.
    package var current: SealingKey? { keys.first { !$0.isRetired } }
}

extension SealingKey {
    /// The Secret in which the Sealed Secrets controller, and this product's plugin, look for the key.
    package func secret(namespace: String) throws(CryptoError) -> Value {
        [
            "apiVersion": "v1", "kind": "Secret",
            "metadata": [
                "labels": .object([KeyRing.label: "active"]), "name": .string(name), "namespace": .string(namespace),
            ],
            "type": "kubernetes.io/tls",
            "data": [
                "tls.crt": .string(Base64.encode(certificate.pem)),
                "tls.key": .string(Base64.encode(try privateKey.pem())),
            ],
        ]
    }
}
