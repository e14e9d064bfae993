// What the reference printed for many small cases and for whole repositories, recorded elsewhere: skipped where the
// recordings are not.

import Manifest
import Testing

@testable import Kustomize

#if canImport(Glibc)
    import Glibc
#endif

private enum Shared {
    /// `GITOPSCTL_SHARED`, else the folder `shared` beside the repository.
    static let path: String = {
        if let path = getenv("GITOPSCTL_SHARED") { return String(cString: path) }
        let here = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return "/\(here)/shared"
    }()
    static let tree = LocalFileTree(root: "/")

    static func exists(_ path: String) -> Bool { (try? tree.resolve(inTree(path), below: "")) != nil }
    static func inTree(_ path: String) -> String { String((self.path + "/" + path).dropFirst()) }
    static func names(_ path: String) -> [String] { (try? tree.names(in: inTree(path))) ?? [] }
    static func json(_ path: String) throws -> Value { try JSON.read(try tree.read(inTree(path))) }
    static func bytes(_ path: String) throws -> [UInt8] { try tree.read(inTree(path)) }

    static func options(_ arguments: [String]) -> BuildOptions {
        var options = BuildOptions()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--reorder": options.order = rest.popFirst() == "none" ? .none : .legacy
            case "--load-restrictor":
                options.loadRestriction = rest.popFirst() == "LoadRestrictionsNone" ? .none : .rootOnly
            default: break
            }
        }
        return options
    }

    static func output(_ folder: String, _ target: String, _ arguments: [String]) -> [UInt8]? {
        guard let path = TreePath.join(inTree(folder), target) else { return nil }
        return try? KustomizeBuild(tree: tree, options: options(arguments)).build(path: path).yaml()
    }
}

@Suite("Recorded builds")
struct RecordedBuildsTests {
    @Test(
        "the platform's base and overlays print as recorded", .enabled(if: Shared.exists("cases/real/thebot")),
        arguments: ["base", "overlays/dev", "overlays/staging", "overlays/production"])
    func platform(_ directory: String) throws {
        let name = directory.split(separator: "/").last.map(String.init) ?? directory
        let printed = Shared.output("cases/real/thebot", directory, [])
        #expect(try printed == Shared.bytes("cases/real/thebot/expected/\(name).yaml"))
    }

    @Test("small cases print as recorded", .enabled(if: Shared.exists("cases/kustomize")))
    func cases() throws {
        var failed: Set<String> = []
        var count = 0
        for suite in Shared.names("cases/kustomize") {
            for name in Shared.names("cases/kustomize/\(suite)") {
                for number in Shared.names("cases/kustomize/\(suite)/\(name)") {
                    let folder = "cases/kustomize/\(suite)/\(name)/\(number)"
                    let description = try Shared.json("\(folder)/case.json")
                    let arguments = description["args"]?.array?.compactMap(\.string) ?? []
                    let printed = Shared.output("\(folder)/files", description["target"]?.string ?? ".", arguments)
                    let succeeds = description["expect"]?.string == "success"
                    let passes = try succeeds ? printed == Shared.bytes("\(folder)/expected.yaml") : printed == nil
                    count += 1
                    if !passes { failed.insert("\(suite)/\(name)/\(number)") }
                }
            }
        }
        #expect(count >= 900)
        #expect(failed.sorted() == [])
    }

    @Test("whole repositories print as recorded", .enabled(if: Shared.exists("cases/real/builds")))
    func repositories() throws {
        let builds = try Shared.json("cases/real/builds/builds.json").array ?? []
        #expect(builds.count >= 86)
        var failed: [String] = []
        for build in builds {
            let repository = build["repo"]?.string ?? ""
            let directory = build["dir"]?.string ?? ""
            let printed = Shared.output(
                "cases/real/builds/files/\(repository)", directory, build["flags"]?.array?.compactMap(\.string) ?? [])
            let expected = try Shared.bytes("cases/real/builds/\(build["expected"]?.string ?? "")")
            if printed != expected { failed.append("\(repository) \(directory)") }
        }
        #expect(failed == [])
    }

    @Test("both broken platforms name every cause in one run", .enabled(if: Shared.exists("cases/real/broken")))
    func broken() throws {
        func found(_ directory: String) -> [Diagnostic] {
            let path = Shared.inTree("cases/real/broken/" + directory)
            do {
                return try KustomizeBuild(tree: Shared.tree).build(path: path).diagnostics
            } catch {
                return error.diagnostics
            }
        }
        func lines(_ diagnostics: [Diagnostic], _ rule: String?) -> [Int?] {
            diagnostics.filter { $0.rule == rule }.map { $0.location?.position.line }
        }
        let staging = found("glucosync/k8s/overlays/staging")
        #expect(lines(staging, nil) == [8, 9, 10, 11])
        #expect(lines(staging, "manifests-unreached") == [8])
        #expect(lines(staging, "namespace-not-renamed") == [32])
        let retail = found("cloudretail")
        #expect(lines(retail, nil) == [8, 60, 112, 164, 216, 268, 320])
        #expect(lines(retail, "version-in-selector") == [72])
    }

    @Test(
        "what the platform loses silently is named at its place", .enabled(if: Shared.exists("cases/real/thebot")),
        arguments: [("dev", [45, 81, 99]), ("staging", [45, 81, 99]), ("production", [46, 82, 100])])
    func silentLosses(_ overlay: String, _ lines: [Int]) throws {
        let path = Shared.inTree("cases/real/thebot/overlays/" + overlay)
        let found = try KustomizeBuild(tree: Shared.tree).build(path: path).diagnostics
        #expect(found.filter { $0.rule == "repeated-key" }.map { $0.location?.position.line } == lines)
        let selectors = found.filter { $0.rule == "selector-overwritten" }
        #expect(selectors.map { $0.location?.position.line } == [6])
        #expect(selectors.first?.message.contains("9 Services now select every pod") == true)
    }
}
