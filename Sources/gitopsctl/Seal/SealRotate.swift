// Rotation, first half: a new key, with which everything is sealed from now on. Older keys stay and open what was
// sealed before.

import ArgumentParser
import Crypto
import KubernetesClient
import Manifest
import SealedSecrets
import SyncHistory

struct SealRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a new key, which seals from now on.",
        discussion: """
            The key goes into a folder (--keys) or, as a Secret, into the cluster. Keys that are there already stay: they open what was \
            sealed with them. Seal that anew with gitopsctl seal re-encrypt, and see with gitopsctl seal report what still hangs on which key.
            """)

    @Option(help: ArgumentHelp("The length of the key in bits.", valueName: "number"))
    var bits = 4096

    @OptionGroup var keyOptions: KeyOptions

    func run() async throws {
        guard (2048...16_384).contains(bits) else { throw ValidationError("a key has 2048 to 16384 bits") }
        let console = Console()
        let keys = SealKeys(options: keyOptions, session: Session(console: console))
        let now = Timestamp.now()
        // To the millisecond, so that two keys of one second have names of their own, in order.
        let fraction = String(now.milliseconds % 1000 + 1000).dropFirst()
        let moment = now.description.lowercased().filter { $0 != ":" && $0 != "-" } + "-\(fraction)"
        let key: SealingKey
        do throws(CryptoError) {
            key = try SealingKey.generate(
                name: "sealed-secrets-key-\(moment)", now: now.milliseconds / 1000, bits: bits)
        } catch {
            throw DiagnosticsError(error.description)
        }
        let place: String
        if let folder = keyOptions.keys {
            try KeyFolder(folder).add(key, passphrase: try keys.passphrase(confirmed: true))
            place = "\(folder)/\(key.name).key"
        } else {
            place = try await createInCluster(key, keys)
        }
        console.error.print(
            InkedLine(
                "\(place): new key, valid until \(Timestamp(milliseconds: key.certificate.notAfter * 1000).description.prefix(10))"
            ))
        console.output.write(key.certificate.pem)
    }

    private func createInCluster(_ key: SealingKey, _ keys: SealKeys) async throws -> String {
        let (cluster, _) = try keys.session.cluster(keyOptions.cluster)
        do {
            let secret = try key.secret(namespace: keyOptions.keyNamespace)
            _ = try await cluster.create(secret, options: WriteOptions())
        } catch let error as KubernetesError {
            throw DiagnosticsError([error.diagnostic()])
        } catch {
            throw DiagnosticsError("\(error)")
        }
        return "Secret \(keyOptions.keyNamespace)/\(key.name)"
    }
}
