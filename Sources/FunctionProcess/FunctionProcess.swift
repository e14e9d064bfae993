// The process of a KRM function written in Swift: a ResourceList on standard input, one on standard output, and
// nothing of what it held left behind.

import CIsolation
import FoundationEssentials
import Glibc
package import Manifest

package enum FunctionProcess {
    /// Answers lists with what `function` makes of them: one, or one a line for as long as lines come where the host
    /// asks for that (`GITOPSCTL_LOOP=lines`).
    ///
    /// The process writes no core file, and no other process of the user can look into its memory.
    ///
    /// - Returns: the exit code: 1 for a list that cannot be read, or results of which one is an error.
    package static func run(_ function: (ResourceList) -> ResourceList) -> Int32 {
        isolation_harden()
        signal(SIGPIPE, SIG_IGN)
        return environment("GITOPSCTL_LOOP") == "lines" ? loop(function) : once(function)
    }

    /// The Secrets that the host granted.
    package static func grantedSecrets() -> [Value] {
        guard let path = environment("GITOPSCTL_GRANTS"), let data = FileManager.default.contents(atPath: path),
            let list = try? JSON.read([UInt8](data))
        else { return [] }
        return list["items"]?.array ?? []
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func once(_ function: (ResourceList) -> ResourceList) -> Int32 {
        var input: [UInt8] = []
        while let more = read() { input += more }
        let isJSON = input.first { $0 > 0x20 } == UInt8(ascii: "{")
        guard let output = answer(input, isJSON: isJSON, function) else { return 1 }
        write(isJSON ? JSON.write(output.value) + [UInt8(ascii: "\n")] : YAML.write(output.value))
        return output.results.contains { $0.severity == .error } ? 1 : 0
    }

    private static func loop(_ function: (ResourceList) -> ResourceList) -> Int32 {
        var pending: [UInt8] = []
        while let more = read() {
            var rest = more[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                pending += rest[..<end]
                guard let output = answer(pending, isJSON: true, function) else { return 1 }
                write(JSON.write(output.value) + [UInt8(ascii: "\n")])
                pending = []
                rest = rest[(end + 1)...]
            }
            pending += rest
        }
        return pending.isEmpty ? 0 : 1
    }

    private static func answer(
        _ input: [UInt8], isJSON: Bool, _ function: (ResourceList) -> ResourceList
    ) -> ResourceList? {
        do throws(DiagnosticsError) {
            return function(try ResourceList(try document(input, isJSON: isJSON)))
        } catch {
            // The place of what cannot be read, and not its text: that may be a secret.
            let reason = error.diagnostics.first.map {
                $0.location.map { "line \($0.position.line) is no YAML" } ?? $0.message
            }
            complain("standard input holds no ResourceList: \(reason ?? "it is empty")\n")
            return nil
        }
    }

    private static func document(_ input: [UInt8], isJSON: Bool) throws(DiagnosticsError) -> Value {
        if isJSON {
            do throws(JSONError) {
                return try JSON.read(input)
            } catch {
                // YAML in flow style begins like JSON.
            }
        }
        guard let document = try YAML.read(input, file: "standard input").first else {
            throw DiagnosticsError("it is empty")
        }
        return document
    }

    // MARK: Descriptors

    /// The next bytes; nil at the end.
    private static func read() -> [UInt8]? {
        while true {
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                let received = Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
                failure = received < 0 ? errno : 0
                count = max(0, received)
            }
            if failure == EINTR { continue }
            return bytes.isEmpty ? nil : bytes
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno != EINTR { return }
            rest = rest.dropFirst(max(written, 0))
        }
    }

    private static func complain(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }
}
