// Whatever is judged, the judge survives: every recorded output of the reference, and objects of impossible shapes.

import Foundation
import Manifest
import Testing

@testable import Validation

@Suite struct RobustnessTests {
    private static let recorded: [String] = {
        guard let shared = Trees.shared else { return [] }
        var found: [String] = []
        for folder in ["cases/kustomize", "cases/real"] {
            let names = FileManager.default.enumerator(atPath: "\(shared)/\(folder)")
            while let name = names?.nextObject() as? String {
                if name.hasSuffix(".yaml"), name.hasSuffix("/expected.yaml") || name.contains("/expected/") {
                    found.append("\(shared)/\(folder)/\(name)")
                }
            }
        }
        return found
    }()

    @Test(.enabled(if: Trees.shared != nil, "the recorded outputs stand beside the repository"))
    func judgesEveryRecordedOutput() throws {
        #expect(Self.recorded.count > 500)
        let validator = Validator()
        for path in Self.recorded {
            guard let data = FileManager.default.contents(atPath: path),
                let values = try? YAML.read([UInt8](data), file: path, options: .resources)
            else { continue }
            _ = validator.validate(Environment(name: path, objects: values.map { KubernetesObject($0) }))
        }
    }

    /// Every kind of the rules' cases with every value in it replaced by one of another shape, one after the other.
    @Test func judgesObjectsOfImpossibleShapes() throws {
        let odd: [Value] = [.null, "", "text", -1, true, [], [:], [[]], [["name": 1]], ["name": ["a": []]]]
        let cases = SchemaRuleTests.cases + SelectorRuleTests.cases + ReferenceRuleTests.cases + PracticeRuleTests.cases
        let validator = Validator()
        var judged = 0
        for ruleCase in cases {
            let objects = try Manifests.objects(ruleCase.text)
            for index in objects.indices {
                for path in Self.paths(of: objects[index].value).enumerated().filter({ $0.offset % 4 == judged % 4 })
                    .map(\.element)
                {
                    var mutated = objects
                    mutated[index].value.replace(at: path[...], with: odd[judged % odd.count])
                    judged += 1
                    _ = validator.validate(Environment(name: "odd", objects: mutated))
                }
            }
        }
        #expect(judged > 300)
    }

    private static func paths(of value: Value) -> [[Int]] {
        var paths: [[Int]] = []
        for (index, child) in value.children.enumerated() {
            paths.append([index])
            paths += Self.paths(of: child).map { [index] + $0 }
        }
        return paths
    }
}

extension Value {
    fileprivate var children: [Value] { array ?? object?.entries.map(\.value) ?? [] }

    fileprivate mutating func replace(at path: ArraySlice<Int>, with other: Value) {
        guard let index = path.first else {
            self = other
            return
        }
        switch self {
        case .array(var items):
            items[index].replace(at: path.dropFirst(), with: other)
            self = .array(items)
        case .object(var object):
            object.entries[index].value.replace(at: path.dropFirst(), with: other)
            self = .object(object)
        case .scalar: break
        }
    }
}
