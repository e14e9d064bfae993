// Reads or prints one file over and over for a time, and prints how many megabytes a second that was.
//
//   YAMLSpeed read|read-libyaml|print FILE SECONDS

import Glibc
import Manifest

func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { fatalError("cannot open \(path)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
}

/// Megabytes a second at which `work` goes, which handles as many bytes as it answers.
func speed(for seconds: Double, _ work: () throws -> Int) rethrows -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    var bytes = 0
    repeat { bytes += try work() } while start.duration(to: clock.now) < .seconds(seconds)
    return Double(bytes) / 1e6 / (start.duration(to: clock.now) / .seconds(1))
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let seconds = Double(arguments[3]) else {
    fatalError("usage: YAMLSpeed read|read-libyaml|print FILE SECONDS")
}
let text = contents(of: arguments[2])
switch arguments[1] {
case "read", "read-libyaml":
    var options = YAMLReader.Options.resources
    if arguments[1] == "read-libyaml" { options.parser = .libyaml }
    print(
        try speed(for: seconds) {
            _ = try YAML.read(text, file: "f", options: options)
            return text.count
        })
case "print":
    let values = try YAML.read(text, file: "f").map { try $0.canonicalized(at: nil) }
    print(try speed(for: seconds) { values.reduce(0) { $0 + YAML.write($1).count } })
default: fatalError("no such work: \(arguments[1])")
}
