// Which sealed value hangs on which key: what must be sealed again before a key may go.

import Crypto
package import Manifest

/// A sealed value and the key that opens it.
package struct KeyUse: Sendable {
    /// `SealedSecret shop/database`.
    package var object: ObjectReference
    /// The key of `encryptedData`.
    package var item: String
    package var finding: Finding

    package init(object: ObjectReference, item: String, finding: Finding) {
        self.object = object
        self.item = item
        self.finding = finding
    }

    package enum Finding: Sendable, Hashable {
        /// Opened by the key of this name; whether that is the one that is sealed with now.
        case opened(by: String, isCurrent: Bool)
        case failed(OpeningFailure)
    }
}

extension KeyRing {
    /// Tries every value of a SealedSecret. The values themselves are wiped.
    package func uses(of sealed: SealedSecret, defaultNamespace: String? = nil) -> [KeyUse] {
        let label = sealed.label(defaultNamespace: defaultNamespace)
        return sealed.encryptedData.map { item, text in
            KeyUse(object: KubernetesObject(sealed.value).reference, item: item, finding: finding(text, label))
        }
    }

    private func finding(_ text: Value, _ label: [UInt8]) -> KeyUse.Finding {
        guard let bytes = text.string.flatMap(Base64.decode) else { return .failed(.malformed("it is no base64")) }
        do throws(OpeningFailure) {
            var (value, index) = try HybridEncryption.open(bytes, label: label, with: privateKeys)
            wipe(&value)
            return .opened(by: keys[index].name, isCurrent: keys[index].name == current?.name)
        } catch {
            return .failed(error)
        }
    }

    /// A SealedSecret with every value sealed by the current key.
    ///
    /// - Returns: the sealed texts that change, old and new.
    /// - Throws: why a value cannot be opened; then nothing is to be changed.
    package func resealed(
        _ sealed: SealedSecret, defaultNamespace: String? = nil
    ) throws(DiagnosticsError) -> [(old: String, new: String)] {
        guard let current else {
            throw DiagnosticsError("there is no key to seal with", cure: "Make one with gitopsctl seal rotate")
        }
        let label = sealed.label(defaultNamespace: defaultNamespace)
        let sealing = Sealing(for: current.certificate.publicKey)
        var changes: [(old: String, new: String)] = []
        for (item, text) in sealed.encryptedData {
            guard let old = text.string, let bytes = Base64.decode(old) else {
                throw DiagnosticsError("\(item) of \(KubernetesObject(sealed.value).reference) is no base64")
            }
            do throws(OpeningFailure) {
                var (value, index) = try HybridEncryption.open(bytes, label: label, with: privateKeys)
                defer { wipe(&value) }
                if keys[index].name == current.name { continue }
                do throws(DiagnosticsError) {
                    changes.append((old, try sealing.seal(value, label: label)))
                } catch {
                    throw .malformed(error.diagnostics.first?.message ?? "it cannot be sealed")
                }
            } catch {
                throw DiagnosticsError(
                    "\(item) of \(KubernetesObject(sealed.value).reference) cannot be opened: \(error.reason)",
                    cure: "Bring back the key that it was sealed with, or seal the value again")
            }
        }
        return changes
    }
}

extension OpeningFailure {
    /// The end of "it cannot be opened:".
    package var reason: String {
        switch self {
        case .malformed(let reason): reason
        case .noKeyFits: "no key at hand fits"
        case .wrongScope: "it was sealed for another scope, namespace or name"
        case .damaged: "it was changed after it was sealed"
        }
    }
}
