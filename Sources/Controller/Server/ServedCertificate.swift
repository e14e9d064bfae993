// The certificate that a port is served with. Its files are looked at again and again, for whoever renews it changes
// them under a running server: connections from then on get the new one, those that are open stay as they are.

package import Logging
package import Manifest
import NIOSSL
import ServerTLS
package import SyncEngine
import SyncHistory
import Synchronization

package final class ServedCertificate: Sendable {
    private struct State {
        var identity: ServerIdentity
        /// What the files held when they were last read, whether it can be served or not.
        var contents: CertificateFiles.Contents
        /// Why they could not be read; nil where they could.
        var obstacle: String?
    }

    /// A kubelet takes a minute or two to bring a Secret that was changed; this adds little to it.
    private static let interval = Duration.seconds(5)

    private let files: CertificateFiles
    private let clock: any SyncClock
    private let log: Logger
    private let state: Mutex<State>

    /// - Throws: what keeps the files from being served.
    package init(_ files: CertificateFiles, clock: any SyncClock, log: Logger) throws(DiagnosticsError) {
        self.files = files
        self.clock = clock
        self.log = log
        let contents = try files.read()
        let identity = try files.identity(of: contents)
        state = Mutex(State(identity: identity, contents: contents))
        tell("certificate", identity)
    }

    /// What the next connection is served with.
    var context: NIOSSLContext { state.withLock { $0.identity.context } }

    /// Looks at the files until the task is cancelled.
    func keepCurrent() async {
        while (try? await clock.sleep(for: Self.interval)) != nil { look() }
    }

    /// Takes what the files hold by now. What cannot be served is told once, and the one before is served on.
    func look() {
        do throws(DiagnosticsError) {
            let contents = try files.read()
            let isNew = state.withLock { state in
                state.obstacle = nil
                defer { state.contents = contents }
                return state.contents != contents
            }
            guard isNew else { return }
            let identity = try files.identity(of: contents)
            state.withLock { $0.identity = identity }
            tell("certificate changed", identity)
        } catch {
            let obstacle = "\(error)"
            let isNew = state.withLock { state in
                defer { state.obstacle = obstacle }
                return state.obstacle != obstacle
            }
            if isNew { log.warning("the certificate of before is served on: \(obstacle)") }
        }
    }

    private func tell(_ what: Logger.Message, _ identity: ServerIdentity) {
        let end = Timestamp(milliseconds: Int64(identity.expiry) * 1000)
        log.info(what, metadata: ["file": "\(files.certificate)", "until": "\(end)"])
    }
}
